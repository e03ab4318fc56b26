"""What runs with `python -m receta`?"""

from receta.cli import main

if __name__ == "__main__":
    main()

"""What runs with `python -m receta`? The door of the command line."""

from __future__ import annotations

from receta.cli import main

if __name__ == "__main__":
    main()

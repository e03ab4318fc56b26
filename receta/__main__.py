"""What runs with `receta`, and with `python -m receta`?"""

from __future__ import annotations

import sys

from receta import _bar
from receta.core import deadline


def main() -> None:
    """Run the command line; what a bundle is asked is answered without loading all of it."""
    deadline.begin_command()
    if (
        sys.argv[1:2] in (["run"], ["train"])
        and len(sys.argv) > 2
        and not {"--help", "--json"} & {*sys.argv}
    ):
        _bar.begin()  # stands before anything heavy is loaded
    if sys.argv[1:2] == ["predict"]:
        from receta import _quick

        _quick.answer(sys.argv[2:])
    from receta import cli

    cli.main()


if __name__ == "__main__":
    main()

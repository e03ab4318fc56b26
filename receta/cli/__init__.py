"""What runs with `receta`, and with `python -m receta`? The command line, and its door `main`.

The only room that prints: words and bars go to stderr, results to stdout.
"""

from __future__ import annotations

import sys

from receta.cli.printing import bar, loading
from receta.core import deadline

__all__ = ["main"]


def main() -> None:
    """Run the command line; what a bundle is asked is answered without loading all of it."""
    deadline.begin_command()
    if (
        sys.argv[1:2] in (["run"], ["train"])
        and len(sys.argv) > 2
        and not {"--help", "--json"} & {*sys.argv}
    ):
        bar.begin()  # stands before anything heavy is loaded
    if {"predict", "evaluate"} & {*sys.argv[1:4]}:  # --lang may stand before it
        loading.watch_loading()
    if sys.argv[1:2] == ["predict"]:
        from receta.cli import predict_at_once

        predict_at_once.answer(sys.argv[2:])
    from receta.cli import app

    app.main()

"""Which runs lie in a folder, and what did each reach?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from receta.cli.options import Json
from receta.cli.printing.console import print_json, table, tell
from receta.core.language import translate

GROUP = "From data to a model"
AFTER = "evaluate"
EXAMPLES = (
    ("receta runs", "all in the folder runs"),
    ("receta runs elsewhere --json", "for a program"),
)


def runs(
    folder: Annotated[Path, typer.Argument(help="Where the run folders are.")] = Path("runs"),
    as_json: Json = False,
) -> None:
    """List the runs in a folder."""
    from receta.cli.printing.scores import show_reached
    from receta.core.amounts import counted
    from receta.training import listing

    rows = listing.list_runs(folder)
    if as_json:
        return print_json({"runs": [row.to_json() for row in rows]})
    if not rows:
        return tell(f"no runs in {folder}; `receta run DATA` makes one")
    table(
        counted(len(rows), "runs"),
        ("run", "data", "begun", "state", "best", "on the test part"),
        [
            (
                row.run,
                row.data,
                row.created[:16].replace("T", " "),
                translate(row.state),
                row.best or "",
                show_reached(row),
            )
            for row in rows
        ],
    )

"""Which studies lie in a folder, and how far is each?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from receta.cli.options import Json
from receta.cli.printing.console import print_json, table, tell
from receta.core.language import translate

GROUP = "For experts"
AFTER = "ablate"
EXAMPLES = (
    ("receta studies", "all in the folder runs/studies"),
    ("receta studies elsewhere --json", "for a program"),
)


def studies(
    folder: Annotated[Path, typer.Argument(help="Where the studies are.")] = Path("runs/studies"),
    as_json: Json = False,
) -> None:
    """List the studies in a folder, and how far each is."""
    from receta.core.amounts import counted
    from receta.studies import list_studies

    rows = list_studies(folder)
    if as_json:
        return print_json({"studies": [row.to_json() for row in rows]})
    if not rows:
        return tell(f"no studies in {folder}; `receta ablate DATA --change KEY=VALUE` makes one")
    table(
        counted(len(rows), "studies" if len(rows) != 1 else "study"),
        ("study", "verb", "data", "state", "trials", "failed", "best"),
        [
            (
                row.study,
                row.verb,
                row.data,
                translate(row.state),
                f"{row.done}",
                f"{row.failed or ''}",
                row.tell_best(),
            )
            for row in rows
        ],
    )

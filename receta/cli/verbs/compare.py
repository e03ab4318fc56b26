"""What differs between two runs or two studies, and which of them is better?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from receta.cli.options import Json
from receta.cli.printing.console import print_json, tell
from receta.cli.printing.progress import progress

GROUP = "For experts"
AFTER = "combine"
EXAMPLES = (("receta compare runs/a runs/b", "settings, data, and the test examples of both"),)


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A run, or a study.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another one.")],
    as_json: Json = False,
) -> None:
    """Compare two runs or two studies: recipe, data and result."""
    from receta.studies import comparison

    found = comparison.compare(first, second, progress=progress())
    if as_json:
        return print_json(found.to_json())
    tell(f"Recipe: {'; '.join(found.recipe) or 'the same settings'}.")
    tell(f"Data: {found.data}.")
    one, other = found.values
    tell(f"{found.measure}: {one:.4f} and {other:.4f}, on {found.n:,} pairs.")
    chance = "" if found.p is None else f", p = {found.p:.3g} ({found.test})"
    if found.interval is None:
        return tell(f"Difference {found.difference:+.4f}; one pair says nothing of chance.")
    low, high = found.interval
    tell(f"Difference {found.difference:+.4f}, 95 % interval {low:+.4f} to {high:+.4f}{chance}.")
    if found.better:
        tell(f"{found.first if found.better == 'first' else found.second} is better.")
    else:
        tell("Neither is surely better.")

"""What is trained on, and what is kept for the test?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from receta.cli.options import Json, RecipeFile, Settings, Where
from receta.cli.printing.console import print_json, say, table, tell
from receta.cli.printing.progress import progress
from receta.cli.reading import read_recipe
from receta.core.language import translate

GROUP = "Data"
AFTER = "clean"
EXAMPLES = (("receta split photos/ --out parts.json", "which picture would be in which part"),)


def split(
    where: Where,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Write the ids of each part.")
    ] = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    """Show what a run trains on, and what it keeps for the test."""
    from receta import cleaning, splitting
    from receta.core import disk
    from receta.core.reading import reading_order

    chosen = read_recipe(recipe, settings)
    cleaned, parts = cleaning.divide(where.load(progress()), chosen, progress=progress())
    how = splitting.how(cleaned.after, chosen)
    plain = splitting.as_json(parts, how)
    if out:
        disk.write_json(out, plain)
        say(f"ids of each part: {out}")
    if as_json:
        return print_json(plain)
    for entry in cleaned.entries:
        tell(f"before the split, as in a run: {entry.what}", "  ")
    named = parts.named()
    counts = [
        (parts.class_names[row], *(int(part.counts()[row]) for part in named.values()))
        for row in reading_order(parts.class_names)
    ]
    table(how, ("class" if counts else "", *named), [*counts, (translate("all"), *map(len, parts))])

"""How fast should a model learn from these data?"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from receta.cli.options import Json, RecipeFile, Settings, Trust, Where
from receta.cli.printing.console import print_json, say, tell
from receta.cli.printing.progress import progress
from receta.cli.reading import read_recipe, refuse_other_than_png

GROUP = "For experts"
AFTER = "check"
EXAMPLES = (("receta rate photos/ --rung cnn --out curve.png", "with a drawing of the curve"),)


def rate(
    where: Where,
    rung: Annotated[
        str, typer.Option(metavar="NAME", help="The model; `receta list rungs` shows all.")
    ] = "cnn",
    out: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Draw the curve.")] = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Find a learning rate for a model in seconds."""
    from receta.training import rates

    chosen, shown = read_recipe(recipe, settings, rungs=rung), progress()
    refuse_other_than_png("--out", out)
    parts = where.parts(chosen, shown)
    found = rates.rate(parts, rung, chosen, trust=trust, progress=shown)
    if out:
        rates.draw(found, out)
        say(f"curve: {out}")
    if as_json:
        return print_json(found.to_json())
    place = parts.train.place
    tell(f"learning rate for {rung}: {found.why}")
    tell(
        f"Use it: receta train {place} --rung {shlex.quote(rung)} --set "
        f"learning_rate={found.suggested:g}"
    )
    tell(f"Or let each rung find its own: receta run {place} --set learning_rate=auto")

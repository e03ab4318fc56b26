"""Is a model set up as it should be, before hours of training?"""

from __future__ import annotations

from typing import Annotated

import typer

from receta.cli.options import Backend, Json, RecipeFile, Settings, Trust, Weights, Where
from receta.cli.printing.progress import progress
from receta.cli.reading import read_recipe

GROUP = "For experts"
AFTER = "train"
EXAMPLES = (("receta check photos/ --rung cnn", "in seconds, before hours of training"),)


def check(
    where: Where,
    rung: Annotated[
        str | None, typer.Option(metavar="NAME", help="One model instead of the whole ladder.")
    ] = None,
    weights: Weights = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    backend: Backend = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Check the set-up of each model before training."""
    from receta import checks, kinds, models, training
    from receta.cli.printing.findings import end_with_findings

    asked = read_recipe(recipe, settings, rungs=rung, weights=weights, backend=backend)
    chosen, shown = models.add_pretrained(asked), progress()
    parts = kinds.feed(where.parts(chosen, shown), chosen, shown)
    chosen = training.choose_ladder(parts, chosen, asked, progress=shown)
    end_with_findings(checks.check(parts, chosen, trust=trust, progress=shown), as_json)

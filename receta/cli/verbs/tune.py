"""Which settings make the best model, and how good is that really?"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from receta.cli.options import (
    Backend,
    Budget,
    Force,
    Json,
    On,
    RecipeFile,
    Settings,
    StudyOut,
    Weights,
    Where,
)
from receta.cli.printing import console
from receta.cli.printing.studying import watch_study
from receta.cli.reading import read_recipe

GROUP = "For experts"
AFTER = "ablate"
EXAMPLES = (
    ("receta tune photos/", "20 trials of the usual rung, where earlier ones promise most"),
    ("receta tune photos/ --rung cnn --search asha --trials 60", "most are given up early"),
    ("receta tune houses.csv --target price --budget 30m", "as many as half an hour allows"),
    ("receta tune photos/ --space space.toml --jobs 2", "settings of your own, two at a time"),
)


def tune(
    where: Where,
    search: Annotated[
        str,
        typer.Option(metavar="NAME", help="random, grid, bayes, hyperband or asha."),
    ] = "bayes",
    trials: Annotated[
        int | None,
        typer.Option(metavar="N", help="How many; without, 20, or all points of a grid."),
    ] = None,
    budget: Budget = None,
    space: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What is searched, as TOML; without, the rung's own."),
    ] = None,
    rung: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The model; without, the last of the usual ladder."),
    ] = None,
    jobs: Annotated[int, typer.Option(metavar="N", help="Trials at a time.")] = 1,
    on: On = "",
    storage: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Also keep the trials in a storage of Optuna, such as postgresql://user@host/name.",
        ),
    ] = "",
    out: StudyOut = None,
    weights: Weights = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    backend: Backend = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Search the settings that make the best model, and judge them on untouched data."""
    from receta import studies
    from receta.core import deadline

    chosen = read_recipe(recipe, settings, rungs=rung, weights=weights, backend=backend)
    seconds = deadline.read_budget(budget) if budget else chosen.budget_s or math.inf
    with watch_study() as watch:
        found = studies.tune(
            where.data,
            search=search,
            trials=trials,
            space=space,
            jobs=jobs,
            on=on,
            storage=storage,
            recipe=chosen,
            test=where.test,
            out=out,
            force=force,
            deadline=deadline.of_command(seconds),
            watch=watch,
            **where.options(),
        )
    if as_json:
        return console.print_json(found.to_json())
    from receta.cli.printing.tuning import show_tuning

    show_tuning(found)

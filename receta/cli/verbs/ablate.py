"""What does each change of a recipe bring, beside a base and over several seeds?"""

from __future__ import annotations

import math
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
AFTER = "train"
EXAMPLES = (
    ("receta ablate photos/ --change dropout=0 --change augment=0", "each change alone, 5 seeds"),
    ("receta ablate photos/ --preset course --seeds 3", "the study of the courses"),
    ("receta ablate data.csv --rung mlp --change optimizer=sgd --jobs 2", "two trials at a time"),
)


def ablate(
    where: Where,
    change: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="A change of the base recipe; may be repeated. Several at once: 'a=1; b=2'. "
            "inputs=zeroed lets the network see nothing.",
        ),
    ] = None,
    preset: Annotated[
        str, typer.Option(metavar="NAME", help="A set of changes: course, of pictures.")
    ] = "",
    pairs: Annotated[bool, typer.Option("--pairs", help="All pairs of changes too.")] = False,
    seeds: Annotated[
        int, typer.Option(help="Seeds: each varies order, initialisation and division.")
    ] = 5,
    jobs: Annotated[int, typer.Option(help="Trials at a time.")] = 1,
    rung: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The model of the base; without, the last of a run's."),
    ] = None,
    on: On = "",
    out: StudyOut = None,
    budget: Budget = None,
    weights: Weights = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    backend: Backend = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Try each change of a recipe alone, over several seeds, and say what it brings."""
    from receta import studies
    from receta.core import deadline

    chosen = read_recipe(recipe, settings, rungs=rung, weights=weights, backend=backend)
    seconds = deadline.read_budget(budget) if budget else chosen.budget_s or math.inf
    with watch_study() as watch:
        found = studies.ablate(
            where.data,
            changes=change or (),
            preset=preset,
            pairs=pairs,
            seeds=seeds,
            jobs=jobs,
            on=on,
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
    from receta.cli.printing.ablations import show_ablation

    show_ablation(found)

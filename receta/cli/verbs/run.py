"""How is a model made from labelled data, from the look at them to the report?"""

from __future__ import annotations

from typing import Annotated

import typer

from receta.cli.folded_run import FoldOptions, make_folds
from receta.cli.options import (
    Backend,
    Budget,
    CallbackFile,
    Force,
    Json,
    Out,
    RecipeFile,
    Settings,
    TensorBoard,
    Trust,
    Verbose,
    Weights,
    Where,
)
from receta.cli.reading import read_recipe
from receta.cli.whole_run import RunOptions, make_run

GROUP = "From data to a model"
AFTER = ""
EXAMPLES = (
    ("receta run photos/", "in photos/ is one folder for each class"),
    (
        "receta run photos/ --budget 5m --out runs/photos",
        "in five minutes, into a folder of your choice",
    ),
    ("receta run photos.zip --test other_photos/", "judged on other pictures alone"),
    ("receta run photos/ --group '^(.*?)_'", "what has one name before _ stays in one part"),
    ("receta run data.csv --cv 5", "five times, each time tested on another fifth"),
)


def run(
    where: Where,
    out: Out = None,
    budget: Budget = None,
    weights: Weights = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    backend: Backend = None,
    tensorboard: TensorBoard = False,
    callbacks: CallbackFile = None,
    force: Force = False,
    trust: Trust = False,
    verbose: Verbose = False,
    cv: Annotated[
        int,
        typer.Option("--cv", metavar="K", help="Train K times, each tested on other examples."),
    ] = 0,
    bootstrap: Annotated[
        int,
        typer.Option(metavar="K", help="The same on K drawings, tested on what was not drawn."),
    ] = 0,
    jobs: Annotated[int, typer.Option(help="With --cv or --bootstrap: trainings at a time.")] = 1,
    as_json: Json = False,
) -> None:
    """Make a model from labelled data, and report how good it is."""
    chosen = read_recipe(
        recipe, settings, budget=budget, weights=weights, tensorboard=tensorboard, backend=backend
    )
    options = RunOptions(
        out=out, callbacks=callbacks, force=force, trust=trust, verbose=verbose, as_json=as_json
    )
    if cv or bootstrap:
        folds = FoldOptions(cv=cv, bootstrap=bootstrap, jobs=jobs)
        return make_folds(where, chosen, options, folds)
    make_run(where, chosen, options)

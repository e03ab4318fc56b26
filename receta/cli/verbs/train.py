"""How is one model trained, instead of the whole ladder?"""

from __future__ import annotations

from typing import Annotated

import typer

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
    Workers,
)
from receta.cli.reading import read_recipe
from receta.cli.whole_run import RunOptions, make_run

GROUP = "For experts"
AFTER = ""
EXAMPLES = (
    ("receta train photos/ --rung cnn", "one model; `receta list rungs` shows all"),
    ("receta train photos/ --rung cnn --set epochs=20", "with a setting of yours"),
    ("receta train photos/ --rung cnn --workers 2", "in two processes, each with half a batch"),
)


def train(
    where: Where,
    rung: Annotated[
        str, typer.Option(metavar="NAME", help="The model to train; `receta list rungs` shows all.")
    ],
    out: Out = None,
    budget: Budget = None,
    weights: Weights = None,
    recipe: RecipeFile = None,
    settings: Settings = None,
    backend: Backend = None,
    workers: Workers = None,
    tensorboard: TensorBoard = False,
    callbacks: CallbackFile = None,
    force: Force = False,
    trust: Trust = False,
    verbose: Verbose = False,
    as_json: Json = False,
) -> None:
    """Train one model instead of the whole ladder; else like run."""
    chosen = read_recipe(
        recipe,
        settings,
        budget=budget,
        rungs=rung,
        weights=weights,
        tensorboard=tensorboard,
        backend=backend,
        workers=workers,
    )
    options = RunOptions(
        out=out, callbacks=callbacks, force=force, trust=trust, verbose=verbose, as_json=as_json
    )
    make_run(where, chosen, options)

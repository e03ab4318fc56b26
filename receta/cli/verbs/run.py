"""How is a model made from labelled data, from the look at them to the report?"""

from __future__ import annotations

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
    as_json: Json = False,
) -> None:
    """Make a model from labelled data, and report how good it is."""
    chosen = read_recipe(
        recipe, settings, budget=budget, weights=weights, tensorboard=tensorboard, backend=backend
    )
    options = RunOptions(
        out=out, callbacks=callbacks, force=force, trust=trust, verbose=verbose, as_json=as_json
    )
    make_run(where, chosen, options)

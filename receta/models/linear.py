"""How far does one layer get: a linear or logistic regression?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.data.examples import Examples

if TYPE_CHECKING:
    import keras

AFTER = "prior"
KINDS = ("images", "table", "series", "texts")
ORIGIN = "one layer: linear regression for values, logistic regression (Cox, 1958) for names"
# Between 1e-3, at which 8 x 8 digits take hundreds of epochs, and 1e-2, at which 32 x 32 photos
# diverge (LOG.md).
DEFAULTS = {"learning_rate": 3e-3, "dropout": 0.0}
SPACE = {
    "learning_rate": {"low": 3e-4, "high": 1e-1, "log": True},
    "batch_size": {"low": 16, "high": 128, "log": True},
    "weight_decay": {"low": 1e-6, "high": 0.1, "log": True},
}
# Of tables for the checks: there it takes no step itself. On windows it begins near its end.
DEFAULTS_OF_KIND = {"table": {"learning_rate": 2e-2}, "series": {"learning_rate": 1e-3}}
SOLVES = ("table", "texts")
BEGINS_WELL = ("series",)
SHARE = 0.04  # of a budget, beside 1 of a network that is worth waiting for
# Of windows its closed form alone is often the best, and must be reached in a short budget.
SHARE_OF_KIND = {"series": 0.25}


def linear(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """The scaled numbers themselves, pixels of at most 32 x 32: the last layer alone learns."""
    from receta.models.parts import blocks

    inputs, scaled = blocks.opened_plain(specs)
    return blocks.features(inputs, blocks.flat(scaled), "linear")


def begin(network: keras.Model, train: Examples, recipe: Recipe) -> None:
    """Of windows: the best linear forecast in squares, from which it learns on.

    Of rows and of texts: all.
    """
    from receta import models, tasks
    from receta.models.parts import forecasting, solving, word_fit

    if models.is_solved("linear", train.kind, recipe):
        if word_fit.weighs_words(network):
            return word_fit.solve(network, train, recipe.budget_s)
        return solving.solve_head(network, train, recipe.seed)
    if not tasks.of(train.task).IS_RELATIVE:
        return

    lesson = forecasting.Lesson.of(network, train, recipe.seed)
    forecasting.set_forecast(network, *forecasting.solve(lesson))

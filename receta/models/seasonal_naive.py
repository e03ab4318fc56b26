"""What does somebody score who says that the last season comes again?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.data.examples import Examples

if TYPE_CHECKING:
    import keras

AFTER = "naive"
TRAINS = False
KINDS = ("series",)
ORIGIN = (
    "the value of one season before; the last one where a window holds no whole season; its bounds "
    "are those of its errors on the training part"
)


def seasonal_naive(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """The window as it is, of which nothing is used: answers are counted from the last season."""
    from receta.models.parts import forecasting

    return forecasting.flat_window(specs, "seasonal_naive")


def begin(network: keras.Model, train: Examples, recipe: Recipe) -> None:
    """No step is moved from the last season."""
    from receta.models.parts import forecasting

    forecasting.set_naive(network, train, recipe.seed)

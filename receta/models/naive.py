"""What does somebody score who says that all stays as it is now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.data.examples import Examples

if TYPE_CHECKING:
    import keras

AFTER = "prior"
TRAINS = False
KINDS = ("series",)
ORIGIN = "the last value again; its bounds are those of its errors on the training part"


def naive(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """The window as it is; `begin` picks its last step."""
    from receta.models.parts import forecasting

    return forecasting.flat_window(specs, "naive")


def begin(network: keras.Model, train: Examples, recipe: Recipe) -> None:
    """The last step is the forecast of each step ahead."""
    from receta.models.parts import forecasting

    lesson = forecasting.Lesson.of(network, train, recipe.seed)
    kernel = forecasting.naive_kernel(train.inputs.specs, lesson.ahead.shape[1])
    forecasting.set_forecast(network, lesson, kernel, np.zeros(lesson.ahead.shape[1]))

"""What does somebody score who says that all stays as it is now?"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    """The last step, from which all answers are counted."""
    import keras

    from receta.models.parts import forecasting

    body = forecasting.flat_window(specs, "naive")
    level, scale, seen = (body.get_layer(name).output for name in ("level", "scale", "seen"))
    last = level[:, :, :1] + scale[:, :, :1] * seen[:, -1:, :1]
    base = keras.layers.Activation("linear", dtype="float32", name="base")(last)
    return keras.Model(body.inputs[0], [body.outputs[0], base], name="naive")


def begin(network: keras.Model, train: Examples, recipe: Recipe) -> None:
    """No step is moved from the last one."""
    from receta.models.parts import forecasting

    forecasting.set_naive(network, train, recipe.seed)

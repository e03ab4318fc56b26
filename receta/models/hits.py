"""How far do coarse and fine looks at a window get, each of which explains what others left?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from receta.core.recipe import Recipe
from receta.core.spec import Spec

if TYPE_CHECKING:
    import keras

AFTER = "conv_lstm"
KINDS = ("series",)
ORIGIN = (
    "as N-HiTS (Challu and others, 2023, Neural hierarchical interpolation for time series "
    "forecasting): stacks on pooled windows, whose few knots are interpolated"
)
DEFAULTS = {"dropout": 0.3}  # of a few hundred windows more is learnt by heart than holds
DEFAULTS_FOR_MANY = {"dropout": 0.1}
_POOLS = (8, 4, 1)  # steps that become one, from the coarsest stack to the finest
_UNITS = 256


def hits(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """Three stacks: two layers on pooled steps give knots of the window and of what follows it.

    The knots of the window, interpolated, are taken off before the next stack looks.
    """
    from keras import layers

    from receta.models.parts import blocks, forecasting

    (spec,) = specs
    horizon = spec.rhythm.horizon
    inputs, seen = blocks.open_inputs(specs)
    steps, channels = seen.shape[1:]
    left, ahead = seen, []
    for pool in _POOLS:
        name = f"pool_{pool}"
        x: Any = left
        if 1 < pool <= steps:
            x = layers.AveragePooling1D(pool, padding="same", name=name)(x)
        x = layers.Flatten(name=f"{name}_flat")(x)
        for layer in (1, 2):
            x = blocks.dense(_UNITS, recipe, f"{name}_dense_{layer}")(x)
            x = blocks.dropout(x, recipe, f"{name}_drop_{layer}")
        ahead += [forecasting.interpolate(x, horizon, pool, f"{name}_ahead"), x]
        if pool != _POOLS[-1]:
            back = forecasting.interpolate(x, steps, pool, f"{name}_back")
            back = layers.Reshape((steps, 1), name=f"{name}_window")(back)
            left = layers.Subtract(name=f"{name}_left")(
                [left, layers.Concatenate(name=f"{name}_all")([back] * channels)]
            )
    window = layers.Flatten(name="flat")(seen)
    return blocks.features(inputs, layers.Concatenate(name="beside")([*ahead, window]), "hits")

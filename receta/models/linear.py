"""How far does one layer get: multinomial logistic regression on pixels?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe

if TYPE_CHECKING:
    import keras

ORDER = 10
ORIGIN = "multinomial logistic regression (Cox, 1958)"
# Convex, so a large step is safe; at 1e-3 small pictures take hundreds of epochs (LOG.md).
DEFAULTS = {"learning_rate": 1e-2, "dropout": 0.0}


def linear(input_shape: tuple[int, int, int], outputs: int, recipe: Recipe) -> keras.Model:
    """One softmax layer on the scaled pixels, of at most 32 x 32."""
    from receta.models import _parts

    inputs, scaled = _parts.pixels(input_shape)
    return _parts.probabilities(inputs, _parts.thumbnail(scaled, input_shape), outputs, "linear")

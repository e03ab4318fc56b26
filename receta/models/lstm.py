"""What does a network tell that reads a text from its beginning to its end?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec

if TYPE_CHECKING:
    import keras

AFTER = "conv1d"
KINDS = ("texts",)
ORIGIN = "long short-term memory in both directions (Hochreiter and Schmidhuber, 1997)"
DEFAULTS = {"learning_rate": 2e-3, "dropout": 0.4}
SHARE = 1.5  # of a budget, beside 1 of a network that is worth waiting for
WIDTH, UNITS = 64, 32


def lstm(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """Embedded words, an LSTM of 32 units in each direction, the greatest answer of each unit."""
    from keras import layers

    from receta.kinds import word_layers
    from receta.models.parts import blocks

    (spec,) = specs
    inputs, numbers = blocks.open_inputs(specs)
    x = word_layers.embed(numbers, len(spec.vocabulary), WIDTH, "word")
    read = layers.Bidirectional(layers.LSTM(UNITS, return_sequences=True), name="read")(x)
    x = layers.GlobalMaxPooling1D(name="greatest")(read)
    return blocks.features(inputs, blocks.dropout(x, recipe, "drop"), "lstm")

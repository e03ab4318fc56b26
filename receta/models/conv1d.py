"""Which short phrases tell, wherever they stand?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec

if TYPE_CHECKING:
    import keras

AFTER = "embed_mean"
KINDS = ("texts",)
ORIGIN = "convolutions of 3, 4 and 5 words and their maxima (Kim, 2014)"
DEFAULTS = {"learning_rate": 1e-3, "dropout": 0.5}
WIDTH, FILTERS, SIZES = 64, 64, (3, 4, 5)


def conv1d(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """64 filters of each width over embedded words, the greatest answer of each, dropout."""
    from keras import layers

    from receta.kinds import word_layers
    from receta.models.parts import blocks

    (spec,) = specs
    inputs, numbers = blocks.open_inputs(specs)
    x = word_layers.embed(numbers, len(spec.vocabulary), WIDTH, "word")
    found = []
    for size in SIZES:
        phrase = layers.Conv1D(
            FILTERS,
            size,
            padding="same",
            activation="relu",
            kernel_regularizer=blocks.penalty(recipe),
            name=f"phrase_{size}",
        )(x)
        found.append(layers.GlobalMaxPooling1D(name=f"greatest_{size}")(phrase))
    together = layers.Concatenate(name="phrases")(found)
    return blocks.features(inputs, blocks.dropout(together, recipe, "drop"), "conv1d")

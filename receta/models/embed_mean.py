"""What do the mean of words and that of pairs of words tell, whatever their order?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec

if TYPE_CHECKING:
    import keras

AFTER = "linear"
KINDS = ("texts",)
ORIGIN = "means of embedded words and hashed pairs (fastText; Joulin and others, 2016)"
DEFAULTS = {"learning_rate": 3e-3, "dropout": 0.3}
SHARE = 0.3  # of a budget, beside 1 of a network that is worth waiting for
WIDTH = 32  # numbers of a word, and of a pair


def embed_mean(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """The means of words and of pairs, side by side, and dropout."""
    from keras import layers

    from receta.kinds import word_layers
    from receta.models.parts import blocks

    (spec,) = specs
    inputs, numbers = blocks.open_inputs(specs)
    pairs, buckets = word_layers.number_pairs(spec, numbers), word_layers.find_buckets(spec)
    size = len(spec.vocabulary)
    word = word_layers.embed(numbers, size, WIDTH, "word")
    pair = word_layers.embed(pairs, buckets, WIDTH, "two_words")
    means = [
        word_layers.mean_of(word, numbers, size, "of_words"),
        word_layers.mean_of(pair, pairs, buckets, "of_pairs"),
    ]
    x = layers.Concatenate(name="means")(means)
    return blocks.features(inputs, blocks.dropout(x, recipe, "drop"), "embed_mean")

"""Which pieces do networks of texts share: pairs of words, and means that know where a text ends?

Plain layers alone, so that every target takes them. Where something is fixed or begins at a
certain value, the layer's weights are set.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import layers

from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.core.spec import Spec
from receta.models.parts.blocks import penalty

_NOTHING = -30.0  # score of what is not there: e^-30 of the weight of a word
_FEWEST_BUCKETS, _MOST_BUCKETS = 2**10, 2**14  # for each half of a pair


def find_buckets(spec: Spec) -> int:
    """Rows of a table of pairs: twice as many as each half of a pair has numbers."""
    wanted = 2 ** int(np.ceil(np.log2(max(2, len(spec.vocabulary)))))
    return 2 * min(max(wanted, _FEWEST_BUCKETS), _MOST_BUCKETS)


def number_pairs(spec: Spec, numbers: Any) -> Any:
    """(n, length - 1) numbers of the pairs of words that follow each other, 0 for none.

    Each word has a number by chance as the first and one as the second of a pair; their sum is the
    number of the pair. Sums are exact in float32.
    """
    size, buckets = len(spec.vocabulary), find_buckets(spec) // 2
    first = rng(0, "first of a pair").integers(1, buckets, size)
    second = rng(0, "second of a pair").integers(0, buckets, size)
    is_word = np.minimum(np.arange(size), 1)
    ahead = layers.Cropping1D((0, 1), name="first")(fixed(first, numbers, "as_first"))
    behind = layers.Cropping1D((1, 0), name="second")(fixed(second, numbers, "as_second"))
    there = layers.Cropping1D((1, 0), name="there")(fixed(is_word, numbers, "is_word"))
    summed = layers.Add(name="pair", dtype="float32")([ahead, behind])
    known = layers.Multiply(name="known_pair", dtype="float32")([summed, there])
    return layers.Reshape((spec.shape[0] - 1,), name="pairs")(known)


def fixed(values: np.ndarray, numbers: Any, name: str) -> Any:
    """(n, length, 1): a value by number that never changes."""
    layer = layers.Embedding(len(values), 1, trainable=False, name=name, dtype="float32")
    found = layer(numbers)
    layer.set_weights([np.asarray(values, np.float32)[:, None]])
    return found


def embed(numbers: Any, size: int, width: int, recipe: Recipe, name: str) -> Any:
    """(n, length, width): what training learns of each number."""
    layer = layers.Embedding(size, width, embeddings_regularizer=penalty(recipe), name=name)
    return layer(numbers)


def mean_of(embedded: Any, numbers: Any, size: int, name: str) -> Any:
    """(n, width): the mean over the words that are there, each as heavy as training makes it."""
    layer = layers.Embedding(size, 1, name=f"{name}_score")
    scores = layer(numbers)
    layer.set_weights([np.where(np.arange(size) == 0, _NOTHING, 0.0)[:, None]])
    weights = layers.Softmax(axis=1, name=f"{name}_weights")(scores)
    mean = layers.Dot(axes=1, name=f"{name}_mean")([weights, embedded])
    return layers.Flatten(name=name)(mean)

"""How does a network take words: embedded, in pairs, and weighed over a text that ends somewhere?

Plain layers alone, so that every target takes them. Where something is fixed or begins at a
certain value, the layer's weights are set.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from receta.core.seeds import rng
from receta.core.spec import Spec

_NOTHING = -30.0  # score of what is not there: e^-30 of the weight of a word
_FEWEST_BUCKETS, _MOST_BUCKETS = 2**10, 2**16  # for each half of a pair
_PAIRS_A_WORD = 4  # that come back: fewer rows mix them (LOG.md, 2026-12-01)
_RANK_OF_PAIRS = 5_000  # a pair is about as rare as the word of this rank
PLAIN_WIDTH = 32  # numbers of a word, of which one layer makes its answer


def find_buckets(spec: Spec) -> int:
    """Rows of a table of pairs: twice as many as each half of a pair has numbers."""
    wanted = 2 ** int(np.ceil(np.log2(max(2, _PAIRS_A_WORD * len(spec.vocabulary)))))
    return 2 * min(max(wanted, _FEWEST_BUCKETS), _MOST_BUCKETS)


def halves(spec: Spec) -> tuple[np.ndarray, np.ndarray]:
    """(vocabulary,) twice: the number of each word as the first and as the second of a pair."""
    size, buckets = len(spec.vocabulary), find_buckets(spec) // 2
    first = rng(0, "first of a pair").integers(1, buckets, size)
    return first, rng(0, "second of a pair").integers(0, buckets, size)


def number_pairs(spec: Spec, numbers: Any) -> Any:
    """(n, length - 1) numbers of the pairs of words that follow each other, 0 for none.

    Each word has a number by chance as the first and one as the second of a pair; their sum is the
    number of the pair. Sums are exact in float32.
    """
    from keras import layers

    first, second = halves(spec)
    is_word = np.minimum(np.arange(len(first)), 1)
    ahead = layers.Cropping1D((0, 1), name="first")(fixed(first, numbers, "as_first"))
    behind = layers.Cropping1D((1, 0), name="second")(fixed(second, numbers, "as_second"))
    there = layers.Cropping1D((1, 0), name="there")(fixed(is_word, numbers, "is_word"))
    summed = layers.Add(name="pair", dtype="float32")([ahead, behind])
    known = layers.Multiply(name="known_pair", dtype="float32")([summed, there])
    return layers.Reshape((spec.shape[0] - 1,), name="pairs", dtype="float32")(known)


def fixed(values: np.ndarray, numbers: Any, name: str) -> Any:
    """(n, length, 1): a value by number that never changes."""
    from keras import layers

    layer = layers.Embedding(len(values), 1, trainable=False, name=name, dtype="float32")
    found = layer(numbers)
    layer.set_weights([np.asarray(values, np.float32)[:, None]])
    return found


def embed(numbers: Any, size: int, width: int, name: str) -> Any:
    """(n, length, width): what training learns of each number."""
    from keras import layers

    return layers.Embedding(size, width, name=name)(numbers)


def mean_of(embedded: Any, numbers: Any, size: int, name: str) -> Any:
    """(n, width): the mean over the words that are there, each as heavy as training makes it."""
    from keras import layers

    layer = layers.Embedding(size, 1, name=f"{name}_score")
    scores = layer(numbers)
    layer.set_weights([np.where(np.arange(size) == 0, _NOTHING, 0.0)[:, None]])
    weights = layers.Softmax(axis=1, name=f"{name}_weights")(scores)
    mean = layers.Dot(axes=1, name=f"{name}_mean")([weights, embedded])
    return layers.Flatten(name=name)(mean)


def rarity(spec: Spec) -> tuple[np.ndarray, np.ndarray]:
    """How much each word and each pair weighs, (vocabulary,) and (buckets,): 0 for none.

    As the logarithm of TF-IDF does, of words by their rank, which Zipf's law ties to their share.
    So a network begins; `models.parts.word_fit` counts in the training part.
    """
    ranks = np.maximum(np.arange(len(spec.vocabulary)) - 1, 1)
    words = 1 + np.log(2.0 * ranks)
    words[:2] = 0.0, 1 + np.log(2.0 * ranks[-1])
    pairs = np.full(find_buckets(spec), 1 + np.log(2.0 * _RANK_OF_PAIRS))
    pairs[0] = 0.0
    return words, pairs


def weigh(spec: Spec, numbers: Any, width: int = PLAIN_WIDTH) -> Any:
    """(n, width): the sum over words and pairs, each text of length 1 as TF-IDF has it.

    Length 1: beside the weights stand the same with a minus, so that a layer normalisation, which
    every target knows, takes the mean 0 off and divides by their root mean square.
    """
    from keras import layers

    words, pairs = rarity(spec)
    numbered = number_pairs(spec, numbers)
    n = 2 * spec.shape[0] - 1
    weights = layers.Concatenate(axis=1, name="weights", dtype="float32")(
        [fixed(words, numbers, "rare_word"), fixed(pairs, numbered, "rare_pair")]
    )
    minus = layers.Rescaling(-1.0, name="minus", dtype="float32")(weights)
    both = layers.Concatenate(axis=1, name="both", dtype="float32")([weights, minus])
    flat = layers.Reshape((2 * n,), name="both_flat", dtype="float32")(both)
    scaled = layers.LayerNormalization(
        axis=-1, epsilon=1e-9, center=False, scale=False, name="length", dtype="float32"
    )(flat)
    column = layers.Reshape((2 * n, 1), name="both_scaled", dtype="float32")(scaled)
    ahead = layers.Cropping1D((0, n), name="ahead", dtype="float32")(column)
    unit = layers.Rescaling(n**-0.5, name="unit", dtype="float32")(ahead)
    embedded = layers.Concatenate(axis=1, name="words_and_pairs")(
        [
            embed(numbers, len(words), width, "word"),
            embed(numbered, len(pairs), width, "two_words"),
        ]
    )
    summed = layers.Dot(axes=1, name="weighed")([unit, embedded])
    return layers.Flatten(name="tf_idf")(summed)

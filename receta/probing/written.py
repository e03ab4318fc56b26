"""What does each text say, in 128 numbers that a small model learns from?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from receta.data.words import find_words

_MOST_WORDS = 300  # of a text
_WIDTH = 128
_MOST_TERMS = 50_000


def find_vectors(texts: Sequence[str], rng: np.random.Generator) -> np.ndarray:
    """(n, up to 128) float32: TF-IDF of words and pairs, in its main directions.

    Source: Deerwester and others (1990), "Indexing by latent semantic analysis".
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        counted = TfidfVectorizer(
            analyzer=_terms, min_df=2, max_features=_MOST_TERMS, sublinear_tf=True
        ).fit_transform(texts)
    except ValueError:  # no word is there twice
        return np.zeros((len(texts), 0), np.float32)
    width = min(_WIDTH, counted.shape[1] - 1, len(texts) - 1)
    if width < 1:
        return np.zeros((len(texts), 0), np.float32)
    seed = int(rng.integers(2**31))
    found = TruncatedSVD(width, random_state=seed).fit_transform(counted)
    return np.asarray(found, np.float32)


def _terms(text: str) -> list[str]:
    words = find_words(text, _MOST_WORDS)
    return [*words, *(" ".join(pair) for pair in itertools.pairwise(words))]

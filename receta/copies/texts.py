"""Which texts are nearly the same: one pattern with other names or numbers in it?

Each text is a set of pairs of words, numbers being alike. Texts whose least hashed pairs agree are
compared themselves. Source: Broder (1997), "On the resemblance and containment of documents".
"""

from __future__ import annotations

import itertools
import zlib
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from receta.copies.same_rows import same_rows
from receta.core.seeds import rng
from receta.data.dataset import Dataset
from receta.data.texts import texts_of
from receta.data.words import find_words

ALIKE = 0.75  # of the pairs of two texts, the share that both have
_FEWEST_WORDS = 6  # of a text that is compared; shorter ones agree by chance
_MOST_WORDS = 200
_BANDS, _ROWS = 16, 4  # of hashes: two texts of 0.75 meet in 99.8 % of cases
_PRIME = (1 << 61) - 1
_last: dict[tuple[int, bytes], list[tuple[int, int]]] = {}  # of the last view that was asked about


def find_near_texts(data: Dataset) -> list[tuple[int, int]]:
    """Pairs of positions (the first of its kind, a near-copy of it); equal texts are one."""
    about = (id(data.source), data.rows.tobytes())
    if about not in _last:
        found = _find_pairs(texts_of(data))
        _last.clear()
        _last[about] = found
    return _last[about]


def find_takes(data: Dataset) -> list[list[int]]:
    """Sets of positions whose texts are equal or nearly so."""
    pairs = [(same[0], other) for same in same_rows(data) for other in same[1:]]
    return find_sets([*pairs, *find_near_texts(data)])


def find_sets(pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Positions that near-copies join, each set in order."""
    parent: dict[int, int] = {}

    def root(one: int) -> int:
        while parent.setdefault(one, one) != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for one, other in pairs:
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    sets: dict[int, list[int]] = defaultdict(list)
    for one in sorted(parent):
        sets[root(one)].append(one)
    return list(sets.values())


def _find_pairs(texts: Sequence[str]) -> list[tuple[int, int]]:
    first_of: dict[str, int] = {}
    looked_at, shingles = [], []
    for position, text in enumerate(texts):
        if first_of.setdefault(text, position) != position:
            continue
        words = ["0" if word.isdigit() else word for word in find_words(text, _MOST_WORDS)]
        if len(words) >= _FEWEST_WORDS:
            looked_at.append(position)
            shingles.append(_hash_pairs(words))
    if len(looked_at) < 2:
        return []
    marks = _mark(shingles)
    pairs: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        _, which = np.unique(
            marks[:, band * _ROWS : (band + 1) * _ROWS], axis=0, return_inverse=True
        )
        order = np.argsort(which.ravel(), kind="stable")
        edges = np.flatnonzero(np.diff(which.ravel()[order])) + 1
        for same in np.split(order, edges):
            pairs |= {(int(same[0]), int(other)) for other in same[1:]}
            pairs |= {(int(one), int(other)) for one, other in itertools.pairwise(same)}
    near = [(one, other) for one, other in sorted(pairs) if _alike(shingles[one], shingles[other])]
    return [(looked_at[one], looked_at[other]) for one, other in near]


def _hash_pairs(words: Sequence[str]) -> np.ndarray:
    """Sorted hashes (uint64) of the different pairs of words that follow each other."""
    coded = np.array([zlib.crc32(word.encode()) for word in words], np.uint64)
    return np.unique(coded[:-1] * np.uint64(2654435761) ^ coded[1:])


def _mark(shingles: Sequence[np.ndarray]) -> np.ndarray:
    """(n, hashes) uint64: of each text the least of its pairs under each hash."""
    flat = np.concatenate(shingles)
    starts = np.concatenate([[0], np.cumsum([len(one) for one in shingles])[:-1]])
    marks = np.empty((len(shingles), _BANDS * _ROWS), np.uint64)
    for column, odd in enumerate(rng(0, "least hashes").integers(1, _PRIME, marks.shape[1])):
        mixed = flat * np.uint64(int(odd) | 1)
        mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        marks[:, column] = np.minimum.reduceat(mixed, starts)
    return marks


def _alike(one: np.ndarray, other: np.ndarray) -> bool:
    both = len(np.intersect1d(one, other, assume_unique=True))
    return both >= ALIKE * (len(one) + len(other) - both)

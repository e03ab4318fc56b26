"""Which pictures may be copies of each other? Found without comparing all pairs.

Every tree cuts the spectra in two halves, and these again, along directions drawn by
chance, down to leaves of a few hundred; a picture is compared with its leaf alone. What
one tree parts, another keeps together: the chance that all trees part two copies falls
with each. The work grows as n log n, whatever the pictures: a leaf never holds more.
"""

from __future__ import annotations

import numpy as np

from receta.copies.thumbs import CROPS, HALVES, TURNS, WHOLE, View, spectrum
from receta.core import seeds

LEAF = 384  # spectra: a comparison of all with all in it stays in a core's own cache
# Angles between a picture and its crop are larger than between it and its mirrored self: more
# trees.
TREES, TREES_OF_TURNS = 10, 5
NEAREST = 8  # candidates a picture and view; copies come first, lookalikes after
LEAST, MOST = 0.7, 0.95  # bounds of the cosine that makes a candidate, wherever the data put it
_BLOCK = 2048


class Tree:
    """Leaves of spectra (n, 64); `leaf_of` says in which one any spectrum would lie."""

    def __init__(self, spectra: np.ndarray, rng: np.random.Generator, spread: np.ndarray) -> None:
        n = len(spectra)
        self.depth = max(0, int(np.ceil(np.log2(max(1, n) / LEAF))))
        # Drawn as the data spread: a cut across a direction in which they differ much parts few
        # neighbours.
        self.directions = (spread @ rng.standard_normal((spectra.shape[1], self.depth))).astype(
            np.float32
        )
        self.cuts: list[np.ndarray] = []
        places = spectra @ self.directions
        self.order, self.edges = np.arange(n), np.array([0, n])
        for level in range(self.depth):
            place = places[:, level]
            middles, cuts = (self.edges[:-1] + self.edges[1:]) // 2, []
            for first, middle, end in zip(self.edges[:-1], middles, self.edges[1:], strict=True):
                part = self.order[first:end]
                # by rank: equal ones are halved too
                halves = np.argpartition(place[part], middle - first)
                self.order[first:end] = part[halves]
                cuts.append(place[self.order[middle]])
            self.cuts.append(np.array(cuts, np.float32))
            self.edges = np.sort(np.concatenate([self.edges, middles]))

    def leaf_of(self, spectra: np.ndarray) -> np.ndarray:
        """(k,) the leaf of each spectrum."""
        places = spectra @ self.directions
        leaf = np.zeros(len(spectra), np.int64)
        for level, cuts in enumerate(self.cuts):
            leaf = 2 * leaf + (places[:, level] >= cuts[leaf])
        return leaf


def candidates(
    small: np.ndarray, *, turns: bool, crops: bool
) -> tuple[np.ndarray, np.ndarray, list[View]]:
    """Pairs of small pictures (n, side, side) that may show the same, and how.

    Returns pairs (m, 2), of which the first in that view may equal the second as it is
    (of halves: both in it); the view's number (m,); and the views. The most alike come first.
    """
    halves = HALVES if crops else ()
    views = [WHOLE, *(CROPS if crops else ()), *(TURNS if turns else ()), *halves]
    n = len(small)
    if n < 2:
        return np.empty((0, 2), np.int64), np.empty(0, np.int64), views
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for base in (WHOLE, *halves):
        stored = spectrum(small, base)
        values, vectors = np.linalg.eigh(np.cov(stored.T))
        spread = vectors * np.sqrt(np.maximum(values, 0))
        words = ("alike", str(base))
        trees = [
            Tree(stored, seeds.rng(0, *words, number), spread)
            for number in range(TREES if base is WHOLE else TREES_OF_TURNS)
        ]
        least = _least(stored, trees[0])
        for number, view in enumerate(views):
            if (base is WHOLE) == (view in halves) or (view in halves and view is not base):
                continue
            looked = stored if view is base else spectrum(small, view)
            keys, cosines = [], []
            for tree in trees[: TREES_OF_TURNS if view.turn else TREES]:
                for one, other, cosine in _in_leaves(tree, stored, looked, least):
                    keys.append(one * n + other)
                    cosines.append(cosine)
            key, cosine = _nearest(np.concatenate(keys), np.concatenate(cosines), n)
            found.append((key, cosine, np.full(len(key), number)))
    key, cosine, numbers = (np.concatenate(part) for part in zip(*found, strict=True))
    one, other = key // n, key % n
    order = np.lexsort((numbers, -cosine))
    # A pair may have been found from either side and in several views: the best of them is looked
    # at.
    unordered = np.minimum(one, other)[order] * n + np.maximum(one, other)[order]
    _, first = np.unique(unordered, return_index=True)
    best = order[np.sort(first)]
    return np.stack([one[best], other[best]], axis=1), numbers[best], views


def _least(whole: np.ndarray, tree: Tree) -> float:
    """The cosine above which a leaf holds twice as many neighbours as are looked at, within
    bounds.
    """
    share = 2 * NEAREST * (len(tree.edges) - 1) / len(whole)
    if share >= 0.5:
        return LEAST
    sampled = []
    for first, end in list(zip(tree.edges[:-1], tree.edges[1:], strict=True))[
        :: max(1, len(tree.edges) // 16)
    ]:
        some = whole[tree.order[first:end]]
        sampled.append((some[:64] @ some.T).ravel())
    return float(np.clip(np.quantile(np.concatenate(sampled), 1 - share), LEAST, MOST))


def _in_leaves(
    tree: Tree, whole: np.ndarray, looked: np.ndarray, least: float
) -> list[tuple[np.ndarray, ...]]:
    """(picture, other picture, cosine) of every leaf, at most `NEAREST` others a picture."""
    leaf = tree.leaf_of(looked)
    order = np.argsort(leaf, kind="stable")
    starts = np.searchsorted(leaf[order], np.arange(len(tree.edges)))
    found: list[tuple[np.ndarray, ...]] = []
    for number in range(len(tree.edges) - 1):
        members = tree.order[tree.edges[number] : tree.edges[number + 1]]
        there = whole[members].T
        for start in range(starts[number], starts[number + 1], _BLOCK):
            rows = order[start : min(start + _BLOCK, starts[number + 1])]
            cosines = looked[rows] @ there
            flat = np.flatnonzero(cosines > least)
            if not len(flat):
                continue
            one, other = np.divmod(flat, len(members))
            crowded = np.bincount(one, minlength=len(rows)) > NEAREST + 1
            # as where thousands are nearly equal: the nearest few of each will do
            if crowded.any():
                kept = ~crowded[one]
                which = np.flatnonzero(crowded)
                nearest = np.argpartition(cosines[which], -(NEAREST + 1), axis=1)[
                    :, -(NEAREST + 1) :
                ]
                one = np.concatenate([one[kept], np.repeat(which, NEAREST + 1)])
                other = np.concatenate([other[kept], nearest.ravel()])
            cosine = cosines[one, other]
            one, other = rows[one], members[other]
            apart = one != other
            found.append((one[apart], other[apart], cosine[apart]))
    return found or [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))]


def _nearest(key: np.ndarray, cosine: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Each pair once, and of each picture the nearest few."""
    key, first = np.unique(key, return_index=True)
    cosine = cosine[first]
    one = key // n
    order = np.lexsort((-cosine, one))
    begins = np.searchsorted(one[order], one[order])
    kept = order[np.arange(len(order)) - begins < NEAREST]
    return key[kept], cosine[kept]

"""How is every class divided by the shares, to within one example?"""

from __future__ import annotations

import numpy as np

from receta.core import seeds
from receta.splitting.shares import TEST, TRAIN, VALIDATION


def rank(seed: int, names: list[str]) -> np.ndarray:
    """(n,) uint64: a random place for each name that depends on no other name."""
    return np.fromiter(
        (seeds.key(seed, "split", name) & (2**64 - 1) for name in names), np.uint64, len(names)
    )


def divide_by_class(
    targets: np.ndarray, ranks: np.ndarray, shares: np.ndarray, classes: int
) -> np.ndarray:
    """(n,) part of each row: a class's first by rank test, last validation."""
    counts = np.bincount(targets, minlength=classes)
    validation, test = _quotas(counts, shares)
    order = np.lexsort((ranks, targets))
    sorted_targets = targets[order]
    place = np.arange(len(targets)) - (np.cumsum(counts) - counts)[sorted_targets]
    parts = np.full(len(targets), TRAIN, np.int8)
    parts[order[place < test[sorted_targets]]] = TEST
    parts[order[place >= (counts - validation)[sorted_targets]]] = VALIDATION
    return parts


def _quotas(counts: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(classes,) counts of validation and of test.

    Largest remainders, the test part first; of validation those roundings are taken that
    keep train within one example of its share too. At least one of each class everywhere.
    """
    test, test_rest = _floor(counts * shares[TEST])
    validation, validation_rest = _floor(counts * shares[VALIDATION])
    up = _largest(test_rest, test_rest > 0, counts.sum() * shares[TEST] - test.sum())
    both = test_rest + validation_rest
    forced = ~up & (both >= 1)
    allowed = (validation_rest > 0) & np.where(up, both > 1, both < 1)
    wanted = counts.sum() * shares[VALIDATION] - validation.sum() - forced.sum()
    validation = validation + (forced | _largest(validation_rest, allowed, wanted))
    test = np.maximum(test + up, int(shares[TEST] > 0))
    validation = np.maximum(validation, int(shares[VALIDATION] > 0))
    # of a tiny class something must be left to train on
    while (over := validation + test >= counts).any():
        larger = test > validation
        test, validation = test - (over & larger), validation - (over & ~larger)
    return validation, test


def _floor(ideal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    whole = np.floor(ideal + 1e-9).astype(np.int64)  # 100 * 0.29 is 28.999999999999996
    return whole, np.where(ideal - whole > 1e-9, ideal - whole, 0.0)


def _largest(rests: np.ndarray, allowed: np.ndarray, wanted: float) -> np.ndarray:
    """Mask of the `wanted` largest rests allowed, the first of equal ones."""
    n = min(max(int(np.floor(wanted + 0.5)), 0), int(allowed.sum()))
    chosen = np.zeros(len(rests), bool)
    chosen[np.argsort(np.where(allowed, -rests, np.inf), kind="stable")[:n]] = True
    return chosen

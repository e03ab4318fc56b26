"""How is every group kept whole, with the shares as near as groups allow?

Few groups are assigned in the best of all ways, many by the search of `group_search`. Both make
the same cost small: (share received - share wanted)^2 / share wanted, summed over the parts, the
classes (with equal weight) and all examples (with the weight of all classes together).
"""

from __future__ import annotations

import numpy as np

from receta.core import seeds
from receta.core.errors import InputError
from receta.splitting.group_search import search_assignment

# of groups to parts, all tried: 9 groups on 3 parts, 14 on 2; about 20 ms
_MOST_ASSIGNMENTS = 20_000


def divide_by_group(
    groups: np.ndarray, targets: np.ndarray, shares: np.ndarray, classes: int, seed: int
) -> np.ndarray:
    """(n,) part of each row; a group is never in two parts."""
    names, group_of = np.unique(groups, return_inverse=True)
    active = np.flatnonzero(shares > 0)
    if len(active) ** len(names) <= _MOST_ASSIGNMENTS:
        chosen = _best_assignment(group_of, targets, shares[active], classes, seed)
    else:
        chosen = search_assignment(names, group_of, targets, shares[active], classes, seed)
    if chosen is None:
        pairs = np.unique(np.stack([targets, group_of]), axis=1)
        alone = np.flatnonzero(np.bincount(pairs[0], minlength=classes) == 1)
        raise InputError(
            f"{len(names)} groups cannot be split so that train sees every class ({len(alone)} of "
            f"{classes} classes stand in one group only); expected classes that are spread over "
            "several "
            f"groups. Name other groups with --group, or add images."
        )
    return active[chosen][group_of].astype(np.int8)


def _best_assignment(
    group_of: np.ndarray, targets: np.ndarray, shares: np.ndarray, classes: int, seed: int
) -> np.ndarray | None:
    """(groups,) position in `shares`, the best of all; None if none will do."""
    n_groups, n_parts = int(group_of.max()) + 1, len(shares)
    counts = np.bincount(group_of * classes + targets, minlength=n_groups * classes).reshape(
        n_groups, classes
    )
    fractions = np.hstack([counts / counts.sum(0), counts.sum(1, keepdims=True) / counts.sum()])
    weights = np.append(np.full(classes, 1 / classes), 1.0)
    every = (np.arange(n_parts**n_groups)[:, None] // n_parts ** np.arange(n_groups)) % n_parts
    costs = np.full(len(every), np.inf)
    # in pieces: memory stays small with a thousand classes
    for start in range(0, len(every), 2048):
        some = every[start : start + 2048]
        cost = np.zeros(len(some))
        for part, share in enumerate(shares):
            inside = some == part
            received = inside.astype(float) @ fractions
            cost += (received - share) ** 2 / share @ weights
            cost[~inside.any(axis=1)] = np.inf
            if part == 0:
                cost[(received < 1e-12).any(axis=1)] = np.inf  # a class that train does not see
        costs[start : start + 2048] = cost
    if np.isinf(costs.min()):
        return None
    equal = np.flatnonzero(costs <= costs.min() + 1e-9)
    return every[equal[seeds.rng(seed, "split", "groups").integers(len(equal))]]

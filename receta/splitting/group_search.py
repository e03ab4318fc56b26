"""How are many groups divided, by steps that each lower the cost?"""

from __future__ import annotations

import itertools

import numpy as np

from receta.splitting.by_class import rank

_MOST_VISITS = 400_000  # of a class of a group in the search by steps: about half a second


def search_assignment(
    names: np.ndarray,
    group_of: np.ndarray,
    targets: np.ndarray,
    shares: np.ndarray,
    classes: int,
    seed: int,
) -> np.ndarray | None:
    """As the best of all assignments, by steps; the best of a few beginnings."""
    n_groups = len(names)
    ranks, sizes = rank(seed, names.tolist()), np.bincount(group_of)
    found: list[tuple[float, list[int]]] = []
    groups = Groups(group_of, targets, shares.tolist(), classes)
    entries = sum(map(len, groups.fractions))
    beginnings = max(1, min(10, _MOST_VISITS // (4 * entries * n_groups)))
    for beginning in range(beginnings):
        groups.clear()
        shuffled = np.roll(np.argsort(ranks, kind="stable"), beginning * n_groups // 10)
        order = (
            shuffled if beginning else shuffled[np.argsort(-sizes[shuffled], kind="stable")]
        ).tolist()
        for group in order:
            groups.put(
                group, min(range(len(shares)), key=lambda part: groups.added_cost(group, part))
            )
        if not groups.repair(sorted(order, key=sizes.__getitem__)):
            continue
        visits = 0
        for step, cost in (
            (groups.improve, 4 * entries),
            (groups.exchange, n_groups * entries),
        ) * 5:
            if (visits := visits + cost) <= _MOST_VISITS / beginnings:
                step(order)
        found.append((groups.cost(), groups.part))
    return np.array(min(found)[1]) if found else None


class Groups:
    """The part each group is in, and what every part holds, in sparse lists."""

    def __init__(
        self, group_of: np.ndarray, targets: np.ndarray, shares: list[float], classes: int
    ) -> None:
        pairs, counts = np.unique(group_of * classes + targets, return_counts=True)
        in_class, in_group = (
            np.bincount(targets, minlength=classes).tolist(),
            np.bincount(group_of).tolist(),
        )
        self.shares, self.classes = shares, classes
        # a group: (class, images)
        self.counts: list[list[tuple[int, int]]] = [[] for _ in in_group]
        # A group: (class or `classes` for all images, fraction of it, weight).
        self.fractions: list[list[tuple[int, float, float]]] = [
            [(classes, n / len(targets), 1.0)] for n in in_group
        ]
        for pair, n in zip(pairs.tolist(), counts.tolist(), strict=True):
            group, index = divmod(pair, classes)
            self.counts[group].append((index, n))
            self.fractions[group].append((index, n / in_class[index], 1 / classes))
        self.clear()

    def clear(self) -> None:
        """Put no group into any part."""
        self.part = [-1] * len(self.counts)
        self.received = [[0.0] * (self.classes + 1) for _ in self.shares]
        self.held = [0] * len(self.shares)
        self.in_train = [0] * self.classes

    def added_cost(self, group: int, part: int, sign: int = 1) -> float:
        """Cost of putting a group into a part (sign -1: of taking it out)."""
        share, received = self.shares[part], self.received[part]
        return (
            sum(
                weight * fraction * (2 * sign * (received[index] - share) + fraction)
                for index, fraction, weight in self.fractions[group]
            )
            / share
        )

    def cost(self) -> float:
        """What the search makes small."""
        weights = [1 / self.classes] * self.classes + [1.0]
        return sum(
            weight * (fraction - share) ** 2 / share
            for share, received in zip(self.shares, self.received, strict=True)
            for weight, fraction in zip(weights, received, strict=True)
        )

    def put(self, group: int, part: int) -> None:
        """Put a group into a part, out of the one it is in."""
        for sign, place in ((-1, self.part[group]), (1, part)):
            if place < 0:
                continue
            self.held[place] += sign
            for index, fraction, _ in self.fractions[group]:
                self.received[place][index] += sign * fraction
            if place == 0:
                for index, n in self.counts[group]:
                    self.in_train[index] += sign * n
        self.part[group] = part

    def may_leave(self, group: int) -> bool:
        """Whether its part keeps a group, and train every class, without it."""
        part = self.part[group]
        return self.held[part] > 1 and (
            part > 0 or all(self.in_train[index] > n for index, n in self.counts[group])
        )

    def repair(self, small_first: list[int]) -> bool:
        """Give train every class and every part a group; False if it cannot be."""
        for group in small_first:
            if self.part[group] > 0 and any(
                not self.in_train[index] for index, _ in self.counts[group]
            ):
                self.put(group, 0)
        for part in range(1, len(self.shares)):
            if not self.held[part]:
                spare = next((group for group in small_first if self.may_leave(group)), None)
                if spare is None:
                    return False
                self.put(spare, part)
        return True

    def improve(self, order: list[int]) -> bool:
        """Move each group to where the cost is least; whether any moved."""
        moved = False
        for group in order:
            if not self.may_leave(group):
                continue
            here = self.part[group]
            saved = self.added_cost(group, here, -1)
            costs = [
                0.0 if part == here else saved + self.added_cost(group, part)
                for part in range(len(self.shares))
            ]
            best = min(range(len(costs)), key=costs.__getitem__)
            if costs[best] < -1e-12:
                self.put(group, best)
                moved = True
        return moved

    def exchange(self, order: list[int]) -> bool:
        """Swap pairs of groups where that lowers the cost; whether any were."""
        swapped = False
        for one, other in itertools.combinations(order, 2):
            here, there = self.part[one], self.part[other]
            if here == there:
                continue
            change = self.added_cost(one, here, -1) + self.added_cost(one, there)
            self.put(one, there)
            change += self.added_cost(other, there, -1) + self.added_cost(other, here)
            self.put(other, here)
            if change < -1e-12 and all(self.in_train):
                swapped = True
            else:
                self.put(one, here)
                self.put(other, there)
        return swapped

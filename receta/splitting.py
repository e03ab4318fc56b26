"""How are examples divided into train, validation and test, the same way every time?

Where an example goes depends on the seed and on its id alone, not on the order of the
rows; an image more or less moves at most the few that stand at a border. A series is
divided by time, see receta/data/by_time.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from receta import tasks
from receta.core import seeds
from receta.core.errors import InputError, RecipeError, RunError
from receta.core.recipe import Recipe
from receta.core.targets import counts as counts_of
from receta.data import by_time
from receta.data.dataset import PARTS, Dataset, Splits

TRAIN, VALIDATION, TEST = range(3)  # positions in PARTS
_CODES = {"": TRAIN, **{name: code for code, name in enumerate(PARTS)}}
# of groups to parts, all tried: 9 groups on 3 parts, 14 on 2; about 20 ms
_MOST_ASSIGNMENTS = 20_000
_MOST_VISITS = 400_000  # of a class of a group in the search by steps: about half a second
# of values to predict: so many equally full ranges at most, with so many rows at least
_BINS, _IN_A_BIN = 20, 10

ENOUGH = 5_000  # examples of a part that nobody asked to be larger


def split(data: Dataset, recipe: Recipe = Recipe()) -> Splits:
    """Divide into train, validation and test: by class, value, group or time.

    A part that the data themselves name stays as it is; what is missing is carved out
    of the rest, by recipe.validation_share and test_share of that rest (at most 5,000
    examples each where nobody set the share). Without groups
    every class is divided by the shares, to within one example, and stands in every
    part; of values to predict the same holds for ranges that hold equally many, of labels
    for the rarest that an example has. With
    groups each group stays whole; few groups are assigned in the best of all ways (the
    seed decides only between equally good ones), many by a seeded search. A series
    is never shuffled: its first windows are train, its last ones test, and windows that
    would see what a later part forecasts are in no part.
    Raises InputError for too few images of a class or too few groups, RecipeError when
    the shares leave nothing to train on.

    >>> from receta.sources import load
    >>> {name: len(part) for name, part in split(load("digits")).named().items()}
    {'train': 1257, 'validation': 270, 'test': 270}
    """
    parts = np.array([_CODES[name] for name in data.parts], np.int8)
    if data.kind == "series":
        return Splits(
            *(data.take(rows) for rows in by_time.divided(data, _shares(np.array([TRAIN]), recipe)))
        )
    shares = _shares(parts, recipe)
    free = np.flatnonzero(parts == TRAIN)
    _require_enough(data, free, shares)
    if shares[TRAIN] < 1:
        targets = data.targets[free]
        groups = None if data.groups is None else np.array([data.groups[row] for row in free])
        task = tasks.of(data.task)
        ranks = _ranks(
            recipe.seed,
            [data.ids[row] for row in free] if groups is None or not task.IS_COUNTED else [],
        )
        if not task.IS_COUNTED:
            parts[free] = _by_value(targets, ranks, groups, shares, recipe.seed)
        elif not task.IS_EXCLUSIVE:
            parts[free] = _by_labels(task.strata(targets), ranks, groups, shares, recipe.seed)
        elif groups is None:
            parts[free] = _by_class(targets, ranks, shares, len(data.class_names))
        else:
            parts[free] = _by_group(groups, targets, shares, len(data.class_names), recipe.seed)
    return Splits(*(data.take(parts == code) for code in (TRAIN, VALIDATION, TEST)))


def how(data: Dataset, recipe: Recipe = Recipe()) -> str:
    """In words, how `split` divides these data: parts, shares, seed."""
    if data.kind == "series":
        return by_time.how(data, _shares(np.array([TRAIN]), recipe))
    named = set(data.parts)
    own = [name for name in PARTS[1:] if name in named]
    carved = [name for name in PARTS[1:] if name not in named]
    if not carved:
        return "train, validation and test as the data's own parts say"
    percent = dict(
        zip(
            PARTS[1:],
            _asked(recipe, sum(_CODES[part] == TRAIN for part in data.parts)),
            strict=True,
        )
    )
    sizes = ", ".join(f"{100 * percent[name]:g} % {name}" for name in carved)
    task = tasks.of(data.task)
    way = task.WORDS["stratified"]
    if not task.IS_COUNTED:
        bins = _bins(sum(_CODES[part] == TRAIN for part in data.parts))
        way = (
            f"stratified by the target, in {bins} range{'s' * (bins > 1)} that hold equally "
            f"many {_noun(data)[1]}"
        )
    if data.groups is not None:
        divided = {
            group
            for group, part in zip(data.groups, data.parts, strict=True)
            if _CODES[part] == TRAIN
        }
        way = f"by group ({len(divided)} groups, each in one part)"
    text = f"{way}, {sizes}, seed {recipe.seed}"
    return f"{' and '.join(own)} as the data's own parts say; the rest {text}" if own else text


def as_json(splits: Splits, how: str) -> dict[str, Any]:
    """Plain dict of a split for split.json: ids by part, and how."""
    return {"how": how, **{name: list(part.ids) for name, part in splits.named().items()}}


def from_json(data: Dataset, plain: Mapping[str, Any]) -> Splits:
    """The split that `as_json` wrote, as views on the data.

    Raises RunError when ids are missing from the data or the record is spoilt.
    """
    one_thing, things = _noun(data)
    try:
        wanted = {name: [str(one) for one in plain[name]] for name in PARTS}
    except (KeyError, TypeError) as error:
        raise RunError(
            f"the record of the split lacks a list of ids ({error}); expected train, validation "
            "and test. "
            f"Restore split.json, or choose another folder with --out."
        ) from error
    everything = [one for ids in wanted.values() for one in ids]
    if len(set(everything)) != len(everything):
        raise RunError(
            f"the record of the split names {'an' if one_thing == 'image' else 'a'} {one_thing} "
            "twice; expected each in one part. "
            "Restore split.json, or choose another folder with --out."
        )
    position = {one: index for index, one in enumerate(data.ids)}
    missing = [one for one in everything if one not in position]
    if missing:
        raise RunError(
            f"{len(missing)} of {len(everything)} {things} of the recorded split are missing "
            "from the data "
            f"(first: {missing[0]!r}); expected the data of the first start. Restore them, "
            f"or choose another folder with --out."
        )
    return Splits(*(data.take(sorted(position[one] for one in wanted[name])) for name in PARTS))


def _asked(recipe: Recipe, n: int) -> tuple[float, float]:
    """Shares for validation and test of n examples: the user's, or what is enough.

    Of large data the default share is more than a choice needs: with 5,000 examples the
    standard error of an accuracy of 0.94 is 0.0034, and every further one is lost to training.
    """
    chosen = []
    for name in ("validation_share", "test_share"):
        share = float(getattr(recipe, name))
        chosen.append(share if name in recipe.model_fields_set else min(share, ENOUGH / max(n, 1)))
    return chosen[0], chosen[1]


def _shares(parts: np.ndarray, recipe: Recipe) -> np.ndarray:
    """(3,) shares of what is to be divided; 0 for parts of the data's own."""
    shares = np.array([0.0, *_asked(recipe, int((parts == TRAIN).sum()))])
    shares[np.unique(parts)] = 0.0
    shares[TRAIN] = 1 - shares.sum()
    if shares[TRAIN] < 1e-9:
        raise RecipeError(
            f"validation_share={recipe.validation_share:g} and test_share={recipe.test_share:g} "
            "leave nothing to "
            f"train on; expected a sum below 1. Lower one in the recipe or with --set."
        )
    return shares


def _require_enough(data: Dataset, free: np.ndarray, shares: np.ndarray) -> None:
    """InputError unless every class (and group) can be where it must."""
    one_thing, things = _noun(data)
    if not len(data):
        some = (
            "some of each class. Look at the folder"
            if data.kind == "images"
            else "some to learn from. Look at the file"
        )
        raise InputError(f"the data hold no {things}; expected {some}, or name another.")
    if not len(free):
        raise InputError(
            f"all {len(data)} {things} stand in the data's own {_parts_in_words(shares == 0)}; "
            "expected some to train "
            "on. Put them into a train part, or name their "
            f"{'folder' if data.kind == 'images' else 'file'} as DATA."
        )
    carved = shares > 0
    for_test = f", or give the test {things} apart with --test" if carved[TEST] else ""
    if data.groups is not None and carved.sum() > 1:
        n_groups = len({data.groups[row] for row in free})
        if n_groups < carved.sum():
            raise InputError(
                f"{n_groups} group{'s' * (n_groups > 1)} cannot be split; expected at least "
                f"{carved.sum()}, "
                f"one each for {_parts_in_words(carved)}. Name finer groups with --group{for_test}."
            )
    task = tasks.of(data.task)
    if not task.IS_COUNTED:
        if data.groups is None and len(free) < carved.sum():
            raise InputError(
                f"{len(free)} {things if len(free) > 1 else one_thing} cannot be split; expected "
                f"at least {carved.sum()}, one each for "
                f"{_parts_in_words(carved)}. Add {things}{for_test}."
            )
        return
    # A rare label may stand in train alone: it says so in the audit, and in its scores.
    needed = 1 if data.groups is not None or not task.IS_EXCLUSIVE else int(carved.sum())
    counts = counts_of(data.targets[free], len(data.class_names))
    short = np.flatnonzero(counts < needed)
    if not len(short):
        return
    expected = f"at least {needed}" + (
        f", one each for {_parts_in_words(carved)}" if needed > 1 else " to train on"
    )
    if len(short) == 1:
        n = int(counts[short[0]])
        have = (f"no {one_thing}", f"a single {one_thing}", f"only {n} {things}")[min(n, 2)]
        received = f"class {data.class_names[short[0]]!r} has {have} to split"
    else:
        named = ", ".join(f"{data.class_names[index]!r} {counts[index]}" for index in short[:5])
        more = f" and {len(short) - 5} more" if len(short) > 5 else ""
        received = f"{len(short)} classes have too few {things} to split ({named}{more})"
    mend = (
        f"Add {things}, remove the class{for_test}."
        if for_test
        else f"Add {things} or remove the class."
    )
    raise InputError(f"{received}; expected {expected}. {mend}")


def _noun(data: Dataset) -> tuple[str, str]:
    """What an example of these data is called, and several of them."""
    one = {"images": "image", "table": "row", "tokens": "text", "series": "window"}[data.kind]
    return one, f"{one}s"


def _parts_in_words(chosen: np.ndarray) -> str:
    names = [name for name, yes in zip(PARTS, chosen, strict=True) if yes]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _ranks(seed: int, names: list[str]) -> np.ndarray:
    """(n,) uint64: a random place for each name that depends on no other name."""
    return np.fromiter(
        (seeds.key(seed, "split", name) & (2**64 - 1) for name in names), np.uint64, len(names)
    )


def _by_class(
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


def _by_value(
    values: np.ndarray, ranks: np.ndarray, groups: np.ndarray | None, shares: np.ndarray, seed: int
) -> np.ndarray:
    """(n,) part of each row; every range of values is divided by the shares."""
    order = np.lexsort((ranks, values))  # equal values in an order that no file decides
    place = np.empty(len(values), np.int64)
    place[order] = np.arange(len(values))
    bins = _bins(len(values))
    if groups is None:
        return _by_class(place * bins // len(values), ranks, shares, bins)
    while bins > 1:  # groups may be ranges themselves: then fewer, wider ones can be in train
        try:
            return _by_group(groups, place * bins // len(values), shares, bins, seed)
        except InputError:
            bins //= 2
    return _by_group(groups, np.zeros(len(values), np.int64), shares, 1, seed)


def _by_labels(
    strata: np.ndarray, ranks: np.ndarray, groups: np.ndarray | None, shares: np.ndarray, seed: int
) -> np.ndarray:
    """(n,) part of each row; each stratum is divided by the shares, groups as well as they
    allow.
    """
    n = int(strata.max(initial=0)) + 1
    if groups is None:
        return _by_class(strata, ranks, shares, n)
    try:
        return _by_group(groups, strata, shares, n, seed)
    except InputError:  # a stratum in one group alone
        return _by_group(groups, np.zeros(len(strata), np.int64), shares, 1, seed)


def _bins(n: int) -> int:
    return max(1, min(_BINS, n // _IN_A_BIN))


def _by_group(
    groups: np.ndarray, targets: np.ndarray, shares: np.ndarray, classes: int, seed: int
) -> np.ndarray:
    """(n,) part of each row; a group is never in two parts."""
    names, group_of = np.unique(groups, return_inverse=True)
    active = np.flatnonzero(shares > 0)
    if len(active) ** len(names) <= _MOST_ASSIGNMENTS:
        chosen = _best_assignment(group_of, targets, shares[active], classes, seed)
    else:
        chosen = _searched_assignment(names, group_of, targets, shares[active], classes, seed)
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


# Both ways below minimise the same cost: over parts and over classes (with equal weight) and over
# all
# images (with the weight of all classes together), (share received - share wanted)^2 / share
# wanted.


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


def _searched_assignment(
    names: np.ndarray,
    group_of: np.ndarray,
    targets: np.ndarray,
    shares: np.ndarray,
    classes: int,
    seed: int,
) -> np.ndarray | None:
    """As `_best_assignment`, by steps; the best of a few beginnings."""
    n_groups = len(names)
    ranks, sizes = _ranks(seed, names.tolist()), np.bincount(group_of)
    found: list[tuple[float, list[int]]] = []
    groups = _Groups(group_of, targets, shares.tolist(), classes)
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


class _Groups:
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

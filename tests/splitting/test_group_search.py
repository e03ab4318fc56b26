"""Does each step of the search for groups do what it says, and never make a division worse?"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receta.splitting import by_group, group_search
from receta.splitting.group_search import Groups, search_assignment

SHARES = np.array([0.7, 0.15, 0.15])
few = settings(max_examples=30, deadline=None)
numbers = st.integers(0, 2**31 - 1)


def scene(seed: int, groups: int = 7, classes: int = 3, n: int = 80) -> tuple[np.ndarray, ...]:
    """(group of each example, its class), of groups and classes that all have one."""
    dice = np.random.default_rng(seed)
    group_of = np.concatenate([np.arange(groups), dice.integers(0, groups, n)])
    targets = np.concatenate([np.arange(groups) % classes, dice.integers(0, classes, n)])
    return group_of, targets


def cost_by_hand(group_of, targets, part_of, shares=SHARES, classes=3) -> float:
    """(received - share)^2 / share over parts and classes, and over all with their weight."""
    part, total = np.asarray(part_of)[group_of], 0.0
    for number, share in enumerate(shares):
        inside = part == number
        for one in range(classes):
            received = inside[targets == one].mean()
            total += (received - share) ** 2 / share / classes
        total += (inside.mean() - share) ** 2 / share
    return total


def filled(seed: int) -> tuple[Groups, np.ndarray, np.ndarray, np.random.Generator]:
    group_of, targets = scene(seed)
    groups = Groups(group_of, targets, SHARES.tolist(), 3)
    dice = np.random.default_rng(seed + 1)
    for group in dice.permutation(7).tolist():
        groups.put(group, int(dice.integers(3)))
    return groups, group_of, targets, dice


@few
@given(numbers)
def test_the_cost_is_that_of_the_formula_and_a_step_adds_what_it_says(seed: int) -> None:
    groups, group_of, targets, dice = filled(seed)
    assert groups.cost() == pytest.approx(cost_by_hand(group_of, targets, groups.part))
    group, part = int(dice.integers(7)), int(dice.integers(3))
    here, before = groups.part[group], groups.cost()
    change = groups.added_cost(group, here, -1)
    if part != here:
        change += groups.added_cost(group, part)
        groups.put(group, part)
        assert groups.cost() - before == pytest.approx(change)
    assert groups.held == [groups.part.count(number) for number in range(3)]
    in_train = np.asarray(groups.part)[group_of] == 0
    assert groups.in_train == np.bincount(targets[in_train], minlength=3).tolist()


@few
@given(numbers)
def test_a_group_may_leave_where_its_part_and_train_can_do_without(seed: int) -> None:
    groups, group_of, targets, _ = filled(seed)
    for group in range(7):
        part = groups.part[group]
        rest = (np.asarray(groups.part)[group_of] == 0) & (group_of != group)
        train_keeps = len(set(targets[rest])) == len(
            set(targets[rest]) | set(targets[group_of == group])
        )
        expected = groups.part.count(part) > 1 and (part > 0 or train_keeps)
        assert groups.may_leave(group) is expected


@few
@given(numbers)
def test_steps_lower_the_cost_until_none_does(seed: int) -> None:
    groups, group_of, targets, dice = filled(seed)
    order = dice.permutation(7).tolist()
    if not groups.repair(order):
        return
    assert all(groups.held)
    assert all(groups.in_train)
    for step in (groups.improve, groups.exchange) * 9:
        before, was = groups.cost(), list(groups.part)
        moved = step(order)
        assert moved is (groups.part != was)
        assert groups.cost() < before if moved else groups.cost() == pytest.approx(before)
        assert all(groups.held)
        assert all(groups.in_train)
    best = groups.cost()
    for group, part in itertools.product(range(7), range(3)):
        if groups.may_leave(group):
            moved_to = [part if one == group else at for one, at in enumerate(groups.part)]
            assert cost_by_hand(group_of, targets, moved_to) > best - 1e-9
    for one, other in itertools.combinations(range(7), 2):
        swapped = list(groups.part)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        train = np.asarray(swapped)[group_of] == 0
        if len(set(targets[train])) == 3:
            assert cost_by_hand(group_of, targets, swapped) > best - 1e-9


def test_repair_gives_train_every_class_and_every_part_a_group_small_ones_first() -> None:
    group_of, targets = np.repeat(np.arange(4), [9, 5, 2, 3]), np.repeat([0, 0, 1, 0], [9, 5, 2, 3])
    groups = Groups(group_of, targets, SHARES.tolist(), 2)
    for group, part in enumerate((0, 0, 1, 0)):
        groups.put(group, part)
    assert groups.repair([2, 3, 1, 0])
    assert groups.part == [0, 2, 0, 1]  # 2 alone holds class 1; then the smallest that may leave
    two = Groups(np.array([0, 1]), np.array([0, 1]), SHARES.tolist(), 2)
    two.put(0, 0)
    two.put(1, 0)
    assert not two.repair([0, 1])


@few
@given(numbers, st.sampled_from([(0.7, 0.15, 0.15), (0.5, 0.5)]))
def test_of_few_groups_the_assignment_is_the_best_of_all(seed: int, shares: tuple) -> None:
    group_of, targets = scene(seed, groups=5)
    found = by_group._best_assignment(group_of, targets, np.array(shares), 3, seed)
    costs = []
    for part_of in itertools.product(range(len(shares)), repeat=5):
        train = np.asarray(part_of)[group_of] == 0
        if set(part_of) == set(range(len(shares))) and len(set(targets[train])) == 3:
            costs.append(cost_by_hand(group_of, targets, part_of, shares))
    if found is None:
        assert not costs
    else:
        assert cost_by_hand(group_of, targets, found, shares) == pytest.approx(min(costs))


@pytest.mark.parametrize(
    ("groups", "parts", "all_tried"), [(9, 3, True), (10, 3, False), (14, 2, True), (15, 2, False)]
)
def test_up_to_20_000_assignments_are_all_tried(groups, parts, all_tried, monkeypatch) -> None:
    asked = []
    for name in ("_best_assignment", "search_assignment"):
        monkeypatch.setattr(
            by_group, name, lambda *given, name=name: asked.append(name) or np.zeros(groups, int)
        )
    shares = np.array([0.7, 0.3, 0.0]) if parts == 2 else SHARES
    names = np.array([f"g{number:02}" for number in range(groups)])
    by_group.divide_by_group(names, np.zeros(groups, int), shares, 1, 0)
    assert asked == ["_best_assignment" if all_tried else "search_assignment"]


def test_the_search_ends_within_its_visits_and_is_pinned(monkeypatch) -> None:
    group_of, targets = scene(3, groups=40, n=600)
    names = np.array([f"g{number:02}" for number in range(40)])
    steps = []
    for name in ("improve", "exchange", "clear"):
        step = getattr(Groups, name)
        monkeypatch.setattr(
            Groups,
            name,
            lambda self, *given, step=step, name=name: steps.append(name) or step(self, *given),
        )
    found = search_assignment(names, group_of, targets, SHARES, 3, 7)
    assert found is not None
    assert "".join(map(str, found)) == "1002001200000011000000000000102021220001"
    # 160 entries: a beginning puts 40 groups in any of 3 parts; 400,000 visits are enough for ten
    assert steps.count("clear") == 1 + 10
    assert (steps.count("improve"), steps.count("exchange")) == (50, 50)
    steps.clear()
    monkeypatch.setattr(group_search, "_MOST_VISITS", 8 * 160 * 40)
    search_assignment(names, group_of, targets, SHARES, 3, 7)
    assert steps.count("clear") == 1 + 2
    # of each beginning 25,600 visits; moving all costs 640, and swapping all pairs 6,400
    assert (steps.count("improve"), steps.count("exchange")) == (2 * 4, 2 * 3)
    monkeypatch.setattr(group_search, "_MOST_VISITS", 1)
    steps.clear()
    assert search_assignment(names, group_of, targets, SHARES, 3, 7) is not None
    assert steps == ["clear", "clear"]

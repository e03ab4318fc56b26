"""Does a split keep what it promises, whatever the data look like?"""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receta.core.errors import InputError, RecipeError, RunError
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset
from receta.data.series import Series
from receta.data.table import Column, Table
from receta.splitting import as_json, by_group, from_json, how, split
from tests.fakes import Rows

quick = settings(max_examples=40, deadline=None)
class_sizes = st.lists(st.integers(3, 60), min_size=2, max_size=6)
shares = st.tuples(
    st.sampled_from([0.05, 0.1, 0.15, 0.3, 0.45]), st.sampled_from([0.05, 0.1, 0.15, 0.3, 0.5])
)
seeds = st.integers(0, 2**31 - 1)


def rows(sizes: list[int], **names: list[str]) -> Dataset:
    return Dataset.of(Rows(np.repeat(np.arange(len(sizes)), sizes), **names))


def plan(data: Dataset, recipe: Recipe = Recipe()) -> dict[str, set[str]]:
    return {name: set(part.ids) for name, part in split(data, recipe).named().items()}


@quick
@given(class_sizes, shares, seeds)
def test_split_puts_every_example_into_exactly_one_part(sizes, share, seed):
    data = rows(sizes)
    recipe = Recipe(validation_share=share[0], test_share=share[1], seed=seed)
    train, validation, test = split(data, recipe)
    assert sorted([*train.ids, *validation.ids, *test.ids]) == sorted(data.ids)
    assert all((np.diff(part.rows) > 0).all() for part in (train, validation, test))


@quick
@given(class_sizes, shares, seeds)
def test_split_gives_every_class_its_share_to_within_one_example(sizes, share, seed):
    recipe = Recipe(validation_share=share[0], test_share=share[1], seed=seed)
    wanted = {"train": 1 - sum(share), "validation": share[0], "test": share[1]}
    parts = split(rows(sizes), recipe).named()
    for index, n in enumerate(sizes):
        # A share below one example is lifted to one, at the cost of the other parts.
        lifted = sum(max(0.0, 1 - n * one) for one in wanted.values())
        for name, part in parts.items():
            have = int(part.counts()[index])
            assert have >= 1
            assert abs(have - max(1.0, n * wanted[name])) < 1 + lifted + 1e-9, (name, n)


@quick
@given(st.lists(st.integers(20, 200), min_size=2, max_size=8), seeds)
def test_split_meets_the_shares_of_all_examples_when_classes_are_not_tiny(sizes, seed):
    data = rows(sizes)
    train, validation, test = split(data, Recipe(seed=seed))
    assert abs(len(validation) - 0.15 * len(data)) <= 1
    assert abs(len(test) - 0.15 * len(data)) <= 1
    for index, n in enumerate(sizes):
        for part, share in ((train, 0.7), (validation, 0.15), (test, 0.15)):
            assert abs(part.counts()[index] - n * share) < 1


@quick
@given(class_sizes, seeds, st.randoms(use_true_random=False), st.booleans())
def test_split_does_not_depend_on_the_order_of_the_rows(sizes, seed, random, grouped):
    targets = np.repeat(np.arange(len(sizes)), sizes)
    ids = [f"{row}.png" for row in range(len(targets))]
    groups = [f"g{row % 11}" for row in range(len(targets))] if grouped else None
    order = list(range(len(ids)))
    random.shuffle(order)
    mixed = Rows(
        targets[order],
        ids=[ids[row] for row in order],
        groups=[groups[row] for row in order] if groups else None,
        class_names=[f"c{index}" for index in range(len(sizes))],
    )
    assert outcome(mixed, seed) == outcome(Rows(targets, ids=ids, groups=groups), seed)


def outcome(source: Rows, seed: int) -> dict[str, set[str]] | str:
    try:
        return plan(Dataset.of(source), Recipe(seed=seed))
    except InputError as error:
        return str(error)


@quick
@given(class_sizes, seeds)
def test_split_of_one_seed_is_always_the_same(sizes, seed):
    assert plan(rows(sizes), Recipe(seed=seed)) == plan(rows(sizes), Recipe(seed=seed))


def test_split_is_another_one_for_another_seed():
    tests = [frozenset(split(rows([100, 100]), Recipe(seed=seed)).test.ids) for seed in range(50)]
    assert len(set(tests)) == 50  # chance of a false alarm: below 1e-30


def test_split_chooses_every_example_equally_often():
    taken = np.zeros(60)
    for seed in range(400):
        taken[split(rows([40, 20]), Recipe(seed=seed)).test.rows] += 1
    # Each is binomial(400, 0.15) with a deviation of 7.1; 5 of them: false alarm 60 * 6e-7 = 4e-5.
    assert np.abs(taken - 60).max() < 36


@quick
@given(st.lists(st.integers(10, 60), min_size=2, max_size=5), seeds, st.data())
def test_split_moves_few_others_when_one_example_is_left_out(sizes, seed, data):
    whole = rows(sizes)
    gone = data.draw(st.sampled_from(whole.ids))
    before, after = (
        plan(whole, Recipe(seed=seed)),
        plan(whole.without({gone: "unreadable"}), Recipe(seed=seed)),
    )
    stayed = sum(len(before[name] & after[name]) for name in before)
    assert len(whole) - 1 - stayed <= 8


def test_split_is_pinned_for_good():
    parts = split(rows([8, 6]), Recipe(seed=7))
    assert parts.validation.ids == ("000004.png", "000010.png")
    assert parts.test.ids == ("000007.png", "000012.png")


@quick
@given(
    st.lists(st.integers(8, 40), min_size=2, max_size=4),
    st.sampled_from(["validation", "test", "both", "none"]),
    st.sampled_from(["", "train"]),
    seeds,
    st.booleans(),
)
def test_split_leaves_the_parts_of_the_data_as_they_are(sizes, own, rest, seed, grouped):
    n = sum(sizes)
    named = {"both": ("validation", "test"), "none": ()}.get(own, (own,))
    parts = [
        named[0] if row % 4 == 0 and named else named[-1] if row % 4 == 1 and named else rest
        for row in range(n)
    ]
    groups = [f"g{row % 12}" for row in range(n)] if grouped else None
    data = rows(sizes, parts=parts, **({"groups": groups} if groups else {}))
    found = plan(data, Recipe(seed=seed))
    for name in named:
        assert found[name] == {
            one for one, part in zip(data.ids, parts, strict=True) if part == name
        }
    for name in {"validation", "test"} - set(named):
        assert found[name]
        assert found[name] <= {
            one for one, part in zip(data.ids, parts, strict=True) if part == rest
        }


def test_split_takes_validation_out_of_train_and_not_out_of_test():
    data = rows([40, 40], parts=["train"] * 20 + ["test"] * 20 + ["train"] * 30 + ["test"] * 10)
    parts = split(data, Recipe(validation_share=0.2))
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (40, 10, 30)
    assert parts.validation.counts().tolist() == [4, 6]


@quick
@given(st.integers(3, 40), st.integers(2, 5), seeds, st.sampled_from([None, "validation", "test"]))
def test_split_never_puts_one_group_in_two_parts(n_groups, classes, seed, own):
    rng = np.random.default_rng(seed)
    # Two groups that hold every class make sure that there is a way.
    targets = [*range(classes), *range(classes), *rng.integers(0, classes, 200)]
    numbers = [*[0] * classes, *[1] * classes, *rng.integers(0, n_groups, 200)]
    extra = [own] * 10 if own else []
    data = Dataset.of(
        Rows(
            [*targets, *[0] * len(extra)],
            groups=[*(f"p{number}" for number in numbers), *["other"] * len(extra)],
            parts=[*["train"] * len(targets), *extra],
        )
    )
    if len(set(numbers)) < 3:
        return
    parts = split(data, Recipe(seed=seed))
    held = [set(part.groups) for part in parts]
    assert all(held)
    assert not any(one & other for one, other in itertools.combinations(held, 2))
    assert sum(map(len, parts)) == len(data)
    assert (parts.train.counts() > 0).all()


def test_split_of_few_groups_is_the_best_of_all_assignments():
    # Found by hand: only {c} and {d} are as large as a carved part should be, and both classes are
    # even in them.
    sizes = {"a": (30, 30), "b": (5, 5), "c": (7, 8), "d": (8, 7)}
    targets, groups = [], []
    for group, counts in sizes.items():
        targets += np.repeat([0, 1], counts).tolist()
        groups += [group] * sum(counts)
    for seed in range(5):
        parts = split(Dataset.of(Rows(targets, groups=groups)), Recipe(seed=seed))
        assert set(parts.train.groups) == {"a", "b"}
        assert {frozenset(parts.validation.groups), frozenset(parts.test.groups)} == {
            frozenset("c"),
            frozenset("d"),
        }


def test_split_of_equal_groups_differs_with_the_seed():
    data = Dataset.of(Rows([0, 1] * 45, groups=[f"g{row // 10}" for row in range(90)]))
    assert len({frozenset(split(data, Recipe(seed=seed)).test.groups) for seed in range(40)}) > 4


def test_split_by_steps_is_almost_as_good_as_the_best_assignment(monkeypatch):
    def unevenness(parts):
        whole = sum(part.counts() for part in parts)
        wanted = (0.7, 0.15, 0.15)
        return sum(
            (((part.counts() / whole - share) ** 2).mean() + (len(part) / whole.sum() - share) ** 2)
            / share
            for part, share in zip(parts, wanted, strict=True)
        )

    gaps = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        numbers = rng.choice(9, 300, p=rng.dirichlet(np.full(9, 2.0)))
        data = Dataset.of(
            Rows(rng.integers(0, 4, 300), groups=[f"g{number}" for number in numbers])
        )
        best = unevenness(split(data))
        with monkeypatch.context() as patch:
            patch.setattr(by_group, "_MOST_ASSIGNMENTS", 0)
            searched = unevenness(split(data))
        assert searched > best - 1e-9
        gaps.append(searched - best)
    assert np.median(gaps) < 1e-9
    assert max(gaps) < 0.02


def test_split_by_steps_gives_train_every_class(monkeypatch):
    monkeypatch.setattr(by_group, "_MOST_ASSIGNMENTS", 0)
    # Class 2 stands in one small group only, which must not be carved away.
    targets = [0, 1] * 50 + [2]
    groups = [f"g{row // 10}" for row in range(100)] + ["rare"]
    for seed in range(20):
        parts = split(Dataset.of(Rows(targets, groups=groups)), Recipe(seed=seed))
        assert "rare" in parts.train.groups


def test_split_carves_out_of_groups_that_stand_in_test_too():
    data = Dataset.of(
        Rows([0, 1] * 20, groups=["a", "a", "b", "b"] * 10, parts=["train"] * 30 + ["test"] * 10)
    )
    parts = split(data)
    assert set(parts.test.groups) == {"a", "b"}
    assert len(set(parts.train.groups) & set(parts.validation.groups)) == 0


def refusal(data: Dataset, **settings: float) -> str:
    with pytest.raises(InputError) as caught:
        split(data, Recipe(**settings))
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_split_names_a_class_with_a_single_image():
    assert refusal(Dataset.of(Rows([0, 0, 0, 1], class_names=["cat", "dog"]))) == (
        "class 'dog' has a single image to split; expected at least 3, one each for train, "
        "validation and test. "
        "Add images, remove the class, or give the test images apart with --test."
    )


def test_split_names_all_classes_that_are_too_small():
    names = ["a", "b", "c", "d", "e", "f", "g"]
    assert refusal(rows([1, 2, 2, 1, 1, 2, 9], class_names=names)) == (
        "6 classes have too few images to split ('a' 1, 'b' 2, 'c' 2, 'd' 1, 'e' 1 and 1 more); "
        "expected at least 3, "
        "one each for train, validation and test. Add images, remove the class, or give the test "
        "images apart with "
        "--test."
    )


def test_split_counts_only_images_that_are_to_be_split():
    parts = ["train"] * 5 + ["test"] * 5 + ["train"] + ["test"] * 9
    assert refusal(Dataset.of(Rows([0] * 10 + [1] * 10, parts=parts))) == (
        "class 'c1' has a single image to split; expected at least 2, one each for train and "
        "validation. "
        "Add images or remove the class."
    )


def test_split_needs_one_image_a_class_when_all_parts_are_given():
    parts = ["train", "validation", "test", "train", "validation", "test"]
    assert [len(part) for part in split(Dataset.of(Rows([0, 0, 0, 1, 1, 1], parts=parts)))] == [
        2,
        2,
        2,
    ]
    empty = Dataset.of(
        Rows([0, 0, 0, 1, 1], parts=["train", "validation", "test", "validation", "test"])
    )
    assert refusal(empty) == (
        "class 'c1' has no image to split; expected at least 1 to train on. Add images or remove "
        "the class."
    )


def test_split_refuses_data_without_images():
    assert refusal(Dataset.of(Rows([], class_names=["a", "b"]))).startswith(
        "the data hold no images; expected some"
    )


def test_split_refuses_data_that_are_all_test():
    assert refusal(Dataset.of(Rows([0, 1], parts=["test", "validation"]))).startswith(
        "all 2 images stand in the data's own validation and test; expected some to train on."
    )


def test_split_refuses_fewer_groups_than_parts():
    data = Dataset.of(Rows([0, 1] * 10, groups=["a", "b"] * 10))
    assert refusal(data) == (
        "2 groups cannot be split; expected at least 3, one each for train, validation and test. "
        "Name finer groups with --group, or give the test images apart with --test."
    )


@pytest.mark.parametrize("classes", [3, 30])
def test_split_refuses_groups_that_are_the_classes(classes):
    targets = np.repeat(np.arange(classes), 5)
    assert refusal(Dataset.of(Rows(targets, groups=[f"g{target}" for target in targets]))) == (
        f"{classes} groups cannot be split so that train sees every class ({classes} of "
        f"{classes} classes stand in one "
        "group only); expected classes that are spread over several groups. Name other groups "
        "with --group, or add "
        f"images."
    )


def test_split_refuses_shares_that_leave_nothing_to_train_on():
    with pytest.raises(
        RecipeError, match=r"validation_share=0.5 and test_share=0.5 leave nothing to train on"
    ):
        split(rows([9, 9]), Recipe(validation_share=0.5, test_share=0.5))


@quick
@given(class_sizes, seeds)
def test_split_comes_back_from_its_record(sizes, seed):
    data, recipe = rows(sizes), Recipe(seed=seed)
    parts = split(data, recipe)
    plain = as_json(parts, how(data, recipe))
    assert list(plain) == ["how", "train", "validation", "test"]
    again = from_json(data, plain)
    for one, other in zip(parts, again, strict=True):
        assert np.array_equal(one.rows, other.rows)
        assert np.array_equal(one.targets, other.targets)


def test_record_of_a_split_says_how_many_ids_are_missing_and_which_first():
    data = rows([5, 5])
    plain = as_json(split(data), "anyhow")
    with pytest.raises(RunError) as caught:
        from_json(data.without(dict.fromkeys(plain["train"][1:3], "lost")), plain)
    assert str(caught.value) == (
        "2 of 10 images of the recorded split are missing from the data (first: "
        f"{plain['train'][1]!r}); expected the "
        f"data of the first start. Restore them, or choose another folder with --out."
    )


def test_record_of_a_split_that_is_spoilt_is_refused():
    data = rows([5, 5])
    with pytest.raises(RunError, match="lacks a list of ids"):
        from_json(data, {"train": []})
    with pytest.raises(RunError, match="names an image twice"):
        from_json(data, {"train": ["000000.png"], "validation": ["000000.png"], "test": []})


def test_how_a_split_is_made_stands_in_words():
    targets = [0, 1] * 6
    assert (
        how(Dataset.of(Rows(targets))) == "stratified by class, 15 % validation, 15 % test, seed 0"
    )
    tested = Rows(
        targets, parts=["train"] * 8 + ["test"] * 4, groups=[f"g{row}" for row in range(12)]
    )
    assert how(Dataset.of(tested), Recipe(seed=3)) == (
        "test as the data's own parts say; the rest by group (8 groups, each in one part), 15 % "
        "validation, seed 3"
    )
    given_parts = Rows(targets, parts=["train", "validation", "test"] * 4)
    assert how(Dataset.of(given_parts)) == "train, validation and test as the data's own parts say"


@pytest.mark.parametrize("groups", [None, 9, 1000])
def test_split_of_a_hundred_thousand_rows_takes_less_than_a_second(groups):
    rng = np.random.default_rng(0)
    names = (
        None if groups is None else [f"g{number}" for number in rng.integers(0, groups, 100_000)]
    )
    data = Dataset.of(Rows(rng.integers(0, 24, 100_000), groups=names))
    begun = time.process_time()  # time of this process, so that a busy machine does not fail it
    split(data)
    assert time.process_time() - begun < 1  # measured: 0.05 to 0.2


def table(targets, *, groups=None, parts=None) -> Dataset:
    n = len(targets)
    source = Table(
        "table('x'",
        [Column("c", "number", np.arange(n, dtype=float))],
        np.asarray(targets, float),
        task="values",
        target_name="y",
        ids=[f"row-{row + 1}" for row in range(n)],
        version="1",
        groups=groups,
        parts=parts,
    )
    return Dataset.of(source)


values = st.lists(st.floats(-1e6, 1e6) | st.integers(0, 3).map(float), min_size=3, max_size=300)


@quick
@given(values, shares, seeds)
def test_split_of_values_puts_every_row_into_exactly_one_part(targets, share, seed):
    data = table(targets)
    parts = split(data, Recipe(validation_share=share[0], test_share=share[1], seed=seed))
    assert sorted(row for part in parts for row in part.rows.tolist()) == list(range(len(data)))
    assert all(len(part) for part in parts)
    assert plan(data, Recipe(seed=seed)) == plan(data, Recipe(seed=seed))


@quick
@given(st.integers(100, 400), seeds)
def test_split_of_values_gives_every_part_the_same_range(n, seed):
    targets = np.random.default_rng(seed).lognormal(size=n)
    parts = split(table(targets), Recipe(seed=seed))
    ranks = np.argsort(np.argsort(targets)) / n
    for part in parts:
        # Every tenth of the values holds within two rows of its share, so no quantile is off by
        # far.
        for tenth in range(10):
            inside = (ranks[part.rows] >= tenth / 10) & (ranks[part.rows] < (tenth + 1) / 10)
            assert abs(inside.sum() - len(part) / 10) <= 3.5


@quick
@given(values, seeds, st.randoms(use_true_random=False))
def test_split_of_values_does_not_depend_on_the_order_of_the_rows(targets, seed, random):
    data = table(targets)
    order = list(range(len(targets)))
    random.shuffle(order)
    mixed = Dataset.of(
        data.source.replaced(
            targets=np.array(targets)[order],
            ids=[data.ids[row] for row in order],
            columns=[data.columns[0].take(np.array(order))],
        )
    )
    assert plan(mixed, Recipe(seed=seed)) == plan(data, Recipe(seed=seed))


@quick
@given(st.integers(3, 40), st.integers(20, 200), seeds)
def test_split_of_values_keeps_groups_whole(n_groups, n, seed):
    rng = np.random.default_rng(seed)
    numbers = [*range(n_groups), *rng.integers(0, n_groups, n)]
    # The hardest case: a group is a range of its own.
    data = table(
        [number * 100 + rng.random() for number in numbers],
        groups=[f"g{number}" for number in numbers],
    )
    held = [set(part.groups) for part in split(data, Recipe(seed=seed))]
    assert all(held)
    assert not any(one & other for one, other in itertools.combinations(held, 2))


def test_split_of_values_says_how_and_speaks_of_rows():
    assert how(table(range(500))) == (
        "stratified by the target, in 20 ranges that hold equally many rows, 15 % validation, 15 "
        "% test, seed 0"
    )
    with pytest.raises(
        InputError, match="2 rows cannot be split; expected at least 3, one each for train"
    ):
        split(table([1, 2]))
    with pytest.raises(InputError, match="the data hold no rows; expected some to learn from"):
        split(table([]))
    with pytest.raises(InputError, match="all 3 rows stand in the data's own test"):
        split(table([1, 2, 3], parts=["test"] * 3))
    data = table([1, 2, 3])
    with pytest.raises(RunError, match="1 of 3 rows of the recorded split are missing"):
        from_json(data.take([0, 1]), as_json(split(data), "x"))


def series(steps: int, window: int, horizon: int, times: list[int] | None = None) -> Dataset:
    moments = None if times is None else np.array(times, "datetime64[s]")
    return Dataset.of(
        Series(
            "series('x'",
            np.arange(steps, dtype=float)[:, None],
            moments,
            window=window,
            horizon=horizon,
            channel_names=("v",),
            version="1",
        )
    )


def steps_of(part: Dataset) -> tuple[set[int], set[int]]:
    """Steps that the windows of a part see, and those that they forecast."""
    window, horizon = part.source.window, part.source.horizon
    seen = {int(row) + at for row in part.rows for at in range(window)}
    return seen, {int(row) + window + at for row in part.rows for at in range(horizon)}


@quick
@given(
    st.integers(20, 150),
    st.integers(1, 12),
    st.integers(1, 6),
    shares,
    seeds,
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_nothing_that_is_forecast_later_was_seen_or_forecast_earlier(
    steps, window, horizon, share, seed, twice, random
):
    times = sorted(random.randrange(steps // 2) for _ in range(steps)) if twice else None
    data = series(steps, window, horizon, times)
    recipe = Recipe(validation_share=share[0], test_share=share[1], seed=seed)
    try:
        parts = list(split(data, recipe))
    except (InputError, RecipeError):  # too short for these parts
        return
    for earlier, later in itertools.combinations(parts, 2):
        assert len(earlier)
        assert len(later)
        seen, forecast = steps_of(earlier)
        first = min(steps_of(later)[1])
        assert not (seen | forecast) & steps_of(later)[1]
        assert max(forecast) < first
        if times is not None:
            assert times[max(forecast)] < times[first]
    assert all((np.diff(part.rows) == 1).all() for part in parts)
    assert int(parts[2].rows[-1]) == len(data) - 1
    assert [part.ids for part in split(data, recipe.with_settings(seed=1))] == [
        part.ids for part in parts
    ]


def test_split_by_time_leaves_out_as_few_windows_as_it_can():
    for horizon in (1, 5):
        data = series(100 + 10 + horizon - 1, 10, horizon)
        train, validation, test = split(data)
        assert len(data) == 100
        assert (len(test), len(validation), len(train)) == (
            15,
            15 - (horizon - 1),
            70 - (horizon - 1),
        )


def test_split_by_time_of_a_view_goes_by_its_own_windows():
    data = series(120, 5, 3)
    view = data.take(np.arange(len(data)) % 4 != 1)
    train, validation, test = split(view)
    assert set(train.ids) | set(validation.ids) | set(test.ids) <= set(view.ids)
    assert max(steps_of(train)[1]) < min(steps_of(validation)[1])
    again = from_json(view, as_json(split(view), how(view)))
    assert [part.ids for part in again] == [train.ids, validation.ids, test.ids]


def test_split_by_time_says_how():
    assert how(series(109, 10, 1)) == (
        "by time, never shuffled: the first 70 % of the windows train, the next 15 % validation, "
        "the last 15 % test"
    )
    assert how(series(114, 10, 5)).endswith(
        "; 8 windows at the borders in no part, for their 5 steps of forecast reach into what "
        "the next part forecasts"
    )
    with pytest.raises(
        InputError,
        match="2 windows of 10 steps with 1 of forecast cannot be split by time; expected enough "
        "for train",
    ):
        split(series(12, 10, 1))


def test_large_data_give_5000_to_a_part_unless_the_user_says_more():
    data = rows([20_000, 20_000])
    assert [len(part) for part in split(data)] == [30_000, 5_000, 5_000]
    assert "12.5 % validation, 12.5 % test" in how(data)
    assert len(split(data, Recipe(validation_share=0.15)).validation) == 6_000


def labelled(n: int, seed: int, groups: list[str] | None = None) -> Dataset:
    truth = (np.random.default_rng(seed).random((n, 3)) < (0.6, 0.3, 0.1)).astype(np.int8)
    source = Rows(np.zeros(n, np.int64), groups=groups) if groups else Rows(np.zeros(n, np.int64))
    source.task, source.targets, source.class_names = "labels", truth, ("often", "some", "rare")
    return Dataset.of(source)


@quick
@given(st.integers(60, 300), seeds)
def test_split_gives_the_rarest_label_its_share_in_every_part(n, seed):
    data = labelled(n, seed)
    parts = split(data, Recipe(seed=seed)).named()
    assert sorted(name for part in parts.values() for name in part.ids) == sorted(data.ids)
    rare = int(data.counts().argmin())
    total = int(data.counts()[rare])
    for name, share in (("train", 0.7), ("validation", 0.15), ("test", 0.15)):
        assert abs(int(parts[name].counts()[rare]) - total * share) < 2
    assert how(data).startswith("stratified by the rarest label of each, 15 % validation")


def test_groups_of_labelled_pictures_stay_whole_where_a_label_stands_in_one_alone():
    groups = [f"g{row % 12}" for row in range(120)]
    data = labelled(120, 0, groups)
    data.targets[:, 2] = np.array([group == "g3" for group in groups])  # the rarest, in one group
    parts = split(data, Recipe())
    where = [set(part.groups or ()) for part in parts]
    assert not any(one & other for one, other in itertools.combinations(where, 2))
    assert all(len(part) for part in parts)


def test_a_label_without_any_picture_to_train_on_is_refused():
    data = labelled(60, 0)
    data.targets[:, 2] = 0
    with pytest.raises(InputError, match="class 'rare' has no image to split; expected at least 1"):
        split(data)

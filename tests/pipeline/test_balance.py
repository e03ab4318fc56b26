"""Do the ways of showing rare classes show what they say, the same every time?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receta.core.errors import InputError, RecipeError
from receta.data.dataset import Dataset
from receta.data.table import Column, Table
from receta.pipeline import balance
from receta.pipeline.batches import Batches
from tests.fakes import Rows


class Numbers:
    """Pixels whose value is the row."""

    def take(self, rows: np.ndarray) -> np.ndarray:
        return np.asarray(rows).reshape(-1, 1, 1, 1)


def rare(*counts: int) -> np.ndarray:
    return np.repeat(np.arange(len(counts)), counts)


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(0, 40), min_size=2, max_size=5).filter(lambda c: sum(c) > 0),
    way=st.sampled_from(sorted(balance.ABOUT)),
    epoch=st.integers(0, 3),
)
def test_an_epoch_holds_as_many_of_each_class_as_was_said(counts, way, epoch):
    targets = rare(*counts)
    drawn = balance.order(way, targets, 3, epoch)
    assert (
        np.bincount(targets[drawn], minlength=len(counts)).tolist()
        == balance.count_shown(way, np.array(counts)).tolist()
    )
    assert drawn.tolist() == balance.order(way, targets, 3, epoch).tolist()


@pytest.mark.parametrize("way", ["oversample", "both", "balanced_batches"])
def test_repeated_examples_come_equally_often_give_or_take_one(way):
    targets = rare(50, 7)
    times = np.bincount(balance.order(way, targets, 0, 0), minlength=57)
    for target in (0, 1):
        mine = times[targets == target]
        assert mine.max() - mine.min() <= 1


def test_undersampling_draws_others_in_the_next_epoch():
    targets = rare(200, 5)
    first, second = (
        set(balance.order("undersample", targets, 0, epoch).tolist()) for epoch in (0, 1)
    )
    assert first != second
    assert {200, 201, 202, 203, 204} <= first & second


def test_every_balanced_batch_holds_all_classes_equally():
    targets = rare(90, 9, 21)
    batches = Batches(Numbers(), np.arange(120), targets, 24, 1, "balanced_batches")  # type: ignore[arg-type]
    for step in range(batches.steps):
        counts = np.bincount(batches.batch(0, step)[1], minlength=3)
        assert counts.max() - counts.min() <= 1


def test_class_weights_average_one_and_make_classes_count_alike():
    counts = np.array([90, 10])
    weights = balance.class_weights("class_weights", counts)
    assert weights is not None
    assert weights @ counts == pytest.approx(100)
    assert weights[0] * 90 == pytest.approx(weights[1] * 10)


def table(counts: tuple[int, ...], spoilt: bool = False) -> Dataset:
    targets = rare(*counts)
    values = np.random.default_rng(0).normal(size=(len(targets), 2)) + targets[:, None]
    if spoilt:
        values[0, 0] = np.nan
    columns = [Column(f"x{i}", "number", values[:, i]) for i in range(2)]
    return Dataset.of(
        Table(
            "table('t.csv'",
            columns,
            targets,
            task="classes",
            target_name="y",
            version="1",
            ids=[f"row-{i + 1}" for i in range(len(targets))],
            class_names=("a", "b"),
        )
    )


@pytest.mark.parametrize("way", sorted(balance.ABOUT_TABLES))
def test_rows_are_made_for_the_rare_class_of_a_table(way):
    data = table((60, 12))
    features, targets = balance.resample(way, data.source.matrix(data.rows), data.targets, 0)
    counts = np.bincount(targets)
    assert counts[1] > 12
    assert counts.max() / counts.min() < 2
    assert np.isfinite(features).all()
    again, _ = balance.resample(way, data.source.matrix(data.rows), data.targets, 0)
    assert np.array_equal(features, again)


def test_between_categories_nothing_is_made_up():
    data = table((60, 12))
    features = np.column_stack([data.source.matrix(data.rows), np.arange(72) % 3])
    rows, _ = balance.resample("smote", features, data.targets, 0, [2])
    assert set(np.unique(rows[:, 2])) == {0, 1, 2}
    with pytest.raises(InputError, match="1 of 3 columns hold categories"):
        balance.resample("adasyn", features, data.targets, 0, [2])


def test_missing_cells_and_tiny_classes_are_said_in_one_line():
    spoilt = table((60, 12), spoilt=True)
    with pytest.raises(
        InputError,
        match=r"1 of 72 rows have missing or infinite cells; expected numbers .* --fix missing",
    ):
        balance.resample("smote", spoilt.source.matrix(spoilt.rows), spoilt.targets, 0)
    small = table((60, 3))
    with pytest.raises(InputError, match="smallest class has 3 rows"):
        balance.resample("smote", small.source.matrix(small.rows), small.targets, 0)
    with pytest.raises(RecipeError, match="does not resample"):
        balance.resample("oversample", small.source.matrix(small.rows), small.targets, 0)


def test_choices_show_what_each_way_does_to_the_training_part_alone():
    data = Dataset.of(Rows(rare(40, 8), parts=["train"] * 30 + ["test"] * 10 + ["train"] * 8))
    found = {choice.way: choice for choice in balance.choices(data)}
    assert set(found) == set(balance.ABOUT)
    assert found["none"].counts == (30, 8)
    assert found["oversample"].counts == (30, 30)
    assert found["undersample"].counts == (8, 8)
    assert found["both"].counts == (15, 15)
    assert found["class_weights"].weights[1] > 1 > found["class_weights"].weights[0]
    with_rows = {choice.way: choice for choice in balance.choices(table((60, 12)))}
    assert with_rows["smote"].counts == (60, 60)
    few = {choice.way: choice for choice in balance.choices(table((60, 3)))}
    assert few["smote"].counts == ()
    assert "smallest class has 3 rows" in few["smote"].about

"""Do equal rows of a table stay together, and does no part lose a class by it?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from receta.audits import audit
from receta.audits.made_up.tiny_tables import column, table
from receta.cleaning import clean
from receta.core.recipe import Recipe
from receta.core.seeds import rng
from receta.splitting import how, split
from receta.splitting.together import join_sets


def with_twins(n_twins: int = 60, seed: int = 0):
    """200 rows of two classes; each of the first n_twins stands there twice more."""
    numbers = rng(seed, "twins").normal(size=(200, 3))
    which = np.concatenate([np.arange(200), np.repeat(np.arange(n_twins), 2)])
    columns = [column(name, numbers[which, at]) for at, name in enumerate("abc")]
    return table([("yes", "no")[row % 2] for row in which], columns), which


@pytest.mark.parametrize("seed", range(4))
def test_equal_rows_are_all_used_and_stand_in_one_part(seed):
    data, which = with_twins()
    cleaned = clean(data, audit(data, only=["duplicate"]))
    assert len(cleaned) == len(data)
    parts = split(cleaned, Recipe(seed=seed))
    assert sum(map(len, parts)) == len(data)
    held = [set(which[part.rows].tolist()) for part in parts]
    assert not held[0] & held[1] | held[0] & held[2] | held[1] & held[2]
    assert all(len(part) > 0.08 * len(data) for part in parts)


def test_the_place_of_equal_rows_does_not_depend_on_their_order():
    data, _ = with_twins()
    turned = data.take(np.arange(len(data))[::-1])
    for one, other in zip(split(data), split(turned), strict=True):
        assert sorted(one.ids) == sorted(other.ids)


def test_how_a_table_with_equal_rows_is_split_stands_in_words():
    assert "equal rows in one part unless that empties a part or a class" in how(with_twins()[0])
    assert "equal rows" not in how(with_twins(0)[0])


def test_the_audit_says_that_equal_rows_stay_and_how_to_leave_them_out():
    data, _ = with_twins()
    (finding,) = audit(data, only=["duplicate"])
    assert (finding.verdict, finding.measured) == ("warn", 120)
    assert finding.advice == (
        "Two equal rows may be two things: all are used, equal ones in one part of the split. If "
        "one thing was written twice, leave the copies out (receta clean --fix duplicate)."
    )
    assert len(clean(data, [finding], fix=["duplicate"])) == 200


@pytest.mark.parametrize("answers", [["yes"] * 20 + ["no"] * 20, [1.0] * 20 + [2.0] * 20])
def test_a_table_of_equal_rows_alone_loses_no_part_and_no_class(answers):
    parts = split(table(answers, [column("a", np.arange(40.0) // 20)]))
    assert all(len(part) for part in parts)
    if isinstance(answers[0], str):
        assert all(part.counts().min() > 0 for part in parts)


def test_rows_stay_in_the_parts_that_the_data_name():
    numbers = np.repeat(np.arange(60.0), 2)
    named = ["train", "test"] * 60
    data = table(
        ["yes", "yes", "no", "no"] * 30, [column("a", numbers), column("b", numbers)], parts=named
    )
    assert split(data).test.ids == data.take(np.arange(1, 120, 2)).ids


@given(st.lists(st.integers(0, 2), min_size=3, max_size=40), st.integers(1, 8), st.integers(1, 3))
def test_no_part_loses_its_last_example_of_a_class(start, n_sets, n_classes):
    parts = np.array(start, np.int8)
    strata = np.arange(len(parts)) % n_sets % n_classes
    sets = [np.flatnonzero(np.arange(len(parts)) % n_sets == one).tolist() for one in range(n_sets)]
    pairs = {(int(k), int(part)) for k, part in zip(strata, parts, strict=True)}
    join_sets(parts, sets, strata)
    assert {(int(k), int(part)) for k, part in zip(strata, parts, strict=True)} == pairs

"""Do audits tell how many of what they found, by their numbers and names?"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from receta.audits import (
    class_names,
    duplicate_times,
    gaps,
    junk_cells,
    left_out,
    near_conflict,
    near_duplicate,
    numeric_category,
)
from receta.audits.made_up.tiny_tables import column, series, table
from receta.copies.alike import Link
from receta.data.dataset import Dataset, Quarantined
from tests.fakes import Rows


def test_what_was_left_out_is_counted_by_its_reasons() -> None:
    reasons = ["no label"] * 4 + ["no answer from x: y"] * 3 + ["z: 1", "z: 2", "w", "v"]
    strays = [Quarantined(f"s{at}", reason) for at, reason in enumerate(reasons)]
    data = table(np.arange(5.0), [column("x", np.arange(5.0))], strays=strays)
    (found,) = left_out.left_out(data, None)
    assert (found.measured, found.where) == (11, "11 beside 5: 4 x no label, 3 x no answer, 2 x z")
    assert (len(found.ids), found.shown["s4"]) == (11, "no answer from x: y")


def test_rows_that_the_reader_left_out_for_a_cell_are_counted_by_their_kind() -> None:
    reasons = [
        "line 3, column 'a' holds 'fwe'; expected a number",
        "line 4, column 'a' holds 'fwe'; expected a number",
        "line 5 has 3 cells; expected 4",
        "has 1 cell; expected 4",
        "line 7, column 'b' is empty; expected a number",
        "line 8 is no UTF-8 at byte 3",
        "no label",
    ]
    strays = [Quarantined(f"s{at}", reason) for at, reason in enumerate(reasons)]
    (found,) = junk_cells._left_out(strays, 10)
    assert (found.measured, found.ids) == (6, tuple(f"s{at}" for at in range(6)))
    assert found.where.startswith(
        "of 16 rows: 2 with a cell that does not fit, 2 with too many or too few cells, "
        "1 without a value in a cell, 1 that cannot be read: "
    )
    assert (found.shown["texts"], found.shown["different"]) == ({"fwe": 2}, 1)


DAYS = np.datetime64("2024-01-01") + np.arange(40)


@pytest.mark.parametrize(
    ("lost", "more"), [([5, 6, 9, 20, 25], ""), ([5, 6, 9, 20, 25, 30], " and 1 more")]
)
def test_five_steps_that_lack_are_named(lost: list[int], more: str) -> None:
    data = series(np.arange(40.0 - len(lost)), np.delete(DAYS, lost))
    (found,) = gaps.gaps(data, None)
    assert (found.measured, found.shown["runs"]) == (len(lost), len(lost) - 1)
    assert found.where == (
        f"{len(lost)} steps of 1 day among 40: 2024-01-06, 2024-01-07, 2024-01-10, 2024-01-21, "
        f"2024-01-26{more}"
    )
    assert found.shown["every"] == [86400, "s"]


@pytest.mark.parametrize(
    ("lost", "is_clock"),
    [
        (["2024-03-10T02"], True),
        (["2024-03-10T04"], False),
        (["2024-03-09T02"], False),
        (["2024-06-09T02"], False),
        (["2024-03-10T02", "2024-03-10T03"], False),
        (["2024-03-10T02", "2024-04-07T02"], True),
        (["2024-03-10T02", "2024-09-29T02", "2024-10-06T03", "2024-11-03T00"], True),
        (["2024-08-04T02"], False),
        (["2024-12-01T02"], False),
    ],
)
def test_one_hour_of_a_sunday_night_in_spring_is_the_clock(lost: list[str], is_clock: bool) -> None:
    hours = np.arange("2024-03-01", "2025-01-20", dtype="datetime64[h]")
    there = np.setdiff1d(hours, np.array(lost, "datetime64[h]"))
    (found,) = gaps.gaps(series(np.arange(float(len(there))), there), None)
    assert (found.measured, found.shown["clock"]) == (len(lost), is_clock)
    assert ("clocks skip in spring" in found.advice) is is_clock


@pytest.mark.parametrize(
    ("again", "values", "said", "other"),
    [
        ([3], [0.0], "1 step of 41 with the same values: '2024-01-04'", 0),
        ([3, 9], [0.0, 1.0], "2 steps of 42 with other values in 1 of them", 1),
        ([3, 9], [1.0, 1.0], "2 steps of 42 with other values: '2024-01-04', '2024-01-10'", 2),
    ],
)
def test_times_that_are_there_twice_are_told_with_their_values(again, values, said, other) -> None:
    order = np.argsort(np.r_[np.arange(40), again], kind="stable")
    both = np.r_[np.arange(40.0), np.array(again) + values][order]
    (found,) = duplicate_times.duplicate_times(
        series(both, np.sort(np.r_[DAYS, DAYS[again]])), None
    )
    assert found.where.startswith(said)
    assert (found.shown["other_values"], found.shown["series"]) == (other, 1)
    assert ("or the mean of each time" in found.advice) is bool(other)


@pytest.mark.parametrize(("whole", "usual"), [(40, 2), (37, 2), (35, 1)])
def test_times_that_are_there_equally_often_are_several_series(whole: int, usual: int) -> None:
    """Of 40 times so many stand there twice: from nine of ten on it is a file of two series."""
    times = np.sort(np.r_[DAYS, DAYS[:whole]])
    (found,) = duplicate_times.duplicate_times(series(np.arange(float(len(times))), times), None)
    assert found.shown["series"] == usual
    assert (f"these are {usual} series in one file" in found.advice) is (usual > 1)


def test_a_copy_stays_with_the_nearest_that_stays_before_it() -> None:
    links = tuple(
        Link(one, other, distance, "")
        for one, other, distance in (
            (0, 1, 3),
            (0, 2, 5),
            (1, 2, 1),
            (2, 3, 1),
            (4, 5, 2),
            (3, 5, 2),
        )
    )
    assert [(one.one, one.other) for one in near_duplicate._copies(links)] == [
        (0, 1),
        (0, 2),
        (3, 5),
    ]


def test_names_that_people_take_for_one_are_told_with_their_counts() -> None:
    names = ["a", "A", "b", "B", "c", "C", "d", "D", "e", "E", "f", "F"]
    targets = [at for at in range(12) for _ in range(1 + at)]
    (found,) = class_names.class_names(Dataset.of(Rows(targets, class_names=names)), None)
    assert (found.measured, len(found.ids)) == (6, sum(range(1, 12, 2)))
    assert found.where.startswith("'a' (1) and 'A' (2); 'b' (3) and 'B' (4); ")
    assert found.where.endswith("'e' (9) and 'E' (10) and 1 more")
    assert found.shown == dict(zip("abcdef", "ABCDEF", strict=True))
    even = Dataset.of(Rows([0, 1], class_names=["a", "A"]))
    assert class_names.class_names(even, None)[0].shown == {"A": "a"}


@pytest.mark.parametrize(
    ("texts", "unit", "is_found"),
    [
        (["1 kg", "2 kg", "3 kg", "4 kg", "5 kg", "6 kg"], "kg", True),
        (["1 kg", "2 kg", "3 kg", "4 kg", "5 kg"], "kg", False),
        (["$1", "$2", "$3"], "$", True),
        (["$1", "$2"], "$", False),
        (["$1", "$2", "$3"] * 9 + ["x"] * 3, "$", True),
        (["$1", "$2", "$3"] * 9 + ["x"] * 4, "$", False),
        ([f"{100 + at}" for at in range(10)], "", True),
        ([f"{100 + at}" for at in range(9)], "", False),
        ([f"0{100 + at}" for at in range(10)], "", False),
        ([f"{10**14 + at}" for at in range(10)], "", True),
        ([f"{10**15 + at}" for at in range(10)], "", False),
    ],
)
def test_texts_are_numbers_from_so_many_different_ones_on(texts, unit, is_found) -> None:
    cells = [texts[at % len(texts)] for at in range(len(texts) * 4)]
    data = table(["a", "b"] * (len(cells) // 2), [column("x", cells)])
    (found,) = numeric_category.numeric_category(data, None)
    assert (found.verdict == "warn") is is_found
    if is_found:
        assert (found.shown["unit"], found.facts.decimal) == (unit, ".")
        assert found.measured == pytest.approx(np.mean(["x" not in one for one in cells]), abs=1e-3)


@pytest.mark.parametrize(
    ("kinds", "more"),
    [(5, ""), (6, " and 1 more pairs of classes"), (7, " and 2 more pairs of classes")],
)
def test_five_pairs_of_classes_that_conflict_are_named(kinds, more, monkeypatch) -> None:
    data = Dataset.of(Rows(np.arange(2 * kinds)))
    links = tuple(Link(2 * at, 2 * at + 1, 1.0, "") for at in range(kinds))
    found = SimpleNamespace(conflicts=links, bound=5.0)
    monkeypatch.setattr(near_conflict, "near", lambda data, pixels: found)
    (one,) = near_conflict.near_conflict(data, None)  # type: ignore[arg-type]
    named = ", ".join(f"'c{2 * at}' and 'c{2 * at + 1}'" for at in range(5))
    assert one.where.startswith(f"{kinds} pairs of {named}{more}")
    assert (one.measured, len(one.ids), len(one.pairs)) == (2 * kinds, 2 * kinds, kinds)

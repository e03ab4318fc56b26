"""Are equal rows of tables and equal texts found, and what chance makes left alone?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from receta.audits import audit
from receta.copies.equal import equal_sets, same_content
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.data.table import Column, Table

CHECKS = ("leak", "label_conflict", "duplicate", "imbalance", "small_class", "group_leak")


class Texts:
    """A source of token rows."""

    kind, task, parts, groups = "texts", "classes", None, None

    def __init__(self, texts: list[list[int]], targets: list[int]) -> None:
        self.texts = [np.array(text, np.int32) for text in texts]
        self.targets, self.ids, self.class_names = (
            np.array(targets),
            [f"t{n}" for n in range(len(texts))],
            ("no", "yes"),
        )

    def __len__(self) -> int:
        return len(self.texts)

    def raw(self, row: int) -> np.ndarray:
        return self.texts[row]

    __getitem__ = raw

    def stamp(self) -> str:
        return "texts"


def table(
    columns: list[Column], targets: list[float] | np.ndarray, task: str = "classes", **named
) -> Dataset:
    n = len(targets)
    names = ("no", "yes") if task == "classes" else ()
    return Dataset.of(
        Table(
            "t(",
            columns,
            np.asarray(targets),
            task=task,
            target_name="y",
            class_names=names,
            ids=[f"row-{row}" for row in range(n)],
            version="t",
            **named,
        )
    )


def found(data: Dataset) -> dict[str, Finding]:
    return {finding.check: finding for finding in audit(data, only=CHECKS)}


def numbers(name: str, values: list[float], **named) -> Column:
    return Column(name, "number", np.array(values, np.float64), **named)


def test_equal_rows_are_found_with_missing_cells_and_signs_of_nought():
    nan = float("nan")
    data = table(
        [
            numbers("x", [1.5, 0.0, 1.5, -0.0, nan, nan, 7.25]),
            numbers("y", [nan, 2, nan, 2, 3, 3.5, 9]),
        ],
        [0, 1, 0, 1, 0, 1, 1],
    )
    assert same_content(data, None) == [[0, 2], [1, 3]]
    finding = found(data)["duplicate"]
    assert (finding.verdict, finding.unit, finding.measured) == ("warn", "rows", 2)
    assert finding.pairs == (("row-0", "row-2"), ("row-1", "row-3"))
    assert finding.where == "copies of 2 rows, out of 7"


def test_rows_without_any_value_are_nobodys_copies():
    data = table(
        [numbers("x", [np.nan] * 4), numbers("y", [np.nan, np.nan, 1, 2], junk={0: "fwefew"})],
        [0, 0, 1, 1],
    )
    assert same_content(data, None) == []


def test_equal_rows_are_a_leak_across_parts_and_a_conflict_across_labels():
    x = [0.11, 0.22, 0.11, 0.44, 0.22, 0.66]
    data = table(
        [numbers("x", x)],
        [0, 1, 0, 1, 0, 1],
        parts=["train", "train", "test", "train", "train", "test"],
    )
    findings = found(data)
    assert (findings["leak"].verdict, findings["leak"].pairs) == ("fail", (("row-0", "row-2"),))
    assert (findings["label_conflict"].verdict, findings["label_conflict"].pairs) == (
        "warn",
        (("row-1", "row-4"),),
    )
    assert findings["label_conflict"].unit == "rows"


def test_rows_of_few_different_values_are_equal_by_chance():
    rng = np.random.default_rng(0)
    columns = [
        Column(name, "category", rng.integers(0, 3, 300).astype(np.int32), ("a", "b", "c"))
        for name in "xyz"
    ]
    findings = found(table(columns, rng.integers(0, 2, 300), parts=["train", "test"] * 150))
    for check in ("leak", "label_conflict", "duplicate"):
        assert findings[check].verdict == "ok"
        assert "as many as chance makes" in findings[check].where


def test_copies_are_found_among_rows_of_few_different_values():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 5, (400, 9))
    values[200:] = values[:200]
    findings = found(
        table(
            [numbers(f"x{n}", values[:, n]) for n in range(9)], rng.integers(0, 2, 200).tolist() * 2
        )
    )
    assert findings["duplicate"].measured >= 200


def test_values_to_predict_make_copies_but_no_conflicts_and_no_classes():
    data = table(
        [numbers("x", [0.1, 0.1, 0.2, 0.2, 0.3])], np.array([1.5, 1.5, 2.5, 3.5, 4.5]), "values"
    )
    findings = found(data)
    assert findings["duplicate"].pairs == (("row-0", "row-1"),)
    for check in ("label_conflict", "imbalance", "small_class"):
        assert (findings[check].verdict, findings[check].where) == (
            "ok",
            "the target is a value, not a class",
        )


def test_equal_texts_are_found():
    data = Dataset.of(Texts([[1, 2], [1, 2, 3], [1, 2], [4], [4], []], [0, 1, 0, 0, 1, 1]))
    findings = found(data)
    assert (findings["duplicate"].unit, findings["duplicate"].pairs) == ("texts", (("t0", "t2"),))
    assert findings["label_conflict"].pairs == (("t3", "t4"),)
    assert findings["small_class"].unit == "texts"


def test_imbalance_and_small_classes_speak_of_rows():
    findings = found(table([numbers("x", np.arange(40.0).tolist())], [0] * 36 + [1] * 4))
    assert "add rows of 'yes'" in findings["imbalance"].advice
    assert (findings["small_class"].unit, findings["small_class"].measured) == ("rows", 4)


def test_groups_of_a_table_may_not_stand_in_two_parts():
    data = table(
        [numbers("x", [1, 2, 3, 4])],
        [0, 1, 0, 1],
        parts=["train", "train", "test", "test"],
        groups=["p", "q", "p", "r"],
    )
    assert found(data)["group_leak"].measured == 1


@pytest.mark.parametrize("n", [0, 1])
def test_the_smallest_tables_have_no_equal_rows(n):
    assert same_content(table([numbers("x", [1.0] * n)], [0] * n), None) == []
    assert same_content(table([], [0] * n), None) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.5, -0.5, 0.0, -0.0, float("nan"), 1e300, 2.0]), st.integers(-1, 2)
        ),
        max_size=30,
    )
)
def test_equal_rows_are_those_that_are_stored_alike(rows):
    columns = [
        numbers("x", [one for one, _ in rows]),
        Column("c", "category", np.array([other for _, other in rows], np.int32), ("a", "b", "c")),
    ]
    data = table(columns, [0] * len(rows))
    by_content: dict[object, list[int]] = {}
    for row, (one, other) in enumerate(rows):
        if one == one or other >= 0:
            by_content.setdefault((None if one != one else one + 0.0, other), []).append(row)
    assert sorted(same_content(data, None)) == sorted(
        some for some in by_content.values() if len(some) > 1
    )


def test_a_hundred_thousand_rows_are_compared_without_looking_at_each():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(100_000, 8))
    values[90_000:] = values[:10_000]
    sets, remark = equal_sets(
        table([numbers(f"x{n}", values[:, n]) for n in range(8)], rng.integers(0, 2, 100_000)), None
    )
    assert (len(sets), remark) == (10_000, "")
    assert all(other - one == 90_000 for one, other in sets)


def test_equal_rows_of_two_answers_are_no_mistake_for_sure():
    values = np.arange(40.0).tolist()
    data = table([numbers("x", [*values, *values])], [0] * 40 + [1] * 40)
    assert found(data)["label_conflict"].advice == (
        "Rows that are equal in all columns may have different answers: the columns do not tell "
        "them apart, and no model can. Add a column that does, or leave them out where an answer "
        "is wrong (receta clean --fix label_conflict)."
    )

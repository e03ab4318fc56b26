"""Does each fix do what its method says, with what the training part says alone?"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receta.audits import audit
from receta.audits.made_up.tiny_tables import column, series, table
from receta.cleaning import clean, plan
from receta.cleaning.engine.each_series import holds_many
from receta.core.errors import InputError
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset
from receta.data.series import Series
from receta.data.table import Column
from receta.splitting import split
from tests.fakes import Rows

DAYS = (np.datetime64("2020-01-01") + np.arange(40)).astype("datetime64[s]")


def found(code: str, **more: object) -> Finding:
    return Finding(code, "warn", 1, "examples", "0", **more)  # type: ignore[arg-type]


def about(code: str, *names: str) -> list[Finding]:
    return [found(code, facts=Facts(column=name)) for name in names]


def pictures(n: int = 6, **more: object) -> Dataset:
    named = {"ids": [f"{row}.png" for row in range(n)], "class_names": ["cat", "dog"], **more}
    return Dataset.of(Rows([row % 2 for row in range(n)], **named))


def rows(n: int = 60, **columns: object) -> Dataset:
    return table(
        ["yes" if row % 2 else "no" for row in range(n)],
        [column(name, cells) for name, cells in columns.items()],
    )


def cell(data: Dataset, name: str) -> list[object]:
    one = next(one for one in data.columns if one.name == name)
    return [one.cell(row) for row in range(len(one))]


# Examples


@pytest.mark.parametrize(
    "code",
    [
        "dark",
        "bright",
        "blurry",
        "low_information",
        "odd_size",
        "odd_shape",
        "grey_among_colour",
        "outlier",
    ],
)
def test_pictures_that_look_wrong_are_left_out(code):
    after = clean(pictures(), [found(code, ids=("1.png", "4.png"))], fix=[code])
    assert after.ids == ("0.png", "2.png", "3.png", "5.png")
    assert [gone.reason for gone in after.left_out] == [code.replace("_", " ")] * 2


def test_a_near_leak_leaves_the_earlier_part():
    data = pictures(parts=["train", "train", "train", "test", "test", "test"])
    after = clean(data, [found("near_leak", pairs=(("0.png", "4.png"),))], fix=["near_leak"])
    assert [(gone.id, gone.reason) for gone in after.left_out] == [
        ("0.png", "near leak: nearly the same picture as 4.png")
    ]


def test_near_duplicates_keep_the_first_that_is_still_there():
    pairs = (("0.png", "2.png"), ("2.png", "4.png"), ("0.png", "5.png"))
    findings = [found("blurry", ids=("0.png",)), found("near_duplicate", pairs=pairs)]
    assert clean(pictures(), findings, fix=["near_duplicate", "blurry"]).ids == ("1.png", "3.png")
    assert clean(pictures(), findings[1:], fix=["near_duplicate"]).ids == (
        "0.png",
        "1.png",
        "3.png",
    )


def test_near_conflicts_are_left_out_on_both_sides():
    after = clean(
        pictures(), [found("near_conflict", pairs=(("0.png", "1.png"),))], fix=["near_conflict"]
    )
    assert [gone.reason for gone in after.left_out] == [
        "near conflict: nearly the same picture as 1.png, which is labelled 'dog'",
        "near conflict: nearly the same picture as 0.png, which is labelled 'cat'",
    ]


def test_a_label_error_is_left_out_or_relabelled():
    finding = found(
        "label_error",
        ids=("0.png", "3.png"),
        facts=Facts(labels={"0.png": ("dog", 0.97), "3.png": ("cat", 0.9)}),
    )
    out = clean(pictures(), [finding], fix=["label_error"])
    assert out.left_out[0].reason == "label error: labelled 'cat', looks like 'dog' (97% sure)"
    assert len(out) == 4
    data = pictures()
    after = clean(data, [finding], fix=["label_error=relabel"])
    assert after.targets.tolist() == [1, 1, 0, 0, 0, 1]
    assert after.source.targets.tolist() == after.targets.tolist()
    assert data.targets.tolist() == [0, 1] * 3
    assert after.rows.tolist() == data.rows.tolist()  # so that decoded pictures fit still
    assert np.array_equal(after[3], data[3])


@pytest.mark.parametrize(
    ("suggested", "notes"),
    [
        ({"0.png": ("dog", 0.97), "3.png": ("cat", 0.9)}, ()),
        (
            {"0.png": ("dog", 0.97), "3.png": ("horse", 0.9)},
            ("label_error: for 1 of 2 suspects no label is suggested; they stay as they are.",),
        ),
    ],
)
def test_suspects_that_are_given_no_label_are_told(suggested, notes):
    finding = found("label_error", ids=("0.png", "3.png"), facts=Facts(labels=suggested))
    assert plan(pictures(), [finding], fix=["label_error=relabel"]).notes == notes


def test_suspects_that_are_gone_already_are_not_told_as_silent():
    finding = found("label_error", ids=("0.png", "gone.png"), facts=Facts(labels={}))
    (note,) = plan(pictures(), [finding], fix=["label_error=relabel"]).notes
    assert note.startswith("label_error: for 1 of 2 suspects no label is suggested")


@pytest.mark.parametrize(
    ("in_time", "names", "expected"),
    [(True, ("a", "b"), True), (True, ("a",), False), (False, ("a", "b"), False)],
)
def test_series_are_mended_one_by_one_where_there_are_two(in_time, names, expected):
    data = SimpleNamespace(in_time=in_time, source=SimpleNamespace(names=names))
    assert holds_many(data) is expected
    assert not holds_many(SimpleNamespace(in_time=True, source=None))


def test_spellings_of_one_class_become_one():
    data = pictures(class_names=["dog", "Dog"])
    finding = found("class_names", facts=Facts(spellings={"Dog": "dog"}))
    assert (
        plan(data, [finding], fix=["class_names"])
        .notes[0]
        .startswith("class_names: all classes have one name")
    )
    three = Dataset.of(Rows([0, 1, 2, 1], ids=list("abcd"), class_names=["Cat", "cat ", "dog"]))
    after = clean(
        three, [found("class_names", facts=Facts(spellings={"Cat": "cat "}))], fix=["class_names"]
    )
    assert after.class_names == ("cat ", "dog")
    assert after.targets.tolist() == [0, 0, 1, 0]


def test_a_group_leaves_the_earlier_parts():
    data = pictures(
        parts=["train", "train", "validation", "test", "test", "train"],
        groups=["a", "b", "a", "a", "c", "c"],
    )
    finding = found("group_leak", facts=Facts(groups=("a",)))
    assert clean(data, [finding], fix=["group_leak"]).ids == ("1.png", "3.png", "4.png", "5.png")


# Cells


def test_junk_becomes_missing_and_is_filled_where_that_is_asked():
    data = table(
        ["a", "b"] * 30,
        [
            column("age", [1.0, np.nan, np.nan, *[3.0] * 57], {1: "fwefew"}),
            column("x", np.arange(60.0)),
        ],
    )
    only = clean(data, about("junk_cells", "age"), fix=["junk_cells"])
    assert only.columns[0].junk == {}
    assert cell(only, "age")[:4] == [1.0, None, None, 3.0]
    both = clean(data, about("junk_cells", "age"), fix=["junk_cells", "missing=most_frequent"])
    assert cell(both, "age")[:4] == [1.0, 3.0, 3.0, 3.0]
    # junk waits for its own fix
    assert cell(clean(data, [], fix=["missing"]), "age")[:3] == [1.0, None, 3.0]
    out = clean(data, about("junk_cells", "age"), fix=["junk_cells=leave_out"])
    assert out.left_out[0].reason == "junk cell: 'age' holds 'fwefew'"
    assert len(out) == 59


@pytest.mark.parametrize(
    ("method", "expected"), [("mean", 4.0), ("median", 2.0), ("most_frequent", 1.0)]
)
def test_missing_cells_take_a_number_of_the_column(method, expected):
    values = np.array([1.0, 1.0, 1.0, 2.0, 3.0, 4.0, 16.0, np.nan])
    data = table(["a", "b"] * 4, [column("v", values)], parts=["train"] * 7 + ["test"])
    data = Dataset.of(data.source.replaced(parts=["train"] * 6 + ["train", "test"]))
    named = table(["a", "b"] * 40, [column("v", np.tile(values, 10))], parts=["train"] * 80)
    after = clean(
        named,
        about("missing", "v"),
        fix=[f"missing={method}"],
        recipe=Recipe(validation_share=0.1, test_share=0.1),
    )
    assert cell(after, "v")[7] == pytest.approx(expected, abs=0.6)
    assert not after.columns[0].missing.any()


def test_missing_categories_and_dates_take_the_most_frequent_and_the_median():
    days = np.array(["2020-01-01", "2020-01-02", "2020-01-03"] * 20, "datetime64[s]")
    days[5] = np.datetime64("NaT")
    colours = ["red", "red", None, "blue"] * 15
    after = clean(rows(colour=colours, day=days), [], fix=["missing=median"])
    assert set(cell(after, "colour")) == {"red", "blue"}
    assert cell(after, "colour")[2] == "red"
    assert cell(after, "day")[5] == "2020-01-02T00:00:00"


@pytest.mark.parametrize("method", ["nearest", "model"])
def test_missing_cells_follow_the_other_columns(method):
    x = np.tile(np.arange(10.0), 20)
    y = np.where(np.arange(200) % 37 == 5, np.nan, 2 * x)
    colour = [None if row % 41 == 7 else "red" if x[row] < 5 else "blue" for row in range(200)]
    after = clean(rows(200, x=x, y=y, colour=colour), [], fix=[f"missing={method}"])
    filled = np.array(cell(after, "y"), float)
    assert np.abs(filled - 2 * x).max() < 1.5
    wrong = [
        row for row in range(200) if cell(after, "colour")[row] != ("red" if x[row] < 5 else "blue")
    ]
    assert len(wrong) <= 1


def test_rows_with_missing_cells_are_left_out():
    after = clean(
        rows(4, x=[1.0, np.nan, 3.0, 4.0], c=["a", "b", None, "a"]), [], fix=["missing=leave_out"]
    )
    assert after.ids == ("row-1", "row-4")
    assert after.left_out[0].reason == "missing: no value of 'x'"


def test_a_column_that_training_knows_nothing_of_is_dropped_or_stays_alone():
    assert [
        one.name
        for one in clean(
            rows(x=np.arange(60.0), empty=np.full(60, np.nan)), [], fix=["missing"]
        ).columns
    ] == ["x"]
    done = plan(rows(empty=np.full(60, np.nan)), [], fix=["missing"])
    assert len(done.after.columns) == 1
    assert "last column" in done.notes[0]


@pytest.mark.parametrize(("method", "expected"), [("missing", None), ("clip", 58.0)])
def test_infinities_become_missing_or_the_largest_number_of_training(method, expected):
    values = np.arange(60.0)
    values[59] = np.inf
    data = Dataset.of(rows(x=values).source.replaced(parts=["train"] * 56 + ["train"] * 4))
    after = clean(data, about("infinite", "x"), fix=[f"infinite={method}"])
    if expected is None:
        assert cell(after, "x")[59] is None
    else:
        train = split(after).train
        known = dict(zip(after.ids, values.tolist(), strict=True))
        assert cell(after, "x")[59] == max(known[one] for one in train.ids if known[one] < np.inf)


@pytest.mark.parametrize("code", ["constant", "duplicate_column", "identifier", "target_leakage"])
def test_needless_columns_are_dropped_but_never_the_last(code):
    data = rows(x=np.arange(60.0), y=np.arange(60.0), z=np.arange(60.0))
    assert [one.name for one in clean(data, about(code, "x", "z"), fix=[code]).columns] == ["y"]
    done = plan(data, about(code, "x", "y", "z"), fix=[code])
    assert [one.name for one in done.after.columns] == ["z"]
    assert [(one.n, one.unit) for one in done.entries] == [(1, "columns")] * 2
    assert done.notes == (
        f"{code}: 'z' is the last column and stays; a model needs one to learn from.",
    )


def test_skew_is_transformed_by_a_learnt_power_or_by_the_logarithm():
    tail = np.exp(np.linspace(0, 8, 60))
    logged = clean(rows(x=tail), about("skew", "x"), fix=["skew=log"])
    assert np.allclose(np.array(cell(logged, "x"), float), np.log1p(tail))
    from scipy.stats import skew

    after = np.array(cell(clean(rows(x=tail), about("skew", "x"), fix=["skew"]), "x"), float)
    assert abs(skew(after)) < skew(tail) / 2
    assert (np.diff(after) > 0).all()


def test_categories_become_numbers():
    colours = ["red", "blue", None, "red"] * 15
    hot = clean(rows(colour=colours, x=np.arange(60.0)), [], fix=["categories"])
    assert [one.name for one in hot.columns] == ["colour=blue", "colour=red", "x"]
    assert [cell(hot, "colour=blue")[:4], cell(hot, "colour=red")[:4]] == [
        [0.0, 1.0, 0.0, 0.0],
        [1.0, 0.0, 0.0, 1.0],
    ]
    assert cell(clean(rows(colour=colours), [], fix=["categories=ordinal"]), "colour")[:4] == [
        1.0,
        0.0,
        None,
        1.0,
    ]
    share = cell(clean(rows(colour=colours), [], fix=["categories=frequency"]), "colour")
    assert share[0] == pytest.approx(2 / 3, abs=0.1)
    with pytest.raises(
        InputError, match=r"would make [0-9]+ columns of 'c'; expected at most 100"
    ) as caught:
        clean(rows(400, c=[f"c{row}" for row in range(400)]), [], fix=["categories"])
    assert "\n" not in str(caught.value)


def test_a_name_that_is_taken_is_not_given_twice():
    after = clean(rows(**{"a": ["x", "y"] * 30, "a=x": np.arange(60.0)}), [], fix=["categories"])
    assert [one.name for one in after.columns] == ["a=x~2", "a=y", "a=x"]


@pytest.mark.parametrize("method", ["clip", "winsorise", "leave_out"])
def test_cells_far_out_end_within_the_fences(method):
    from receta.audits.outlier import outlier

    values = np.random.default_rng(1).normal(size=400)
    values[[3, 77]] = [1e4, -500.0]
    data = rows(400, x=values)
    findings = outlier(data, None)
    assert [finding.shown["column"] for finding in findings] == ["x"]
    after = clean(data, findings, fix=[f"outlier={method}"])
    assert [finding.verdict for finding in outlier(after, None)] == ["ok"]
    assert len(after) == (398 if method == "leave_out" else 400)
    if method == "winsorise":
        assert set(cell(after, "x")) <= set(values.tolist())
        high, low = cell(after, "x")[3], cell(after, "x")[77]
        done = plan(data, findings, fix=["outlier=winsorise"]).entries[-1]
        assert done.what == f"winsorised 2 cells of 'x' to {low:.6g} .. {high:.6g}"
    same = [row for row in range(400) if row not in (3, 77)]
    if method != "leave_out":
        assert [cell(after, "x")[row] for row in same] == values[same].tolist()


def test_texts_become_numbers_and_codes_become_categories():
    data = rows(
        price=["$1,234", "$56", "7"] * 20,
        weight=["5 kg", "6.5 kg", None] * 20,
        zip=[28001.0, 28002.0, np.nan] * 20,
    )
    facts = [
        Facts(column="price", unit="$", decimal="."),
        Facts(column="weight", unit="kg", decimal="."),
        Facts(column="zip"),
    ]
    after = clean(
        data, [found("numeric_category", facts=one) for one in facts], fix=["numeric_category"]
    )
    assert cell(after, "price")[:3] == [1234.0, 56.0, 7.0]
    assert cell(after, "weight")[:3] == [5.0, 6.5, None]
    assert cell(after, "zip")[:3] == ["28001", "28002", None]


def test_mixed_columns_are_parted_or_become_numbers():
    data = rows(size=["3", "about ten", None] * 20, x=np.arange(60.0))
    after = clean(data, about("mixed_types", "size"), fix=["mixed_types"])
    assert [one.name for one in after.columns] == ["size", "size (words)", "x"]
    assert [cell(after, "size")[:3], cell(after, "size (words)")[:3]] == [
        [3.0, None, None],
        ["(a number)", "about ten", None],
    ]
    assert cell(clean(data, about("mixed_types", "size"), fix=["mixed_types=number"]), "size")[
        :3
    ] == [3.0, None, None]


# What may be learnt from


LEARNERS = [
    ["missing=mean"],
    ["missing=median"],
    ["missing=most_frequent"],
    ["missing=nearest"],
    ["missing=model"],
    ["skew"],
    ["categories"],
    ["categories=frequency"],
    ["categories=ordinal"],
    ["infinite=clip"],
    ["outlier=clip"],
    ["outlier=winsorise"],
]


def learner(values: np.ndarray, colours: list[str]) -> Dataset:
    gaps = values.copy()
    gaps[::9] = np.nan
    gaps[4] = np.inf
    return rows(90, x=gaps, z=np.arange(90.0) % 7, colour=colours)


@pytest.mark.parametrize("fix", LEARNERS, ids=lambda fix: fix[0])
def test_what_is_learnt_does_not_change_with_the_test_part(fix):
    chance = np.random.default_rng(3)
    values, colours = (
        chance.lognormal(size=90),
        [("red", "blue", "green")[row % 3] for row in range(90)],
    )
    data = learner(values, colours)
    inside = set(split(data).train.ids)
    outside = np.array([one not in inside for one in data.ids])
    assert 0 < outside.sum() < 90
    values[np.flatnonzero(~outside)[5]] = 5e4
    data = learner(values, colours)
    other = values.copy()
    other[outside] = 1e6 + chance.lognormal(size=int(outside.sum()))
    strange = [
        "aqua" if out and row % 2 else colour
        for row, (colour, out) in enumerate(zip(colours, outside, strict=True))
    ]
    findings = [
        found(code, facts=Facts(column="x")) for code in ("missing", "skew", "infinite", "outlier")
    ]
    one = plan(data, findings, fix=fix)
    two = plan(learner(other, strange), findings, fix=fix)
    learnt = [{**step, "rows": None, "values": None} for step in one.steps]
    assert learnt == [{**step, "rows": None, "values": None} for step in two.steps]
    here = [position for position, one_id in enumerate(one.after.ids) if one_id in inside]
    for before, after in zip(one.after.columns, two.after.columns, strict=True):
        assert before.name == after.name
        assert [before.cell(row) for row in here] == [after.cell(row) for row in here]


def test_a_split_that_was_learnt_from_stays_the_split():
    data = learner(np.arange(90.0), ["red", "blue", "green"] * 30)
    after = clean(data, [], fix=["missing"])
    assert set(after.parts) == {"train", "validation", "test"}
    for seed in (0, 1):
        parts = split(after, Recipe(seed=seed))
        assert [part.ids for part in parts] == [part.ids for part in split(data)]


def test_what_learns_nothing_settles_no_parts():
    assert set(
        clean(
            learner(np.arange(90.0), ["a", "b", "c"] * 30), about("constant", "z"), fix=["constant"]
        ).parts
    ) == {""}


def test_parts_that_the_data_name_are_kept():
    parts = ["train"] * 60 + ["validation"] * 10 + ["test"] * 20
    data = Dataset.of(learner(np.arange(90.0), ["a", "b", "c"] * 30).source.replaced(parts=parts))
    done = plan(data, [], fix=["missing=mean"])
    assert done.after.parts == tuple(parts)
    assert [entry.code for entry in done.entries] == ["missing"]
    train = data.columns[0].values[:60]
    assert cell(done.after, "x")[0] == pytest.approx(train[np.isfinite(train)].mean())


# Series


def test_gaps_of_a_series_are_put_in_and_filled():
    keep = np.r_[0:10, 12:40]
    data = series(np.arange(40.0)[keep], DAYS[keep])
    done = plan(data, [found("gaps")], fix=["gaps"])
    assert done.entries[0].n == 2
    assert done.after.source.values[:, 0].tolist() == np.arange(40.0).tolist()
    assert (done.after.source.times == DAYS).all()
    last = clean(data, [found("gaps")], fix=["gaps=last"])
    assert last.source.values[9:13, 0].tolist() == [9.0, 9.0, 9.0, 12.0]
    assert np.isnan(clean(data, [found("gaps")], fix=["gaps=missing"]).source.values[10:12]).all()


def test_months_are_steps_though_they_are_not_equally_long():
    months = (np.datetime64("2020-01") + np.arange(30)).astype("datetime64[s]")
    keep = np.r_[0:5, 6:30]
    after = clean(series(np.arange(30.0)[keep], months[keep]), [found("gaps")], fix=["gaps"])
    assert (after.source.times == months).all()


def test_times_that_stand_twice_become_one():
    twice = np.sort(np.r_[DAYS, DAYS[[3, 3]]])
    values = np.arange(42.0)
    data = series(values, twice)
    first = clean(data, [found("duplicate_times")], fix=["duplicate_times"])
    assert (first.source.times == DAYS).all()
    assert first.source.values[2:5, 0].tolist() == [2.0, 3.0, 6.0]
    assert (
        clean(data, [found("duplicate_times")], fix=["duplicate_times=mean"]).source.values[3, 0]
        == 4.0
    )


def test_a_series_out_of_order_is_sorted():
    ordered = series(np.arange(40.0), DAYS).source
    data = Dataset.of(ordered.replaced(file_order=np.r_[1, 0, 2:40]))
    done = plan(data, [found("time_order")], fix=["time_order"])
    assert done.after.source.file_order.tolist() == list(range(40))
    assert done.entries[0].n == 1


def test_irregular_steps_become_regular():
    times = DAYS + np.where(np.arange(40) % 10 == 5, 3600, 0).astype("timedelta64[s]")
    after = clean(
        series(np.arange(40.0), times), [found("irregular_steps")], fix=["irregular_steps"]
    )
    assert (after.source.times == DAYS).all()
    assert np.allclose(after.source.values[:, 0], np.arange(40.0), atol=0.05)


def test_no_value_of_a_later_part_fills_an_earlier_one():
    values = np.arange(200.0)
    values[100:190] = np.nan
    one = clean(series(values), [], fix=["missing"]).source.values[:, 0]
    values[190:] = 1e6
    two = clean(series(values), [], fix=["missing"]).source.values[:, 0]
    train = split(series(values)).train
    seen = int(train.rows.max()) + 5
    assert 100 < seen < 190
    assert one[:seen].tolist() == two[:seen].tolist()
    assert not np.isnan(one).any()


def test_a_gap_of_centuries_is_one_line_and_no_memory():
    times = DAYS.copy()
    times[-1] = np.datetime64("9999-01-01")
    with pytest.raises(InputError, match="at most 20 times as many as there are"):
        clean(series(np.arange(40.0), times), [found("gaps")], fix=["gaps"])


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_series_come_out_whole_whatever_is_missing(chosen):
    n = 40
    keep = chosen.draw(
        st.lists(st.integers(0, n - 1), min_size=8, max_size=n, unique=True).map(sorted)
    )
    gone = chosen.draw(st.sets(st.integers(0, len(keep) - 1), max_size=len(keep) - 1))
    values = np.array([np.nan if place in gone else float(step) for place, step in enumerate(keep)])
    findings = [
        found(code) for code in ("gaps", "duplicate_times", "time_order", "irregular_steps")
    ]
    after = clean(
        series(values, DAYS[keep]),
        findings,
        fix=["gaps", "duplicate_times", "time_order", "missing"],
    )
    source = after.source
    assert len(source.values) >= len(keep)
    assert np.isin(DAYS[keep], source.times).all()
    kept = source.values[np.isin(source.times, DAYS[keep]), 0]
    assert np.array_equal(kept[~np.isnan(values)], values[~np.isnan(values)])


def test_weekends_that_always_rest_are_not_filled():
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-06-01"))
    working = days[np.is_busday(days)]
    holiday = working != np.datetime64("2024-03-13")
    values = np.arange(holiday.sum(), dtype=float)[:, None]
    rests = Series(
        "series('s'",
        values,
        working[holiday].astype("datetime64[s]"),
        window=3,
        horizon=1,
        channel_names=("load",),
        version="1",
    )
    data = Dataset.of(rests)
    again = clean(data, audit(data, only=["gaps"]), fix=["gaps"])
    times = again.source.times.astype("datetime64[D]")
    assert np.datetime64("2024-03-13") in times
    assert np.is_busday(times).all()


def test_a_column_without_a_known_category_stays_and_the_next_one_is_mended():
    empty = Column("empty", "category", np.full(60, -1, np.int32), categories=("a",))
    data = table(["no", "yes"] * 30, [empty, column("colour", ["red", "blue"] * 30)])
    done = plan(data, [], fix=["categories"])
    assert [one.name for one in done.after.columns] == ["empty", "colour=blue", "colour=red"]
    assert "'empty' has no category in the training part" in done.notes[0]


def test_five_merged_spellings_are_named_at_most():
    names = [name for letter in "abcdef" for name in (letter.upper(), letter)]
    data = Dataset.of(Rows(list(range(12)), ids=[*map(str, range(12))], class_names=names))
    spellings = {letter.upper(): letter for letter in "abcdef"}
    done = plan(data, [found("class_names", facts=Facts(spellings=spellings))], fix=["class_names"])
    assert "merged 6 spellings ('A' into 'a', " in done.entries[0].what
    assert done.entries[0].what.count(" into ") == 5

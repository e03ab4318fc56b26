"""Do the audits of tables find what was planted, and leave honest columns in peace?"""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from receta.audits import SHELF, audit, duplicate_column
from receta.audits.made_up import tiny_tables
from receta.audits.made_up.tiny_tables import column, honest, noise, table
from receta.core import seeds
from receta.data.dataset import Dataset, Quarantined
from receta.data.table import Column, Table
from receta.sources import load

MINE = (
    "junk_cells",
    "target_leakage",
    "missing",
    "infinite",
    "constant",
    "duplicate_column",
    "identifier",
    "mixed_types",
    "numeric_category",
    "skew",
)


def found(data, *names):
    """Column and finding of all that is not ok, by the audits named or all of tables here."""
    return {
        (one.check, one.shown["column"]): one
        for one in audit(data, only=names or MINE)
        if one.verdict != "ok"
    }


def flagged(data):
    return sorted(found(data))


def test_a_table_without_defects_is_not_flagged_at_all():
    assert flagged(honest(200)) == []


# --- junk cells


def test_junk_cells_are_named_with_row_and_text():
    junk = column(
        "age", [1.0, np.nan, 3.0, np.nan, np.nan], junk={1: "fwefew", 4: "fwefew", 3: "?!"}
    )
    (finding,) = audit(table([1.0, 2.0, 3.0, 4.0, 5.0], [junk]), only=["junk_cells"])
    assert finding.ids == ("row-2", "row-4", "row-5")
    assert finding.measured == 3
    assert finding.shown == {"column": "age", "texts": {"fwefew": 2, "?!": 1}, "different": 2}
    assert "'fwefew'" in finding.where


def test_junk_follows_the_rows_of_a_view():
    junk = column("age", [1.0, np.nan, 3.0, np.nan], junk={1: "a", 3: "b"})
    (finding,) = audit(table([1.0, 2.0, 3.0, 4.0], [junk]).take([0, 2, 3]), only=["junk_cells"])
    assert finding.ids == ("row-4",)


def test_all_junk_rows_are_named_however_many():
    n = 20_000
    junk = column(
        "age", np.where(np.arange(n) % 2, np.nan, 1.0), junk=dict.fromkeys(range(1, n, 2), "x")
    )
    (finding,) = audit(table(np.arange(float(n)), [junk]), only=["junk_cells"])
    assert len(finding.ids) == n // 2


def test_rows_left_out_for_a_cell_are_junk_and_others_are_not():
    strays = [
        Quarantined("row-3", "has 4 cells; expected 3"),
        Quarantined("row-5", "its target (y) is no number: 'fwefew'"),
        Quarantined("row-7", "its target (y) is missing"),
        Quarantined("row-8", "duplicate of row-2"),
    ]
    (finding,) = audit(
        table([1.0, 2.0], [column("x", [1.0, 2.0])], strays=strays), only=["junk_cells"]
    )
    assert finding.ids == ("row-3", "row-5")
    assert finding.shown["texts"] == {"fwefew": 1}


def test_a_missing_cell_that_is_junk_is_not_also_missing():
    assert (
        flagged(honest(60, age=column("age", [float(row) ** 0.5 for row in range(60)]).values))
        == []
    )
    ages = noise(60, "age")
    ages[[3, 9]] = np.nan
    data = table(["a", "b"] * 30, [column("age", ages, junk={3: "x", 9: "y"})])
    assert flagged(data) == [("junk_cells", "age")]


# --- missing


def test_missing_says_whether_it_goes_with_the_target():
    rows = np.arange(600)
    target = ["yes" if row % 2 else "no" for row in rows]
    chance = np.where(seeds.rng(0, "gone").random(600) < 0.2, np.nan, noise(600, "chance"))
    linked = np.where((rows % 2 == 1) & (rows % 5 < 2), np.nan, noise(600, "linked"))
    both = found(table(target, [column("chance", chance), column("linked", linked)]), "missing")
    assert both["missing", "chance"].shown["link"] is None
    assert both["missing", "linked"].shown["link"] > 0.3
    assert "keep whether it is missing" in both["missing", "linked"].advice


def test_missing_goes_with_values_too():
    y = noise(400, "y")
    data = table(y, [column("x", np.where(y > 1, np.nan, noise(400, "x")))])
    assert found(data, "missing")["missing", "x"].shown["link"] > 0.3


@pytest.mark.parametrize(
    "cells",
    [["a", None] * 30, np.array(["2001-01-01", "NaT"] * 30, "datetime64[s]"), [1.0, np.nan] * 30],
)
def test_missing_cells_are_counted_in_every_kind_of_column(cells):
    finding = found(table(noise(60, "y"), [column("x", cells)]), "missing")["missing", "x"]
    assert (finding.measured, finding.shown["cells"], len(finding.ids)) == (0.5, 30, 30)


def test_an_empty_column_is_missing_and_nothing_else():
    data = honest(60, gone=[np.nan] * 60)
    assert flagged(data) == [("missing", "gone")]


# --- infinite, constant


def test_infinite_cells_are_named_by_row():
    x = noise(60, "x")
    x[[5, 8]] = np.inf, -np.inf
    finding = found(honest(60, x=x), "infinite")["infinite", "x"]
    assert finding.ids == ("row-6", "row-9")
    assert finding.shown == {"column": "x", "above": 1, "below": 1}


@pytest.mark.parametrize("n_other", [0, 4, 5])
def test_constant_is_what_fewer_than_five_rows_differ_from(n_other):
    x = np.zeros(200)
    x[100 : 100 + n_other] = np.arange(n_other) + 1
    findings = found(honest(200, x=x), "constant")
    assert [finding.measured for finding in findings.values()] == (
        [] if n_other == 5 else [n_other]
    )
    assert all(
        finding.ids == tuple(f"row-{row + 1}" for row in range(100, 100 + n_other))
        for finding in findings.values()
    )


def test_a_flag_that_is_filled_in_or_not_is_no_constant():
    assert found(honest(60, flag=["x" if row % 3 else None for row in range(60)]), "constant") == {}


# --- duplicate columns


def test_copies_are_found_whatever_they_are_called_or_measured_in():
    x = noise(200, "x")
    kind = [("a", "b", "c")[int(one)] for one in seeds.rng(0, "kind").integers(0, 3, 200)]
    data = honest(
        200,
        x=x,
        same=x.copy(),
        inches=x / 2.54,
        minus=-3 * x + 7,
        kind=kind,
        word=[{"a": "zwei", "b": "eins", "c": "drei"}[one] for one in kind],
        code=[{"a": 4.0, "b": 1.0, "c": 9.0}[one] for one in kind],
    )
    copies = {name: finding.shown for (_, name), finding in found(data, "duplicate_column").items()}
    assert {name: (said["same_as"], said["how"]) for name, said in copies.items()} == {
        "same": ("x", "equal"),
        "inches": ("x", "linear"),
        "minus": ("x", "linear"),
        "word": ("kind", "recoded"),
        "code": ("kind", "recoded"),
    }
    assert (copies["minus"]["slope"], copies["minus"]["start"]) == (-3, 7)


def test_a_copy_with_other_cells_missing_is_a_copy():
    x = noise(200, "x")
    y = x.copy()
    x[:20], y[30:60] = np.nan, np.nan
    assert [name for _, name in found(honest(200, x=x, y=y), "duplicate_column")] == ["y"]


@pytest.mark.parametrize("other", ["close", "curve", "outlier", "flags", "names"])
def test_columns_that_only_go_together_are_no_copies(other):
    x = noise(200, "x")
    columns = {
        "close": {"x": x, "y": x + 0.02 * noise(200, "y")},
        "curve": {"x": np.exp(x), "y": x},
        "outlier": {"x": np.append(x[1:], 1e9), "y": np.append(noise(199, "y"), 1e9)},
        "flags": {"x": np.arange(200.0) == 3, "y": np.arange(200.0) == 3},
        "names": {"x": [f"a{row}" for row in range(200)], "y": [f"b{row}" for row in range(200)]},
    }[other]
    assert found(honest(200, **columns), "duplicate_column") == {}


@pytest.mark.parametrize("kind", ["equal", "scaled"])
def test_copies_of_one_column_are_compared_with_it_alone(monkeypatch, kind):
    compared = []
    linear = duplicate_column._linear
    monkeypatch.setattr(
        duplicate_column, "_linear", lambda one, other: compared.append(1) or linear(one, other)
    )
    height = noise(60, "height")
    columns = {f"c{k}": height if kind == "equal" else (k + 1) * height + k for k in range(300)}
    copies = found(honest(60, **columns), "duplicate_column")
    assert {finding.shown["same_as"] for finding in copies.values()} == {"c0"}
    assert len(copies) == 299
    assert len(compared) <= 299


def test_close_pairs_that_are_not_compared_are_counted(monkeypatch):
    monkeypatch.setattr(duplicate_column, "_MOST_PAIRS", 10)
    height = noise(60, "height")
    columns = {f"c{k}": height + 0.02 * noise(60, f"c{k}") for k in range(30)}
    (finding,) = audit(honest(60, **columns), only=("duplicate_column",))
    assert "close pairs were compared" in finding.where


# --- identifiers


@pytest.mark.parametrize("name", ["customer_id", "customerId", "ID", "row number"])
def test_whole_numbers_that_are_called_an_id_and_never_come_back_identify(name):
    numbers = seeds.rng(0, "ids").choice(10**8, 100, replace=False).astype(float)
    assert found(honest(100, **{name: numbers}), "identifier")
    assert not found(honest(100, **{name: np.repeat(numbers[:50], 2)}), "identifier")
    assert not found(honest(100, population=numbers), "identifier")


def test_running_numbers_identify_in_any_order_and_with_gaps():
    shuffled = seeds.rng(0, "order").permutation(100).astype(float)
    rising = np.sort(seeds.rng(0, "rise").choice(600, 100, replace=False)).astype(float)
    names = [name for _, name in found(honest(100, shuffled=shuffled, rising=rising), "identifier")]
    assert names == ["shuffled", "rising"]


def test_measurements_that_are_all_different_do_not_identify():
    data = honest(
        100,
        x=noise(100, "x"),
        steps=np.arange(100) * 0.1,
        grams=np.round(1000 * np.abs(noise(100, "g")) + 50),
    )
    assert found(data, "identifier") == {}


# --- target leakage


def test_a_copy_of_the_class_fails_and_what_predicts_it_all_is_suspicious():
    rows = np.arange(200)
    target = ["yes" if row % 2 else "no" for row in rows]
    data = table(
        target,
        [
            column("code", 7.0 - rows % 2),
            column("word", ["b" if row % 2 else "z" for row in rows]),
            column("near", rows % 2 + 0.001 * noise(200, "near")),
            column("apart", np.where(rows % 2, 1, -1) * (0.1 + np.abs(noise(200, "apart")))),
            column("finer", [f"{'pq'[row % 2]}{row % 7}" for row in rows]),
            column("good", rows % 2 + 0.5 * noise(200, "good")),
        ],
    )
    verdicts = {
        name: finding.verdict for (_, name), finding in found(data, "target_leakage").items()
    }
    assert verdicts == {
        "code": "fail",
        "word": "fail",
        "near": "fail",
        "apart": "warn",
        "finer": "warn",
    }


def test_a_copy_of_the_values_fails_and_a_rounded_one_is_suspicious():
    y = np.exp(noise(300, "y"))
    data = table(
        y,
        [
            column("cents", 100 * y),
            column("log", np.log(y)),
            column("round", np.log(y) + 0.03 * noise(300, "r")),
            column("strong", np.log(y) + 0.3 * noise(300, "s")),
        ],
    )
    verdicts = {
        name: finding.verdict for (_, name), finding in found(data, "target_leakage").items()
    }
    assert verdicts == {"cents": "fail", "log": "fail", "round": "warn"}


def test_blanks_that_are_filled_in_after_the_outcome_are_suspicious():
    rows = np.arange(300)
    target = ["dead" if row % 3 else "alive" for row in rows]
    # as on the Titanic, nearly all
    boat = [f"{row % 16}" if (row % 3 == 0) != (row % 60 == 0) else None for row in rows]
    finding = found(table(target, [column("boat", boat)]), "target_leakage")[
        "target_leakage", "boat"
    ]
    assert finding.verdict == "warn"
    assert finding.shown["blanks"]
    assert "filled in" in finding.where


def test_a_rare_class_is_given_away_too():
    rows = np.arange(5000)
    target = ["fraud" if row % 500 == 0 else "fine" for row in rows]
    flag = (rows % 500 == 0).astype(float)
    assert found(
        table(target, [column("flag", flag), column("x", noise(5000, "x"))]), "target_leakage"
    )["target_leakage", "flag"].failed


def test_luck_with_few_rows_and_many_columns_is_no_leak():
    target = ["a", "b"] * 6
    data = table(target, [column(f"x{k}", noise(12, str(k))) for k in range(500)])
    assert found(data, "target_leakage") == {}


def test_an_identifier_of_sorted_rows_is_not_named_twice():
    target = ["a"] * 50 + ["b"] * 50
    assert flagged(
        table(target, [column("number", np.arange(100.0)), column("x", noise(100, "x"))])
    ) == [("identifier", "number")]


# --- texts and numbers


@pytest.mark.parametrize(
    ("texts", "unit"),
    [
        (["1,234", "2,345", "34,567"], ""),
        (["5%", "7.5 %", "20%"], "%"),
        (["$3.50", "$1,200", "$7"], "$"),
        (["10 €", "20 €", "7,5 €"], "€"),
        ([f"{k} kg" for k in range(40, 50)], "kg"),
        ([f"{k}km/h" for k in range(40, 50)], "km/h"),
    ],
)
def test_numbers_that_stand_there_as_texts_are_named_with_their_unit(texts, unit):
    data = honest(
        60,
        x=[texts[row * row % 11 % len(texts)] for row in range(60)],
        filler=[texts[row % len(texts)] for row in range(60)],
    )
    assert found(data, "numeric_category")["numeric_category", "filler"].shown["unit"] == unit


@pytest.mark.parametrize(
    "texts",
    [
        ["4WD", "2WD"],
        ["2door", "4door"],
        ["1st", "2nd", "3rd"],
        ["18-30", "31-50", "65+"],
        ["00123", "00456", "01234"],
        ["38L", "40R", "42S", "44L"],
        ["A1", "B2", "C3"],
        ["2", "3", "4", "5more"],
        ["1.2.3", "1.2.4", "2.0.1"],
        ["two", "four"],
        ["10:30", "11:45", "12:00"],
    ],
)
def test_names_with_digits_stay_names(texts):
    assert (
        found(
            honest(60, x=[texts[row % len(texts)] for row in range(60)]),
            "numeric_category",
            "mixed_types",
        )
        == {}
    )


@pytest.mark.parametrize(
    "name", ["zip", "zip_code", "MSSubClass", "Pclass", "store_type", "codigo"]
)
def test_numbers_that_are_called_a_code_are_named_as_categories(name):
    assert found(
        honest(60, **{name: [float(row % 4 + 1) for row in range(60)]}), "numeric_category"
    )


@pytest.mark.parametrize(
    "name", ["rooms", "rating", "typed_words", "statement", "children", "classes_taken"]
)
def test_small_counts_are_not_taken_for_codes(name):
    assert not found(
        honest(60, **{name: [float(row % 4 + 1) for row in range(60)]}), "numeric_category"
    )


def test_a_column_of_numbers_and_words_is_mixed_and_names_the_lesser_rows():
    cells = [f"{row}.5" if row % 4 else ("unknown", "none")[row % 8 // 4] for row in range(80)]
    finding = found(honest(80, x=cells), "mixed_types")["mixed_types", "x"]
    assert finding.measured == 0.25
    assert finding.ids == tuple(f"row-{row + 1}" for row in range(0, 80, 4))
    assert finding.shown["cells"] == {"numbers": 60, "words": 20}


# --- skew


def test_a_long_tail_is_named_and_one_outlier_is_not():
    x = noise(1000, "x")
    zeros = np.where(x > 0.5, np.exp(2 * x), 0)
    data = honest(
        1000,
        income=np.exp(1.5 * x),
        left=-np.exp(1.5 * x),
        outlier=np.append(x[1:], 1e6),
        zeros=zeros,
    )
    said = {name: finding.shown["transform"] for (_, name), finding in found(data, "skew").items()}
    assert said == {"income": "log", "left": "yeo_johnson"}


# --- real tables


REAL = {
    "iris": set(),
    "wine": set(),
    "diabetes": set(),
    "breast_cancer": {("skew", "area error"), ("skew", "fractal dimension error")},
}


@pytest.mark.parametrize("name", REAL)
def test_real_tables_of_scikit_learn_raise_no_false_alarm(name):
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    columns = [
        column(str(title), bunch.data[:, at]) for at, title in enumerate(bunch.feature_names)
    ]
    target = (
        bunch.target
        if name == "diabetes"
        else [str(bunch.target_names[one]) for one in bunch.target]
    )
    assert set(found(table(target, columns))) == REAL[name]


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [
        ("housing", "column-14", {("skew", "column-1"), ("skew", "column-12")}),
        ("abalone", "column-9", set()),
        (
            "auto_imports",
            "column-26",
            {
                ("constant", "column-9"),
                ("skew", "column-21"),
                *(("missing", f"column-{k}") for k in (2, 6, 19, 20, 22, 23)),
            },
        ),
    ],
)
def test_real_tables_of_the_shared_data_raise_no_false_alarm(shared, name, target, expected):
    data = load(shared / "regression" / f"{name}.csv", target=target, task="values")
    assert set(found(data)) == expected


def test_what_is_planted_into_a_real_table_is_found_and_nothing_else(shared):
    data = load(shared / "regression" / "housing.csv", target="column-14")
    source = data.source
    n = len(data)
    rooms = source.columns[5].values
    planted = [
        column("price_eur", 0.9 * data.targets),
        column("rooms_again", 2 * rooms),
        column("town", ["Boston"] * n),
        column("house_id", np.arange(1.0, n + 1)),
        column("status_text", [f"{one:.0f} %" for one in source.columns[12].values]),
        column("ratio", np.where(np.arange(n) == 17, np.inf, rooms**2 + noise(n, "ratio"))),
    ]
    more = Dataset.of(source.replaced(columns=(*source.columns, *planted)))
    new = set(found(more)) - set(found(data))
    assert new == {
        ("target_leakage", "price_eur"),
        ("duplicate_column", "rooms_again"),
        ("constant", "town"),
        ("identifier", "house_id"),
        ("numeric_category", "status_text"),
        ("infinite", "ratio"),
    }


# --- nothing makes them raise


texts = st.text(max_size=12)
floats = st.floats(width=64) | st.sampled_from(
    [0.0, 1.0, 2.0, 1e308, -1e308, 5e-324, np.nan, np.inf]
)


@st.composite
def any_tables(draw):
    n = draw(st.integers(0, 60))
    columns = []
    for at in range(draw(st.integers(0, 4))):
        name = draw(texts) + str(at)
        kind = draw(st.sampled_from(["number", "category", "date"]))
        pool = draw(st.lists(floats, min_size=1, max_size=80))
        if kind == "number":
            values = np.resize(np.array(pool), n)
        elif kind == "date":
            values = np.resize(
                draw(st.sampled_from([["NaT"], ["2001-01-01", "NaT", "1969-12-31T23:59:59"]])), n
            ).astype("datetime64[s]")
        else:
            names = tuple(draw(st.lists(texts, max_size=30, unique=True)))
            codes = draw(st.lists(st.integers(-1, len(names) - 1), min_size=1, max_size=60))
            columns.append(Column(name, "category", np.resize(np.array(codes, np.int32), n), names))
            continue
        gone = np.flatnonzero(np.isnat(values) if kind == "date" else np.isnan(values))
        junk = {int(row): draw(texts) for row in gone[: draw(st.integers(0, 2))]}
        columns.append(Column(name, kind, values, junk=junk))
    if draw(st.booleans()):
        target = {
            "task": "values",
            "targets": np.resize(np.array(draw(st.lists(floats, min_size=1, max_size=60))), n),
        }
    else:
        n_classes = draw(st.integers(1, 5))
        classes = np.resize(
            np.array(
                draw(st.lists(st.integers(0, n_classes - 1), min_size=1, max_size=60)), np.int64
            ),
            n,
        )
        target = {
            "task": "classes",
            "targets": classes,
            "class_names": [f"c{k}" for k in range(n_classes)],
        }
    parts = draw(
        st.none()
        | st.just([("train", "test", "", "validation")[row % 4] for row in range(n)])
        | st.just(["test"] * n)
    )
    ids = [f"row-{row}" for row in range(n)]
    return Dataset.of(
        Table("any(", columns, target_name=draw(texts), ids=ids, version="", parts=parts, **target)
    )


def tables_audits():
    return [
        name
        for name in SHELF.names()
        if "table" in getattr(SHELF.module(name), "KINDS", ()) and name in MINE
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(any_tables())
def test_no_audit_raises_on_any_small_table(data):
    for name in tables_audits():
        findings = getattr(SHELF.module(name), name)(data, None)
        assert findings
        for finding in findings:
            json.dumps(finding.to_json(), allow_nan=False)
            assert set(finding.ids) <= {*data.ids, *(one.name for one in data.columns)}
            assert finding.verdict == "ok" or finding.shown["column"] in {
                one.name for one in data.columns
            }


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tables_of_hardly_any_rows_or_without_columns_are_looked_at(n):
    assert found(tiny_tables.table(np.arange(float(n)), [column("x", np.arange(float(n)))])) == {}
    assert found(tiny_tables.table(np.arange(float(n)), [])) == {}


@pytest.mark.parametrize("classes", [2, 3])
def test_a_noisy_code_of_the_class_is_a_leak_in_small_tables_too(classes):
    from receta.audits.target_leakage import target_leakage

    random = np.random.default_rng(3)
    targets = np.arange(60) % classes
    names = [f"k{target}" for target in targets]
    leaking, honest = targets + random.normal(0, 0.02, 60), targets + random.normal(0, 0.5, 60)
    (found,) = target_leakage(table(names, [column("code", leaking)]), None)
    assert found.verdict == "fail"
    (spared,) = target_leakage(table(names, [column("size", honest)]), None)
    assert spared.verdict == "ok"

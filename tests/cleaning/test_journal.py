"""Does the journal say of each fix what was done, to how many, and what could not be done?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from receta.audits.made_up.tiny_tables import column, series, table
from receta.cleaning import plan
from receta.cleaning.engine.folder import journal_lines
from receta.cleaning.engine.planning import Work
from receta.cleaning.engine.series import ends_of_parts, regular_step
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset
from receta.data.series import Series
from receta.sources.cleaned import Manifest
from receta.splitting import split
from tests.fakes import Rows

N = 60
PARTS = ["train"] * 40 + ["validation"] * 10 + ["test"] * 10
DAYS = (np.datetime64("2020-01-01") + np.arange(40)).astype("datetime64[s]")
ODD = np.array([1.0, 2.0, 2.0, 4.0] * 15)  # mean 2.25, median 2


def rows(**columns: object) -> Dataset:
    """Parts that are named, so that all that is learnt is of the first 40 rows."""
    made = [column(name, cells) for name, cells in columns.items()]
    return table(["no", "yes"] * (N // 2), made, parts=PARTS)


def with_more(data: Dataset, **fields: object) -> Dataset:
    """A series with other fields."""
    return Dataset.of(data.source.replaced(**fields))  # type: ignore[attr-defined]


def changed(values: np.ndarray, **cells: object) -> np.ndarray:
    """A copy with other values at some rows: r3=nan."""
    other = values.copy()
    for place, value in cells.items():
        other[int(place[1:])] = value
    return other


def junk() -> Dataset:
    cells = changed(ODD, r1=np.nan, r4=np.nan)
    made = [column("a", cells, {1: "fwe", 4: "x" * 50}), column("b", ODD)]
    return table(["no", "yes"] * (N // 2), made, parts=PARTS)


def far() -> Dataset:
    """40 training values from -1.95 to 1.95, and three cells far out, one of them in the test."""
    values = np.resize(np.linspace(-1.95, 1.95, 40), N)
    return rows(a=changed(values, r3=900.0, r4=-900.0, r55=800.0, r56=np.nan, r57=np.inf))


NAN, INF = np.nan, np.inf
WORDS = ["3", "about ten", "4.5", None] * 15
CASES: dict[str, tuple[Callable[[], Dataset], str, list[tuple[int, str, str]]]] = {
    "median": (
        lambda: rows(a=changed(ODD, r0=NAN, r50=NAN)),
        "missing",
        [(2, "cells", "filled 2 cells of 'a' with the median 2")],
    ),
    "mean": (
        lambda: rows(a=changed(ODD, r0=NAN, r4=NAN, r8=NAN, r12=NAN)),
        "missing=mean",
        [(4, "cells", "filled 4 cells of 'a' with the mean 2.38889")],
    ),
    "most frequent": (
        lambda: rows(a=changed(ODD, r0=NAN), c=[None, "u", "v", "v"] * 15),
        "missing=most_frequent",
        [
            (1, "cells", "filled 1 cell of 'a' with the most frequent value 2"),
            (15, "cells", "filled 15 cells of 'c' with the most frequent value 'v'"),
        ],
    ),
    "nearest": (
        lambda: rows(a=changed(ODD, r0=NAN), b=ODD),
        "missing=nearest",
        [(1, "cells", "filled 1 cell of 'a' with its five nearest rows")],
    ),
    "model": (
        lambda: rows(a=changed(ODD, r0=NAN), b=ODD),
        "missing=model",
        [(1, "cells", "filled 1 cell of 'a' with a model of the other columns")],
    ),
    "nothing known": (
        lambda: rows(a=np.where(np.arange(N) < 40, NAN, 1.0), b=changed(ODD, r0=NAN)),
        "missing",
        [
            (1, "columns", "dropped the column 'a', for the training part has no value of it"),
            (1, "cells", "filled 1 cell of 'b' with the median 2"),
        ],
    ),
    "junk": (junk, "junk_cells", [(2, "cells", "took 2 cells of junk in 'a' as missing")]),
    "junk rows": (
        junk,
        "junk_cells=leave_out",
        [(2, "examples", "left out 2 examples: row-2, row-5")],
    ),
    "infinite": (
        lambda: rows(a=changed(ODD, r0=INF, r50=-INF)),
        "infinite",
        [(2, "cells", "took 2 infinite cells of 'a' as missing")],
    ),
    "clipped": (
        lambda: rows(a=changed(ODD, r1=INF, r50=-INF, r51=-7)),
        "infinite=clip",
        [(2, "cells", "clipped 2 infinite cells of 'a' to 1 .. 4")],
    ),
    "infinite rows": (
        lambda: rows(a=changed(ODD, r0=INF, r50=-INF), b=changed(ODD, r0=INF)),
        "infinite=leave_out",
        [(2, "examples", "left out 2 examples: row-1, row-51")],
    ),
    "mixed": (
        lambda: rows(a=WORDS, b=ODD),
        "mixed_types",
        [(45, "cells", "parted 'a' into its 30 numbers and 15 words ('a (words)')")],
    ),
    "mixed numbers": (
        lambda: rows(a=WORDS),
        "mixed_types=number",
        [(45, "cells", "made 'a' numbers; 15 cells with words are missing now")],
    ),
    "mixed column": (
        lambda: rows(a=WORDS, b=WORDS),
        "mixed_types=drop_column",
        [(1, "columns", "dropped the column 'a'")],
    ),
    "codes": (
        lambda: rows(
            a=np.array([7.0, 8.0, NAN, 9.0] * 10 + [11.0] * 20), b=["5 kg", None, "6 kg"] * 20
        ),
        "numeric_category",
        [
            (50, "cells", "made 3 categories of the codes in 'a'"),
            (40, "cells", "made numbers of 40 texts in 'b' (in kg)"),
        ],
    ),
    "far": (
        far,
        "outlier",
        [(3, "cells", "clipped 3 cells of 'a' to -6.90139 .. 6.925")],
    ),
    "far rows": (
        far,
        "outlier=leave_out",
        [(3, "examples", "left out 3 examples: row-4, row-5, row-56")],
    ),
    "skew": (
        lambda: rows(a=np.where(np.arange(N) == 5, NAN, np.resize(np.arange(40.0) ** 3, N))),
        "skew=log",
        [(59, "cells", "transformed 'a' by sign(x) log(1 + |x|)")],
    ),
    "hot": (
        lambda: rows(c=["u", "v", "w", None] * 15),
        "categories",
        [(3, "columns", "made 3 columns of 0 and 1 out of 'c'")],
    ),
    "ordinal": (
        lambda: rows(c=["u", "v", "w", None] * 15),
        "categories=ordinal",
        [(1, "columns", "numbered the 3 categories of 'c'")],
    ),
    "frequency": (
        lambda: rows(c=["u", "v", "w", None] * 15),
        "categories=frequency",
        [(1, "columns", "took the share of its category for 'c'")],
    ),
    "gaps": (
        lambda: series(
            changed(np.arange(40.0), r3=NAN, r20=NAN)[np.r_[0:10, 12:40]], DAYS[np.r_[0:10, 12:40]]
        ),
        "gaps",
        [
            (
                2,
                "steps",
                "put in 2 steps with values on the line between the values around; filled 2 steps that had no value",
            )
        ],
    ),
    "gaps last": (
        lambda: series(np.arange(38.0), DAYS[np.r_[0:10, 12:40]]),
        "gaps=last",
        [(2, "steps", "put in 2 steps with values with the last value before")],
    ),
    "gaps missing": (
        lambda: series(np.arange(39.0), DAYS[np.r_[0:10, 11:40]]),
        "gaps=missing",
        [(1, "steps", "put in 1 step without values")],
    ),
    "twice": (
        lambda: series(np.arange(43.0), np.sort(np.r_[DAYS, DAYS[[3, 3, 9]]])),
        "duplicate_times",
        [(3, "steps", "kept the first of the steps of one time: 3 steps fewer")],
    ),
    "twice mean": (
        lambda: series(np.arange(41.0), np.sort(np.r_[DAYS, DAYS[[3]]])),
        "duplicate_times=mean",
        [(1, "steps", "took the mean of the steps of one time: 1 step fewer")],
    ),
    "order": (
        lambda: with_more(series(np.arange(40.0), DAYS), file_order=np.r_[2, 1, 0, 3:40]),
        "time_order",
        [(2, "steps", "sorted by time (2 steps out of order)")],
    ),
    "irregular": (
        lambda: series(
            changed(np.arange(40.0), r3=NAN),
            DAYS + np.where(np.arange(40) == 5, 3600, 0).astype("timedelta64[s]"),
        ),
        "irregular_steps",
        [
            (
                40,
                "steps",
                "took values every 86400 seconds: 40 steps of 40; gaps are bridged, and 1 step without a value filled",
            )
        ],
    ),
    "irregular months": (
        lambda: series(
            np.arange(29.0), (np.datetime64("2020-01") + np.r_[0:5, 6:30]).astype("datetime64[s]")
        ),
        "irregular_steps=last",
        [(30, "steps", "took values every 1 months: 30 steps of 29; gaps are bridged")],
    ),
    "series": (
        lambda: series(changed(np.arange(40.0), r3=NAN, r9=NAN)),
        "missing",
        [(2, "cells", "filled 2 cells on the line between the values around")],
    ),
    "series last": (
        lambda: series(changed(np.arange(40.0), r3=NAN)),
        "missing=last",
        [(1, "cells", "filled 1 cell with the last value before")],
    ),
    "series infinite": (
        lambda: series(changed(np.arange(40.0), r3=INF, r9=-INF)),
        "infinite",
        [(2, "cells", "took 2 infinite cells as missing")],
    ),
    "series junk": (
        lambda: with_more(series(changed(np.arange(40.0), r3=NAN)), junk={3: "fwe"}),
        "junk_cells",
        [(1, "cells", "took 1 cell of junk as missing")],
    ),
}


def about(code: str, data: Dataset) -> list[Finding]:
    """A finding of each column, or of the series."""
    units = Facts(unit="kg", decimal=".")
    facts = [Facts(column=one.name, unit="kg", decimal=".") for one in data.columns] or [units]
    return [Finding(code, "warn", 1, "examples", "0", facts=one) for one in facts]


@pytest.mark.parametrize("case", CASES)
def test_an_entry_says_what_was_done_to_how_many(case: str) -> None:
    make, fix, said = CASES[case]
    data = make()
    code, _, method = fix.partition("=")
    done = plan(data, about(code, data), fix=[fix])
    assert [(one.n, one.unit, one.what) for one in done.entries] == said
    assert {one.code for one in done.entries} == {code}
    assert len({one.method for one in done.entries}) == 1
    assert done.entries[0].method == (method or done.entries[0].method)
    again = plan(done.after, [], fix=[fix])
    assert len(again.entries) == 0, "what was mended is not mended again"


def test_cells_far_out_end_at_the_last_values_within() -> None:
    data = far()
    (entry,) = plan(data, about("outlier", data), fix=["outlier=winsorise"]).entries
    assert entry.what == "winsorised 3 cells of 'a' to -1.95 .. 1.95"
    done = plan(data, about("outlier", data), fix=["outlier=leave_out"])
    assert done.after.left_out[0].reason == "outlier: 'a' is 900.0, outside -6.54234 to 6.575"


FEW = np.where((np.arange(N) < 19) | (np.arange(N) >= 40), ODD, NAN)
NOTES: dict[str, tuple[Callable[[], Dataset], str, str]] = {
    "outlier": (
        lambda: rows(a=FEW),
        "outlier",
        "outlier: the training part has too few values of 'a' to tell; it stays as it is.",
    ),
    "skew": (
        lambda: rows(a=np.where(ODD == 4, 2, ODD)),
        "skew",
        "skew: 'a' has fewer than 3 different numbers in the training part; it stays as it is.",
    ),
    "infinite": (
        lambda: rows(a=np.where(np.arange(N) < 40, INF, 1.0)),
        "infinite=clip",
        "infinite: 'a' has no finite number in the training part to clip to; use infinite=missing.",
    ),
    "words": (
        lambda: rows(a=["many", "few", None] * 20),
        "mixed_types",
        "mixed_types: 'a' holds no numbers beside its words (dates?); write its cells in one way.",
    ),
    "last": (
        lambda: rows(a=WORDS),
        "mixed_types=drop_column",
        "mixed_types: 'a' is the last column and stays; a model needs one to learn from.",
    ),
    "unknown": (
        lambda: rows(a=np.where(np.arange(N) < 40, NAN, 1.0)),
        "missing",
        "missing: 'a' has no value in the training part, but it is the last column and stays.",
    ),
}


@pytest.mark.parametrize("case", NOTES)
def test_what_cannot_be_done_is_noted_and_changes_nothing(case: str) -> None:
    make, fix, note = NOTES[case]
    data = make()
    done = plan(data, about(fix.partition("=")[0], data), fix=[fix])
    assert (done.entries, done.notes) == ((), (note,))
    assert done.after is data


def test_three_different_numbers_and_twenty_values_are_enough() -> None:
    data = rows(
        a=ODD, b=np.where(np.arange(N) < 20, np.arange(N) % 7 + 1000.0 * (np.arange(N) == 9), NAN)
    )
    done = plan(
        data, [*about("skew", data)[:1], *about("outlier", data)[1:]], fix=["skew", "outlier"]
    )
    assert [(one.code, one.n) for one in done.entries] == [("outlier", 1), ("skew", 60)]
    assert done.notes == ()


def test_two_names_are_left_at_least_where_spellings_are_merged() -> None:
    """Cat, cat and dog: two are one. Three examples are of the spelling that goes."""
    targets = [0, 1, 2, 0, 0, 2]
    data = Dataset.of(Rows(targets, ids=list("abcdef"), class_names=["Cat", "cat", "dog"]))
    finding = Finding(
        "class_names", "warn", 1, "examples", "0", facts=Facts(spellings={"Cat": "cat"})
    )
    done = plan(data, [finding], fix=["class_names"])
    (entry,) = done.entries
    assert entry.what == "merged 1 spelling ('Cat' into 'cat'): 3 examples relabelled"
    assert done.to_json()["before"] == {"n": 6, "left_out": 0, "classes": 3}
    assert done.to_json()["after"] == {"n": 6, "left_out": 0, "classes": 2}
    gone = Facts(spellings={"cAt": "cat", "dog": "Dog", "Cat": "dog"})
    finding = Finding("class_names", "warn", 1, "examples", "0", facts=gone)
    assert plan(data, [finding], fix=["class_names"]).entries == ()


def many(**more: object) -> Dataset:
    """Three series of 40, 40 and 30 steps; the third begins ten days later."""
    values = np.concatenate([np.arange(40.0), np.arange(40.0), np.arange(30.0)])
    values[[5, 6, 85]] = NAN
    times = np.concatenate([DAYS, DAYS, DAYS[10:]])
    source = Series(
        *("many(", values[:, None], times),
        **{"window": 4, "horizon": 1, "channel_names": ("y",), "version": ""},
        **{"names": ("a", "b", "c"), "ends": np.array([40, 80, 110])},
    )  # type: ignore[arg-type]
    return Dataset.of(source)


def test_many_series_are_mended_each_and_told_as_one_entry() -> None:
    data = many()
    done = plan(data, [], fix=["missing"])
    (entry,) = done.entries
    assert (entry.n, entry.what) == (
        3,
        "in 2 of 3 series; a: filled 2 cells on the line between the values around",
    )
    assert [step["series"] for step in entry.steps] == [["a"], ["c"]]
    assert done.after.source.values[[5, 6, 85], 0].tolist() == [5, 6, 5]
    parts = split(data, Recipe())
    clock = data.source.clock
    borders = [
        int(clock[data.source.starts[part.rows] + 4].min())
        for part in (parts.validation, parts.test)
    ]
    firsts = [int(np.searchsorted(clock[:40], border)) for border in borders]
    assert 0 < firsts[0] < firsts[1] < 40
    assert [step["ends"] for step in entry.steps] == [firsts, [end - 10 for end in firsts]]
    assert plan(done.after, [], fix=["missing"]).entries == ()


def test_parts_of_a_series_end_where_the_next_begins() -> None:
    data = series(np.arange(40.0))
    parts = split(data)
    work = Work(data, Recipe())
    starts = data.source.starts
    assert ends_of_parts(work) == [
        int(starts[parts.train.rows].max()) + 5,
        int(starts[parts.validation.rows].max()) + 5,
    ]
    clock = data.source.clock
    for at, expected in ((0, []), (1, [1]), (39, [39]), (-1, [])):
        border = int(clock[at]) + (at < 0)
        assert ends_of_parts(Work(data, Recipe(), borders=[border])) == expected
    assert ends_of_parts(Work(series(np.arange(5.0)), Recipe())) == []


@pytest.mark.parametrize(
    ("times", "step"),
    [
        (["2020-01-01"], None),
        (["2020-01-01"] * 3, None),
        (["2020-01-01", "2020-01-01", "2020-01-03"], (172800, "s")),
        (["2020-01-01", "2020-01-02", "2020-01-04", "2020-01-05"], (86400, "s")),
        (["2020-01-15", "2020-02-15", "2020-02-15", "2020-03-15"], (1, "M")),
        (["2020-01-31", "2020-03-31", "2020-05-31", "2020-12-31"], (2, "M")),
        (["2020-01-15", "2020-02-14"], (30 * 86400, "s")),
        (["2020-07-15", "2020-08-15"], (31 * 86400, "s")),
    ],
)
def test_the_commonest_distance_is_the_step(times: list[str], step: tuple[int, str] | None) -> None:
    assert regular_step(np.array(times, "datetime64[s]")) == step


def test_a_column_of_too_few_values_holds_up_no_other() -> None:
    data = rows(a=FEW, b=np.resize(np.arange(40.0), N) + 1e6 * (np.arange(N) == 7))
    done = plan(data, about("outlier", data), fix=["outlier"])
    assert [one.what.split(" to ")[0] for one in done.entries] == ["clipped 1 cell of 'b'"]
    assert len(done.notes) == 1


def test_calls_are_numbered_from_one_and_what_was_taken_back_stands_below() -> None:
    entry = {"code": "dark", "method": "leave_out", "what": "left out 1 example", "why": "dark"}
    manifest = Manifest(
        "photos",
        None,
        {"group": "g"},
        {"n": 7},
        ({"when": "noon", "entries": [entry]}, {"when": "night", "entries": []}),
        ({"when": "dawn", **entry},),
    )
    assert journal_lines(manifest) == [
        "Cleaned: photos --group g (7 examples; nothing there was changed)",
        *("", "Call 1, noon", "  dark=leave_out: left out 1 example. Why: dark"),
        *("", "Call 2, night"),
        *("", "Taken back", "  dawn  dark=leave_out: left out 1 example"),
    ]

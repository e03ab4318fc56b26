"""Is the text of a setting read as it was meant, and what is none refused at its bound?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from receta.core import setting_values, setting_words
from receta.core.commands import fill_place, name_place
from receta.core.conformal import find_margins, judge_margins, tell_interval
from receta.core.finding import Finding, Findings, worst
from receta.core.measure import wilson
from receta.core.trust import of_files


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (setting_values.read_rungs, " mlp , cnn", ("mlp", "cnn")),
        (setting_values.read_rungs, ["mlp", "cnn"], ["mlp", "cnn"]),
        (setting_values.read_augmentations, "none", ()),
        (setting_values.read_augmentations, "auto, mixup,", ("auto", "mixup")),
        (setting_values.read_costs, "none", ()),
        (setting_values.read_costs, "a>b=2, b>a=0.5", ("a>b=2", "b>a=0.5")),
        (setting_values.read_costs, 3, 3),
        (setting_values.read_costs, f"a>b={'9' * 15}.{'9' * 15}", (f"a>b={'9' * 15}.{'9' * 15}",)),
        (setting_values.read_size, "auto", None),
        (setting_values.read_size, "28X40", (28, 40)),
        (setting_values.read_size, 4, (4, 4)),
        (setting_values.read_size, [4, 2048], (4, 2048)),
    ],
)
def test_a_setting_is_read_as_it_was_meant(read: Any, value: Any, expected: Any) -> None:
    assert read(value) == expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (setting_values.read_rungs, "mlp,mlp"),
        (setting_values.read_rungs, ["a"] * 10_001),
        (setting_values.read_augmentations, "flip,flip"),
        (setting_values.read_augmentations, "none,flip"),
        (setting_values.read_augmentations, "flop"),
        (setting_values.read_costs, "a>b"),
        (setting_values.read_costs, "ab=2"),
        (setting_values.read_costs, "a>b=-2"),
        (setting_values.read_costs, f"a>b={'9' * 16}"),
        (setting_values.read_costs, f"a>b=1.{'9' * 16}"),
        (setting_values.read_size, "28x28x3"),
        (setting_values.read_size, "x"),
        (setting_values.read_size, []),
        (setting_values.read_size, [28.0]),
        (setting_values.read_size, 3),
        (setting_values.read_size, [28, 2049]),
    ],
)
def test_what_is_no_value_of_a_setting_is_refused(read: Any, value: Any) -> None:
    with pytest.raises(ValueError, match=r"expected|twice"):
        read(value)


def test_ten_thousand_names_are_the_most() -> None:
    names = [f"r{number}" for number in range(10_001)]
    assert setting_values.read_rungs(names[:-1]) == names[:-1]
    with pytest.raises(ValueError, match="at most 10,000 names"):
        setting_values.read_rungs(names)


def test_a_value_is_spelled_as_a_user_writes_it_and_cut_in_an_error() -> None:
    spelled = {None: "auto", (28, 40): "28x40", ("a", "b"): "a,b", (): "none", 0.5: "0.5"}
    assert {value: setting_words.spell(value) for value in spelled} == spelled
    assert setting_words.shorten("a" * 100) == "a" * 100
    assert setting_words.shorten("a" * 101) == "a" * 99 + "…"
    assert setting_words.shorten(2**64) == str(2**64)
    assert setting_words.shorten(2**64 + 1) == "a number of 65 bits"
    assert setting_words.shorten(-(2**70)) == "a number of 71 bits"
    assert (setting_words._spell_number(4.0), setting_words._spell_number(0.25)) == ("4", "0.25")


def test_a_command_names_its_place_and_the_options_that_it_was_read_by() -> None:
    options = {"bad_rows": "skip", "allow_private": True, "shape": (28, 40), "test": ["a", "b c"]}
    assert name_place("my data", options) == (
        "'my data' --bad-rows skip --allow-private --shape 28x40 --test a --test 'b c'"
    )
    said = fill_place(
        "Try `receta clean --fix dark=x,y` or receta look DATA here.", "a/b.csv --id x"
    )
    assert said == (
        "Try `receta clean a/b.csv --id x --fix dark=x,y --out b-clean` or receta look "
        "a/b.csv --id x here."
    )
    assert fill_place("receta look DATA", "") == "receta look DATA"
    assert "--out keras-mnist-clean" in fill_place("receta clean --fix dark", "keras:mnist")


@pytest.mark.parametrize(("n", "rank"), [(3, 0), (4, 4), (9, 8), (10, 9), (14, 12), (99, 80)])
def test_the_margin_is_the_error_at_four_fifths_of_one_more(n: int, rank: int) -> None:
    errors = np.random.default_rng(n).permutation(np.arange(1.0, n + 1))
    found = find_margins(np.stack([errors, np.zeros(n)], axis=1), np.zeros((n, 2)))
    assert found == ((rank, 0.0) if rank else None)


def test_intervals_are_told_and_counted_by_hand() -> None:
    assert tell_interval(None, np.array([1.0])) == {}
    assert tell_interval((1.0, 2.0), np.array([1.0, 5.0])) == {"intervals_80": [[0, 2], [3, 7]]}
    said, truth = np.zeros((4, 1)), np.array([[1.0], [-1.0], [1.5], [0.0]])
    assert judge_margins((1.0,), said, truth) == {
        "coverage_80": 0.75,
        "coverage_80_interval": list(wilson(3, 4)),
        "width_80": 2.0,
    }
    both = judge_margins((1.0, 3.0), np.zeros((4, 2)), np.hstack([truth, 4 * truth]))
    assert both == {"coverage_80": 0.5, "width_80": 4.0}
    assert judge_margins((1.0,), said[:0], truth[:0]) == judge_margins(None, said, truth) == {}


def test_findings_are_told_the_gravest_first() -> None:
    some = [
        Finding("a", verdict, 1, unit, "0", judged=judged)
        for verdict, unit, judged in (
            *(("ok", "rows", True), ("warn", "classes", True), ("fail", "looks", True)),
            *(("ok", "rows", False), ("warn", "times", True)),
        )
    ]
    assert repr(Findings(some)).splitlines() == [
        "Findings(5: 1 fail, 2 warn, 1 ok, 1 not judged)",
        "  fail  a: 1 look; expected 0.",
        "  warn  a: 1 class; expected 0.",
        "  warn  a: 1 times; expected 0.",
    ]
    assert [worst(some[:n]) for n in range(4)] == ["ok", "ok", "warn", "fail"]
    assert of_files({"b": "1", "a": "2"}) == of_files({"a": "2", "b": "1"}) != of_files({"a": "2"})

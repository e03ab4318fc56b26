"""Does a finding say in words, in JSON and in its frame what was found, and no more?"""

from __future__ import annotations

from typing import Any

import pytest

from receta.core.finding import Finding, Findings, worst


def found(verdict: Any = "warn", measured: float = 2, unit: str = "images", **more: Any) -> Finding:
    return Finding("blurry", verdict, measured, unit, "0", **more)


@pytest.mark.parametrize(
    ("measured", "unit", "words"),
    [(1, "images", "image"), (2, "images", "images"), (1, "classes", "class"), (1, "bias", "bias")],
)
def test_a_unit_is_in_the_singular_for_one_that_can_be_counted(measured, unit, words) -> None:
    assert found(measured=measured, unit=unit).unit_in_words() == words


def test_a_sentence_names_the_place_and_the_advice_where_there_are_any() -> None:
    assert found(measured=1234567).sentence() == "blurry: 1.235e+06 images; expected 0."
    full = found(where="test", advice="Look.", measured=1)
    assert full.sentence() == "blurry (test): 1 image; expected 0. Look."
    assert found(judged=False, where="test").sentence() == "blurry: not judged (test)."


def test_a_finding_is_the_same_after_json_and_what_is_empty_is_left_out() -> None:
    assert set(found().to_json()) == {"check", "verdict", "measured", "unit", "expected", "advice"}
    for one in (found(), found(ids=("a",), pairs=(("a", "b"),), where="x", shown={"y": 1})):
        assert Finding.from_json(one.to_json()) == one
    rare = found(judged=False, mended=True).to_json()
    assert (rare["judged"], rare["mended"]) == (False, True)


def test_the_gravest_verdict_is_that_of_all() -> None:
    assert worst([found("warn"), found("fail"), found("ok")]) == "fail"
    assert worst([found("ok"), found("warn")]) == "warn"
    assert (found("fail").failed, found("warn").failed) == (True, False)


def test_a_list_of_findings_counts_verdicts_and_tells_the_gravest_first() -> None:
    ones = Findings([found("warn"), found("fail"), found("ok"), found("ok", judged=False)])
    assert repr(ones).splitlines() == [
        "Findings(4: 1 fail, 1 warn, 1 ok, 1 not judged)",
        "  fail  blurry: 2 images; expected 0.",
        "  warn  blurry: 2 images; expected 0.",
    ]

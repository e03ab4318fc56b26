"""Is a share said in percent by one rule, on the terminal as in the report?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receta.cli.printing import answers, scores
from receta.core.amounts import counted, percent, probability, short
from receta.report import words


@given(st.floats(0.0, 1.0))
def test_a_whole_0_or_100_is_said_only_of_what_is_exactly_that(share: float) -> None:
    assert (percent(share) == "0 %") == (share == 0)
    assert (percent(share) == "100 %") == (share == 1)
    assert probability(share) not in ("0 %", "100 %", "0.0 %", "100.0 %")


@given(st.floats(0.0006, 0.9994))
def test_what_is_said_is_right_to_a_twentieth_of_a_percent(share: float) -> None:
    assert float(percent(share).removesuffix(" %")) == pytest.approx(100 * share, abs=0.05)


@given(st.floats(0.0, 1.0))
def test_the_report_says_what_the_terminal_says(share: float) -> None:
    assert words.percent(share).replace(words.THIN, " ") == percent(share)
    assert words.probability(share).replace(words.THIN, " ") == probability(share)


def test_screens_have_no_rule_of_their_own() -> None:
    assert answers.probability is probability
    assert scores.percent is percent


@pytest.mark.parametrize(
    ("count", "words"),
    [
        *((None, ""), (0, "0"), (999, "999"), (999.4, "999"), (999.5, "1 k"), (1000, "1 k")),
        *((999_499, "999 k"), (999_500, "1 M"), (10**12, "1 T"), (10**16, "10000 T")),
    ],
)
def test_a_count_is_three_digits_and_a_letter(count: float | None, words: str) -> None:
    assert short(count) == words
    assert (counted(0, "cells"), counted(2, "cells")) == ("0 cells", "2 cells")

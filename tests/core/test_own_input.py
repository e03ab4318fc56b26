"""Are numbers refused that a network's input cannot hold, at the bound and beside it?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from receta.core.errors import InputError
from receta.core.own_input import MOST, refuse_values, take_values
from receta.core.spec import ColumnSpec, Spec

WORDS = Spec("words", (2,), "int32", "word", ("", "[unknown]", "cat"))
STEPS = Spec("steps", (2, 1), "float32", "step")
COLUMNS = (
    ColumnSpec("age", "number"),
    ColumnSpec("day", "date"),
    ColumnSpec("sex", "category", ("f", "m")),
)
CELLS = Spec("cells", (4,), "float32", "cell", columns=COLUMNS)
FINE = [1.0, 0.0, 0.0, 1.0]


def cells(**changed: float) -> list[list[float]]:
    """Two rows, the second with other cells at some places: c0=3."""
    return [FINE, [changed.get(f"c{place}", cell) for place, cell in enumerate(FINE)]]


@pytest.mark.parametrize(
    ("spec", "values", "words"),
    [
        (WORDS, [[0, 2]], ""),
        (WORDS, [[0, 1], [3, 0]], r"given\[1\]\[0\] is 3; expected a whole number from 0 to 2"),
        (WORDS, [[0, -1]], r"given\[0\]\[1\] is -1"),
        (WORDS, [[0.5, 1.0]], r"given\[0\]\[0\] is 0.5; expected a whole number"),
        (STEPS, [[[MOST], [-MOST]]], ""),
        (STEPS, [[[np.nan], [1.0]]], ""),
        (STEPS, [[[1.0], [MOST * 1.01]]], r"given\[0\]\[1\]\[0\] is .*; expected a number from"),
        (STEPS, [[[-np.inf], [1.0]]], r"given\[0\]\[0\]\[0\] is -inf"),
        (CELLS, cells(c0=MOST, c1=-719162, c2=86400, c3=2), ""),
        (CELLS, cells(c0=-MOST, c1=2932896, c2=0, c3=0), ""),
        (CELLS, cells(c3=np.nan, c1=np.nan), ""),
        (CELLS, cells(c0=np.inf), r"given\[1\]: the column 'age' is inf"),
        (CELLS, cells(c1=-719163), r"given\[1\]: the column 'day' is -719163"),
        (CELLS, cells(c1=2932897), r"from -719162 to 2932896\."),
        (CELLS, cells(c2=86401), r"the column 'day \(second\)' is 86401; expected a number from 0"),
        (CELLS, cells(c2=-1), r"the column 'day \(second\)' is -1"),
        (CELLS, cells(c3=3), r"the column 'sex' is 3; expected a whole number from 0 to 2"),
        (CELLS, cells(c3=-1), r"the column 'sex' is -1"),
        (CELLS, cells(c3=1.5), r"the column 'sex' is 1.5"),
        # shapes, types and pixels are told elsewhere
        (WORDS, [[9, 9, 9]], ""),
        (WORDS, [["a", "b"]], ""),
        (Spec("pixels", (2,), "uint8", "picture"), [[999, 1]], ""),
    ],
)
def test_a_number_is_refused_beyond_its_bounds(spec: Spec, values: Any, words: str) -> None:
    if not words:
        refuse_values(spec, values, "given")
    else:
        with pytest.raises(InputError, match=words):
            refuse_values(spec, values, "given")


def test_numbers_are_taken_in_the_type_of_the_network() -> None:
    taken = take_values(WORDS, [[0.0, 2.0]])
    assert (taken.dtype, taken.tolist()) == (np.int32, [[0, 2]])
    with pytest.raises(InputError, match=r"words\[0\]\[1\] is 7"):
        take_values(WORDS, [[0, 7]])


def test_the_difference_of_two_numbers_and_their_mean_is_a_number_of_float32() -> None:
    assert np.finfo(np.float32).max == 4 * MOST

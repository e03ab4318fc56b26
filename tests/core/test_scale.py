"""Is the range of values in files known at its bounds, and turned into bytes by its formula?"""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from receta.core.scale import (
    USUAL,
    WHITES,
    Scale,
    find_array_white,
    find_white,
    read_as,
    to_bytes,
)


@pytest.mark.parametrize("place", range(len(WHITES)))
def test_a_highest_value_belongs_to_the_next_white(place: int) -> None:
    white = WHITES[place]
    assert find_white(white) == white
    assert find_white(white + 0.5) == WHITES[min(place + 1, len(WHITES) - 1)]


def test_the_whites_are_those_of_whole_bits_and_of_digits() -> None:
    assert WHITES == (1, 3, 7, 15, 16, 255, 1023, 4095, 16383, 65535)
    assert (find_white(0), find_white(-3), find_white(0.2)) == (255, 255, 1)
    assert [read_as(white) for white in (1, 16, 255, 65535)] == [
        *("0 to 1", "0 to 16", "8 bits", "16 bits")
    ]


@given(st.sampled_from(WHITES), st.integers(-9, 70_000))
def test_bytes_are_a_share_of_white_or_the_upper_eight_bits(white: int, value: int) -> None:
    within = min(max(value, 0), white)
    expected = (
        round(within * 255 / white) if white < 256 else within // 2 ** (white.bit_length() - 8)
    )
    assert to_bytes(np.array([value]), white).tolist() == [expected]
    fraction = to_bytes(np.array([value + 0.0]), white)
    assert fraction.tolist() == [round(within * (255 / white))]


@pytest.mark.parametrize(
    ("low", "high", "whole", "white"),
    [
        *((-0.25, 1.25, False, 1), (-0.26, 1.0, False, None), (0.0, 1.26, False, 3)),
        *((-63.75, 318.75, False, 255), (-63.8, 255.0, False, None), (0.0, 319.0, False, None)),
        *((-70.0, 255.5, False, None), (0.0, 255.5, False, 255), (0.0, 400.0, False, None)),
        *((0.0, 200.0, False, 255), (-1.0, 200.0, False, None), (-1.0, 200.1, False, 255)),
        *((0, 1, True, 1), (0, 256, True, 255), (0, 257, True, 1023), (-1, 256, True, None)),
        *((0.0, 256.0, False, 255), (0, 65535, True, 65535), (0, 65536, True, None)),
        *((0, 0, True, 255), (0.0, 16.0, False, 16)),
    ],
)
def test_numbers_are_pixels_where_their_range_is_one(low, high, whole, white) -> None:
    assert find_array_white(low, high, whole) == white


def test_only_what_is_not_as_usual_is_written_and_nothing_else_is_read() -> None:
    assert USUAL.to_json() == {}
    assert Scale.from_json(dataclasses.asdict(USUAL)) == USUAL
    one = Scale(white=4095, ground=0)
    assert one.to_json() == {"white": 4095, "ground": 0}
    assert Scale.from_json(one.to_json()) == one
    for spoilt in ([], {"white": 5}, {"white": True}, {"black": 0}, {"white": 1, "floats": 2}):
        with pytest.raises(ValueError, match="a scale"):
            Scale.from_json(spoilt)


@pytest.mark.parametrize(
    ("scale", "differs"),
    [
        (Scale(), False),
        (Scale(white=65535, arrays=16), False),
        (Scale(white=4095), True),
        (Scale(floats=1), True),
        (Scale(ground=0), True),
    ],
)
def test_a_browser_shows_only_the_usual_ranges_as_they_are(scale: Scale, differs: bool) -> None:
    assert scale.differs_in_browsers is differs

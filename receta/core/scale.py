"""How do the values of pictures become 0 to 255, whatever their files could hold?

A camera of 12 bits writes files of 16. What counts is the range that a whole data set uses:
it is decided once, told in one line, and kept with the run, so that new pictures are read as
those were. Within a data set nothing is stretched: how bright a picture is among others tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

# Highest values that a range may have: grey levels of masks and of scikit-learn's digits (16), then
# whole bits.
# A data set whose brightest pixel has a sixteenth of white would be black on any screen.
WHITES = (1, 3, 7, 15, 16, 255, 1_023, 4_095, 16_383, 65_535)
# Values 0 to 1 go a little beyond where pictures were made smaller: 0.07 for cubic curves, 0.13 for
# Lanczos', and twice that where both directions overshoot.
OVERSHOOT = 0.25
# in JSON
SHAPE: dict[Any, Any] = {
    "white?": {0, *WHITES},
    "floats?": {0, 1, 255},
    "arrays?": {0, *WHITES},
    "ground?": {0, 255},
}


@dataclass(frozen=True)
class Scale:
    """What is white in the pictures of a data set; 0 where nothing says so.

    white: of files of more than 8 bits. floats: of files of floating numbers, 1 or 255.
    arrays: of what lies as numbers in arrays, tables and lists. ground: what transparency is
    laid over.
    """

    white: int = 0
    floats: int = 0
    arrays: int = 0
    ground: int = 255

    @property
    def differs_in_browsers(self) -> bool:
        """Whether a browser, which takes the upper 8 of 16 bits and knows no floats, shows
        other pictures.
        """
        return self.white not in (0, WHITES[-1]) or self.floats > 0 or self.ground != 255

    def to_json(self) -> dict[str, int]:
        """What is not as usual."""
        return {
            name: value for name, value in asdict(self).items() if value != getattr(USUAL, name)
        }

    @classmethod
    def from_json(cls, plain: object) -> Scale:
        """From what `to_json` gave; raises ValueError for anything else."""
        if not isinstance(plain, Mapping):
            raise ValueError("a scale is an object")
        if not all(
            f"{name}?" in SHAPE and type(value) is int and value in SHAPE[f"{name}?"]
            for name, value in plain.items()
        ):
            raise ValueError(f"a scale of {plain!r:.100}")
        return cls(**plain)


USUAL = Scale()


def find_white(highest: float) -> int:
    """The highest value of the range that values use: the next of WHITES.

    >>> find_white(3000), find_white(200), find_white(16), find_white(0)
    (4095, 255, 16, 255)
    """
    if highest <= 0:
        return 255
    return next((white for white in WHITES if highest <= white), WHITES[-1])


def to_bytes(values: np.ndarray, white: int) -> np.ndarray:
    """Values from 0 to white as uint8, those beyond cut off; 16 bits give their upper 8.

    >>> (
    ...     to_bytes(np.array([0, 2048, 4095, 5000]), 4095).tolist(),
    ...     to_bytes(np.array([0, 0.5, 1.001]), 1).tolist(),
    ... )
    ([0, 128, 255, 255], [0, 128, 255])
    """
    if white < 256 or values.dtype.kind == "f":
        within = np.clip(values, 0, white)
        return (
            within.astype(np.uint8)
            if white == 255 and values.dtype.kind != "f"
            else np.round(within * (255 / white)).astype(np.uint8)
        )
    return (np.clip(values, 0, white) >> (white.bit_length() - 8)).astype(np.uint8)


def read_as(white: int) -> str:
    """A range in words.

    >>> read_as(4095), read_as(16)
    ('12 bits', '0 to 16')
    """
    return f"{white.bit_length()} bits" if white >= 255 else f"0 to {white}"


def find_array_white(low: float, high: float, whole: bool) -> int | None:
    """What is white in numbers from low to high; None for what is no range of pixels.

    whole: whether all are whole numbers.

    >>> (
    ...     find_array_white(0, 1.0000001, False),
    ...     find_array_white(-0.1, 255, True),
    ...     find_array_white(0, 4000, True),
    ... )
    (1, None, 4095)
    """
    if not whole and low >= -OVERSHOOT and high <= 1 + OVERSHOOT:
        return 1
    if not whole and low >= -OVERSHOOT * 255 and 200 < high <= (1 + OVERSHOOT) * 255:
        return 255
    if low >= 0 and high == 256:  # 0 to 1 times 256
        return 255
    if low < 0 or high > WHITES[-1] or (not whole and high > 255):
        return None
    return find_white(high)

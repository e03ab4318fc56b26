"""How are scikit-learn's handwritten digits read, which need no file at all?"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from receta.core.progress import Progress
from receta.data.dataset import Images
from receta.sources import Options

AFTER = ""  # the word wins over a folder of that name, which is ./digits
READS = (
    "digits: 1,797 handwritten digits of 8 x 8, built in (for a folder of that name say ./digits)"
)
FORM = "`digits`"
FACTS = "1,797 handwritten digits of 8 x 8, with scikit-learn"


class Digits(Images):
    """1,797 grey images of 8 x 8 (Alpaydin and Kaynak, 1998, UCI)."""

    def __init__(self) -> None:
        _, targets = _load_digits()
        self.ids = [f"digit-{row}" for row in range(len(targets))]
        self.targets = targets.astype(np.int64)
        self.class_names = tuple(str(digit) for digit in range(10))

    def raw(self, row: int) -> np.ndarray:
        """The image: (8, 8, 1) uint8."""
        return np.array(_load_digits()[0][row])

    def stamp(self) -> str:
        """Always the same: the data are built in."""
        return "digits-1"

    def __repr__(self) -> str:
        return "digits(1797 pictures, 10 classes)"


def accepts(place: str, options: Options) -> bool:
    """The word itself."""
    return place == "digits"


def digits(place: str, options: Options, progress: Progress) -> Digits:
    """The digits that come with scikit-learn."""
    return Digits()


def sample(folder: Path) -> str:
    """Nothing to write: return the DATA argument."""
    return "digits"


@functools.cache
def _load_digits() -> tuple[np.ndarray, np.ndarray]:
    """(1797, 8, 8, 1) uint8 and (1797,) targets; the values there are 0 to 16."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pixels = np.round(found.images * (255 / 16)).astype(np.uint8)
    return pixels[..., np.newaxis], found.target

"""Which pairs of a product are tested each time, and which by `make exhaustive` alone?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def pairs(rows: Sequence[str], columns: Sequence[str], *, whole: Sequence[str] = ()) -> list[Any]:
    """Parameters (row, column): each row once in turn, so that each column meets several rows.

    Rows in `whole` meet every column. All other pairs are marked `exhaustive`.
    """
    product = []
    for at, row in enumerate(rows):
        for number, column in enumerate(columns):
            often = row in whole or at % len(columns) == number
            marks = pytest.mark.slow if often else pytest.mark.exhaustive
            product.append(pytest.param(row, column, marks=marks))
    return product

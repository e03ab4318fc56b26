"""How is a large count said in a few letters?"""

from __future__ import annotations


def short(count: float | None) -> str:
    """Three digits and k, M, G or T; an empty text for what was not counted.

    >>> short(950), short(1234567), short(24_000_000_000), short(None)
    ('950', '1.23 M', '24 G', '')
    """
    if count is None:
        return ""
    letters = " kMGT"
    power = 0
    while power < len(letters) - 1 and float(f"{count:.3g}") >= 1000:
        count, power = count / 1000, power + 1
    return f"{float(f'{count:.3g}'):g} {letters[power]}".strip()


def counted(n: int, unit: str) -> str:
    """A number with its unit, which ends in s unless there is one.

    >>> counted(1, "cells"), counted(1200, "cells")
    ('1 cell', '1,200 cells')
    """
    return f"{n:,} {unit.removesuffix('s') if n == 1 else unit}"

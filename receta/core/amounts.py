"""How is a large count said in a few letters, and a share in percent?"""

from __future__ import annotations

import math

import numpy as np


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


def shortest(value: float) -> float:
    """The number of the fewest digits that float32 holds as this one.

    >>> shortest(416.9996337890625), shortest(float("nan"))
    (416.99963, nan)
    """
    return float(str(np.float32(value)))


def counted(n: int, unit: str) -> str:
    """A number with its unit, which ends in s unless there is one.

    >>> counted(1, "cells"), counted(1200, "cells")
    ('1 cell', '1,200 cells')
    """
    return f"{n:,} {unit.removesuffix('s') if n == 1 else unit}"


def figure(value: float, digits: int = 3) -> str:
    """A number of any size with a few digits that count, and thousands apart.

    >>> figure(4623.37), figure(54.23), figure(0.1234567), figure(12345.6, 6)
    ('4,623', '54.2', '0.123', '12,345.6')
    """
    if not math.isfinite(value) or abs(value) >= 1e15:
        return f"{value:.{digits}g}"
    if abs(value) >= 1000:
        return f"{value:,.{max(0, digits - len(str(int(abs(value)))))}f}"
    return f"{value:.{digits}g}"


def percent(share: float | None) -> str:
    """A share 0..1 in percent; 0 and 100 are said only of what is exactly that.

    >>> percent(0.97312), percent(0.99999), percent(0.0001), percent(1.0), percent(None)
    ('97.3 %', '> 99.9 %', '< 0.1 %', '100 %', '–')
    """
    if share is None or not math.isfinite(share):
        return "–"
    text = f"{100 * share:.1f} %"
    if text == "0.0 %":
        return "< 0.1 %" if share else "0 %"
    if text == "100.0 %":
        return "> 99.9 %" if share < 1 else "100 %"
    return text


def probability(share: float) -> str:
    """What a model says of one answer, in percent: never a whole 0 or 100, for it may be wrong.

    >>> probability(0.97312), probability(1.0), probability(0.0)
    ('97.3 %', '> 99.9 %', '< 0.1 %')
    """
    return percent(min(max(share, 1e-9), 1 - 1e-9))

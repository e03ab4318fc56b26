"""Which number does a text spell, and how is a number spelled as a category?"""

from __future__ import annotations

import math
import re

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_GROUPED = re.compile(
    r"[+-]?\d{1,3}([ ,.'’\u00a0\u202f_])\d{3}(\1\d{3})*(?!\1)([.,]\d+)?", re.ASCII
)
_UNITS = " \t\u00a0€$£¥%"


def number_of(text: str, decimal: str = ".") -> float:
    """The number that a text spells, NaN for none; a per cent sign divides by 100.

    decimal: the mark before decimals; another mark may stand between thousands.

    >>> number_of("1,234.5"), number_of("$ 7"), number_of("3,5", decimal=","), number_of("two")
    (1234.5, 7.0, 3.5, nan)
    """
    plain = text.strip(_UNITS).replace("−", "-")
    grouped = _GROUPED.fullmatch(plain)
    if grouped and grouped.group(1) != decimal:
        plain = plain.replace(grouped.group(1), "")
    if decimal != ".":
        if "." in plain:
            return math.nan
        plain = plain.replace(decimal, ".")
    if not _PLAIN.fullmatch(plain):
        return math.nan
    value = float(plain) / (100 if text.rstrip().endswith("%") else 1)
    return value if math.isfinite(value) else math.nan


def code_name(value: float) -> str:
    """How a number is spelled as a category.

    >>> code_name(3.0), code_name(2.5)
    ('3', '2.5')
    """
    return str(int(value)) if value.is_integer() else repr(value)

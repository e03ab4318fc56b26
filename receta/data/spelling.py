"""Does a text spell a number with a unit, a date, or just words?"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from receta.data.numbers import number_of

_QUANTITY = re.compile(
    r"\s*(?P<before>[€$£¥])?\s*(?P<number>[+\-−]?(\d[\d.,'’\u00a0\u202f "
    r"]*\d|\d|[.,]\d+)([eE][+-]?\d+)?)"
    r"\s*(?P<after>%|[€$£¥]|°\s?[CFcf]?|[^\W\d_]{1,5}[²³23]?(/[^\W\d_]{1,4}[²³23]?)?)?\s*"
)
# 1st and 2x are no units
_ORDINALS = {"st", "nd", "rd", "th", "er", "re", "e", "o", "a", "º", "ª", "x"}
_MOST_LETTERS = 40  # of a quantity
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE = re.compile(
    rf"(\d{{4}}[-/.]\d{{1,2}}([-/.]\d{{1,2}})?|\d{{1,2}}[-/.]\d{{1,2}}[-/.](\d{{4}}|\d{{2}}))([T "
    rf"]\d{{1,2}}:\d{{2}}.*)?|"
    rf"(\d{{1,2}}[ -])?({_MONTH})[a-z]*\.?[ -](\d{{1,2}},? )?\d{{2,4}}",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class Quantity:
    """A text that spells a number: its digits, and the unit around them or ''."""

    digits: str
    unit: str

    @property
    def sign(self) -> bool:
        """Whether the unit is a sign such as % or $."""
        return bool(self.unit) and not self.unit[0].isalpha()

    @property
    def plain(self) -> bool:
        """Whether it is digits alone, as of a code."""
        return not self.unit and self.digits.isdecimal()


def quantity(text: str) -> Quantity | None:
    """The number and the unit that a text spells; None if it is something else.

    >>> quantity("1,234 kg"), quantity("5%").unit, quantity("1st"), quantity("A7")
    (Quantity(digits='1,234', unit='kg'), '%', None, None)
    """
    found = _QUANTITY.fullmatch(text) if len(text) <= _MOST_LETTERS else None
    if not found or (found["before"] and found["after"]):
        return None
    unit = (found["before"] or found["after"] or "").replace(" ", "")
    digits = found["number"]
    return None if unit.lower() in _ORDINALS or not is_spelled(digits) else Quantity(digits, unit)


def is_spelled(digits: str, marks: str = ".,") -> bool:
    """Whether it is a number with one of the marks before its decimals."""
    return any(not math.isnan(number_of(digits, mark)) for mark in marks)


def kind_of(text: str) -> str:
    """What a text spells.

    >>> kind_of("1,234.5"), kind_of("3 Jan 2020"), kind_of("12 kg"), kind_of("2020-01-31")
    ('numbers', 'dates', 'words', 'dates')
    """
    if _DATE.fullmatch(text.strip()):
        return "dates"
    found = quantity(text)
    return "numbers" if found is not None and (not found.unit or found.sign) else "words"


def measures(texts: Sequence[str], share: float) -> bool:
    """Whether so many of the texts are quantities or dates, not names.

    >>> measures(["1,234", "3.5 kg"], 0.9), measures(["00123", "00124"], 0.9)
    (True, False)
    """
    found = [
        kind_of(text) == "dates" or ((one := quantity(text)) is not None and not one.plain)
        for text in texts
    ]
    return bool(texts) and sum(found) >= share * len(texts)

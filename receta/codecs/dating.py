"""Which moments do the texts of a column mean, day or month first, decided over all of them?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

_TIME = r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"  # noqa: E501
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?:(?P=mark)(?P<day>\d{1,2}))?" + _TIME,
    re.ASCII,
)
_YEAR_LAST = re.compile(
    r"(?P<one>\d{1,2})(?P<mark>[-/.])(?P<two>\d{1,2})(?P=mark)(?P<year>\d{4}|(?<=/)\d{2})" + _TIME,
    re.ASCII,
)
_DAY_NAME = re.compile(
    r"(?P<day>\d{1,2})[ -](?P<name>[A-Za-z]{3,9})\.?,?[ -](?P<year>\d{4})" + _TIME, re.ASCII
)
_NAME_DAY = re.compile(
    r"(?P<name>[A-Za-z]{3,9})\.?[ -](?:(?P<day>\d{1,2}),? )?(?P<year>\d{4})" + _TIME, re.ASCII
)
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_NAMES = {
    name[:length]: number for number, name in enumerate(_MONTHS, 1) for length in (3, len(name))
} | {"sept": 9}
_EPOCH = datetime(1970, 1, 1)
PIVOT = 69  # a year of two digits from 69 on is of the 20th century, as POSIX has it (strptime, %y)
_NAT = np.iinfo(np.int64).min


@dataclass(frozen=True)
class Dates:
    """Moments of texts: (n,) datetime64[us], NaT where a text is none.

    order: "day", "month", or "" where no text is like 3/4/2020. sure: whether the texts
    themselves say which. formats: the first text of each way to write a date. torn: a text with
    the day first and one with the month first, where the column holds both.
    """

    values: np.ndarray
    order: str = ""
    sure: bool = True
    formats: tuple[str, ...] = ()
    torn: tuple[str, ...] = ()


def parse(texts: Sequence[str]) -> Dates:
    """Moments of texts; with a time zone as UTC, without as they stand.

    texts: in the order of the file, for where 3/4/2020 could be both, the order under which they
    ascend is taken, and the day first if neither does.

    >>> parse(["1/2/2020", "13/2/2020", "no"]).values.astype("datetime64[D]").tolist()
    [datetime.date(2020, 2, 1), datetime.date(2020, 2, 13), None]
    >>> parse(["2020-02-01", "13.2.2020", "2020-02-02"]).formats
    ('2020-02-01', '13.2.2020')
    """
    found = [_match(text) for text in texts]
    formats: dict[tuple[str, str], str] = {}
    beyond: dict[str, str] = {}  # by place, a text whose number there is no month
    for text, match in zip(texts, found, strict=True):
        if match is None:
            continue
        mark = match.groupdict().get("mark", "")
        formats.setdefault((match.re.pattern, mark), text)
        if match.re is _YEAR_LAST and mark != ".":
            for place in ("one", "two"):
                if int(match[place]) > 12:
                    beyond.setdefault(place, text)
    torn = (beyond["one"], beyond["two"]) if len(beyond) == 2 else ()
    return replace(_read(found), formats=tuple(formats.values()), torn=torn)


def _read(found: list[re.Match[str] | None]) -> Dates:
    """Moments of what was found, in the order that the texts themselves or their sequence say."""
    pairs = np.array(
        [
            (int(match["one"]), int(match["two"]))
            for match in found
            if match is not None and match.re is _YEAR_LAST and match["mark"] != "."
        ],
        np.int64,
    ).reshape(-1, 2)
    votes_day, votes_month = int((pairs[:, 0] > 12).sum()), int((pairs[:, 1] > 12).sum())
    dotted = any(
        match is not None and match.re is _YEAR_LAST and match["mark"] == "." for match in found
    )
    day_first = _moments(found, month_first=False)
    if not len(pairs):
        return Dates(day_first, "day" if dotted else "")
    if votes_day or votes_month:
        month = votes_month > votes_day
        return Dates(
            _moments(found, month_first=True) if month else day_first, "month" if month else "day"
        )
    month_first = _moments(found, month_first=True)
    if _ascend(month_first) and not _ascend(day_first):
        return Dates(month_first, "month", sure=False)
    same = (day_first == month_first) | np.isnat(day_first)
    return Dates(day_first, "day", sure=bool(same.all()))


def _ascend(moments: np.ndarray) -> bool:
    known = moments[~np.isnat(moments)]
    return len(known) > 2 and bool((np.diff(known) >= np.timedelta64(0)).all())


def _match(text: str) -> re.Match[str] | None:
    for form in (_YEAR_FIRST, _YEAR_LAST, _DAY_NAME, _NAME_DAY):
        if found := form.fullmatch(text):
            return found
    return None


def _moments(found: list[re.Match[str] | None], *, month_first: bool) -> np.ndarray:
    counts = (_NAT if match is None else _moment(match, month_first) for match in found)
    return np.fromiter(counts, np.int64, len(found)).view("datetime64[us]")


def _moment(match: re.Match[str], month_first: bool) -> int:
    """Microseconds since 1970; NaT for no day of a calendar, and beyond the years 1 to 9999."""
    parts = match.groupdict()
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year += 1900 if year >= PIVOT else 2000
    if "one" in parts:  # 3/4/2020
        first, second = int(parts["one"]), int(parts["two"])
        month, day = (first, second) if month_first else (second, first)
    else:
        month = _NAMES.get(parts["name"].lower(), 0) if "name" in parts else int(parts["month"])
        day = int(parts["day"] or 1)
    hour = int(parts["hour"] or 0)
    if parts["half"]:
        if not 1 <= hour <= 12:
            return _NAT
        hour = hour % 12 + 12 * (parts["half"][0] in "pP")
    zone, away = parts["zone"], timedelta()
    if zone and zone[0] in "+-":
        away = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    try:
        moment = datetime(
            year, month, day, hour, int(parts["minute"] or 0), int(parts["second"] or 0)
        )
        moment += -away if away and zone[0] == "+" else away
    except (ValueError, OverflowError):
        return _NAT
    whole = (moment - _EPOCH) // timedelta(microseconds=1)
    return whole + int((parts["fraction"] or "0").ljust(6, "0")[:6])

"""Is a column of texts one of numbers, of dates or of categories, decided over all its cells?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from receta.codecs import dating
from receta.codecs.units import take_sign_off
from receta.core import naming
from receta.data.table import Column

_NOTHING = ("", "NA", "N/A", "NaN", "null", "None", "<NA>", "#N/A", "-NaN", "?", "-")


MISSING = tuple(
    dict.fromkeys(
        form for word in _NOTHING for form in (word, word.lower(), word.upper(), word.capitalize())
    )
)


def without_missing(texts: Any) -> Any:
    """Texts without space around them, and null where they say that nothing is there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    trimmed = pc.utf8_trim_whitespace(texts)
    gone = pc.is_in(trimmed, value_set=pa.array(MISSING, trimmed.type))
    return pc.if_else(gone, pa.scalar(None, trimmed.type), trimmed)


# of the cells that hold something must be numbers (or dates); what else is there is junk
MOSTLY = 0.9


HALF = 0.5  # is enough where somebody says what they are


# a text that comes back among so few different numbers is one more level, as 3+ is of 0, 1, 2, 3+
_LEVELS = 20


_COMES_BACK = 5  # times, and in one of a hundred cells


_EXACT = 2**53  # above it float64 leaves whole numbers out


_SIGN, _EXPONENT, _INFINITE = (
    "[+-]?",
    "(?:[eE][+-]?[0-9]+)?",
    "[+-]?[iI][nN][fF](?:[iI][nN][iI][tT][yY])?",
)


_PLAIN = rf"(?:[0-9]+\.?[0-9]*|\.[0-9]+){_EXPONENT}"


# How the numbers of a column may be written: what each looks like, what parts thousands, what is
# the point.
_STYLES = {
    "point": (rf"^(?:{_SIGN}{_PLAIN}|{_INFINITE})$", "", "."),
    "comma thousands": (
        rf"^(?:{_SIGN}(?:[1-9][0-9]{{0,2}}(?:,[0-9]{{3}})+(?:\.[0-9]*)?|{_PLAIN})|{_INFINITE})$",
        ",",
        ".",
    ),
    "decimal comma": (
        rf"^(?:{_SIGN}(?:[1-9][0-9]{{0,2}}(?:\.[0-9]{{3}})+(?:,[0-9]*)?|[0-9]+(?:,[0-9]*)?|,[0-9]+){_EXPONENT}|{_INFINITE})$",
        ".",
        ",",
    ),
    "space thousands": (
        rf"^(?:{_SIGN}(?:[1-9][0-9]{{0,2}}(?:[ "
        rf"'\x{{a0}}\x{{202f}}][0-9]{{3}})+(?:[.,][0-9]*)?|{_PLAIN})|{_INFINITE})$",
        "[ '\u00a0\u202f]",
        ",",
    ),
}


_CODE = re.compile("[+-]?0[0-9]+", re.ASCII)


def column(
    name: str, texts: Any, notes: list[str], *, decimal_comma: bool = False, asked: bool = False
) -> Column:
    """The column that texts make: number, date or category.

    What was decided and might be decided otherwise is added to the notes.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    def cast(some: Any) -> Any:
        try:
            return pc.cast(some, pa.float64())
        except pa.ArrowInvalid:
            return None

    dotted = decimal_comma and bool(pc.any(pc.match_substring(texts, ".")).as_py())
    found = None if dotted else cast(texts)
    if found is None:
        texts = without_missing(texts)
        found = None if dotted else cast(texts)
    n = len(texts) - texts.null_count
    if found is not None:
        values = _values(found)
        return (
            as_category(name, texts)
            if n and not asked and _is_code(name, values, texts, notes)
            else Column(name, "number", values)
        )
    found = _numbers(name, texts, n, decimal_comma, asked, notes) or _as_dates(
        name, texts, n, asked, notes
    )
    return found or as_category(name, texts)


def texts_of(texts: Any) -> tuple[np.ndarray, list[str]]:
    """(n,) int32 positions in the different texts, -1 where missing, and those."""
    import pyarrow as pa

    encoded = texts.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):  # no rows at all
        return np.empty(0, np.int32), []
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return codes, encoded.dictionary.to_pylist()


def categories(name: str, codes: np.ndarray, texts: Iterable[str]) -> Column:
    """A column of categories out of positions in texts; equal texts are one."""
    shown = [naming.printable(text) for text in texts]
    every = sorted(set(shown))
    place = {text: position for position, text in enumerate(every)}
    # the last is for position -1
    moved = np.array([*(place[text] for text in shown), -1], np.int32)
    return Column(name, "category", moved[codes], tuple(every))


def _values(found: Any) -> np.ndarray:
    return np.array(
        found.to_numpy() if hasattr(found, "num_chunks") else found.to_numpy(zero_copy_only=False),
        np.float64,
    )


def as_category(name: str, texts: Any) -> Column:
    """The column as categories, whatever its texts spell."""
    return categories(name, *texts_of(without_missing(texts)))


def _is_code(name: str, values: np.ndarray, texts: Any, notes: list[str]) -> bool:
    """Whether whole numbers are codes: 00123, or more digits than a number keeps."""
    import pyarrow.compute as pc

    known = ~np.isnan(values)
    finite = np.where(known & np.isfinite(values), values, 0.0)
    if not (finite == np.floor(finite)).all():
        return False
    if np.abs(finite).max(initial=0) > _EXACT:
        digits = pc.match_substring_regex(texts, r"^[+-]?[0-9]{16,}$")
        if pc.any(digits).as_py():
            notes.append(
                f"column {name!r} holds whole numbers of 16 digits and more; they are kept as "
                "texts, to the last digit"
            )
            return True
    lengths = pc.binary_length(texts).to_numpy()
    powers = 10.0 ** np.arange(1, 19)
    plain = np.searchsorted(powers, np.abs(finite), side="right") + 1 + (finite < 0)
    longer = int((lengths[known] != plain[known]).sum())
    if longer < max(1, 0.01 * known.sum()):
        return False
    codes = pc.sum(pc.match_substring_regex(texts, f"^{_CODE.pattern}$")).as_py() or 0
    if codes < max(1, 0.01 * known.sum()):
        return False
    notes.append(f"column {name!r} holds codes with zeros in front; they are kept as texts")
    return True


def _numbers(
    name: str, texts: Any, n: int, decimal_comma: bool, asked: bool, notes: list[str]
) -> Column | None:
    """The column as numbers, if most of its cells are; the others are junk."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = take_sign_off(name, texts, HALF if asked else MOSTLY, notes)
    masks = {
        style: pc.fill_null(pc.match_substring_regex(texts, form), False)
        for style, (form, _, _) in _STYLES.items()
    }
    counts = {style: pc.sum(mask).as_py() or 0 for style, mask in masks.items()}
    preferred = "decimal comma" if decimal_comma else "point"
    style = max(counts, key=lambda one: (counts[one], one == preferred, -list(counts).index(one)))
    if counts[style] < (HALF if asked else MOSTLY) * n or not n:
        return None
    _, thousands, point = _STYLES[style]
    good = pc.if_else(masks[style], texts, pa.scalar(None, texts.type))
    if thousands:
        good = pc.replace_substring_regex(
            good, f"[{thousands}]" if len(thousands) == 1 else thousands, ""
        )
    if point == ",":
        good = pc.replace_substring(good, ",", ".")
    try:
        values = _values(pc.cast(good, pa.float64()))
    except pa.ArrowInvalid:  # a lone sign or exponent that the form lets through
        return None
    both = counts["comma thousands"] == counts["decimal comma"] == counts[style] > counts["point"]
    if both and style != "point":
        read = (
            "1.234 (decimal comma)"
            if style == "decimal comma"
            else "1234 (comma between thousands)"
        )
        notes.append(f"column {name!r}: numbers such as 1,234 are read as {read}")
    bad = np.flatnonzero(~masks[style].to_numpy() & texts.is_valid().to_numpy())
    junk = dict(zip(bad.tolist(), texts.take(pa.array(bad)).to_pylist(), strict=True))
    if junk and not asked and _is_level(list(junk.values()), values, n):
        return None
    if not asked and not thousands and point == "." and _is_code(name, values, good, notes):
        return None
    return Column(
        name, "number", values, junk={row: naming.printable(text) for row, text in junk.items()}
    )


def _is_level(texts: list[str], values: np.ndarray, n: int) -> bool:
    """Whether texts among numbers are levels of their own, such as 3+."""
    often = max(texts.count(text) for text in set(texts)) if len(set(texts)) <= _LEVELS else 0
    return (
        often >= max(_COMES_BACK, 0.01 * n) and len(np.unique(values[~np.isnan(values)])) <= _LEVELS
    )


def _as_dates(name: str, texts: Any, n: int, asked: bool, notes: list[str]) -> Column | None:
    """The column as dates, if most of its cells are; the others are junk."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # 2020-01-31, with a time or without, is what Arrow knows and does fast
    for zone in (None, "UTC"):
        try:
            found = pc.cast(texts, pa.timestamp("us", zone))
        except pa.ArrowInvalid:
            continue
        return Column(
            name,
            "date",
            moments(np.array(found.cast(pa.timestamp("us")).to_numpy(), "datetime64[us]")),
        )
    codes, every = texts_of(texts)
    tried = every[:1000]
    if not tried or (~np.isnat(dating.parse(tried).values)).sum() < 0.5 * len(tried):
        return None
    dates = dating.parse(every)
    if dates.torn:
        one, other = dates.torn
        notes.append(
            f"column {name!r}: {one!r} is a date with the day first alone, and {other!r} with the "
            "month first alone. Write all in one format, such as 2024-01-31"
        )
    values = np.append(dates.values, np.datetime64("NaT"))[codes]
    bad = np.flatnonzero(np.isnat(values) & (codes >= 0))
    if len(bad) > (1 - (HALF if asked else MOSTLY)) * n:
        return None
    if len(dates.formats) > 1:
        one, other = dates.formats[:2]
        notes.append(
            f"column {name!r} holds dates in {len(dates.formats)} formats, such as {one!r} and "
            f"{other!r}; all are read: look whether days and months are right"
        )
    if not dates.sure:
        read = (
            "the day first, then the month"
            if dates.order == "day"
            else "the month first, then the day (so they ascend)"
        )
        notes.append(f"column {name!r}: the dates fit two readings; they are read as {read}")
    junk = {
        row: naming.printable(every[code])
        for row, code in zip(bad.tolist(), codes[bad].tolist(), strict=True)
    }
    return Column(name, "date", moments(values), junk=junk)


def moments(values: np.ndarray) -> np.ndarray:
    """Dates as datetime64[s], or [ms] where parts of seconds matter."""
    whole = values.astype("datetime64[s]")
    exact = (whole == values) | np.isnat(values)
    return whole if bool(exact.all()) else values.astype("datetime64[ms]")

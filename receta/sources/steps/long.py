"""How are steps read that stand below each other, of one series or of many?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from receta.codecs.sheet import Sheet
from receta.core import naming
from receta.core.errors import InputError
from receta.core.rhythm import Rhythm
from receta.data.dataset import Quarantined
from receta.data.series import Asked, Series
from receta.data.table import Column
from receta.sources import Options
from receta.sources.steps import dates
from receta.sources.steps.looks_like import LONG
from receta.sources.table import open_sheet

_ID, _TIME, _VALUE = LONG


@dataclass(frozen=True)
class _Columns:
    """Which columns are what; strays: the lines that cannot be a step, by row."""

    values: list[Column]
    time: Column | None
    name: Column | None


def read_long(place: str, options: Options, stamp: str) -> Series:
    """Steps in the order of time, one series behind the other; windows are not laid yet."""
    sheet = open_sheet(place, options)
    found = _find_columns(sheet, place, options)
    n = len(found.values[0])
    lost = _find_lost(found)
    strays = [Quarantined(f"row-{number}", why) for number, why in sheet.strays]
    strays += [Quarantined(f"row-{sheet.numbers[row]}", lost[row]) for row in sorted(lost)]
    rows = (
        np.array([row for row in range(n) if row not in lost], np.int64) if lost else np.arange(n)
    )
    if not len(rows):
        raise InputError(
            f"{place}: no line has a time that can be read ({strays[-1].reason}); expected dates. "
            "Name another --time."
        )
    names, codes = _name_series(found.name, rows)
    time = None if found.time is None else found.time.values[rows]
    keys = (codes,) if time is None else (time, codes)
    order = np.lexsort(keys)
    ends = np.bincount(codes, minlength=len(names)).cumsum()
    sorted_rows = rows[order]
    first = found.values[0].take(sorted_rows)
    made = Series(
        f"series({place!r}",
        np.stack([column.values[sorted_rows] for column in found.values], axis=1),
        None if time is None else time[order],
        window=1,
        horizon=1,
        channel_names=[column.name for column in found.values],
        version=stamp,
        file_order=sheet.numbers[sorted_rows] - 1,
        junk=first.junk,
        strays=strays,
        names=names,
        ends=ends,
        rhythm=Rhythm(
            time="" if found.time is None else found.time.name,
            id="" if found.name is None else found.name.name,
        ),
        asked=Asked(options.window, options.horizon, options.season, options.origins or 0),
    )
    made.read_notes = [*sheet.notes, *_tell(sheet, found, options, sorted_rows, codes[order])]
    return made


def _find_columns(sheet: Sheet, place: str, options: Options) -> _Columns:
    wanted = _find_values(sheet, place, options)
    taken = set(wanted)
    id_at = None if options.id is None else sheet.find(options.id, place, "--id")
    if id_at is None and options.id is None and _ID in sheet.names:
        id_at = sheet.names.index(_ID)
    if id_at in taken:
        raise InputError(
            f"{place}: column {sheet.names[id_at or 0]!r} is both --id and --series; expected two. "
            "Change one."
        )
    others = taken if id_at is None else taken | {id_at}
    if options.time is not None:
        at = sheet.find(options.time, place, "--time")
        if at in others:
            raise InputError(
                f"{place}: column {options.time!r} is --time and something else too; expected a "
                "column of its own. Change one."
            )
        time: Column | None = dates.read_time(sheet, at, place)
    else:
        time = dates.find_time(sheet, others, place)
    if not wanted:
        not_values = {id_at} if time is None else {id_at, sheet.names.index(time.name)}
        wanted = _find_numbers(sheet, place, not_values)
    values = [sheet.column(at, asked=True) for at in wanted]
    for column in values:
        _require_numbers(place, column)
    name = None if id_at is None else sheet.column(id_at)
    if name is None and time is not None:
        name = _find_names(sheet, time, {*wanted, sheet.names.index(time.name)})
    return _Columns(values, time, name)


def _find_values(sheet: Sheet, place: str, options: Options) -> list[int]:
    """Positions of the columns that --series names, one or several with commas between."""
    if options.series is None:
        return [sheet.names.index(_VALUE)] if set(LONG) <= set(sheet.names) else []
    said = str(options.series)
    parts = [said] if said in sheet.names or "," not in said else said.split(",")
    return [sheet.find(part.strip(), place, "--series") for part in parts]


def _find_numbers(sheet: Sheet, place: str, others: set[int | None]) -> list[int]:
    numbers = []
    for at in range(len(sheet.names)):
        if at in others:
            continue
        column = sheet.column(at)
        sheet.cells[at] = column
        if column.kind == "number":
            numbers.append(at)
    if len(numbers) == 1:
        return numbers
    names = naming.first_few([sheet.names[at] for at in numbers])
    received = f"columns of numbers are {names}" if numbers else "no column holds numbers"
    raise InputError(
        f"{place}: {received}; expected one to forecast. Name it with --series COLUMN (several: "
        "the first of A,B is forecast)."
    )


def _find_names(sheet: Sheet, time: Column, others: set[int]) -> Column | None:
    """The column of texts by which equal times are told apart; None where no time comes twice."""
    there = time.values[~time.missing]
    if len(np.unique(there)) == len(there):
        return None
    for at in range(len(sheet.names)):
        if at in others:
            continue
        column = sheet.column(at)
        sheet.cells[at] = column
        if column.kind != "category" or column.missing.any():
            continue
        pairs = np.stack([column.values[~time.missing].astype(np.int64), there.astype(np.int64)])
        if len(np.unique(pairs, axis=1).T) == len(there):
            return column
    return None


def _require_numbers(place: str, column: Column) -> None:
    if column.kind != "number":
        cells = (column.cell(row) for row in range(len(column)))
        example = next((str(cell)[:80] for cell in cells if cell is not None), "nothing")
        what = {"category": "texts", "date": "dates"}[column.kind]
        raise InputError(
            f"{place}: column {column.name!r} holds {what} (such as {example!r}); expected "
            "numbers to forecast. Name another --series."
        )
    if column.missing.all():
        raise InputError(
            f"{place}: column {column.name!r} holds no number at all; expected a value a step. "
            "Name another --series."
        )


def _find_lost(found: _Columns) -> dict[int, str]:
    """Why a line is no step, by row."""
    lost: dict[int, str] = {}
    time, name = found.time, found.name
    if time is not None:
        for row in np.flatnonzero(time.missing).tolist():
            lost[row] = (
                f"its time ({time.name}) is no date: {time.junk[row][:80]!r}"
                if row in time.junk
                else f"its time ({time.name}) is missing"
            )
    if name is not None:
        missing = np.flatnonzero(name.missing).tolist()
        lost |= {row: f"its name ({name.name}) is missing" for row in missing if row not in lost}
    return lost


def _name_series(column: Column | None, rows: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Names of the series in the order of the file, and (k,) which one each row is of."""
    if column is None:
        return ("",), np.zeros(len(rows), np.int64)
    cells, first, codes = np.unique(column.values[rows], return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    place = np.empty(len(cells), np.int64)
    place[order] = np.arange(len(cells))
    texts = [
        column.categories[int(cell)] if column.kind == "category" else naming.number_name(str(cell))
        for cell in cells[order].tolist()
    ]
    return tuple(texts), place[codes.reshape(-1)]


def _tell(
    sheet: Sheet, found: _Columns, options: Options, rows: np.ndarray, codes: np.ndarray
) -> list[str]:
    """What was taken for what, where nobody said it; and what was left out."""
    notes, time, name = [], found.time, found.name
    if options.series is None:
        notes.append(f"{found.values[0].name!r} is forecast (--series names another column)")
    if name is not None and options.id is None:
        notes.append(f"each {name.name!r} is a series of its own (--id names another column)")
    if time is None:
        notes.append("no column of dates found: the steps are in the order of the lines")
    elif options.time is None and len(sheet.names) > 2:
        notes.append(f"the times are those of {time.name!r} (--time names another column)")
    if time is not None and ((np.diff(rows) < 0) & (np.diff(codes) == 0)).any():
        notes.append(f"the lines are not in the order of {time.name!r}; the steps are")
    read = {column.name for column in (*found.values, time, name) if column is not None}
    others = [one for one in sheet.names if one not in read]
    if others:
        chosen = ", ".join(repr(column.name) for column in found.values)
        notes.append(f"only {chosen} is read; left out: {naming.first_few(others)}")
    return notes

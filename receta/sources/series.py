"""How is a series read: steps in the order of time, of which one column is forecast?

Only the column that is named is read as numbers; the first column of dates orders the
steps, and where there is none the lines do. Values that are missing or no numbers stay as
NaN, in their steps: the audit names them, and `clean` fills them in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from receta.codecs.sheet import Sheet
from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.dataset import Quarantined
from receta.data.table import Column, Series
from receta.sources import Options
from receta.sources.table import is_sheet, open_sheet

AFTER = "sklearn_data"  # before table and csv_pixels: --series says what it is
READS = "a series (.csv, .tsv, .txt, .data, also .gz; .parquet) with --series COLUMN"
FORM = "`.csv` or `.parquet` with `--series COLUMN`"
FACTS = "a series in time, with `--window` and `--horizon` ([series](#series))"
USES = ("series", "window", "horizon")
SAMPLE_OPTIONS = {"series": "value", "window": 5, "horizon": 2}
VERSION = 1
WINDOW, HORIZON = 30, 1  # steps, where nothing is said
_TIME_NAMES = (
    "time",
    "timestamp",
    "ts",
    "date",
    "datetime",
    "unix",
    "epoch",
    "unixtime",
    "unix_time",
)
_YEAR_NAMES = ("year", "año", "ano", "anno", "jahr")
# Seconds since 1970 of 1980 and of 2100; thousand times as much are milliseconds.
_EARLIEST_S, _LATEST_S = 315_532_800, 4_102_444_800


def accepts(place: str, options: Options) -> bool:
    """Any file that is called like a table, once a series is named."""
    return options.series is not None and is_sheet(place)


def series(place: str, options: Options, progress: Progress) -> Series:
    """Windows on a column of a table; raises InputError when there are none."""
    window = _steps("window", WINDOW if options.window is None else options.window)
    horizon = _steps("horizon", HORIZON if options.horizon is None else options.horizon)
    if options.group is not None:
        raise InputError(
            f"--group {options.group} means nothing to a series, for its parts are divided by "
            "time; expected it with tables and "
            f"pictures. Leave it out."
        )
    sheet = open_sheet(place, options)
    at = sheet.find(str(options.series), place, "--series")
    column = sheet.column(at, asked=True)
    _require_numbers(place, column)
    time = _time_column(sheet, at)
    strays = [Quarantined(f"row-{number}", why) for number, why in sheet.strays]
    rows = np.arange(len(column))
    if time is not None:
        lost = np.flatnonzero(time.missing)
        strays += [Quarantined(f"row-{sheet.numbers[row]}", _why(time, int(row))) for row in lost]
        rows = np.flatnonzero(~time.missing)
        rows = rows[np.argsort(time.values[rows], kind="stable")]
    if len(rows) < window + horizon:
        raise InputError(
            f"{place} has {len(rows):,} step{'s' * (len(rows) != 1)}; expected at least "
            f"{window + horizon:,}, a window of {window} "
            f"and a horizon of {horizon}. Name a shorter "
            f"--window{' or --horizon' if horizon > 1 else ''}."
        )
    sorted_column = column.take(rows)
    others = [
        name
        for place_of, name in enumerate(sheet.names)
        if place_of != at and (time is None or name != time.name)
    ]
    made = Series(
        f"series({place!r}",
        sorted_column.values[:, np.newaxis],
        None if time is None else time.values[rows],
        window=window,
        horizon=horizon,
        channel_names=(column.name,),
        stamp=naming.file_stamp([place], VERSION, options),
        file_order=sheet.numbers[rows] - 1,
        junk=sorted_column.junk,
        strays=strays,
    )
    order = _tell_order(time, rows)
    made.notes = [*sheet.notes, *order, *_tell_windows(options, others, window, horizon)]
    return made


def sample(folder: Path) -> str:
    """Write a series of forty days; return the DATA argument."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "days.csv"
    days = np.datetime64("2024-01-01") + np.arange(40)
    lines = [f"{day},{10 + step % 7}.{step % 10}" for step, day in enumerate(days)]
    place.write_text("day,value\n" + "\n".join(lines) + "\n")
    return str(place)


def _steps(name: str, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InputError(
            f"--{name} {value} is no number of steps; expected 1 or more. Set it like --{name} "
            f"{WINDOW}."
        )
    return value


def _require_numbers(place: str, column: Column) -> None:
    if column.kind != "number":
        example = next(
            (
                str(column.cell(row))[:80]
                for row in range(len(column))
                if column.cell(row) is not None
            ),
            "nothing",
        )
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


def _time_column(sheet: Sheet, series: int) -> Column | None:
    """The first column of dates; else one that is called time and holds them as numbers."""
    columns = []
    for at in range(len(sheet.names)):
        if at == series:
            continue
        column = sheet.column(at, asked=True)
        if column.kind == "date":
            return column
        columns.append(column)
    for column in columns:
        moments = _moments(column)
        if moments is not None:
            return Column(column.name, "date", moments)
    return None


def _moments(column: Column) -> np.ndarray | None:
    """(n,) times out of seconds or milliseconds since 1970, or out of years."""
    name = column.name.strip().lower()
    if (
        column.kind != "number"
        or column.junk
        or column.missing.any()
        or not np.isfinite(column.values).all()
    ):
        return None
    lowest, highest = column.values.min(), column.values.max()
    if (
        name in _YEAR_NAMES
        and 1000 <= lowest <= highest <= 2999
        and (column.values == np.floor(column.values)).all()
    ):
        return (
            (column.values.astype(np.int64) - 1970).astype("datetime64[Y]").astype("datetime64[s]")
        )
    if name not in _TIME_NAMES:
        return None
    from receta.codecs.text_columns import moments

    for unit in (1.0, 1000.0):
        if _EARLIEST_S * unit <= lowest <= highest <= _LATEST_S * unit:
            return moments(
                np.round(column.values * (1e6 / unit)).astype(np.int64).astype("datetime64[us]")
            )
    return None


def _why(time: Column, row: int) -> str:
    if row in time.junk:
        return f"its time ({time.name}) is no date: {time.junk[row][:80]!r}"
    return f"its time ({time.name}) is missing"


def _tell_order(time: Column | None, rows: np.ndarray) -> list[str]:
    """Which order the steps are in, where that is not the plain one."""
    if time is None:
        return ["no column of dates found: the steps are in the order of the lines"]
    if (np.diff(rows) < 0).any():
        return [f"the lines are not in the order of {time.name!r}; the steps are"]
    return []


def _tell_windows(options: Options, others: list[str], window: int, horizon: int) -> list[str]:
    """What was left out, and how long windows are where nobody said so."""
    notes = []
    if others:
        notes.append(f"only {options.series!r} is read; left out: {naming.first_few(others)}")
    if options.window is None or options.horizon is None:
        notes.append(
            f"window of {window} steps, horizon of {horizon} (say --window and --horizon to "
            "change them)"
        )
    return notes

"""How is a series read: steps in the order of time, of one series or many, that are forecast?

Long: a line a step, with a column of times, of names (many series) and of values. Wide: a row a
series. Values that are missing or no numbers stay as NaN, in their steps: the audit names them,
and `clean` fills them in. What nobody says is found and told: columns, season, window, horizon.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.series import Series
from receta.data.window_plan import lay_windows
from receta.sources import Options
from receta.sources.steps.long import read_long
from receta.sources.steps.looks_like import is_series, is_wide
from receta.sources.steps.wide import read_wide
from receta.sources.table import is_sheet

AFTER = "sklearn_data"  # before table and csv_pixels: --series says what it is
READS = "series (.csv, .tsv, .txt, .data, also .gz; .parquet), a line a step or a row a series"
FORM = "`.csv` or `.parquet` of steps in time, with `--series COLUMN` where it is not plain"
FACTS = "one series or many in time, with `--window` and `--horizon` ([series](#series))"
USES = ("series", "time", "id", "season", "window", "horizon", "origins")
SAMPLE_OPTIONS = {"series": "value", "window": 5, "horizon": 2}
VERSION = 2
_OTHERS = ("target", "label", "content", "shape")


def accepts(place: str, options: Options) -> bool:
    """A file that is called like a table, once a series is asked for or it can be nothing else."""
    said = options.words()
    if not is_sheet(place):
        return False
    if options.follows or any(name in said for name in USES):
        return True
    return not any(name in said for name in _OTHERS) and is_series(place)


def series(place: str, options: Options, progress: Progress) -> Series:
    """Windows on series of a file; raises InputError when there are none."""
    for name in ("window", "horizon", "season", "origins"):
        _require_steps(name, getattr(options, name))
    if options.group is not None:
        raise InputError(
            f"--group {options.group} means nothing to a series, for its parts are divided by "
            "time; expected it with tables and pictures. Leave it out; --id names many series."
        )
    stamp = naming.file_stamp([place], VERSION, options)
    plain = options.series is None and options.time is None
    wide = options.follows == "wide"
    if options.follows in ("", "either"):
        wide = (plain or bool(options.follows)) and is_wide(place)
    read = read_wide(place, options, stamp) if wide else read_long(place, options, stamp)
    return read if options.follows else lay_windows(read, place)


def sample(folder: Path) -> str:
    """Write a series of forty days; return the DATA argument."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "days.csv"
    days = np.datetime64("2024-01-01") + np.arange(40)
    lines = [f"{day},{10 + step % 7}.{step % 10}" for step, day in enumerate(days)]
    place.write_text("day,value\n" + "\n".join(lines) + "\n")
    return str(place)


def _require_steps(name: str, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        such = "--origins 5" if name == "origins" else f"--{name} 30"
        things = "origins" if name == "origins" else "steps"
        raise InputError(
            f"--{name} {value} is no number of {things}; expected 1 or more. Set it like {such}."
        )

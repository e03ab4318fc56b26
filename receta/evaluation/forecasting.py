"""What comes next in a series, and between what? The door `forecast`, as Nixtla's long frame."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from receta import tasks
from receta.core import disk
from receta.core.errors import InputError
from receta.core.predictor import Classifier
from receta.core.progress import Progress, Unasked
from receta.core.shown import Shown, as_frame
from receta.data.dataset import Quarantined
from receta.data.options import Options
from receta.data.series import Series
from receta.data.step_length import find_every, next_times
from receta.sources import read

COLUMNS = ("unique_id", "ds", "cutoff", "y", "yhat", "lo-80", "hi-80", "lo-95", "hi-95")
SUFFIXES = (".csv", ".parquet")
_BATCH = 256  # series that are asked at once


class Forecast(list[dict[str, Any]], Shown):
    """A dict a step ahead, in the order of series and time: see COLUMNS; y is not known yet.

    left_out: series that could not be forecast, with the reason.

    >>> Forecast([{"unique_id": "a", "ds": "2024-01-01", "yhat": 3.0}])
    Forecast(1 step of 1 series)
      a 2024-01-01: 3
    """

    left_out: Sequence[Quarantined] = ()

    def __repr__(self) -> str:
        names = {one["unique_id"] for one in self}
        lines = [f"Forecast({len(self):,} step{'s' * (len(self) != 1)} of {len(names):,} series)"]
        for one in self[:10]:
            between = f" ({one['lo-80']:.4g} to {one['hi-80']:.4g})" if "lo-80" in one else ""
            name = f"{one['unique_id']} " if one["unique_id"] else ""
            lines.append(f"  {name}{one['ds']}: {one['yhat']:.4g}{between}")
        lines += [f"  and {len(self) - 10:,} more"] * (len(self) > 10)
        return "\n".join(lines)

    def frame(self) -> Any:
        """A pandas DataFrame, a step a row; MissingExtra without pandas."""
        return as_frame([dict(one) for one in self])

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        plain: dict[str, Any] = {"forecast": list(self)}
        if self.left_out:
            plain["quarantined"] = [{"id": one.id, "reason": one.reason} for one in self.left_out]
        return plain

    def write(self, path: Path) -> None:
        """Write the frame as CSV or Parquet, by the suffix."""
        if path.suffix.lower() == ".parquet":
            _write_parquet(self, path)
        elif path.suffix.lower() == ".csv":
            text = io.StringIO()
            writer = csv.DictWriter(text, COLUMNS, lineterminator="\n", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self)
            disk.write_text(path, text.getvalue())
        else:
            raise InputError(
                f"--out {path} ends in neither {' nor '.join(SUFFIXES)}; expected one of them. "
                "Name it so."
            )


def forecast(
    model: Classifier, history: str | Path | None = None, *, progress: Progress = Unasked()
) -> Forecast:
    """The next steps of each series of a file, or without one of those that a run was made on.

    Raises InputError where no series is as long as the window that the model sees, RunError for
    a bundle without a file.
    """
    series = _read_history(model, history, progress)
    spec = cast(Any, model).specs[0]
    window = spec.shape[0]
    every = spec.rhythm.every or find_every(series.times_each())
    left_out, chosen, gathered = list(series.strays), [], []
    for k, name in enumerate(series.names):
        begin, end = int(series.begins[k]), int(series.ends[k])
        values = series.values[max(begin, end - window) : end]
        why = _find_fault(values, window)
        if why:
            left_out.append(Quarantined(name or str(history or "the series"), why))
            continue
        chosen.append(k)
        gathered.append(values.astype(np.float32))
    if not chosen:
        raise InputError(
            f"{history or 'the data of the run'}: {left_out[-1].id} {left_out[-1].reason}; "
            f"expected at least {window:,} steps, which the model sees. Give it earlier steps too."
        )
    made = Forecast()
    for at in range(0, len(chosen), _BATCH):
        said = model.predict(np.stack(gathered[at : at + _BATCH]))
        for k, answers in zip(chosen[at : at + _BATCH], said, strict=True):
            made += _spell_steps(model, series, k, answers, every)
    made.left_out = left_out
    return made


def _read_history(model: Any, history: str | Path | None, progress: Progress) -> Series:
    """All steps up to the last; windows are not laid."""
    spec = model.specs[0]
    if history is None:
        about = getattr(model, "about", {}).get("data", {})
        place, options = about.get("source"), dict(about.get("options", {}))
        if not place:
            raise InputError(
                "a bundle holds no data of its run; expected a file with the steps before the "
                "forecast. Name it: receta predict BUNDLE HISTORY.csv"
            )
        source: Any = read(place, about.get("test"), Options(**options), progress).source
        return cast(Series, source)
    named = {name: getattr(spec.rhythm, name) or None for name in ("time", "id")}
    options = {"series": ",".join(spec.fields), **named}
    layout: Any = "either" if spec.fields == ("value",) and named["time"] is None else "long"
    asked = Options(**options, follows=layout)
    source = read(history, None, asked, progress).source
    return cast(Series, source)


def _find_fault(values: np.ndarray, window: int) -> str:
    if len(values) < window:
        return f"has {len(values):,} steps"
    if np.isnan(values[:, 0]).all():
        return "holds no number in its last steps"
    if not np.isfinite(values[~np.isnan(values)]).all():
        return "holds an infinite number in its last steps"
    return ""


def _spell_steps(
    model: Any, series: Series, k: int, answers: np.ndarray, every: str
) -> list[dict[str, Any]]:
    """The rows of one series."""
    known = tasks.of(model.task).answer(
        answers, model.class_names, 1, sure_from=model.sure_from, thresholds=model.thresholds
    )
    steps = known.get("steps") or [
        {"yhat": one} for one in known.get("values", [known.get("value")])
    ]
    begin, end = int(series.begins[k]), int(series.ends[k])
    cutoff, times = _tell_times(series, begin, end, len(steps), every)
    return [
        {"unique_id": series.names[k], "ds": time, "cutoff": cutoff, **step}
        for time, step in zip(times, steps, strict=True)
    ]


def _tell_times(
    series: Series, begin: int, end: int, n: int, every: str
) -> tuple[str | int, list[str] | list[int]]:
    """The last time that is known, and those of the forecast; numbers of steps without dates."""
    if series.times is None or not every:
        last = end - begin
        return last, list(range(last + 1, last + n + 1))
    times = series.times[begin:end]
    recent = times[-64:]
    days = (recent.astype("datetime64[D]") - recent.astype("datetime64[M]")).astype(int) + 1
    ahead = next_times(times[-1], n, every, anchor=int(days.max()))
    both = np.concatenate([times[-1:], ahead])
    all_days = bool((both == both.astype("datetime64[D]")).all())
    texts = np.datetime_as_string(both, unit="D" if all_days else "s").tolist()
    return texts[0], texts[1:]


def _write_parquet(rows: Forecast, path: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    columns: dict[str, Any] = {}
    for name in COLUMNS:
        cells = [row.get(name) for row in rows]
        if name in ("ds", "cutoff") and cells and isinstance(cells[0], str):
            times = np.array(cells, "datetime64[s]")
            columns[name] = pyarrow.array(times, pyarrow.timestamp("s"))
        elif name in COLUMNS[3:]:
            columns[name] = pyarrow.array(cells, pyarrow.float64())
        else:
            columns[name] = pyarrow.array(cells)
    with disk.replacing(path) as temporary:
        pyarrow.parquet.write_table(pyarrow.table(columns), temporary)

"""Which runs lie in a folder, and how far is each?"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from receta.core import disk, records, seals
from receta.core.errors import RecetaError


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """One line of the list: what a run is of, and what it reached."""

    run: str
    data: str = ""
    created: str = ""
    state: str = "damaged"  # or finished, unfinished, nothing passed
    best: str | None = None
    accuracy: float | None = None
    measure: str | None = None
    value: float | None = None
    interval: tuple[float, float] | None = None
    validation_accuracy: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return dataclasses.asdict(self)


def list_runs(folder: Path) -> list[ListedRun]:
    """The runs right below a folder, by name; one damaged run does not hide the others."""
    found = []
    for path in sorted(folder.glob("*/run.json")):
        try:
            found.append(_read(path))
        except (RecetaError, KeyError, TypeError, AttributeError):
            found.append(ListedRun(run=str(path.parent)))
    return found


def _read(path: Path) -> ListedRun:
    about, result = disk.read_json(path, records.RUN), path.parent / "result.json"
    seals.check(path.parent, "", only=("run.json", "result.json"))
    done = disk.read_json(result, records.RESULT) if result.exists() else {}
    best, test = done.get("best") or {}, done.get("test") or {}
    return ListedRun(
        run=str(path.parent),
        data=about["data"].get("name", ""),
        created=about["created"],
        state="finished" if best else "nothing passed" if done else "unfinished",
        best=best.get("rung"),
        accuracy=test.get("accuracy"),
        measure=test.get("measure"),
        value=test.get("value"),
        interval=test.get("interval"),
        validation_accuracy=best.get("validation_accuracy"),
    )

"""Which studies lie in a folder, and how far is each?"""

from __future__ import annotations

import dataclasses
import fcntl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from receta.core import outside
from receta.core.amounts import figure
from receta.core.errors import RecetaError
from receta.studies.study import StudyFolder


@dataclass(frozen=True, kw_only=True)
class ListedStudy:
    """One line of the list: what a study is of, and how far it is.

    state: finished, running, unfinished or damaged. done: trials that ended; failed: of these.
    best: the best measure on validation, by the name of its trial.
    """

    study: str
    verb: str = ""
    data: str = ""
    state: str = "damaged"
    begun: int = 0
    done: int = 0
    failed: int = 0
    best: str | None = None
    measure: str | None = None
    value: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return dataclasses.asdict(self)

    def tell_best(self) -> str:
        """The best trial in a few words; '' where none ended."""
        if self.value is None:
            return ""
        return f"{self.measure} {figure(self.value, 4)} ({self.best})"


def list_studies(folder: str | Path) -> list[ListedStudy]:
    """The studies right below a folder, or the one that it is; a damaged one hides no other."""
    folder = Path(folder)
    own = [folder / "study.json"] if (folder / "study.json").is_file() else []
    found = []
    for path in own or sorted(folder.glob("*/study.json")):
        try:
            found.append(_read(path.parent))
        except (RecetaError, OSError):
            found.append(ListedStudy(study=str(path.parent)))
    return found


def _read(path: Path) -> ListedStudy:
    folder = StudyFolder.open(path)
    trials, outcomes = {one.number: one for one in folder.trials()}, folder.outcomes()
    measured = [
        (one.measure, trials[number].name) for number, one in outcomes.items() if one.measure
    ]
    best, name = max(measured, key=lambda one: one[0].score, default=(None, None))
    known = "finished" if folder.result_path.exists() else "unfinished"
    failures = sum(folder.failure_of(number) is not None for number in trials)
    return ListedStudy(
        study=str(path),
        verb=folder.study.verb,
        data=Path(folder.study.data).name,
        state="running" if is_held(path) else known,
        begun=len(trials),
        done=len(outcomes),
        failed=failures + sum(one.state == "failed" for one in outcomes.values()),
        best=name,
        measure=best.name if best else None,
        value=best.value if best else None,
    )


def is_held(path: Path) -> bool:
    """Whether a process works on a study now."""
    try:
        with outside.open_file(path / ".lock") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False

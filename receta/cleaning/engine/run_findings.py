"""Which findings of a run are about these data?"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from receta import kinds
from receta.core import disk, recipe_files, records, seals
from receta.core.errors import InputError, RunError
from receta.core.finding import Finding
from receta.core.progress import Progress
from receta.data.dataset import Dataset

_ADVICE = "Restore it from a copy, or make the run again."
_LEFT_OUT = [{"id": str}]


def findings_of(
    run: Path,
    codes: Collection[str],
    candidates: Collection[Callable[[], Dataset]],
    progress: Progress,
) -> list[Finding]:
    """What a run found by these codes.

    candidates: the data as they are by now, and as they were before any cleaning. Raises RunError
    for what is no whole run, InputError where the run was made on none of the candidates.
    """
    if not (run / "run.json").is_file():
        raise RunError(
            f"{run} is no run folder (it has no run.json); expected one that `receta run` made."
        )
    seals.check(run, _ADVICE)
    if not (run / "result.json").is_file():
        raise RunError(
            f"{run} is not finished (it has no result.json); expected a whole run. Repeat its "
            "command first."
        )
    found = disk.read_json(run / "findings.json", records.FINDINGS)
    if not any(_was_made_on(run, load(), progress) for load in candidates):
        raise InputError(
            f"{run} was made on other data; expected a run on these very examples. Leave --run "
            "out, or name the data of the run."
        )
    return [Finding.from_json(one) for one in found if one["check"] in codes]


def _was_made_on(run: Path, data: Dataset, progress: Progress) -> bool:
    """Whether the run had just these data, but for what it left out itself."""
    used = disk.read_json(run / "data.json", records.DATA)
    left = disk.read_json(run / "result.json", {"left_out?": _LEFT_OUT}).get("left_out", [])
    left = {one["id"] for one in (*left, *disk.read_json(run / "quarantine.json", _LEFT_OUT))}
    ids = set(data.ids)
    if not used.keys() <= ids or not ids <= used.keys() | left:
        return False
    recipe = recipe_files.read(run / "recipe.toml")
    inputs = kinds.of(data).decode(data, recipe, progress)
    same = inputs.fingerprint(data.take(np.array([name in used for name in data.ids], bool)))
    about = disk.read_json(run / "run.json", records.RUN)
    return bool(same == about["data"]["fingerprint"])

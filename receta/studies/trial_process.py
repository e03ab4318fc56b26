"""What does the process of one trial do? It trains as `train` does, and writes what came of it.

`python -m receta.studies.trial_process FOLDER PARENT`: FOLDER is that of the trial, PARENT the
process without which it ends.
"""

from __future__ import annotations

import dataclasses
import math
import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

import receta
from receta import kinds, sources, tasks, training
from receta.core import disk, orphans
from receta.core.errors import CheckFailed, RecetaError, RunError
from receta.core.measure import Measure
from receta.core.progress import Progress, Unasked
from receta.data.examples import Examples, Parts
from receta.studies.dividing import divide, tell_division
from receta.studies.study import StudyFolder
from receta.studies.trial import Outcome, Trial
from receta.studies.tuning.pruning import find_end
from receta.studies.zeroed import zero


def do_trial(folder: Path, progress: Progress = Unasked()) -> Outcome:
    """Do the trial of a folder, or go on with it; outcome.json is written last.

    A trial in which no rung learns is done too: it failed.
    """
    study = StudyFolder.open(folder.parent.parent).study
    trial = Trial.read(folder / "asked.json")
    recipe = study.recipe_of(trial)
    began = time.monotonic()
    data = sources.load(study.data, test=study.test, progress=progress, **study.options)
    recipe = kinds.climbed(recipe, data)
    examples = kinds.read(data, recipe, progress)
    if examples.inputs.fingerprint(data) != study.fingerprint:
        raise RunError(
            f"{study.data} holds other data than the study began with; expected the same for all "
            "trials. Restore them, or begin anew with --force."
        )
    examples = examples.without(study.left_out)
    parts = Parts.of(divide(examples, recipe, trial.division), examples.inputs)
    if trial.inputs == "zeroed":
        parts = zero(parts)
    if not trial.sees_test:
        parts = dataclasses.replace(parts, test=parts.test.take([]))
    how = tell_division(examples, recipe, trial.division)
    try:
        run = training.train(
            parts,
            recipe,
            folder / "run",
            force=True,
            how=how,
            callbacks=_watch(folder, trial),
            progress=progress,
        )
    except CheckFailed as error:
        outcome = Outcome(number=trial.number, state="failed", why=str(error))
    else:
        outcome = _measure(trial, run, parts, folder)
    _write(folder, outcome, began)
    return outcome


def _watch(folder: Path, trial: Trial) -> Any:
    """The callbacks of each rung; Keras is loaded when they are first asked for."""

    def watch(rung: str) -> list[Any]:
        from receta.studies.curve import Curve

        return [Curve(folder / "curve.json", trial.pruning)]

    return watch


def _measure(trial: Trial, run: training.Run, parts: Parts, folder: Path) -> Outcome:
    """What the chosen rung reached; its answers are kept."""
    best = run.best
    answers = {
        name: run.predict_rows(part)
        for name, part in (("validation", parts.validation), ("test", parts.test))
        if len(part)
    }
    _keep_answers(folder / "answers.npz", parts, answers)
    task = tasks.of(run.task)
    test, test_loss = None, None
    if "test" in answers:
        test = task.measure(answers["test"], parts.test.targets)
        test_loss = float(np.mean(task.losses(answers["test"], parts.test.targets)))
    given_up = find_end(trial.pruning, run.history(best.rung))
    failed = [one.sentence() for one in best.findings if one.failed]
    return Outcome(
        number=trial.number,
        state="finished" if given_up is None else "pruned",
        measure=_plain(best.measure, parts.validation),
        test=_plain(test, parts.test),
        loss=best.loss,
        test_loss=test_loss if test_loss is not None and math.isfinite(test_loss) else None,
        curve=tuple(_finite(row) for row in run.history(best.rung)),
        rung=best.rung,
        epochs=best.epochs or 0,
        parameters=best.parameters,
        why=" ".join(failed if given_up is None else [f"given up after epoch {given_up}", *failed]),
    )


def _plain(measure: Measure | None, part: Examples) -> Measure | None:
    """A measure with how many examples it is of."""
    if measure is None:
        return None
    return Measure(measure.name, float(measure.value), len(part), measure.better)


def _finite(row: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in row.items() if math.isfinite(value)}


def _keep_answers(path: Path, parts: Parts, answers: dict[str, np.ndarray]) -> None:
    """Write ids, targets and answers of the parts that were asked: answers.npz."""
    arrays: dict[str, np.ndarray] = {}
    for name, answered in answers.items():
        part = parts.named()[name]
        arrays |= {
            f"{name}_ids": np.array(part.ids, dtype=np.str_),
            f"{name}_targets": np.asarray(part.targets),
            f"{name}_answers": answered,
        }
    with disk.replacing(path) as temporary, open(temporary, "wb") as handle:
        np.savez(handle, **arrays)  # type: ignore[arg-type]


def _write(folder: Path, outcome: Outcome, began: float) -> None:
    seconds = _earlier_seconds(folder) + time.monotonic() - began
    plain = {**outcome.to_json(), "seconds": round(seconds, 2)}
    disk.write_json(folder / "outcome.json", plain)
    (folder / "curve.json").unlink(missing_ok=True)


def _earlier_seconds(folder: Path) -> float:
    """Seconds that interrupted processes of this trial took, as its run counted them."""
    path = folder / "run" / "clock.json"
    return float(disk.read_json(path)["earlier_s"]) if path.exists() else 0.0


def command(folder: Path, parent: int) -> list[str]:
    """The command of a new Python that does a trial."""
    return [sys.executable, "-P", "-m", "receta.studies.trial_process", str(folder), str(parent)]


def surroundings() -> dict[str, str]:
    """The environment of such a Python, which finds this very package."""
    root = str(Path(receta.__file__).parents[1])
    known = os.environ.get("PYTHONPATH", "")
    paths = dict.fromkeys(one for one in (root, *known.split(os.pathsep)) if one)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def replace_process(folder: Path, parent: int) -> NoReturn:
    """Become a new Python that does the trial, with nothing imported."""
    os.environ.pop("KERAS_BACKEND", None)
    words = command(folder, parent)
    os.execve(words[0], words, surroundings())


def main(folder: Path) -> int:
    """Do a trial once this process has its folder alone; the exit code."""
    try:
        with disk.sole_user(folder, wait=True):
            if not (folder / "outcome.json").exists():
                do_trial(folder)
    except RecetaError as error:
        sys.stderr.write(f"receta: {' '.join(str(error).split())}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    orphans.end_with(int(sys.argv[2]))
    code = main(Path(sys.argv[1]))
    sys.stderr.flush()
    os._exit(code)  # threads of a backend take long to die, and have nothing left to do

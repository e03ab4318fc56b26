"""How is a yardstick fitted, and where does what it answered stand?

It answers for all parts when it is fitted. The targets of the test part are not looked at: `judge`
compares them with what stands in answers.npz, so that nothing is fitted twice.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from receta import models, yardsticks
from receta.core import disk
from receta.core.errors import RunError
from receta.core.progress import tell_stage
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.dataset import Dataset
from receta.data.examples import Parts
from receta.training.outcome import Answers, sample_of_training
from receta.training.result import ADVICE, RungResult

_FILE = "answers.npz"


def measure_yardstick(rung: str, parts: Parts, recipe: Recipe, session: Session) -> RungResult:
    """Fit a yardstick and measure it on validation, as a rung is; its answers go to its folder."""
    entry = yardsticks.SHELF.module(rung)
    hindrance = entry.find_hindrance(parts.train)
    if hindrance:
        return RungResult(rung, "skipped", hindrance)
    tell_stage(session.progress, rung)
    started = time.monotonic()
    try:
        answer = yardsticks.SHELF.function(rung)(parts.train, recipe, session)
        seconds = time.monotonic() - started
        sample = sample_of_training(parts, recipe)
        predicted = answer(parts.validation)
        tested = answer(parts.test) if len(parts.test) else predicted[:0]
        learnt = answer(parts.train.take(sample))
    except yardsticks.OutOfTime as error:
        return RungResult(rung, "skipped", str(error))
    with disk.replacing(session.folder / _FILE) as temporary:
        np.savez(
            temporary,
            validation=predicted,
            validation_ids=np.array(parts.validation.ids, str),
            test=tested,
            test_ids=np.array(parts.test.ids, str),
        )
    result = Answers(parts, sample, predicted, learnt, recipe).as_result(
        rung, "fitted to the training part"
    )
    return replace(result, seconds=round(seconds, 2), epochs=0, is_yardstick=True)


def read_answers(folder: Path, rung: str, part: str, data: Dataset) -> np.ndarray:
    """What a yardstick of a run answered for the examples of a part, in their order.

    part: validation or test. RunError where an example is not among them.
    """
    path = folder / "rungs" / models.folder_name(rung) / _FILE
    kept = disk.read_npz(path)
    at = {name: position for position, name in enumerate(kept[f"{part}_ids"].tolist())}
    lacking = [name for name in data.ids if name not in at]
    if lacking:
        raise RunError(f"{path} has no answer for {lacking[0]!r}. {ADVICE}")
    found: np.ndarray = kept[part][[at[name] for name in data.ids]]
    return found

"""How good is a model on data it has never seen, and how sure is that? The door `evaluate`."""

from __future__ import annotations

import os
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from receta import kinds, tasks
from receta.core import likeness
from receta.core.abstention import SURE
from receta.core.conformal import judge_margins
from receta.core.errors import InputError
from receta.core.predictor import Classifier, ask
from receta.core.progress import Unasked
from receta.core.targets import move_targets
from receta.data.dataset import Dataset
from receta.data.examples import Examples, readable
from receta.data.nouns import NOUNS
from receta.tasks import LabelScores, Scores, wilson

if TYPE_CHECKING:
    from receta.evaluation.forecasting import Forecast
    from receta.evaluation.predicting import Predictions
    from receta.predictors import Bundle  # a bundle predicts without what training needs
    from receta.training import Run

# columns, decisions, forecasting and the like are parts that are doors themselves.
__all__ = [
    "LabelScores",
    "Scores",
    "columns",
    "decisions",
    "digests_seen",
    "evaluate",
    "forecasting",
    "judge",
    "judging",
    "match_targets",
    "predict",
    "predicting",
    "say_seen",
    "scores",
    "seen_in_training",
    "suspicions",
    "usefulness",
    "warning",
    "wilson",
]
_BATCH = 256  # pictures that are asked at once


def evaluate(model: Classifier, data: Dataset, *, inputs: Any = None) -> Scores | LabelScores:
    """Judge a model on data: a run's, a bundle, or anybody's network.

    Class names are matched by name. Classes are one label each to a model of labels. Warns
    (UserWarning) where a run was trained on some of the examples, or chosen by them. Raises
    InputError for empty data, for classes that the model does not know, or for a model that
    does not take pictures.
    """
    judged = judge(model, data, inputs=inputs)
    if judged.seen_in_training:
        warnings.warn(say_seen(judged.seen_in_training, judged.n), stacklevel=2)
    return judged


def judge(model: Classifier, data: Dataset, *, inputs: Any = None) -> Scores | LabelScores:
    """As evaluate, for who says in other words what training has seen."""
    from receta.evaluation.predicting import refuse_other_inputs

    if isinstance(model, str | os.PathLike):
        where = os.fspath(model)
        raise InputError(
            f"{where!r} is a path; expected a run or a bundle. Open it: "
            f"receta.Run.open({where!r}), or receta.Bundle.open."
        )
    refuse_other_inputs(model)
    if inputs is None:
        inputs = kinds.of_model(model).decode_as(model, data, Unasked())
    examples = readable(data, inputs)
    targets = match_targets(model, examples)
    given, unlike = _asked(model, examples)
    found = scores(
        given,
        targets,
        model.class_names,
        sure_from=model.sure_from,
        thresholds=model.thresholds,
        task=model.task,
    )
    margins = getattr(model, "margins", None)
    if margins is not None:
        told = judge_margins(margins, given, targets.reshape(given.shape))
        found = replace(found, **told)
    known: likeness.Likeness | None = getattr(model, "likeness", None)
    if known is not None and unlike is not None and isinstance(found, Scores):
        found = replace(found, none=likeness.judge_refusals(known, unlike))
    if not hasattr(model, "predict_rows"):
        return found
    return replace(found, seen_in_training=seen_in_training(cast("Run", model), examples))


_Asked = tuple[np.ndarray, np.ndarray | None]


def _asked(model: Classifier, examples: Examples) -> _Asked:
    """As `ask` gives it, of all data; a run feeds its networks itself."""
    by_rows = getattr(model, "predict_rows", None)
    if by_rows is not None:
        told = getattr(model, "unlike_rows", None)
        return by_rows(examples), None if told is None else told(examples)
    starts = range(0, len(examples), _BATCH)
    parts = [ask(model, examples.inputs.take(examples.rows[at : at + _BATCH])) for at in starts]
    if not parts:
        return np.zeros((0, len(model.class_names))), None
    unlike = [one for _, one in parts if one is not None]
    return np.concatenate([one for one, _ in parts]), np.concatenate(unlike) if unlike else None


def say_seen(seen: int, n: int) -> str:
    """One line about examples that are not new to a model."""
    return (
        f"{seen} of {n} examples were used to train or to choose this model: "
        "the figures are better than they will be on new ones."
    )


def seen_in_training(run: Run, data: Dataset) -> int:
    """How many examples of the data the run trained on, or chose its model by."""
    known, inputs = digests_seen(run), run.inputs(data)
    return sum(inputs.digests[row].decode() in known for row in data.rows)


def digests_seen(run: Run) -> set[str]:
    """What the examples hold that the run trained on, or chose its model by, hashed."""
    from receta.core import disk, records

    digests = disk.read_json(run.folder / "data.json", records.DATA)
    split = disk.read_json(run.folder / "split.json", records.SPLIT)
    return {
        digests[name].split(":")[0]
        for part in ("train", "validation")
        for name in split[part]
        if name in digests
    }


def scores(
    probabilities: np.ndarray,
    targets: np.ndarray,
    class_names: tuple[str, ...],
    *,
    sure_from: float = SURE,
    thresholds: Sequence[float] | None = None,
    task: str = "classes",
) -> Scores | LabelScores:
    """Figures from probabilities (n, classes) and true indices (n,), or labels (n, labels).

    sure_from: probability of the answer from which on it is sure. thresholds: from which
    each label is said.

    >>> scores(np.eye(2)[[0, 1, 1, 0]], np.array([0, 1, 1, 1]), ("cat", "dog")).accuracy
    0.75
    """
    return tasks.of(task).scores(
        probabilities, targets, class_names, sure_from=sure_from, thresholds=thresholds
    )


def match_targets(model: Classifier, data: Dataset) -> np.ndarray:
    """Targets of the data among the model's names."""
    task = tasks.of(model.task)
    if data.task not in task.TAKES:
        raise InputError(
            f"the data hold {data.task}, and the model was trained on {model.task}; expected the "
            "same. Name other data."
        )
    if data.targets.dtype == task.DTYPE and not task.IS_COUNTED:
        return data.targets
    # One name may be spelled in two ways of Unicode: folders from a Mac combine letters and
    # accents.
    given = [unicodedata.normalize("NFC", name) for name in data.class_names]
    known = {
        unicodedata.normalize("NFC", name): index for index, name in enumerate(model.class_names)
    }
    strange = [data.class_names[i] for i in np.flatnonzero(data.counts()) if given[i] not in known]
    if strange:
        raise InputError(
            f"the data hold {len(strange)} classes that the model does not know "
            f"({', '.join(map(repr, strange[:5]))}); "
            f"expected some of {', '.join(map(repr, model.class_names[:10]))}. Rename or remove "
            "them, or "
            f"name the classes of a network in a FILE otherwise (--names)."
        )
    mapped = np.array([known.get(name, -1) for name in given], np.int64)
    return move_targets(
        task.adopt(data.targets, data.task, len(data.class_names)), mapped, len(model.class_names)
    )


def predict(
    model: Run | Bundle | str | Path,
    inputs: str | Path | Sequence[str | Path] | None = None,
    *,
    text: str | Sequence[str] = (),
    top: int = 5,
) -> Predictions | Forecast:
    """What a model says of files, or what comes next in a series.

    model: a run, a bundle, or the folder of one. inputs: files, or folders of pictures; of a series
    the file of its steps so far, by default those of the run. text: a text itself, or several, of a
    model of texts. Gives a dict an example (id, top, sure); what cannot be read stands in
    `unreadable`. Raises InputError for a path that is neither and where nothing can be read,
    RunError for a folder without a model.
    """
    from receta.evaluation import forecasting, predicting, warning
    from receta.predictors import predictor_at

    given = [inputs] if isinstance(inputs, str | Path) else list(inputs or ())
    asked = predictor_at(model) if isinstance(model, str | Path) else model
    if NOUNS[kinds.of_model(asked).KIND].in_time:
        return forecasting.forecast(asked, given[0] if given else None)
    given += predicting.take_written(asked, [text] if isinstance(text, str) else text)
    if not given:
        raise InputError(
            f"predict got nothing to look at; expected {kinds.of_model(asked).NOUN.many}. Name "
            "their files."
        )
    answers, unreadable = predicting.predict(asked, given, top=max(1, top))
    noun = kinds.of_model(asked).NOUN
    if unreadable and not answers:
        raise InputError(
            f"{unreadable[0].id} cannot be read: {unreadable[0].reason}; expected a {noun.one}. "
            "Name another."
        )
    made = predicting.Predictions(answers)
    made.unreadable, made.noun = unreadable, noun
    folder = getattr(asked, "folder", None)
    made.warning = warning.warn_of_guess(folder) if folder else ""
    return made

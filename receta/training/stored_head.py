"""The last layer of a pretrained rung: found on stored features once, then kept beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta.core import disk
from receta.core.errors import RunError
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.examples import Parts
from receta.pipeline import balance
from receta.training import head as heads
from receta.training.result import ADVICE

if TYPE_CHECKING:
    import keras

_HEAD_SHARE = 0.2  # of the time for a rung, that the head may take
_GAP = 1e-3  # by which a probability of the network may differ from the head's on stored features

History = list[dict[str, float]]


def find_head(
    parts: Parts, recipe: Recipe, stored: dict[str, np.ndarray], session: Session
) -> tuple[heads.Head, History]:
    """(the head, a line for each penalty tried); what an earlier process found stays.

    stored: features of the training and of the validation part.
    """
    path = session.folder / "head.npz"
    if path.exists():
        return _read(path, parts.train.task)
    order = np.sort(balance.order(recipe.imbalance, parts.train.targets, recipe.seed, 0))
    by_class = balance.class_weights(recipe.imbalance, parts.train.counts())
    targets = parts.train.targets[order]
    weights = None if by_class is None else by_class[targets]
    train = heads.Featured(stored["train"][order], targets, weights, parts.train.task)
    validation = heads.Featured(
        stored["validation"], parts.validation.targets, task=parts.train.task
    )
    found, history = heads.fit(
        train,
        validation,
        len(parts.class_names),
        penalties=(recipe.l2,) if "l2" in recipe.model_fields_set else heads.PENALTIES,
        smoothing=recipe.label_smoothing,
        session=session.until(session.deadline.share(_HEAD_SHARE)),
    )
    _write(path, found, history)
    return found, history


def refuse_disagreement(model: keras.Model, parts: Parts, probabilities: np.ndarray) -> None:
    """RunError unless the network says of some pictures what the head said of their features."""
    from keras import ops

    # Called as it is: building a graph for eight pictures takes longer than they do.
    some = parts.inputs.take(parts.validation.rows[:8])
    said = ops.convert_to_numpy(model(some, training=False))
    gap = float(np.abs(said - probabilities[:8]).max())
    if not gap <= _GAP:
        raise RunError(
            f"the network differs by {gap:.2g} from its head on stored features; expected at "
            f"most {_GAP:g}. "
            f"Delete the folder features in the cache ({disk.cache_root()}), then repeat."
        )


def _read(path: Path, task: str) -> tuple[heads.Head, History]:
    stored = disk.read_npz(path)
    try:
        columns = [str(name) for name in stored["columns"]]
        history = [dict(zip(columns, map(float, line), strict=True)) for line in stored["history"]]
        found = heads.Head(stored["kernel"], stored["bias"], float(stored["penalty"]), task)
        return found, [{**line, "epoch": int(line["epoch"])} for line in history]
    except (KeyError, TypeError, ValueError) as error:
        raise RunError(
            f"{path} is damaged ({error}); expected the head of this rung. {ADVICE}"
        ) from error


def _write(path: Path, found: heads.Head, history: History) -> None:
    columns = list(history[0])
    with disk.replacing(path) as temporary, open(temporary, "wb") as handle:
        np.savez(
            handle,
            kernel=found.kernel,
            bias=found.bias,
            penalty=found.penalty,
            columns=np.array(columns),
            history=np.array([[line[name] for name in columns] for line in history]),
        )

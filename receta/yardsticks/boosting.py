"""How well do boosted trees do on a table, as scikit-learn has them?

Numbers go in as they are, categories as categories, and missing cells stay missing: a tree sends
them to the better side.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from receta import tasks
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.examples import Examples
from receta.yardsticks import Answer

AFTER = ""
KINDS = ("table",)
ORIGIN = "histogram gradient boosting of scikit-learn, with its usual settings (after Ke, 2017)"
CALLED = "gradient boosting"
# The usual 100 trees. Within a budget they are grown in steps, and the last step that fits is kept.
_TREES = (2, 10, 30, 60, 100)
# Threads wait for each other by spinning: on two busy cores two take 30 times as long as one
# (LOG.md, 2026-11-30, "How many threads may boosting have?").
_THREADS = 1
_MOST_TEXTS = 254  # that scikit-learn tells apart in a column, with another for those left


def boosting(train: Examples, recipe: Recipe, session: Session) -> Answer:
    """A classifier, or a regressor for each value."""
    task, named = tasks.of(train.task), _find_categories(train)
    cells = _bound(train.values, named)
    if task.IS_COUNTED:
        grown = _grow(_classifier(recipe.seed, named), cells, train.targets, session)
        outputs = len(task.outputs(train))
        return lambda examples: _spread(grown, _bound(examples.values, named), outputs)
    columns = train.targets.reshape(len(train), -1).T
    each = [_grow(_regressor(recipe.seed, named), cells, column, session) for column in columns]
    return lambda examples: np.stack(
        [one.predict(_bound(examples.values, named)) for one in each], axis=1
    )


def find_hindrance(train: Examples) -> str:
    """Several labels of one example are not answered by one ensemble."""
    task = tasks.of(train.task)
    if task.IS_COUNTED and not task.IS_EXCLUSIVE:
        return "It answers one class of each example, and these have several labels."
    return ""


def _classifier(seed: int, named: np.ndarray) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=seed, categorical_features=named)


def _regressor(seed: int, named: np.ndarray) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(random_state=seed, categorical_features=named)


def _find_categories(train: Examples) -> np.ndarray:
    """(cells,) booleans: which cells hold places in a vocabulary."""
    (spec,) = train.inputs.specs
    kinds = {cell: column.kind for column in spec.columns for cell in column.cells}
    return np.array([kinds.get(cell) == "category" for cell in spec.fields], bool)


def _bound(cells: np.ndarray, named: np.ndarray) -> np.ndarray:
    """The cells with the rarest of many texts as the other ones, 0; vocabularies begin with the
    commonest.
    """
    return np.where(named & (cells >= _MOST_TEXTS), 0.0, cells)


def _grow(model: Any, cells: np.ndarray, targets: np.ndarray, session: Session) -> Any:
    """The model with as many trees as there is time for."""
    from threadpoolctl import threadpool_limits

    deadline, before = session.deadline, 0
    steps = _TREES if deadline.is_limited else _TREES[-1:]
    model.set_params(warm_start=len(steps) > 1)
    with threadpool_limits(_THREADS):
        for trees in steps:
            started = time.monotonic()
            model.set_params(max_iter=trees).fit(cells, targets)
            took, ahead = time.monotonic() - started, min([n for n in _TREES if n > trees] or [0])
            if took * (ahead - trees) / (trees - before) > deadline.seconds_left():
                break
            before = trees
    return model


def _spread(model: Any, cells: np.ndarray, outputs: int) -> np.ndarray:
    """Probabilities (n, outputs); 0 of a class that the training part lacks."""
    found = np.zeros((len(cells), outputs))
    if len(cells):
        found[:, model.classes_.astype(np.int64)] = model.predict_proba(cells)
    return found

"""Which columns does a model of a table rely on, and how does its answer follow each of them?

Both are measured on the validation part: the test part is for one look at the whole model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from receta import tasks
from receta.core.seeds import rng
from receta.core.spec import ColumnSpec
from receta.data.examples import Examples

_MOST_ROWS = 500  # of the validation part, in which cells change their rows
_FEWEST_ROWS = 10
_REPEATS = 5  # other orders for each column
_MOST_ASKED = 200_000  # rows that the model answers for all of it: a second or two
_FOLLOWED = 6  # the columns that matter most
_PLACES = 12  # of numbers, at which an answer is looked at
_LEVELS = 8  # of a category
_ROWS_EACH = 100  # at each place
_MOST_CLASSES = 3  # whose probabilities are followed where there are more than two
_NORMAL = 1.959964
_DAY = np.datetime64("1970-01-01", "D")

Predict = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Importance:
    """What is lost where a column's cells stand in other rows; interval: 95 %, over rows."""

    column: str
    value: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Dependence:
    """Mean answers where a column is set to each place, in all of some rows.

    at: numbers, or texts of a category and dates. answers: [place][output]; low, high: between
    which four of five rows lie. outputs: whose answers they are.
    """

    column: str
    kind: str
    at: tuple[Any, ...]
    outputs: tuple[str, ...]
    answers: tuple[tuple[float, ...], ...]
    low: tuple[tuple[float, ...], ...]
    high: tuple[tuple[float, ...], ...]


def judge_columns(
    predict: Predict,
    validation: Examples,
    columns: Sequence[ColumnSpec],
    names: Sequence[str],
    *,
    seed: int,
) -> dict[str, Any]:
    """`importance` of all columns, the greatest first, and `dependence` of six, as JSON has them.

    Nothing where the examples have no columns, or where they are too few.
    """
    if not columns or len(validation) < _FEWEST_ROWS:
        return {}
    most = int(np.clip(_MOST_ASKED // len(columns), 50, _MOST_ROWS))
    some = validation.take(rng(seed, "columns").permutation(len(validation))[:most])
    places = _find_places(columns)
    found = _weigh(predict, some, places, seed)
    followed = [one.column for one in found if one.interval[0] > 0][:_FOLLOWED]
    by_name = {column.name: column for column in columns}
    dependence = [_follow(predict, some, by_name[name], places[name], names) for name in followed]
    return {
        "importance": [asdict(one) for one in found],
        "dependence": [asdict(one) for one in dependence if one is not None],
    }


def _find_places(columns: Sequence[ColumnSpec]) -> dict[str, np.ndarray]:
    """Which cells belong to each column."""
    found, start = {}, 0
    for column in columns:
        found[column.name] = np.arange(start, start + len(column.cells))
        start += len(column.cells)
    return found


def _weigh(
    predict: Predict, some: Examples, places: dict[str, np.ndarray], seed: int
) -> list[Importance]:
    """By how much less is right where a column's cells are those of other rows."""
    task, cells, truth = tasks.of(some.task), some.values, some.targets
    n = len(cells)
    repeats = int(np.clip(_MOST_ASKED // (n * len(places)), 1, _REPEATS))
    known = task.gains(predict(cells), truth)[2]
    found = []
    for name, mine in places.items():
        asked = np.tile(cells, (repeats, 1))
        for repeat in range(repeats):
            order = rng(seed, "importance", name, repeat).permutation(n)
            asked[repeat * n : (repeat + 1) * n, mine] = cells[np.ix_(order, mine)]
        answers = predict(asked).reshape(repeats, n, -1)
        lost = known - np.mean([task.gains(one, truth)[2] for one in answers], axis=0)
        error = _NORMAL * float(lost.std(ddof=1)) / float(np.sqrt(n))
        value = float(lost.mean())
        found.append(Importance(name, value, (value - error, value + error)))
    return sorted(found, key=lambda one: -one.value)


def _follow(
    predict: Predict, some: Examples, column: ColumnSpec, mine: np.ndarray, names: Sequence[str]
) -> Dependence | None:
    """How answers follow one column, where it takes at least two values."""
    cells = some.values[:_ROWS_EACH]
    steps = _find_steps(column, some.values[:, mine[0]])
    if len(steps) < 2:
        return None
    asked = np.tile(cells, (len(steps), 1))
    asked[:, mine[0]] = np.repeat(steps, len(cells))
    answers = predict(asked).reshape(len(steps), len(cells), -1)
    outputs = _choose_outputs(some, names)
    answers = answers[:, :, outputs]
    low, high = np.quantile(answers, [0.1, 0.9], axis=1)
    return Dependence(
        column.name,
        column.kind,
        tuple(_tell_place(column, float(step)) for step in steps),
        tuple(names[output] for output in outputs),
        _as_tuples(answers.mean(axis=1)),
        _as_tuples(low),
        _as_tuples(high),
    )


def _as_tuples(values: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(one) for one in row) for row in values)


def _find_steps(column: ColumnSpec, values: np.ndarray) -> np.ndarray:
    """The places at which a column is set: of numbers quantiles, of a category its levels."""
    there = values[np.isfinite(values)]
    if column.kind == "category":
        levels, counts = np.unique(there[there > 0], return_counts=True)
        return np.asarray(levels[np.argsort(-counts, kind="stable")][:_LEVELS])
    if not len(there):
        return there
    places = np.unique(np.quantile(there, np.linspace(0.02, 0.98, _PLACES), method="nearest"))
    return np.asarray(places)


def _tell_place(column: ColumnSpec, step: float) -> Any:
    if column.kind == "category":
        return column.vocabulary[int(step) - 1]
    return str(_DAY + np.timedelta64(int(step), "D")) if column.kind == "date" else step


def _choose_outputs(some: Examples, names: Sequence[str]) -> list[int]:
    """Of two classes the second one, of more the commonest, of values the first."""
    task = tasks.of(some.task)
    if not task.IS_COUNTED:
        return [0]
    if len(names) == 2 and task.IS_EXCLUSIVE:
        return [1]
    counts = [int(mine.sum()) for mine in task.held(some.targets, len(names))]
    return sorted(np.argsort(counts)[::-1][:_MOST_CLASSES].tolist())

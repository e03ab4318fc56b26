"""How much does each model count, learnt from answers to examples that it was not trained on?

Answers are (members, n, outputs). What is learnt is a Mix: a weight for each member, and for a
stack a bias for each output. All ways are deterministic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from receta.core.errors import InputError
from receta.core.seeds import rng
from receta.tasks import Task

FEWEST = 20  # examples that weights are learnt from
_STEPS = 50  # members that greedy selection takes, with repetition
# Penalties of a stack, beside the mean loss; from strong to weak.
_PENALTIES = (10.0, 1.0, 0.1, 0.01, 1e-3)
_FOLDS = 5
_TINY = 1e-7  # the least probability whose logarithm is taken


@dataclass(frozen=True)
class Mix:
    """weights: of the members, in their order. bias: of the outputs of a stack.

    A stack adds what goes into the last activation (logarithms of probabilities, logits); the other
    ways add the answers themselves.
    """

    how: str
    weights: tuple[float, ...]
    bias: tuple[float, ...] = ()

    def answer(self, answers: np.ndarray, task: Task) -> np.ndarray:
        """(n, outputs) what the members say together."""
        weights = np.asarray(self.weights)[:, None, None]
        if not self.bias:
            return np.asarray((answers * weights).sum(axis=0), np.float32)
        summed = (_open_answers(answers, task) * weights).sum(axis=0) + np.asarray(self.bias)
        return task.say(summed)


def average(answers: np.ndarray, targets: np.ndarray, task: Task) -> Mix:
    """Every member counts the same."""
    n = len(answers)
    return Mix("average", (1 / n,) * n)


def weigh_least_squares(answers: np.ndarray, targets: np.ndarray, task: Task) -> Mix:
    """Weights of the least square error, none below 0, which sum up to 1.

    Where answers are not targets themselves, as quantiles are not, those of the least loss.
    Source: Breiman (1996), "Stacked regressions"; Lawson and Hanson (1974).
    """
    from scipy import optimize

    members, n, outputs = answers.shape
    wanted = task.spread_out(targets, outputs, 0.0)
    if wanted.shape != (n, outputs):
        return Mix("nnls", _weigh_by_loss(answers, targets, task))
    scale = np.maximum(wanted.std(axis=0), 1e-12) if not task.IS_COUNTED else np.ones(outputs)
    sides = (answers / scale).reshape(members, -1).T.astype(np.float64)
    found, _ = optimize.nnls(sides, (wanted / scale).ravel().astype(np.float64))
    total = found.sum()
    weights = found / total if total > 0 else np.full(members, 1 / members)
    return Mix("nnls", tuple(float(one) for one in weights))


def _weigh_by_loss(answers: np.ndarray, targets: np.ndarray, task: Task) -> tuple[float, ...]:
    from scipy import optimize

    n = len(answers)

    def lose(weights: np.ndarray) -> float:
        return float(task.losses((answers * weights[:, None, None]).sum(axis=0), targets).mean())

    found = optimize.minimize(
        lose,
        np.full(n, 1 / n),
        method="SLSQP",
        bounds=[(0.0, 1.0)] * n,
        constraints={"type": "eq", "fun": lambda weights: weights.sum() - 1},
    )
    weights = np.clip(found.x, 0.0, None)
    return tuple(float(one) for one in weights / weights.sum())


def select_greedily(answers: np.ndarray, targets: np.ndarray, task: Task) -> Mix:
    """Again and again the member that helps most is added; one may be taken many times.

    Of all sets on the way the best is kept. Source: Caruana and others (2004), "Ensemble selection
    from libraries of models".
    """
    counts = np.zeros(len(answers), np.int64)
    summed = np.zeros(answers.shape[1:], np.float64)
    best: tuple[tuple[float, float], np.ndarray] | None = None
    for step in range(1, _STEPS + 1):
        reached = [_score((summed + one) / step, targets, task) for one in answers]
        chosen = max(range(len(answers)), key=reached.__getitem__)
        summed += answers[chosen]
        counts[chosen] += 1
        if best is None or reached[chosen] > best[0]:
            best = reached[chosen], counts.copy()
    kept = best[1] if best is not None else counts
    return Mix("greedy", tuple(float(one) for one in kept / kept.sum()))


def _score(answers: np.ndarray, targets: np.ndarray, task: Task) -> tuple[float, float]:
    """What selection goes by: the measure, and of equals the loss."""
    said = np.asarray(answers, np.float32)
    return task.measure(said, targets).score, -float(task.losses(said, targets).mean())


def stack(answers: np.ndarray, targets: np.ndarray, task: Task) -> Mix:
    """A small head on what goes into the members' last activation; its penalty by folds.

    It has a weight for each member and a bias for each output, drawn towards the plain mean.
    Raises InputError for a task whose answers are not what is wanted, as quantiles are.
    """
    members, n, outputs = answers.shape
    wanted = task.spread_out(targets, outputs, 0.0)
    if wanted.shape != (n, outputs):
        raise InputError(
            "a stack is not known for forecasts with bounds; expected average, nnls or greedy. "
            "Name one with --how."
        )
    scale = np.ones(outputs) if task.IS_COUNTED else np.maximum(wanted.std(axis=0), 1e-12)
    opened, wanted = _open_answers(answers, task) / scale, wanted / scale
    fold = rng(0, "stack", n).permutation(n) % _FOLDS
    lost = dict.fromkeys(_PENALTIES, 0.0)
    for penalty in _PENALTIES:
        for one in range(_FOLDS):
            inside = fold != one
            flat = _fit_head(opened[:, inside], wanted[inside], penalty, task)
            summed = _sum_up(flat, opened[:, ~inside])
            lost[penalty] += float(task.descend(summed, wanted[~inside])[0].sum())
    flat = _fit_head(opened, wanted, min(lost, key=lost.__getitem__), task)
    bias = flat[members:] * scale
    return Mix("stack", tuple(map(float, flat[:members])), tuple(map(float, bias)))


def _open_answers(answers: np.ndarray, task: Task) -> np.ndarray:
    """What goes into the last activation, of what comes out of it."""
    inverse = OPENED.get(task.ACTIVATION)
    return np.asarray(answers, np.float64) if inverse is None else inverse(answers)


def _log(answers: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(np.asarray(answers, np.float64), _TINY))


def _logit(answers: np.ndarray) -> np.ndarray:
    return _log(answers) - _log(1 - np.asarray(answers, np.float64))


OPENED: dict[str, Callable[[np.ndarray], np.ndarray]] = {"softmax": _log, "sigmoid": _logit}


def _fit_head(opened: np.ndarray, wanted: np.ndarray, penalty: float, task: Task) -> np.ndarray:
    from scipy import optimize

    members, n, outputs = opened.shape
    start = np.concatenate([np.full(members, 1 / members), np.zeros(outputs)])

    def lose(flat: np.ndarray) -> tuple[float, np.ndarray]:
        losses, answered = task.descend(_sum_up(flat, opened), wanted)
        slope = (answered - wanted) / n
        away = flat - start
        back = np.concatenate([(opened * slope).sum(axis=(1, 2)), slope.sum(axis=0)])
        return float(losses.mean() + penalty * (away**2).sum() / 2), back + penalty * away

    return np.asarray(optimize.minimize(lose, start, jac=True, method="L-BFGS-B").x)


def _sum_up(flat: np.ndarray, opened: np.ndarray) -> np.ndarray:
    members = len(opened)
    summed = (opened * flat[:members, None, None]).sum(axis=0) + flat[members:]
    return np.asarray(summed)


WAYS: dict[str, Callable[[np.ndarray, np.ndarray, Task], Mix]] = {
    "average": average,
    "nnls": weigh_least_squares,
    "greedy": select_greedily,
    "stack": stack,
}
SOUP = "soup"  # averages weights of networks, and not answers


def refuse_way(how: str) -> None:
    """InputError for a way that is none."""
    from receta.core.registry import nearest

    names = (*WAYS, SOUP)
    if how not in names:
        raise InputError(
            f"--how {how} is unknown; expected one of {', '.join(names)}.{nearest(how, names)}"
        )

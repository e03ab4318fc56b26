"""Which class should be named when mistakes do not all cost the same?

The most probable class is right when every mistake costs the same and the probabilities
can be trusted. Otherwise the answer is the class of the least expected cost, and how far
the probabilities can be trusted is learnt on the validation part: one factor a class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from receta.core.costs import costs as costs

_MOST_CLASSES = 20  # beyond, factors would be learnt from a handful of examples each
_FACTORS = np.logspace(-2, 2, 81)  # of a class's probability: a threshold between 1 % and 99 %
_SWEEPS = 3


@dataclass(frozen=True)
class Decision:
    """How probabilities become an answer.

    costs (classes, classes): [truth, answer], 0 on the diagonal. factors (classes,): what
    the probabilities are multiplied by before the costs are weighed.
    """

    class_names: tuple[str, ...]
    costs: np.ndarray
    factors: np.ndarray

    def answers(self, probabilities: np.ndarray) -> np.ndarray:
        """(n,) class of the least expected cost, of probabilities (n, classes)."""
        return np.asarray((probabilities * self.factors @ self.costs).argmin(axis=1))

    def mean_cost(self, answers: np.ndarray, targets: np.ndarray) -> float:
        """What answers (n,) cost an example."""
        return float(self.costs[targets, answers].mean())

    @property
    def threshold(self) -> float | None:
        """With two classes: the second is named from this probability on."""
        if len(self.class_names) != 2:
            return None
        # Named when factor_1 p cost[1, 0] > factor_0 (1 - p) cost[0, 1].
        second, first = self.factors[1] * self.costs[1, 0], self.factors[0] * self.costs[0, 1]
        return float(first / (first + second)) if first + second else None

    def judged(self, probabilities: np.ndarray, targets: np.ndarray) -> dict[str, Any]:
        """On test data: what its answers cost an example, and those of the most probable class."""
        answers, likeliest = self.answers(probabilities), probabilities.argmax(axis=1)
        return {
            "cost": self.mean_cost(answers, targets),
            "cost_of_likeliest": self.mean_cost(likeliest, targets),
            "accuracy": float((answers == targets).mean()),
            "threshold": self.threshold,
            "recall": {
                name: float((answers[targets == i] == i).mean())
                for i, name in enumerate(self.class_names)
                if (targets == i).any()
            },
        }

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return {
            "class_names": list(self.class_names),
            "costs": self.costs.tolist(),
            "factors": [float(f) for f in self.factors],
            "threshold": self.threshold,
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Decision:
        """The decision that `to_json` wrote."""
        return cls(
            tuple(plain["class_names"]),
            np.array(plain["costs"], np.float64),
            np.array(plain["factors"], np.float64),
        )


def decide(
    probabilities: np.ndarray, targets: np.ndarray, table: np.ndarray, class_names: Sequence[str]
) -> Decision:
    """Learn the factors on validation data: probabilities (n, classes), targets (n,).

    They stay 1 unless the mean cost falls by more than two standard errors: on few
    examples a moved threshold would follow chance.
    Source: Elkan (2001), "The foundations of cost-sensitive learning".
    """
    plain = Decision(tuple(class_names), table, np.ones(len(class_names)))
    if len(class_names) > _MOST_CLASSES or not len(targets):
        return plain
    best, best_cost = plain, plain.mean_cost(plain.answers(probabilities), targets)
    for _ in range(_SWEEPS):
        before = best_cost
        for index in range(len(class_names)):
            # of equal ones the nearest to 1
            for factor in sorted(_FACTORS, key=lambda f: abs(np.log(f))):
                factors = best.factors.copy()
                factors[index] = factor
                tried = Decision(plain.class_names, table, factors / np.exp(np.log(factors).mean()))
                cost = tried.mean_cost(tried.answers(probabilities), targets)
                if cost < best_cost - 1e-12:
                    best, best_cost = tried, cost
        if best_cost == before:
            break
    saved = (
        table[targets, plain.answers(probabilities)] - table[targets, best.answers(probabilities)]
    )
    sure = saved.mean() > 2 * saved.std() / np.sqrt(len(saved))
    return best if sure else plain

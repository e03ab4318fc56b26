"""How far may probabilities be believed, and what sets them right?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_BINS = 15  # Guo et al. (2017), "On calibration of modern neural networks"
TINY = 1e-7  # of a probability in a loss
# about the smallest normal float32: what a softmax in float32 rounds to 0 is taken for this
_TINY = 1e-37
# of a temperature from 1, as a logarithm; Guo et al. (2017), table 2, found none above 5
_FARTHEST = np.log(20.0)
# standard deviation that the logarithm of a temperature is expected to have, before any example
_SPREAD = 0.5


@dataclass(frozen=True)
class Temperature:
    """What logits are divided by so that confidence and accuracy agree.

    value: above 1 the network was too sure of itself. before, after: on the n examples it
    was fitted to, {loss: nats, ece: 0..1}.
    """

    value: float
    n: int
    before: dict[str, float]
    after: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return {"temperature": self.value, "n": self.n, "before": self.before, "after": self.after}


def fit(probabilities: np.ndarray, targets: np.ndarray) -> Temperature:
    """The temperature of the least loss on probabilities (..., n, classes), targets (n,).

    Leading axis: views of the same pictures, of which the mean answers. Two guards keep few
    or perfectly separated examples from making a network arbitrarily sure: each target
    leaves 1 / (n + 2) to the other classes, as if one more example were wrong (Platt, 1999,
    section 2.2), and a temperature far from 1 is held to be unlikely beforehand (normal in
    its logarithm, deviation 0.5). 1 stays where the plain loss would not fall.
    Source: Guo et al. (2017), "On calibration of modern neural networks".
    """
    from scipy import optimize

    n = len(targets)
    before = _figures(temper(probabilities, 1.0), targets)
    if not n or probabilities.shape[-1] < 2:
        return Temperature(1.0, n, before, before)
    spared = 1 / (n + 2)
    others = spared / (probabilities.shape[-1] - 1)

    def cost(logarithm: float) -> float:
        said = np.log(np.maximum(temper(probabilities, float(np.exp(logarithm))), _TINY))
        true = said[np.arange(n), targets]
        smoothed = (1 - spared - others) * true + others * said.sum(axis=1)
        return float(-smoothed.sum() + 0.5 * (logarithm / _SPREAD) ** 2)

    found = optimize.minimize_scalar(
        cost, bounds=(-_FARTHEST, _FARTHEST), method="bounded", options={"xatol": 1e-4}
    )
    value = round(float(np.exp(found.x)), 4)
    after = _figures(temper(probabilities, value), targets)
    if not after["loss"] < before["loss"]:
        return Temperature(1.0, n, before, before)
    return Temperature(value, n, before, after)


def temper(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """(n, classes) float64 of softmax(logits / temperature); the mean over a leading axis of views.

    The logarithm of a probability is its logit but for a constant, which a softmax forgets.

    >>> temper(np.array([[0.8, 0.2]]), 2.0).round(3).tolist()
    [[0.667, 0.333]]
    """
    logits = np.log(np.maximum(np.asarray(probabilities, np.float64), _TINY)) / temperature
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    said = raised / raised.sum(axis=-1, keepdims=True)
    return np.asarray(said if said.ndim == 2 else said.mean(axis=0))


def losses(probabilities: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """(n,) nats: minus the logarithm of the probability of the true class."""
    likely = np.asarray(probabilities)[np.arange(len(targets)), targets].astype(np.float64)
    return np.asarray(-np.log(np.maximum(likely, TINY)))


def reliability(confidence: np.ndarray, right: np.ndarray) -> list[dict[str, Any]]:
    """Bins of confidence (n,) with their mean, the share that was right, and n."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    return [
        {
            "confidence": float(confidence[chosen].mean()),
            "accuracy": float(right[chosen].mean()),
            "n": int(chosen.sum()),
        }
        for chosen in (bins == index for index in range(_BINS))
        if chosen.any()
    ]


def ece(bins: list[dict[str, Any]]) -> float:
    """Expected calibration error of `reliability`: mean distance of the two, 0..1.

    >>> round(ece([{"confidence": 0.8, "accuracy": 0.6, "n": 10}]), 3)
    0.2
    """
    return float(
        sum(abs(row["confidence"] - row["accuracy"]) * row["n"] for row in bins)
        / max(1, sum(row["n"] for row in bins))
    )


def _figures(probabilities: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    if not len(targets):
        return {"loss": 0.0, "ece": 0.0}
    bins = reliability(probabilities.max(axis=1), probabilities.argmax(axis=1) == targets)
    return {"loss": float(losses(probabilities, targets).mean()), "ece": ece(bins)}

"""What does a task hold? The contract of this shelf, looked at when an entry is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import numpy as np

from receta.core.calibration import Temperature
from receta.core.measure import Better, Measure
from receta.core.registry import optional

if TYPE_CHECKING:
    import keras

    from receta.core.recipe import Recipe
    from receta.data.dataset import Dataset


class Task(Protocol):
    """What an entry of this shelf holds."""

    AFTER: Annotated[str, "the name of the task that it stands behind, '' for the first"]
    DTYPE: Annotated[str, "the dtype that its targets are held in"]
    ACTIVATION: Annotated[str, "the activation of the last layer, by its name in Keras"]
    MEASURE: Annotated[
        str, "the name of the figure that models are chosen by, as Keras' metric has it"
    ]
    EVENLY: Annotated[
        str, "the name of the figure in its place where rare names are to count, '' for none"
    ] = ""
    BETTER: Annotated[Better, "'higher' or 'lower': which way that figure is better"]
    LOSS_UNIT: Annotated[str, "what the loss is counted in"]
    GOOD: Annotated[float, "share of a guess's error that is avoided, from which it is good"] = 0.8
    FEWEST: Annotated[int, "test examples; of fewer, even a perfect score says little"] = 30
    IS_SHARE: Annotated[bool, "whether MEASURE is a share, which is told in percent"]
    GAIN: Annotated[str, "what `gains` measures, in words"]
    NOUN: Annotated[tuple[str, str], "what an output stands for, in the singular and in the plural"]
    TAKES: Annotated[tuple[str, ...], "tasks of data that a model of this task can be judged on"]
    IS_COUNTED: Annotated[bool, "whether examples are counted by name"]
    IS_EXCLUSIVE: Annotated[bool, "whether an example has exactly one of the names"]
    IS_RELATIVE: Annotated[
        bool, "whether it answers in units of an example, which the kind brings to those of data"
    ] = False
    IS_BLIND_POOR: Annotated[
        bool, "whether a network that is no better than the blind answer is set up wrongly"
    ] = True
    WORDS: Annotated[
        dict[str, str],
        "words for people: blind, blind_loss, chosen, learnt, prior, sure_of, stratified, and "
        "unclassed: why an audit of classes does not judge it",
    ]

    def outputs(self, data: Dataset) -> tuple[str, ...]:
        """Names of the outputs of a network for these data, in their order."""

    def blind(self, targets: np.ndarray, names: int) -> np.ndarray:
        """What the targets alone tell: the first axis is that of the outputs."""

    def bias(self, blind: np.ndarray) -> np.ndarray:
        """(outputs,) float32: the output bias at which a network says the blind answer; of values
        in their unit.
        """

    @optional
    def output_bias(self, model: Any) -> np.ndarray | None:
        """(outputs,) what a network says of features of zeros, where several layers say it."""
        return None

    def entropy(self, blind: np.ndarray) -> float:
        """Loss of the blind answer on the training part."""

    def blind_loss(self, blind: np.ndarray, targets: np.ndarray) -> float:
        """Loss of the blind answer on these targets."""

    def bias_distance(self, bias: np.ndarray, blind: np.ndarray) -> float:
        """How far the answer of an output bias is from the blind one, 0..1."""

    def close(self, features: Any, blind: np.ndarray, spread: float = 1.0) -> Any:
        """The last layer on features (a Keras tensor), which begins at the blind answer."""

    def loss(self, outputs: int, recipe: Recipe) -> Any:
        """What Keras makes small."""

    @optional
    def units(self, model: keras.Model) -> np.ndarray | None:
        """(outputs,) what the answers of a network are divided by in its loss; None for nothing."""
        return None

    def metric(self) -> keras.metrics.Metric:
        """MEASURE, as Keras counts it batch by batch."""

    def losses(self, predicted: Any, targets: np.ndarray) -> np.ndarray:
        """(n,) loss of each example."""

    def measure(self, predicted: Any, targets: np.ndarray) -> Measure:
        """MEASURE on some examples."""

    @optional
    def measure_evenly(self, predicted: Any, targets: np.ndarray) -> Measure | None:
        """EVENLY on some examples; None without it."""
        return None

    @optional
    def metric_evenly(self, outputs: int) -> keras.metrics.Metric | None:
        """EVENLY, as Keras counts it batch by batch; None without it."""
        return None

    def gains(self, predicted: np.ndarray, targets: np.ndarray) -> tuple[float, float, np.ndarray]:
        """What is measured, the same of a blind guess, and (n,) what each example gains on it."""

    def fitted(self, figures: dict[str, Any], targets: np.ndarray) -> float:
        """How much of a batch is learnt, 0..1, from the figures of a step on it."""

    def strict(self, bound: float, targets: np.ndarray) -> float:
        """A bound on the share learnt, as strict where most is right before learning."""

    def has_enough(self, targets: np.ndarray, fewest: int) -> bool:
        """Whether something may be learnt from so few examples."""

    def avoided(self, value: float, guess: float) -> float:
        """Share of what a guess gets wrong that a measure of this value avoids, 1 at most."""

    def most_by_heart(self, weights: int) -> int:
        """How many examples a network of so many weights an output surely learns by heart."""

    def movement(self, watched: np.ndarray) -> np.ndarray:
        """(epochs - 1,) how far predictions (epochs, k, outputs) on one batch move."""

    def likelihood(self, predicted: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """(n,) 0..1: how well each example is predicted."""

    def confusion(self, predicted: Any, targets: np.ndarray, names: int) -> np.ndarray | None:
        """(names, names) counts of truth and answer; None where none is taken for another."""

    def scores(
        self,
        predicted: np.ndarray,
        targets: np.ndarray,
        names: Sequence[str],
        *,
        sure_from: float,
        thresholds: Sequence[float] | None,
    ) -> Any:
        """All figures on test data, with `to_json`."""

    def worst(
        self, predicted: np.ndarray, targets: np.ndarray, thresholds: Sequence[float] | None
    ) -> np.ndarray:
        """Positions of the wrong answers, the worst first."""

    def strata(self, targets: np.ndarray) -> np.ndarray:
        """(n,) int64: what a split keeps in proportion."""

    def held(self, targets: np.ndarray, names: int) -> list[np.ndarray]:
        """For each name (n,) booleans: which examples have it."""

    def calibrate(self, predicted: np.ndarray, targets: np.ndarray) -> Temperature:
        """What the logits of views (..., n, outputs) are divided by."""

    def pool(self, predicted: np.ndarray, temperature: float = 1.0) -> np.ndarray:
        """(n, outputs) answer of views (..., n, outputs) together."""

    def thresholds(self, predicted: np.ndarray, targets: np.ndarray) -> list[float] | None:
        """From which probability each output is said; None where the likeliest is."""

    @optional
    def margins(self, predicted: np.ndarray, targets: np.ndarray) -> tuple[float, ...] | None:
        """Half the width of the interval of each output; None where the answer is no value."""
        return None

    def named(
        self, predicted: np.ndarray, names: Sequence[str], thresholds: Sequence[float] | None
    ) -> str:
        """What is said of one example, for people."""

    def answer(
        self,
        predicted: np.ndarray,
        names: Sequence[str],
        top: int,
        *,
        sure_from: float,
        thresholds: Sequence[float] | None,
    ) -> dict[str, Any]:
        """What is said of one example, for JSON."""

    @optional
    def truth(self, target: np.ndarray) -> dict[str, Any]:
        """The true answer of one example that has no class, for a page."""
        return {"values": np.ravel(target).astype(float).tolist()}

    def spread_out(self, targets: np.ndarray, outputs: int, smoothing: float) -> np.ndarray:
        """(n, outputs) float32: targets as a linear head is fitted to them."""

    def say(self, scores: np.ndarray) -> np.ndarray:
        """(n, outputs) float32: answers from what a last layer sums up."""

    def descend(self, scores: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n,) losses of a linear head, and its answers, which less `wanted` are the slope."""

    def begin(self, shares: np.ndarray) -> np.ndarray:
        """(outputs,) bias at which a linear head begins, from the means of what is wanted."""

    def refuse(self, recipe: Recipe) -> None:
        """RecipeError for a setting that means nothing for this task."""

    @optional
    def find_widening(self, predicted: np.ndarray, targets: np.ndarray) -> tuple[float, ...] | None:
        """By how much the bounds of answers are to be moved, learnt on the validation part."""
        return None

    @optional
    def widen(self, model: Any, shares: tuple[float, ...]) -> Any:
        """The network whose bounds are moved so."""
        return model

    @optional
    def say_reached(self, value: float, guess: float | None) -> str:
        """The measure beside that of a guess, in one sentence; '' for the usual one."""
        return ""

    def read(self, texts: Sequence[str], names: int) -> np.ndarray:
        """Targets that `core.targets.spelled` wrote."""

    def adopt(self, targets: np.ndarray, task: str, names: int) -> np.ndarray:
        """Targets of another task of TAKES, as this one has them."""

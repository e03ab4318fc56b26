"""Is a written network equal to the one in Keras, or close enough where it is made smaller?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from receta.core import labels

Inputs = np.ndarray | list[np.ndarray]  # one array, or one for each input of the network
Predict = Callable[[Any], Any]
Batch = tuple[Inputs, np.ndarray | None]  # what goes in, and the true classes or labels where they are known

SOME = 16  # as many at once, and as many alone: faults of batch normalisation show at one of the two only
BATCHES = 4
_TIMED = 15  # answers of which the median time is told


class Evidence(Protocol):
    """What a network is judged on: pictures of its run, or what was made up."""

    def probes(self, n: int) -> Inputs:
        """n inputs that are as different as they may be."""

    def parts(self) -> Iterator[tuple[str, Iterator[Batch]]]:
        """Named parts in batches; the last one is what accuracies are told of."""

    def rows(self, n: int) -> Inputs:
        """At most n inputs that a target may calibrate itself on: never those of `parts`, if there are others."""


@dataclass(frozen=True)
class Judged:
    """What was seen on one part: see Bundle for the words."""

    on: str
    n: int
    top_agreement: float | None
    accuracy: float | None
    reference_accuracy: float | None

    @property
    def lost(self) -> float | None:
        """Share of accuracy lost; without labels the most it can be; None where nothing is classified."""
        if self.accuracy is not None and self.reference_accuracy is not None:
            return self.reference_accuracy - self.accuracy
        return None if self.top_agreement is None else 1 - self.top_agreement

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Parity:
    """How far a written network is from its model; one_ms: median time of one answer.

    validation: what decides whether a smaller network may be written; told: what is shown.
    """

    max_gap: float
    validation: Judged
    told: Judged
    one_ms: float
    probable: bool  # whether what Keras gives are probabilities that add up to one


def compare(reference: Predict, runtime: Predict, evidence: Evidence, thresholds: Sequence[float] | None = None) -> Parity:
    """Both on probes one by one and 16 at a time, then on every part.

    thresholds: from which probability each label is said, where outputs are labels.
    """
    gaps: list[float] = []
    taken = evidence.probes(SOME * BATCHES)
    for batch in _batches(taken):
        gaps.append(_gap(reference(batch), runtime(batch)))
    sound = probable(listed(reference(part(taken, 0, SOME))), labels=thresholds is not None)
    judged = [_judge(name, batches, reference, runtime, gaps, thresholds) for name, batches in evidence.parts()]
    return Parity(float(np.max(gaps)), judged[0], judged[-1], _one_ms(runtime, part(taken, 0, 1)), sound)


def part(inputs: Inputs, start: int, stop: int) -> Inputs:
    """Some of the examples, of every input."""
    return [one[start:stop] for one in inputs] if isinstance(inputs, list) else inputs[start:stop]


def _judge(name: str, batches: Iterator[Batch], reference: Predict, runtime: Predict, gaps: list[float],
           thresholds: Sequence[float] | None) -> Judged:  # fmt: skip
    said: list[np.ndarray] = []
    meant: list[np.ndarray] = []
    truth: list[np.ndarray] = []
    n = 0
    for inputs, targets in batches:
        theirs, ours = listed(reference(inputs)), listed(runtime(inputs))
        gaps.append(_gap(theirs, ours))
        n += len(theirs[0])
        if theirs[0].ndim == 2 and theirs[0].shape[1] > 1 and theirs[0].shape == ours[0].shape:
            said.append(ours[0])
            meant.append(theirs[0])
        if targets is not None:
            truth.append(targets)
    if not said or len(theirs) > 1:
        return Judged(name, n, None, None, None)
    given, expected = np.concatenate(said), np.concatenate(meant)
    if thresholds is None:
        agreement = float((given.argmax(axis=1) == expected.argmax(axis=1)).mean())
    else:
        agreement = float(((given >= np.asarray(thresholds)) == (expected >= np.asarray(thresholds))).all(axis=1).mean())
    if not truth:
        return Judged(name, n, agreement, None, None)
    targets = np.concatenate(truth)
    return Judged(name, n, agreement, float(labels.hits(given, targets).mean()), float(labels.hits(expected, targets).mean()))


def _gap(reference: Any, written: Any) -> float:
    """Largest difference of a value; not a number where there is none to compare.

    Of values beyond 1, which are no probabilities, the difference relative to the largest.
    """
    theirs, ours = listed(reference), listed(written)
    if [one.shape for one in theirs] != [one.shape for one in ours]:
        return float("nan")
    gaps = [np.max(np.abs(np.asarray(one, np.float64) - other)) / max(1.0, float(np.max(np.abs(one))))
            for one, other in zip(theirs, ours, strict=True)]  # fmt: skip
    return float(np.max(gaps))


def probable(outputs: list[np.ndarray], *, labels: bool = False) -> bool:
    """Whether these are probabilities (n, classes); of labels each by itself."""
    given = outputs[0]
    if labels:
        return len(outputs) == 1 and given.ndim == 2 and bool(((given >= 0) & (given <= 1)).all())
    return (len(outputs) == 1 and given.ndim == 2 and given.shape[1] > 1 and bool((given >= 0).all())
            and bool(np.allclose(given.sum(axis=1), 1, atol=1e-3)))  # fmt: skip


def listed(outputs: Any) -> list[np.ndarray]:
    """What a network gave, as a list of arrays also where it is one."""
    return [np.asarray(one) for one in outputs] if isinstance(outputs, list | tuple) else [np.asarray(outputs)]


def _batches(taken: Inputs) -> Iterator[Inputs]:
    """16 alone, then batches of 16."""
    for one in range(0, SOME * BATCHES, BATCHES):
        yield part(taken, one, one + 1)
    for start in range(0, SOME * BATCHES, SOME):
        yield part(taken, start, start + SOME)


def _one_ms(runtime: Predict, one: Inputs) -> float:
    """Median time of an answer on one example, in milliseconds; the runtime has answered before."""
    times = []
    for _ in range(_TIMED):
        began = time.perf_counter()
        runtime(one)
        times.append(time.perf_counter() - began)
    return float(np.median(times)) * 1000

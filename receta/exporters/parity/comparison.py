"""Is a written network equal to the one in Keras, or close enough where it is made smaller?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from receta import tasks
from receta.exporters.parity.evidence import SOME, Batch, Evidence, Inputs, as_list, part
from receta.exporters.parity.value_gaps import Columns, gives_values
from receta.predictors.described import SHARES, Output

Predict = Callable[[Any], Any]
BATCHES = 4
_TIMED = 15  # answers of which the median time is told


@dataclass(frozen=True)
class Off:
    """How far one output of a written network is from Keras, on one part.

    same: share of examples with the same class, or the same labels; None of values. off: how far
    the worst column is (root mean square), of values as a share of the column's own range;
    None of classes. worst: the largest difference in a column, counted the same way. plain: the
    largest difference as it is, of values above 1 as a share of the largest.
    """

    name: str
    gives: str
    same: float | None
    column: int
    off: float | None
    worst: float
    plain: float

    @property
    def is_share(self) -> bool:
        """Whether the output gives probabilities."""
        return self.gives in SHARES


@dataclass(frozen=True)
class Judged:
    """What was seen on one part: see Bundle for the words."""

    on: str
    n: int
    top_agreement: float | None
    accuracy: float | None
    reference_accuracy: float | None
    outputs: tuple[Off, ...] = ()

    @property
    def lost(self) -> float | None:
        """Share of accuracy lost; without labels the most it can be.

        None where nothing is classified.
        """
        if self.accuracy is not None and self.reference_accuracy is not None:
            return self.reference_accuracy - self.accuracy
        same = [one.same for one in self.outputs if one.same is not None]
        return 1 - min(same) if same else None

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON; what is not finite, which JSON has no words for, was refused
        before.
        """
        return {**asdict(self), "outputs": [asdict(one) for one in self.outputs]}


@dataclass(frozen=True)
class Parity:
    """How far a written network is from its model; one_ms: median time of one answer.

    everywhere: over all that was compared. validation: what decides whether a smaller network
    may be written; told: what is shown.
    """

    everywhere: tuple[Off, ...]
    validation: Judged
    told: Judged
    one_ms: float

    @property
    def max_gap(self) -> float:
        """The largest difference of a probability, or of a value as a share of its column's range.

        NaN where there is none.
        """
        return float(np.max([one.worst for one in self.everywhere]))


def compare(
    reference: Predict,
    runtime: Predict,
    evidence: Evidence,
    outputs: Sequence[Output],
    thresholds: Sequence[float] | None = None,
) -> Parity:
    """Both on probes one by one and 16 at a time, then on every part.

    outputs: in the order of what is given. thresholds: from which probability each label is
    said, where outputs are labels.
    """
    everywhere = _Seen(outputs, thresholds)
    taken = evidence.probes(SOME * BATCHES)
    for batch in _batches(taken):
        everywhere.add(reference(batch), runtime(batch))
    judged = [
        _judge(name, batches, reference, runtime, everywhere) for name, batches in evidence.parts()
    ]
    return Parity(everywhere.off(), judged[0], judged[-1], _one_ms(runtime, part(taken, 0, 1)))


def _judge(
    name: str, batches: Iterator[Batch], reference: Predict, runtime: Predict, everywhere: _Seen
) -> Judged:
    outputs, thresholds = everywhere.outputs, everywhere.thresholds
    seen = _Seen(outputs, thresholds)
    said: list[np.ndarray] = []
    meant: list[np.ndarray] = []
    truth: list[np.ndarray] = []
    for inputs, targets in batches:
        theirs, ours = as_list(reference(inputs)), as_list(runtime(inputs))
        everywhere.add(theirs, ours)
        seen.add(theirs, ours)
        if (
            targets is not None
            and len(outputs) == 1
            and theirs[0].ndim == 2
            and theirs[0].shape == ours[0].shape
        ):
            said.append(ours[0])
            meant.append(theirs[0])
            truth.append(targets)
    off = seen.off()
    same = off[0].same if len(outputs) == 1 else None
    if not truth or same is None:
        return Judged(name, seen.n, same, None, None, off)
    targets = np.concatenate(truth)
    accuracy, reference_accuracy = (
        _accuracy(np.concatenate(given), targets) for given in (said, meant)
    )
    return Judged(name, seen.n, same, accuracy, reference_accuracy, off)


def _accuracy(given: np.ndarray, targets: np.ndarray) -> float:
    """Share of right answers; of the one probability of two classes too."""
    if given.shape[1] == 1 and targets.size == len(targets):
        return float(((given[:, 0] >= tasks.HALF) == (targets.ravel() > 0)).mean())
    return float(tasks.of_targets(targets).measure(given, targets).value)


class _Seen:
    """Both networks' answers, in figures of each column that grow batch by batch."""

    def __init__(self, outputs: Sequence[Output], thresholds: Sequence[float] | None) -> None:
        self.outputs, self.thresholds = outputs, thresholds
        self.n = 0
        self._columns: list[Columns | None] = [None] * len(outputs)
        self._same = [0] * len(outputs)
        self._asked = [0] * len(outputs)
        self._alike = True  # whether both give the same number of arrays of the same shapes

    def add(self, reference: Any, written: Any) -> None:
        """What both say of one batch."""
        theirs, ours = as_list(reference), as_list(written)
        self.n += len(theirs[0])
        if [one.shape for one in theirs] != [one.shape for one in ours] or len(theirs) != len(
            self.outputs
        ):
            self._alike = False
            return
        for at, (output, meant, said) in enumerate(zip(self.outputs, theirs, ours, strict=True)):
            if not meant.size:
                continue
            flat, given = (gives_values(one, output) for one in (meant, said))
            columns = self._columns[at] = self._columns[at] or Columns(flat.shape[1])
            # no column keeps its meaning where the last axis is open
            if flat.shape[1] != columns.n:
                self._alike = False
                return
            columns.add(flat, given)
            if output.is_share:
                same = self._answers(output, meant) == self._answers(output, said)
                same = (
                    same
                    if output.gives == "classes" and self.thresholds is None
                    else same.all(axis=-1)
                )
                self._same[at] += int(same.sum())
                self._asked[at] += same.size

    def off(self) -> tuple[Off, ...]:
        """Of each output how far it is, so far."""
        told = []
        for output, columns, same, asked in zip(
            self.outputs, self._columns, self._same, self._asked, strict=True
        ):
            gives = output.gives
            agreement = (same / asked if asked else 1.0) if output.is_share else None
            if not self._alike or columns is None:
                told.append(
                    Off(
                        output.name,
                        gives,
                        agreement and 0.0,
                        0,
                        float("nan"),
                        float("nan"),
                        float("nan"),
                    )
                )
                continue
            off, worst = columns.off(relative=not output.is_share)
            column = int(np.argmax(off))  # NaN counts as the most
            mean = None if gives == "classes" else float(off[column])
            told.append(
                Off(
                    output.name,
                    gives,
                    agreement,
                    column,
                    mean,
                    float(np.max(worst)),
                    columns.plain(),
                )
            )
        return tuple(told)

    def _answers(self, output: Output, given: np.ndarray) -> np.ndarray:
        """The class of each example, or for each label whether it is said."""
        if self.thresholds is not None:
            return given >= np.asarray(self.thresholds)
        return given.argmax(axis=-1) if output.gives == "classes" else given >= tasks.HALF


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

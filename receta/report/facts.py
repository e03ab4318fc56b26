"""What does the page of a run say? Plain data: nothing is computed from weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from receta.core.finding import Finding
from receta.data.nouns import NOUNS, Noun
from receta.report.series_facts import SeriesFacts


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture with its label."""

    pixels: np.ndarray  # (height, width, 1 | 3) uint8
    class_name: str
    id: str


@dataclass(frozen=True, eq=False)
class Mistake:
    """One test example that the best rung got wrong."""

    pixels: np.ndarray | None  # (height, width, 1 | 3) uint8; None of what is no picture
    id: str
    truth: str
    predicted: str
    # (class, probability 0..1), most probable first; the first five are shown
    top: Sequence[tuple[str, float]]
    holds: Sequence[str] = ()  # the names that are true, of labels perhaps several
    cells: Sequence[tuple[str, str]] = ()  # of a row: column and what stands in it


@dataclass(frozen=True)
class DataFacts:
    """What was learnt from: classes, counts, sizes, split."""

    n: int  # examples in all parts together
    class_names: Sequence[str]
    # part ("train", "validation", "test") -> examples of each class
    counts: Mapping[str, Sequence[int]]
    image_size: tuple[int, ...]  # (height, width, channels) that the network sees
    smallest: tuple[int, int] | None = None  # (height, width) of the original pictures, pixels
    median: tuple[int, int] | None = None
    largest: tuple[int, int] | None = None
    sizes_equal: bool = False  # whether all originals have one size
    fingerprint: str = ""
    source: str = ""  # repr of the source
    split: str = ""  # "stratified, seed 0"
    place: str = ""  # how a command line names the data, quoted
    notes: Sequence[str] = ()  # what was taken for what when the data were read
    quarantined: Sequence[tuple[str, str]] = ()  # (id, reason) of each example that was left out
    # pictures by part, where counts are of labels
    parts: Mapping[str, int] = field(default_factory=dict)
    task: str = "classes"  # labels, of which a picture may have several or none; or values
    noun: Noun = NOUNS["images"]  # what an example is called
    kind: str = "images"  # of data, by which checks are worded
    taken: str = ""  # what a network takes of an example that is no picture, in words


@dataclass(frozen=True, eq=False)
class TextFacts:
    """lengths (n,): words of each training text, `length` of which a network reads at most.

    words: of the vocabulary; unknown: share of words of the other parts that it lacks. speaking: of
    each class the words that the linear rung gives it most for.
    """

    lengths: np.ndarray
    length: int
    words: int
    unknown: float
    speaking: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, eq=False)
class Seen:
    """The input tensor as the network gets it, after scaling."""

    pictures: Sequence[Picture] = ()  # at network size
    minimum: float = 0.0
    maximum: float = 1.0
    mean: float = 0.0
    std: float = 0.0
    dtype: str = ""
    shape: str = ""  # "(64, 28, 28, 1)"
    histogram: Sequence[int] = ()  # counts in equal bins (32 by custom) from minimum to maximum


@dataclass(frozen=True)
class RungFacts:
    """One rung of the ladder: what it is, how it learnt, how well it did."""

    name: str
    origin: str = ""  # one line: where the architecture comes from
    state: Literal["trained", "stopped", "skipped"] = "trained"
    why: str = ""  # one sentence, above all for stopped and skipped
    parameters: int | None = None
    flops: int | None = None  # of a forward pass for one picture
    seconds: float | None = None
    images_per_second: float | None = None
    precision: str = ""
    epochs_run: int | None = None
    best_epoch: int | None = None
    train_accuracy: float | None = None  # 0..1, as all accuracies here
    validation_accuracy: float | None = None
    test_accuracy: float | None = None
    # One mapping an epoch: epoch, loss, accuracy, val_loss, val_accuracy, learning_rate; any may be
    # absent.
    history: Sequence[Mapping[str, float]] = ()


@dataclass(frozen=True, eq=False)
class Facts:
    """Everything that the page says; only title and data are needed.

    scores: accuracy 0..1, interval [low, high], level (0.95 if absent), balanced_accuracy, n,
    ece, loss, per_class [{class, precision, recall, f1, n}], confusion (classes x classes
    counts, rows are the truth), top_confusions [{truth, predicted, n}],
    calibration [{confidence, accuracy, n}], calibrated {temperature, views, times, before
    {loss, ece, calibration}}, sure {from, coverage, error, interval}, abstention
    {max_error, kept, bound, n}, baselines {"prior": accuracy, "linear": accuracy}. Of labels
    also mean_average_precision, chance, f1_micro, f1_macro, exact_match, and average_precision
    and threshold in per_class; no confusion.
    Any key may be absent or None; the page then leaves that part out.
    """

    title: str
    data: DataFacts
    created: str = ""  # ISO 8601
    command: str = ""  # the exact command line that repeats the run
    folder: str = ""  # of the run, as its user named it
    seconds: float | None = None  # of the whole run
    samples: Sequence[Picture] = ()  # a few of each class
    seen: Seen | None = None
    findings: Sequence[Finding] = ()
    # by id: pictures that findings are about
    pictured: Mapping[str, Picture] = field(default_factory=dict)
    rungs: Sequence[RungFacts] = ()  # in the order of the ladder
    best: str = ""  # name of a rung
    chosen: str = ""  # one sentence: why that rung
    scores: Mapping[str, Any] = field(default_factory=dict)
    mistakes: Sequence[Mistake] = ()  # the worst first
    values: tuple[np.ndarray, np.ndarray] | None = None  # truth and answers (n,), of one value each
    texts: TextFacts | None = None  # what is told of texts alone
    series: SeriesFacts | None = None  # of forecasts
    environment: Mapping[str, str] = field(default_factory=dict)
    recipe: Sequence[tuple[str, Any, str]] = ()  # (setting, value, "you" | "rung" | "default")
    notes: Sequence[str] = ()
    hurry: str = ""  # one sentence, where a budget ended trainings that had hardly begun
    longer: str = ""  # a budget to run again with, where that one was too short
    files: Sequence[tuple[str, str]] = ()  # (name in the run folder, what it is)

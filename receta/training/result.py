"""What came of one rung, and which of several is best?

It is kept in rung.json. A measure stands there by its own name: validation_accuracy and
train_accuracy of a rung that was judged by accuracy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from receta import models, tasks
from receta.core import disk, records, shapes
from receta.core.errors import RunError
from receta.core.finding import Finding
from receta.core.measure import Measure

State = Literal["trained", "stopped", "skipped"]
ADVICE = "Restore it from a copy, or train again into another folder with --out."
_FIGURES = (
    "parameters",
    "flops",
    "seconds",
    "images_per_second",
    "epochs_run",
    "best_epoch",
    "precision",
)
_TRANSFER = ("head_penalty", "frozen_validation_accuracy", "fine_tuned_layers", "fine_tune_seconds")
# nats of validation loss, below which no better network can be told from a good one
_NOTHING_LEFT = 1e-3
_TIMES = ("after_s", "wall_s")


@dataclass(frozen=True)
class RungResult:
    """A rung that was trained, stopped by a check, or skipped.

    measure, loss: on the validation part; train, train_loss: on training examples. epochs: those
    that were run. recipe: the settings that it was trained by. after_s, wall_s: seconds for
    judging it, and for all of it. transfer: what only a pretrained rung tells.
    is_yardstick: whether it is no network, but what networks are compared with. evenly: what it is
    chosen by in the place of measure, where rare classes are to count.
    """

    rung: str
    state: State
    why: str
    findings: tuple[Finding, ...] = ()
    measure: Measure | None = None
    loss: float | None = None
    train: Measure | None = None
    train_loss: float | None = None
    parameters: int | None = None
    flops: int | None = None
    seconds: float | None = None
    images_per_second: float | None = None
    epochs: int | None = None
    best_epoch: int | None = None
    precision: str = ""
    input_shape: tuple[int, ...] = ()
    recipe: dict[str, Any] | None = None
    transfer: dict[str, Any] | None = None
    after_s: float | None = None
    wall_s: float | None = None
    is_yardstick: bool = False
    evenly: Measure | None = None

    @property
    def score(self) -> tuple[float, float]:
        """What rungs are compared by: a measure on validation, then the loss."""
        if self.measure is None or self.loss is None:
            raise ValueError(f"{self.rung} was not trained")
        return (self.evenly or self.measure).score, -self.loss

    @property
    def is_perfect(self) -> bool:
        """Whether it gets all of validation right, and is so sure that no loss is left to lower."""
        if self.measure is None or self.loss is None or self.measure.better != "higher":
            return False
        return self.measure.value == 1.0 and self.loss < _NOTHING_LEFT

    def figures(self) -> dict[str, Any]:
        """What can be told in one line each, by the names of rung.json."""
        plain: dict[str, Any] = {"rung": self.rung, "state": self.state, "why": self.why}
        for part, measure, loss in (
            ("validation", self.measure, self.loss),
            ("train", self.train, self.train_loss),
        ):
            if measure is not None:
                plain |= {f"{part}_{measure.name}": measure.value, f"{part}_loss": loss}
        known = {**vars(self), "epochs_run": self.epochs}
        plain |= {name: known[name] for name in _FIGURES if known[name] not in (None, "")}
        if self.measure is not None:
            plain["flops"] = self.flops  # None says that nobody can count them
        if self.evenly is not None:
            plain["chosen_by"] = {self.evenly.name: self.evenly.value}
        if self.is_yardstick:
            plain["yardstick"] = True
        return plain

    def to_json(self) -> dict[str, Any]:
        """What rung.json holds."""
        plain = {
            **self.figures(),
            **(self.transfer or {}),
            "findings": [finding.to_json() for finding in self.findings],
        }
        if self.input_shape:
            plain["input_shape"] = list(self.input_shape)
        if self.recipe is not None:
            plain["recipe"] = self.recipe
        return {
            **plain,
            **{name: getattr(self, name) for name in _TIMES if getattr(self, name) is not None},
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> RungResult:
        """The result that `to_json` wrote."""

        def measure(part: str) -> Measure | None:
            name = next(
                (key for key in plain if key.startswith(f"{part}_") and not key.endswith("_loss")),
                "",
            )
            if not name:
                return None
            called = name.removeprefix(f"{part}_")
            return Measure(called, plain[name], better=tasks.better(called))

        known = {
            name: plain[name]
            for name in (*_FIGURES, *_TIMES)
            if name in plain and name != "epochs_run"
        }
        return cls(
            plain["rung"],
            plain["state"],
            plain["why"],
            tuple(Finding.from_json(one) for one in plain["findings"]),
            measure("validation"),
            plain.get("validation_loss"),
            measure("train"),
            plain.get("train_loss"),
            epochs=plain.get("epochs_run"),
            input_shape=tuple(plain.get("input_shape", ())),
            recipe=plain.get("recipe"),
            transfer={name: plain[name] for name in _TRANSFER if name in plain} or None,
            is_yardstick=bool(plain.get("yardstick")),
            evenly=next((Measure(*one) for one in plain.get("chosen_by", {}).items()), None),
            **known,
        )


def read_result(path: Path) -> RungResult:
    """The result of a rung; RunError for what receta did not write."""
    plain: dict[str, Any] = disk.read_json(path, records.RUNG)
    said = shapes.mismatch(plain, records.TRAINED) if plain["state"] == "trained" else ""
    if plain["state"] == "trained" and not any(
        f"validation_{task.MEASURE}" in plain for task in map(tasks.of, tasks.names())
    ):
        said = said or "it has no measure on validation"
    if not said and models.folder_name(plain["rung"]) != path.parent.name:
        said = f"it is of the rung {plain['rung']!r}"
    if said:
        raise RunError(f"{path} is damaged ({said}). {ADVICE}")
    return RungResult.from_json(plain)


def choose(rungs: Iterable[RungResult]) -> RungResult | None:
    """Best trained network by its measure on validation; of equals the one of the lowest loss.

    Where several rungs get every picture right, the loss still tells how sure they are
    (sign letters: linear and cnn at 1.0, 0.76 and 0.94 on unseen hands; LOG.md). None when
    every rung that learns was stopped by a check; a rung skipped for want of time was not.
    """
    rungs = [rung for rung in rungs if not rung.is_yardstick]
    trained = [rung for rung in rungs if rung.state == "trained"]
    learnt = [rung for rung in trained if rung.rung != "prior"]
    if not trained or (not learnt and any(rung.state == "stopped" for rung in rungs)):
        return None
    return max(trained, key=lambda rung: rung.score)


def find_better(rungs: Sequence[RungResult]) -> RungResult | None:
    """The best yardstick, where its measure on validation is better than that of every network."""
    best = choose(rungs)
    measured = [rung for rung in rungs if rung.is_yardstick and rung.measure is not None]
    if best is None or best.measure is None or not measured:
        return None
    first = max(measured, key=lambda rung: rung.score)
    return first if first.score[0] > best.score[0] else None

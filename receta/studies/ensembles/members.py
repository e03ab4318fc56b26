"""Which models are to answer together, and what has each of them seen?

A member is a run, or all folds of a study with --cv, which answer by their mean. Members are of the
same data: an example with one id holds the same in all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from receta import kinds
from receta.core import disk, records
from receta.core.errors import InputError, RunError
from receta.core.printable import cut
from receta.data.dataset import Dataset
from receta.studies.answers import read_answers
from receta.training import Run

OUT_OF_FOLD = "out_of_fold.npz"


@dataclass(frozen=True)
class OutOfFold:
    """What each example was answered by networks that never saw it: ids (n,), answers."""

    ids: np.ndarray
    targets: np.ndarray
    answers: np.ndarray
    folds: np.ndarray

    @classmethod
    def read(cls, path: Path) -> OutOfFold:
        """What a study with --cv has kept."""
        return cls(**read_answers(path, more=("folds",)))


@dataclass(frozen=True)
class Member:
    """One model of an ensemble: the networks of some runs, of which it says the mean.

    trained, chosen, tested: ids of the examples that any of its networks was trained on, chosen by,
    or tested on. out_of_fold: of a study with --cv.
    """

    name: str
    runs: tuple[Run, ...]
    trained: frozenset[str]
    chosen: frozenset[str]
    tested: frozenset[str]
    out_of_fold: OutOfFold | None = None

    @property
    def first(self) -> Run:
        """One of its runs: all are of one recipe."""
        return self.runs[0]

    @property
    def seen(self) -> frozenset[str]:
        """Ids that would judge it too well."""
        return self.trained | self.chosen

    @property
    def new(self) -> frozenset[str]:
        """Ids whose answers tell how good it is, though one of them may have chosen it."""
        if self.out_of_fold is not None:
            return frozenset(self.out_of_fold.ids.tolist())
        return (self.chosen | self.tested) - self.trained

    def apart(self) -> tuple[Member, ...]:
        """Each of its networks as a member of its own."""
        return tuple(_make(str(run.folder.parent), (run,)) for run in self.runs)

    def answer(self, data: Dataset) -> np.ndarray:
        """(n, outputs) the mean of its networks' answers."""
        return np.mean([run.predict_rows(run.examples(data)) for run in self.runs], axis=0)

    def answer_new(self, data: Dataset) -> np.ndarray:
        """(n, outputs) answers to some of `new`, by networks that were not trained on them."""
        known = self.out_of_fold
        if known is None:
            return self.answer(data)
        place = {name: at for at, name in enumerate(known.ids.tolist())}
        return np.asarray(known.answers[[place[name] for name in data.ids]])


def open_members(folders: Sequence[str | Path]) -> tuple[Member, ...]:
    """The members of some folders of runs and studies.

    Raises RunError for what is neither, and for an unfinished run; InputError for less than two
    models, for one that is named twice, and for models of other data, classes or tasks.
    """
    places = [Path(one).resolve() for one in folders]
    twice = next((one for at, one in enumerate(folders) if places[at] in places[:at]), None)
    if twice is not None:
        raise InputError(f"{twice} is named twice; expected each model once. Leave one out.")
    members = [one for folder in folders for one in _open(Path(folder))]
    if len(members) < 2 and sum(len(one.runs) for one in members) < 2:
        named = f"{members[0].name} alone" if members else "no model"
        raise InputError(
            f"{named} makes no ensemble; expected at least two runs, or a study with --cv. Name "
            "another run."
        )
    _refuse_unlike(members)
    return tuple(members)


def _open(folder: Path) -> Iterator[Member]:
    if not (folder / "study.json").is_file():
        run = Run.open(folder)
        run.best  # noqa: B018  says so in one line when there is none
        yield _make(str(folder), (run,))
        return
    runs = [Run.open(path.parent) for path in sorted(folder.glob("trials/*/run/result.json"))]
    runs = [run for run in runs if (run.folder / "model.keras").exists()]
    if not runs:
        raise RunError(
            f"{folder} holds no finished trial; expected a study that is done. Repeat the command "
            "that began it."
        )
    kept = folder / OUT_OF_FOLD
    if kept.is_file():
        yield _make(str(folder), tuple(runs), OutOfFold.read(kept))
    else:
        for run in runs:
            yield _make(str(run.folder.parent), (run,))


def _make(name: str, runs: tuple[Run, ...], kept: OutOfFold | None = None) -> Member:
    splits = [disk.read_json(run.folder / "split.json", records.SPLIT) for run in runs]
    trained, chosen, tested = (
        frozenset(one for split in splits for one in split[part])
        for part in ("train", "validation", "test")
    )
    return Member(name, runs, trained, chosen, tested, kept)


def _refuse_unlike(members: Sequence[Member]) -> None:
    """InputError where two members cannot answer the same question."""
    first = members[0]
    held = _digests(first)
    for other in members[1:]:
        pairs = (
            ("kind of examples", *(kinds.of_model(one.first).NOUN.many for one in (first, other))),
            ("task", first.first.task, other.first.task),
            ("classes", first.first.class_names, other.first.class_names),
        )
        for what, one, another in pairs:
            if one != another:
                raise InputError(
                    f"{first.name} and {other.name} differ in their {what} ({_shorten(one)}, and "
                    f"{_shorten(another)}); expected models of the same data. Name others."
                )
        theirs = _digests(other)
        shared = held.keys() & theirs.keys()
        if not shared or any(held[name] != theirs[name] for name in shared):
            raise InputError(
                f"{first.name} and {other.name} are of different data (the contents of their "
                "examples differ); expected models of the same data. Name others."
            )


def _digests(member: Member) -> dict[str, str]:
    found: dict[str, str] = {}
    for run in member.runs:
        found |= disk.read_json(run.folder / "data.json", records.DATA)
    return found


def _shorten(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return cut(text, 60)

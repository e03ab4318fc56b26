"""What was asked of a study, and where does it lie?

The folder of a study holds study.json, a folder for each trial, and result.json in the end. Only
the parent writes beside the trials; the process of a trial writes in that trial's folder alone.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import receta
from receta.core import disk
from receta.core.errors import RunError
from receta.core.printable import cut
from receta.core.recipe import Recipe
from receta.core.session import MachineSettings
from receta.core.shapes import Between
from receta.studies.logs import refuse_links
from receta.studies.trial import Outcome, Trial, pick_known

FORMAT = 1
STUDY = {
    "format": Between(int, 0, 10**6),
    "receta": str,
    "verb": str,
    "data": str,
    "test": (str, None),
    "options": {str: Any},
    "fingerprint": str,
    "recipe": {str: Any},
    "asked": {str: Any},
    "jobs": Between(int, 1, 10_000),
    "left_out": {str: str},
}
# What may differ when the same command is repeated.
_OF_THE_MACHINE = ("jobs", "receta")
# What may grow of what was asked: the trials that are there already stay as they are.
_GROWING = ("seeds", "trials")


@dataclass(frozen=True, kw_only=True)
class Study:
    """What was asked of a study, written once.

    verb: ablate, tune and the like. data, test, options: as `receta.load` takes them.
    fingerprint: of these data. recipe: the settings that all trials share. asked: what the verb
    alone knows (changes, seeds, a space). jobs: trials at a time. left_out: examples that no trial
    sees, and why.
    """

    verb: str
    data: str
    fingerprint: str
    recipe: dict[str, Any]
    asked: dict[str, Any]
    test: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    jobs: int = 1
    left_out: dict[str, str] = field(default_factory=dict, repr=False)
    receta: str = receta.__version__

    def to_json(self) -> dict[str, Any]:
        """What study.json holds."""
        return {"format": FORMAT, **dataclasses.asdict(self)}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The study that `to_json` wrote."""
        return cls(**pick_known(cls, plain))

    @property
    def base(self) -> Recipe:
        """The recipe that all trials share."""
        return Recipe(**self.recipe)

    def recipe_of(self, trial: Trial) -> Recipe:
        """The recipe of one trial."""
        return Recipe(**{**self.recipe, **trial.settings})


def settle_recipe(recipe: Recipe, jobs: int) -> dict[str, Any]:
    """The explicit settings of a recipe, for a study whose trials are equal to the bit.

    What this machine would decide by its clock is decided now: threads and precision. A trial has
    no budget of its own.
    """
    cores = len(os.sched_getaffinity(0))
    machine = MachineSettings.of(recipe)
    fixed = {
        "threads": machine.threads or max(1, cores // jobs),
        "precision": "float32" if machine.precision == "auto" else machine.precision,
    }
    said = recipe.model_dump(mode="json", exclude_unset=True)
    return {**{name: value for name, value in said.items() if name != "budget_s"}, **fixed}


def default_folder(study: Study) -> Path:
    """Where a study goes when nobody says: the same for the same call."""
    known = {
        name: value
        for name, value in study.to_json().items()
        if name not in (*_OF_THE_MACHINE, "fingerprint", "left_out")
    }
    known["asked"] = {name: value for name, value in study.asked.items() if name not in _GROWING}
    known["recipe"] = {name: value for name, value in study.recipe.items() if name != "threads"}
    text = json.dumps(known, sort_keys=True, default=str)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    stem = Path(study.data).name.split(".")[0].replace(":", "-") or "data"
    return Path("runs") / "studies" / f"{stem}-{study.verb}-{digest}"


@dataclass(frozen=True)
class StudyFolder:
    """The folder of a study that is there already."""

    path: Path
    study: Study

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Read a study; RunError where the folder holds none, or one of another version."""
        path = Path(path)
        file = path / "study.json"
        if not file.is_file():
            raise RunError(
                f"{path} is no study (it has no study.json); expected a folder that `receta "
                "ablate` or `receta tune` made. Name one of those that `receta studies` lists."
            )
        plain = disk.read_json(file, {"format": int})
        if plain["format"] != FORMAT:
            raise RunError(
                f"{path} is a study of format {plain['format']}; expected {FORMAT}. Use the "
                "version of receta that wrote it, or another folder with --out."
            )
        return cls(path, Study.from_json(disk.read_json(file, STUDY)))

    @classmethod
    def begin(cls, path: str | Path, study: Study, *, force: bool = False) -> Self:
        """Open the folder for this very study, or lay it out; the caller holds it.

        force: what another study left there is removed. Raises RunError for one of other data,
        another recipe or other questions.
        """
        path = Path(path)
        if (path / "study.json").exists():
            found = cls.open(path)
            differs = _tell_difference(found.study, study)
            if not differs:
                return found._grow(path, study)
            if not force:
                raise RunError(
                    f"{path} holds a study of {differs}; expected the same. Choose another folder "
                    "with --out, or begin it anew with --force."
                )
            shutil.rmtree(path / "trials", ignore_errors=True)
            disk.remove(path / "result.json")
        disk.write_json(path / "study.json", study.to_json())
        return cls(path, study)

    def _grow(self, path: Path, study: Study) -> Self:
        """The same study, with as many seeds and trials as are asked for now."""
        asked = {
            **self.study.asked,
            **{name: study.asked[name] for name in _GROWING if name in study.asked},
        }
        if asked == self.study.asked:
            return self
        grown = dataclasses.replace(self.study, asked=asked)
        disk.write_json(path / "study.json", grown.to_json())
        return dataclasses.replace(self, study=grown)

    @property
    def result_path(self) -> Path:
        """Where what was found stands; written last."""
        return self.path / "result.json"

    def folder_of(self, number: int) -> Path:
        """The folder of a trial."""
        return self.path / "trials" / f"{number:04d}"

    def ask(self, trial: Trial) -> Path:
        """Write down what is asked of a trial, once; its folder is returned.

        RunError where another trial has this number: the study was not gone on with as it began.
        """
        folder = self.folder_of(trial.number)
        refuse_links(folder)
        path = folder / "asked.json"
        plain = json.loads(json.dumps(trial.to_json()))
        if not path.exists():
            disk.write_json(path, plain)
        elif Trial.read(path).to_json() != plain:
            raise RunError(
                f"{path} asks for another trial than this command does; expected the same. Choose "
                "another folder with --out, or begin it anew with --force."
            )
        return folder

    def outcome_of(self, number: int) -> Outcome | None:
        """What came of a trial; None before it is done."""
        path = self.folder_of(number) / "outcome.json"
        return Outcome.read(path) if path.exists() else None

    def failure_of(self, number: int) -> Outcome | None:
        """What a trial failed by that nobody may rely on: another try may end otherwise."""
        path = self.folder_of(number) / "failed.json"
        return Outcome.read(path) if path.exists() else None

    def keep_failure(self, outcome: Outcome) -> Outcome:
        """Write down that a trial failed, and give it back."""
        disk.write_json(self.folder_of(outcome.number) / "failed.json", outcome.to_json())
        return outcome

    def forget_failure(self, number: int) -> None:
        """Let a trial that failed be tried again."""
        disk.remove(self.folder_of(number) / "failed.json")

    def trials(self) -> list[Trial]:
        """All trials that were asked for until now, in their order."""
        found = sorted((self.path / "trials").glob("[0-9]*/asked.json"))
        return [Trial.read(path) for path in found]

    def outcomes(self) -> dict[int, Outcome]:
        """What came of all trials that are done, by their number."""
        known = {trial.number: self.outcome_of(trial.number) for trial in self.trials()}
        return {number: outcome for number, outcome in known.items() if outcome is not None}


_OURS = {"study.json", "trials", "result.json", "report.html", "study.db", "out_of_fold.npz"}
_OURS |= {"best", "recipe.toml", "recipe.json"}


@contextlib.contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the folder of a study for this parent alone.

    RunError while another one has it, and for a folder of other things.
    """
    _refuse_strangers(path)
    try:
        with disk.sole_user(path):
            yield
    except RunError as error:
        if "in use" not in str(error):
            raise
        raise RunError(
            f"{path} is in use by another receta; expected one parent a study. Wait for it to "
            "end, or choose another folder with --out."
        ) from error


def _refuse_strangers(path: Path) -> None:
    strange = sorted(one.name for one in path.glob("[!.]*") if one.name not in _OURS)
    if strange and not (path / "study.json").exists():
        raise RunError(
            f"{path} holds other files ({', '.join(strange[:3])}); expected an empty or new "
            "folder, or a study. Choose another one with --out."
        )


def _tell_difference(old: Study, new: Study) -> str:
    """What of a study in a folder differs from the one that is asked for; '' where nothing does.

    Threads stay as they were begun with.
    """
    if old.verb != new.verb:
        return f"`receta {old.verb}`"
    if old.fingerprint != new.fingerprint:
        return "other data (their fingerprint differs)"
    for name, said in (("recipe", "another recipe"), ("asked", "other questions")):
        one, other = (json.loads(json.dumps(getattr(study, name))) for study in (old, new))
        changed = sorted(
            key
            for key in one.keys() | other.keys()
            if key not in ("threads", *_GROWING) and one.get(key) != other.get(key)
        )
        if changed:
            key = changed[0]
            old_value, new_value = (cut(str(values.get(key)), 60) for values in (one, other))
            return f"{said} ({key}: {old_value} -> {new_value})"
    return ""

"""Is the run in a folder of the same work, and what is written down when a new one begins?"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import receta
from receta import kinds, splitting, tasks
from receta.core import disk, recipe_files, records
from receta.core import targets as written
from receta.core.costs import costs
from receta.core.errors import RunError
from receta.core.recipe import Recipe, differences
from receta.data.dataset import Dataset, Splits
from receta.data.examples import Parts
from receta.pipeline import backend
from receta.training.run import Run
from receta.training.run_folder import FORMAT


@dataclass(frozen=True)
class Work:
    """What a run is of: it is gone on with only where all of this is the same.

    splits: the parts, as JSON. digests: what each example holds, by id.
    """

    recipe: Recipe
    fingerprint: str
    splits: dict[str, Any]
    digests: dict[str, str]

    @classmethod
    def of(cls, recipe: Recipe, parts: Parts, how: str) -> Work:
        """how: they were split."""
        inputs, everything = parts.inputs, parts.union()
        rows = zip(everything.ids, everything.rows, everything.targets, strict=True)
        return cls(
            recipe,
            inputs.fingerprint(everything),
            splitting.as_json(parts, how),
            {
                name: f"{inputs.digests[row].decode()}:{written.spell_target(target)}"
                for name, row, target in rows
            },
        )


def find_run(folder: Path, work: Work) -> Run | None:
    """The run that the folder holds already, if it is of this very work; None in a new folder.

    Raises RunError that says what differs: the recipe, the data, the split.
    """
    if not (folder / "run.json").exists():
        return None
    run = Run.open(folder)
    changed = differences(run.recipe, work.recipe)
    if changed:
        raise RunError(
            f"{folder} holds a run of another recipe ({'; '.join(changed)}); expected the same. "
            f"Give the old settings, or choose another folder with --out."
        )
    if run.about["data"]["fingerprint"] != work.fingerprint:
        raise RunError(
            f"the data changed since {folder} was begun ({_tell_changes(folder, work.digests)}); "
            "expected the same data. "
            f"Choose another folder with --out."
        )
    old = disk.read_json(folder / "split.json", records.SPLIT)
    if old != work.splits:
        raise RunError(
            f"{folder} holds a run of another split ({old.get('how')!r}, now "
            f"{work.splits['how']!r}); expected the same. "
            f"Give the old options, or choose another folder with --out."
        )
    return run


def lay_out(folder: Path, about: Mapping[str, Any], work: Work) -> Run:
    """Begin a run folder; run.json last, so that what has one is whole."""
    recipe_files.write(work.recipe, folder / "recipe.toml")
    disk.write_json(folder / "split.json", work.splits)
    disk.write_json(folder / "data.json", work.digests, indent=None)
    disk.write_json(folder / "run.json", {"format": FORMAT, "sealed": True, **about})
    return Run.open(folder)


def raise_format(run: Run) -> Run:
    """The run of an earlier format as one of this format, before it is gone on with."""
    if run.about["format"] == FORMAT:
        return run
    disk.write_json(run.folder / "run.json", {**run.about, "format": FORMAT})
    return Run.open(run.folder)


def tell_machine(
    parts: Parts, work: Work, machine: backend.Machine, about: Mapping[str, Any]
) -> dict[str, Any]:
    """What run.json says in all; about: what the caller knows of the data and the command."""
    given, inputs = dict(about), parts.inputs
    return {
        "receta": receta.__version__,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": "",
        **given,
        "input": {
            **inputs.to_json(),
            "specs": [spec.to_json() for spec in kinds.learn(parts.train)],
        },
        "machine": machine.to_json(),
        "backend": backend.why(),
        "data": {
            "source": repr(parts.train.source),
            "n": sum(map(len, parts)),
            **tell_origin(parts.train),
            **given.get("data", {}),
            "class_names": list(tasks.of(parts.train.task).outputs(parts.train)),
            "task": parts.train.task,
            "fingerprint": work.fingerprint,
        },
    }


def _tell_changes(folder: Path, digests: Mapping[str, str]) -> str:
    """What became of the examples, in words."""
    path = folder / "data.json"
    if not path.exists():
        return "its list of examples is missing"
    old = disk.read_json(path, records.DATA)
    added = [name for name in digests if name not in old]
    gone = [name for name in old if name not in digests]
    other = [name for name in digests if name in old and old[name] != digests[name]]
    words = [
        f"{len(names)} {what}, such as {names[0]}"
        for names, what in (
            (added, "added"),
            (gone, "removed"),
            (other, "changed in content or class"),
        )
        if names
    ]
    return "; ".join(words) or "their order or class names"


def parts_of(run: Run, data: Dataset) -> Splits:
    """The parts of a run on its data again."""
    return splitting.from_json(data, disk.read_json(run.folder / "split.json", records.SPLIT))


def tell_origin(data: Dataset) -> dict[str, Any]:
    """What run.json says of where data were read from; nothing where nobody knows."""
    told = data.origin.to_json()
    return {**told, "notes": list(data.notes)} if told else {}


def describe(examples: Dataset, kept: Dataset, recipe: Recipe) -> dict[str, Any]:
    """What run.json says of the data: name, place, options, how many, how they are split.

    examples: before cleaning; kept: after it. RecipeError for costs of classes that are not
    there: now, and not after the training.
    """
    costs(recipe.costs, kept.class_names)
    has_test = examples.origin.test is not None
    n = sum(not (has_test and name.startswith("test:")) for name in examples.ids)
    return {**tell_origin(examples), "n": n, "split": splitting.how(kept, recipe)}

"""How do several models answer together, and is that better than the best of them?

The door `combine`. Members are opened and compared (members), examples that none has seen are found
and answered (judging), weights are learnt (weighing), one network is made (network) and written as
a run of its own (writing).
"""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from receta import kinds, tasks
from receta.core import disk, seals
from receta.core.deadline import Deadline
from receta.core.errors import InputError
from receta.core.progress import Progress, Unasked, tell_stage
from receta.core.session import Session
from receta.core.spec import Spec
from receta.data.dataset import Dataset
from receta.studies.ensembles import judging, network, writing
from receta.studies.ensembles.judging import Gain, Known
from receta.studies.ensembles.members import OUT_OF_FOLD, Member, OutOfFold, open_members
from receta.studies.ensembles.weighing import FEWEST, SOUP, WAYS, Mix, average, refuse_way
from receta.training import Run, open_folder

__all__ = ["OUT_OF_FOLD", "Ensemble", "Member", "OutOfFold", "combine", "open_members"]


@dataclass(frozen=True)
class Ensemble:
    """An ensemble: a run to be used like any other, and what was found when it was made.

    found: as ensemble.json has it, which is what `receta combine --json` prints.
    """

    run: Run
    found: dict[str, Any]

    @classmethod
    def open(cls, folder: str | Path) -> Ensemble:
        """The ensemble of a folder; RunError when it is none."""
        run = Run.open(folder)
        return cls(run, disk.read_json(run.folder / writing.FOUND, {"how": str, "members": [str]}))


def combine(
    runs: Sequence[str | Path],
    *,
    how: str = "average",
    out: str | Path | None = None,
    test: str | Path | None = None,
    to_one: str = "",
    command: str = "",
    progress: Progress = Unasked(),
) -> Ensemble:
    """Let several runs answer together, judged on what none has seen.

    runs: folders of runs, or of studies; all folds of a study with --cv are one member. how:
    average, nnls, greedy, stack, or soup, which averages weights. test: labelled data to judge on.
    to_one: a rung that learns what the ensemble says, in the folder `one` of it. Raises InputError
    for models that do not fit together and where too few examples are left to learn weights from.
    """
    refuse_way(how)
    members = open_members(runs)
    folder = Path(out) if out else _default_folder(runs, how)
    wanted = {
        "how": how,
        "members": [one.name for one in members],
        "asked": {"test": str(test or ""), "to_one": to_one},
        "networks": [
            seals.digest(run.folder / "model.keras") for one in members for run in one.runs
        ],
    }
    if (folder / writing.FOUND).exists():
        known = Ensemble.open(folder)
        if {name: known.found.get(name) for name in wanted} == wanted:
            progress.say(f"{folder} is finished already: nothing was changed.")
            return known
        raise InputError(
            f"{folder} holds another ensemble ({known.found['how']} of "
            f"{len(known.found['members'])} models); expected an empty or new folder. Choose "
            "another one with --out."
        )
    writing.refuse_strangers(folder)
    with open_folder(Session(folder, progress, Deadline())) as work:
        found = _combine(members, how, work.session, test=test, command=command)
        if to_one:
            from receta.studies.ensembles.distilling import distil

            def answer(data: Dataset) -> np.ndarray:
                return _answer(found.made.network, found.made.shared, members[0].first, data)

            found.told["one"] = distil(found.made, members, to_one, work.session, answer)
        disk.write_json(folder / writing.FOUND, {**wanted, **found.told})
    return Ensemble.open(folder)


@dataclass(frozen=True)
class _Found:
    made: writing.Made
    told: dict[str, Any]


def _combine(
    members: Sequence[Member],
    how: str,
    session: Session,
    *,
    test: str | Path | None,
    command: str,
) -> _Found:
    began = time.monotonic()
    first, progress = members[0].first, session.progress
    tell_stage(progress, "asking the models")
    data = judging.load_data(first, progress)
    rows = judging.choose_rows(data, members)
    judges = rows.judged
    if test is not None:
        judges, rows = judging.load_test(first, str(test), members, progress), rows
    elif rows.why:
        progress.say(rows.why)
    task = tasks.of(first.task)
    known = judging.ask(members, rows.learnt, is_new=True)
    judged = judging.ask(members, judges)
    mix = _weigh(how, known, first.task)
    specs, shared = _share(members)
    tell_stage(progress, "making one network")
    one = _make_network(members, how, mix, specs, shared)
    answers = _answer(one, shared, first, judges)
    if how == SOUP:
        together = _answer(one, shared, first, rows.learnt)
    else:
        together = mix.answer(known.answers, task)
    made = writing.Made(
        rung=writing.NAME,
        network=one,
        shared=shared,
        known=known,
        known_answers=together,
        judged=judged,
        judged_answers=answers,
        command=command,
    )
    singles = members if len(members) > 1 else members[0].apart()
    best = _find_best(singles, known, judged, task)
    name = singles[best].name
    beside = judged if len(members) > 1 else judging.ask(singles, judges)
    gains = [
        judging.measure_gain(part, said, best, name, task) if len(part) else None
        for part, said in ((beside, answers), (known, together))[: len(members)]
    ]
    gains += [None] * (2 - len(gains))
    run = writing.write_run(session.folder, made, members, time.monotonic() - began)
    told = {
        "run": str(session.folder),
        "weights": list(mix.weights),
        "test": run.scores,
        "best_single": _tell_best(gains[0], name),
        "gain": _tell_gain(gains[0]),
        "validation": None if gains[1] is None else gains[1].to_json(),
        "latency_ms": _time(run, singles[best].first, judges if len(judges) else data),
        "left_out": rows.why if test is None else "",
        "n": {"weights": len(known), "test": len(judged)},
        "data": {"fingerprint": first.about["data"]["fingerprint"]},
        "seconds": round(time.monotonic() - began, 1),
    }
    if not len(judged):
        progress.say(
            "No example is left that none of the models has seen: the gain is not known. Name "
            "labelled data with --test."
        )
    return _Found(made, told)


def _find_best(singles: Sequence[Member], known: Known, judged: Known, task: tasks.Task) -> int:
    """The member that is best without having looked at what judges.

    Of the folds of one study that is the best on its own validation part.
    """
    if len(known.answers) != len(singles):
        measures = [one.first.best.measure for one in singles]
        scores = [-np.inf if one is None else one.score for one in measures]
        return int(np.argmax(scores))
    chosen = known if len(known) else judged
    return judging.find_best(chosen, task) if len(chosen) else 0


def _weigh(how: str, known: Known, task: str) -> Mix:
    """The weights of the members; InputError where too few examples tell of them."""
    if how == SOUP:
        return dataclasses.replace(average(known.answers, known.targets, tasks.of(task)), how=how)
    if how != "average" and len(known) < FEWEST:
        raise InputError(
            f"{len(known)} examples are new to all of these models, and weights are learnt from "
            f"them; expected at least {FEWEST}. Combine runs of one split, or use --how average."
        )
    return WAYS[how](known.answers, known.targets, tasks.of(task))


def _share(members: Sequence[Member]) -> tuple[list[Spec], Spec]:
    """What each network takes, and the input that feeds them all."""
    specs = [run.specs[0] for member in members for run in member.runs]
    return specs, kinds.of_specs((specs[0],)).share(specs)


def _make_network(
    members: Sequence[Member], how: str, mix: Mix, specs: list[Spec], shared: Spec
) -> Any:
    runs = [run for member in members for run in member.runs]
    networks = [run.model() for run in runs]
    if how == SOUP:
        if any(one.shape != shared.shape or one.columns != shared.columns for one in specs):
            raise InputError(
                "the models read their examples by different vocabularies or sizes, so that their "
                "weights have no mean; expected runs of one split. Use --how average."
            )
        return network.average_weights(networks, [str(run.folder) for run in runs])
    weights = tuple(
        weight / len(member.runs)
        for member, weight in zip(members, mix.weights, strict=True)
        for _ in member.runs
    )
    each = dataclasses.replace(mix, weights=weights)
    return network.join(networks, specs, shared, each, tasks.of(runs[0].task))


def _answer(model: Any, shared: Spec, first: Run, data: Dataset) -> np.ndarray:
    """(n, outputs) what the one network says of some data."""
    if not len(data):
        return np.zeros((0, len(first.class_names)), np.float32)
    return np.asarray(model.predict(_read(shared, first, data), batch_size=256, verbose=0))


def _read(shared: Spec, first: Run, data: Dataset) -> np.ndarray:
    """The examples of some data as the shared input takes them."""
    known = {**first.about["input"], "shape": list(shared.shape), "specs": [shared.to_json()]}
    reader = _Reader(first.folder, {**first.about, "input": known}, first.sealed, first.trusted)
    examples = reader.examples(data)
    found: np.ndarray = examples.inputs.take(examples.rows)
    return found


class _Reader(Run):
    """A run that reads examples as another input takes them."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of that input."""
        return tuple(self.about["input"]["shape"])


def _time(run: Run, single: Run, data: Dataset) -> dict[str, float]:
    """Milliseconds for one answer of the ensemble, and of its best member."""
    one = data.take(np.arange(1))
    found = {}
    for name, asked in (("ensemble", run), ("best_single", single)):
        examples = asked.examples(one)
        example = examples.inputs.take(examples.rows)
        found[name] = judging.time_one(asked.model().predict_on_batch, example)
    return found


def _tell_best(gain: Gain | None, name: str) -> dict[str, Any]:
    if gain is None:
        return {"run": name}
    return {"run": name, "measure": gain.measure, "value": gain.single, "n": gain.n}


def _tell_gain(gain: Gain | None) -> dict[str, Any] | None:
    if gain is None:
        return None
    return {"value": gain.value, "interval": list(gain.interval), "measure": gain.measure}


def _default_folder(runs: Sequence[str | Path], how: str) -> Path:
    """Where an ensemble goes when nobody says: the same for the same call."""
    text = "\x1f".join([how, *map(str, runs)])
    digest = hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    return Path("runs") / f"ensemble-{digest}"

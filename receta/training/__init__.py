"""How does a set-up become a trained network that can be resumed and repeated? The door `train`."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import receta
from receta import checks, kinds, models, splitting, tasks
from receta.core import disk, records
from receta.core import targets as written
from receta.core.deadline import NEVER, Deadline, slowness
from receta.core.errors import CheckFailed, InputError, RecipeError
from receta.core.finding import Finding
from receta.core.progress import Progress, Unasked, tell_detail, tell_stage
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset, Splits
from receta.data.examples import Parts
from receta.pipeline import backend, balance
from receta.pixels import Pixels
from receta.training import expected, preparing, rates, showing, transfer
from receta.training.delivery import deliver
from receta.training.finish import Left, all_findings, finish, is_finished
from receta.training.opening import Opened, afterwards, beginning, opened, time_to_train
from receta.training.result import RungResult, choose, read_result
from receta.training.run import Run, begin, begun, default_folder, describe, refuse_strangers
from receta.training.rung import HISTORY, milder, plan, strength, train_rung, unjudged

if TYPE_CHECKING:
    from receta.training.callbacks import Given

_LEAST_USEFUL_S = 6.0  # what checking, building and a few epochs of a small rung take
# of which a yardstick that learns would take what the network needs: 0.75 instead of 0.88 in 20 s
# (LOG.md)
_SHORT_S = 30.0
_LEAST_S = 1.0  # below, a rung is not worth building
# times as long as judging a rung takes what comes after the last one: calibration, the test,
# yardsticks
_HANDED_OVER = 3
_MOST_KEPT = 0.5  # of the time left, that is kept for it
_FASTER = 2  # times as fast as in the checks, on small batches, a training may be
_CHECKS_SHARE = 0.2  # of the time of a rung within a budget
# nats of validation loss, below which no better network can be told from a good one
_NOTHING_LEFT = 1e-3

__all__ = [
    "Left",
    "Opened",
    "Run",
    "RungResult",
    "afterwards",
    "all_findings",
    "beginning",
    "choose",
    "climb",
    "default_folder",
    "describe",
    "finish",
    "is_finished",
    "nothing_passed",
    "opened",
    "refuse_strangers",
    "time_to_train",
    "train",
]


def train(
    parts: Splits,
    recipe: Recipe | None = None,
    folder: str | Path = "run",
    *,
    pixels: Pixels | None = None,
    force: bool = False,
    about: dict[str, Any] | None = None,
    how: str = "",
    callbacks: Given | None = None,
    trust: bool = False,
    progress: Progress = Unasked(),
) -> Run:
    """Climb the rungs of the recipe, or those of `run`; the best wins.

    Each rung is checked before and after; one that fails is stopped (force: goes on).
    callbacks: of Keras, or a function of the rung's name; they see one training a rung, however
    often it is interrupted. trust: whether a SavedModel that the recipe names may run. The same
    folder goes on to the same bits. `receta.judge` looks at the test part, once. Raises CheckFailed
    where no rung that learns passed, RunError of other work, InputError for empty parts.
    """
    asked = recipe or Recipe()
    models.admit(models.ladder(asked), trusted=trust)
    refuse_strangers(Path(folder))
    began = Deadline()
    with opened(Path(folder), progress) as work:
        fed, known = kinds.feed(parts, asked, progress, pixels), about or {}
        chosen = beginning(fed, models.ladder(asked), asked, work) if len(fed.train) else asked
        data = {**known.get("data", {}), **({"split": how} if how else {})}
        about = {"asked": sorted(asked.model_fields_set), **known, "data": data}
        run, best = climb(
            fed,
            chosen,
            work.folder,
            everything=parts.union(),
            force=force,
            about=about,
            callbacks=callbacks,
            progress=work.progress,
        )
        if not (work.folder / "result.json").exists():
            finish(
                run,
                all_findings(run, ()),
                Left(fed.train.left_out),
                {},
                work.earlier_s + began.spent(),
            )
    run.kept.clear()
    if best is None:
        raise nothing_passed(run)
    return Run.open(folder)


def climb(
    parts: Parts,
    recipe: Recipe,
    folder: Path,
    *,
    everything: Dataset,
    force: bool,
    about: dict[str, Any] | None,
    progress: Progress,
    deadline: Deadline | None = None,
    kept_s: float = 0.0,
    callbacks: Given | None = None,
) -> tuple[Run, RungResult | None]:
    """`train` for who holds the folder already; (run, the best rung or None).

    everything: the data of the parts with what cannot be read of them, which is the run's too.
    deadline: when all must be done; without it a budget begins here. kept_s: seconds of an idle
    machine that are kept of it for what the caller does afterwards.
    """
    for rung in recipe.rungs:
        models.SHELF.module(rung)
    if recipe.tensorboard:
        showing.ready()
    tasks.of(parts.train.task).refuse(recipe)
    if recipe.imbalance in balance.ABOUT_TABLES:
        raise RecipeError(
            f"imbalance={recipe.imbalance} makes rows between rows of a table; expected one of "
            f"{', '.join(balance.ABOUT)} for "
            f"pictures. Set it in the recipe or with --set."
        )
    inputs = parts.inputs
    for name, part in parts.named().items():
        if not len(part) and name != "test":
            raise InputError(
                f"the {name} part is empty; expected examples in it. Split the data otherwise."
            )
    plain, fingerprint = (
        splitting.as_json(parts, (about or {}).get("data", {}).get("split", "")),
        inputs.fingerprint(everything),
    )
    digests = {
        name: f"{inputs.digests[row].decode()}:{written.spelled(target)}"
        for name, row, target in zip(
            everything.ids, everything.rows, everything.targets, strict=True
        )
    }
    run = begun(folder, fingerprint, recipe, plain, digests)
    if run and force and choose(run.rungs) is None:
        disk.remove(folder / "result.json")  # what was stopped is tried again
    if run and (folder / "result.json").exists():
        return run, choose(run.rungs)
    backend.prefer(recipe.backend)
    # The thread count of the run in the folder: results depend on it to the last bit.
    machine = backend.start(int(run.about["machine"]["threads"]) if run else recipe.threads)
    facts = {
        "receta": receta.__version__,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": "",
        "data": {},
        **(about or {}),
        "input": {"shape": list(inputs.shape), "fit": recipe.fit, "scale": inputs.scale.to_json()},
        "machine": machine.to_json(),
        "backend": backend.why(),
        "forced": force,
    }
    facts["data"] = {
        "source": repr(parts.train.source),
        "n": sum(map(len, parts)),
        **facts["data"],
        "class_names": list(parts.class_names),
        "task": parts.train.task,
        "fingerprint": fingerprint,
    }
    run = run or begin(folder, facts, recipe, plain, digests)
    tell_detail(progress, f"backend: {facts['backend']}")
    if recipe.weights not in ("imagenet", "random") and not any(
        models.transfers(rung) for rung in recipe.rungs
    ):
        progress.say(
            f"weights={recipe.weights} are not used: there is no pretrained rung among "
            f"{', '.join(recipe.rungs)}."
        )
    if run.about["machine"] != machine.to_json():
        progress.say(
            "This machine or its software is not the one that began the run: it goes on, but not "
            "to the same bits."
        )
    if deadline is None:
        deadline = Deadline(recipe.budget_s).sooner(spent(run)) if recipe.budget_s else NEVER
    _climb(run, parts, recipe, force, deadline, kept_s, progress, callbacks)
    kept, run = run.kept, Run.open(folder)
    run.kept.update(kept)
    best = choose(run.rungs)
    if best is not None:
        tell_stage(progress, expected.SETTING_RIGHT)
        deliver(run, parts, best, progress)
    return run, best


def nothing_passed(run: Run) -> CheckFailed:
    """The error for a run of which no rung was chosen, with what stopped each."""
    stopped = "; ".join(f"{rung.rung}: {rung.why}" for rung in run.rungs if rung.state == "stopped")
    return CheckFailed(
        f"no rung that learns passed its checks ({stopped}) Expected one: look at the findings, "
        "mend the data or the recipe, "
        f"or go on regardless with --force."
    )


def spent(run: Run) -> float:
    """Seconds that the finished rungs of a run took, checks and all."""
    return float(sum(rung.wall_s or 0.0 for rung in run.rungs))


def _climb(
    run: Run,
    parts: Parts,
    recipe: Recipe,
    force: bool,
    deadline: Deadline,
    kept_s: float,
    progress: Progress,
    callbacks: Given | None = None,
) -> None:
    done: list[RungResult] = []
    tail = 0.0  # seconds that this machine, busy as it is, takes to judge a trained rung
    for position, rung in enumerate(recipe.rungs):
        folder = run.folder / "rungs" / models.folder_name(rung)
        path = folder / "rung.json"
        if not path.exists() or (force and read_result(path).state == "stopped"):
            folder.mkdir(parents=True, exist_ok=True)
            began = time.monotonic()
            # What comes afterwards takes longer too on a machine that is busy with other work.
            ready = deadline.sooner(
                min(
                    kept_s * slowness() + _HANDED_OVER * tail,
                    _MOST_KEPT * max(deadline.left(), 0.0),
                )
            )
            why = _cannot_pay(recipe, position, done, ready)
            if why:
                result = RungResult(rung, "skipped", why)
            else:
                until = _share(recipe, position, ready).sooner(tail)
                result, network = _climb_one(
                    rung, parts, recipe, folder, force, done, until, progress, callbacks
                )
                if network is not None and choose([*done, result]) is result:
                    run.kept.clear()
                    run.kept[rung] = network  # loading it again takes seconds
            wall_s = round(max(time.monotonic() - began, result.seconds or 0.0), 2)
            # last: from now on this rung is done
            disk.write_json(path, dataclasses.replace(result, wall_s=wall_s).to_json())
            disk.remove(folder / "state.npz")
        done.append(read_result(path))
        tail = max(tail, done[-1].after_s or 0.0)
        progress.say(_sentence(done[-1]))
        if done[-1].state == "trained" and done[-1].epochs:
            tell_detail(progress, f"{rung}: {done[-1].why}")
    paths = [
        run.folder / "rungs" / models.folder_name(rung) / "history.csv" for rung in recipe.rungs
    ]
    rows = [
        line for path in paths if path.exists() for line in disk.read_text(path).splitlines()[1:]
    ]
    disk.write_text(run.folder / "history.csv", "\n".join([",".join(HISTORY), *rows]) + "\n")


def _climb_one(
    rung: str,
    parts: Parts,
    recipe: Recipe,
    folder: Path,
    force: bool,
    done: list[RungResult],
    deadline: Deadline,
    progress: Progress,
    callbacks: Given | None = None,
) -> tuple[RungResult, Any]:
    """(what came of it, the trained network or None where it was stopped)."""
    own = recipe.for_rung(models.defaults(rung, len(parts.train)))
    if not models.trains(rung):
        tell_stage(progress, rung)
    if not own.learning_rate:
        own = rates.settled(rung, parts, recipe, folder, progress, deadline)
    found: list[Finding] = []
    body = None
    train: transfer.Train = train_rung
    if models.transfers(rung):
        ready = preparing.prepare(rung, parts, own, folder, deadline, progress)
        parts, body = ready.parts, ready.body
        train = functools.partial(transfer.train_transfer, ready=ready)
    if models.trains(rung):
        path = folder / "checks.json"
        if path.exists():
            found = [Finding.from_json(plain) for plain in disk.read_json(path, records.FINDINGS)]
        else:
            setup, looked = (
                checks.setup(rung, parts, recipe, body=body, progress=progress),
                deadline.share(_CHECKS_SHARE),
            )
            found = checks.before(setup, deadline=looked, progress=progress)
            if _varied(rung, own, recipe, parts, folder, found, deadline):
                earlier = [finding for simpler in done for finding in simpler.findings]
                found += checks.of_augmentation(setup, earlier=earlier, deadline=looked)
            disk.write_json(path, [finding.to_json() for finding in found])
        failed = [finding for finding in found if finding.failed]
        if failed and not force:
            return _stopped(rung, failed[0], found), None
        # The findings lie in checks.json, so a resumed run takes the same names.
        # what was seen of a head tells nothing of fine-tuning
        own, speed = checks.without_harm(own, found), 0.0
        if not models.transfers(rung):
            deadline = unjudged(parts, checks.speed(found), deadline)
            # Checks take small batches in float32; where a probe measured real steps, it knows
            # better.
            speed = plan(rung, parts, own, folder, deadline).images_per_second or checks.speed(
                found
            )
        own = milder(own, recipe, len(parts.train), folder, speed, deadline)
    lower = {
        one.rung: one.train_loss
        for one in done
        if one.state == "trained" and one.train_loss is not None
    }
    result, trained = train(
        rung,
        parts,
        own,
        folder,
        lower=lower,
        deadline=deadline,
        progress=progress,
        callbacks=callbacks,
    )
    # nobody can use it, with --force or without
    if not math.isfinite(trained.train_loss + (result.loss or 0.0)):
        failed = [
            Finding(
                "diverges",
                "fail",
                len(trained.history),
                "epochs",
                "a loss that is a number",
                where=rung,
                advice="Its loss is no number any more: lower the learning rate (--set "
                "learning_rate=…, or auto).",
            )
        ]
        return _stopped(rung, failed[0], found + failed), None
    if models.trains(rung):
        found = [*found, *checks.after(trained), *result.findings]
    failed = [finding for finding in found if finding.failed]
    if failed and not force:
        return dataclasses.replace(
            result, state="stopped", why=failed[0].sentence(), findings=tuple(found)
        ), None
    return dataclasses.replace(
        result, recipe=own.model_dump(mode="json"), findings=tuple(found)
    ), trained.model


def _varied(
    rung: str,
    own: Recipe,
    recipe: Recipe,
    parts: Splits,
    folder: Path,
    found: list[Finding],
    deadline: Deadline,
) -> bool:
    """Whether pictures may be varied, so that it is worth asking which ways keep labels.

    That none are is kept in the folder.
    """
    speed = 0.0 if models.transfers(rung) else _FASTER * checks.speed(found)
    if strength(own, recipe, len(parts.train), speed, deadline)[1]:
        return True
    milder(own, recipe, len(parts.train), folder, speed, deadline)
    return False


def _stopped(rung: str, failed: Finding, found: list[Finding]) -> RungResult:
    return RungResult(rung, "stopped", failed.sentence(), tuple(found))


def _share(recipe: Recipe, position: int, deadline: Deadline) -> Deadline:
    """When a rung must be done: of the time left, its share beside the rungs still ahead."""
    shares = [models.share(rung) for rung in recipe.rungs[position:]]
    share = shares[0] / sum(shares) if sum(shares) else 1.0
    return deadline.share(max(share, min(_LEAST_USEFUL_S / max(deadline.left(), 1e-9), 0.25)))


def _cannot_pay(recipe: Recipe, position: int, done: list[RungResult], deadline: Deadline) -> str:
    """Why a rung is not climbed within a budget, or nothing."""
    rung, *ahead = recipe.rungs[position:]
    if not deadline.limited or not models.trains(rung):
        return ""
    left = deadline.left()
    best = choose(done)
    if left < _LEAST_S and best is not None:
        return (
            f"{max(left, 0):.1f} s of the budget are left, and {best.rung} is there: too "
            "little time to train it"
        )
    learnt = best is not None and best.rung != "prior"
    if (
        best is not None
        and learnt
        and _is_perfect(best)
        and best.loss is not None
        and best.loss < _NOTHING_LEFT
    ):
        return (
            f"{best.rung} gets all of validation right, at a loss of {best.loss:.5f}: no "
            "better could be seen"
        )
    share = left * models.share(rung) / sum(map(models.share, (rung, *ahead)))
    stronger = [one for one in ahead if models.share(one) > models.share(rung)]
    # A starved machine takes as long again to build and to check the next one as it took for the
    # last.
    least = max(
        [
            _LEAST_USEFUL_S,
            *((one.wall_s or 0.0) - (one.seconds or 0.0) for one in done if one.state == "trained"),
        ]
    )
    if best is not None and stronger and share < least and (learnt or left < _SHORT_S):
        return (
            f"of {left:.0f} s that are left {share:.1f} s would be its share, less than it takes "
            "to build and to check it; "
            f"{best.rung} is there, and {stronger[-1]} gets the time"
        )
    return ""


def _is_perfect(rung: RungResult) -> bool:
    return (
        rung.measure is not None and rung.measure.better == "higher" and rung.measure.value == 1.0
    )


def _sentence(result: RungResult) -> str:
    if result.state == "stopped":
        return f"{result.rung} was stopped: {result.why}"
    if result.state == "skipped" or result.measure is None:
        return f"{result.rung} was skipped: {result.why}"
    text = f"{result.rung}: {result.measure.value:.1%} right on validation"
    if result.epochs:
        text += f" after {result.epochs} epoch{'s' * (result.epochs != 1)}, {result.seconds:.1f} s"
    return text

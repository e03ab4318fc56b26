"""How does a set-up become trained networks, rung by rung? The door `train`."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from receta import kinds, models, tasks, yardsticks
from receta.core import disk
from receta.core.deadline import slowness
from receta.core.errors import CheckFailed, InputError, RecipeError
from receta.core.progress import Progress, Unasked, tell_detail, tell_stage
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.data.dataset import Splits
from receta.data.examples import Parts
from receta.pipeline import backend, balance
from receta.pipeline.batches import Batches
from receta.training import expected, showing, together
from receta.training.beginning import Work, find_run, lay_out, raise_format, tell_machine
from receta.training.delivery import deliver
from receta.training.finish import LeftOut, all_findings, finish
from receta.training.ladder import choose_ladder, suit_recipe
from receta.training.networks import history_columns
from receta.training.one_rung import climb_rung
from receta.training.opening import begin, open_folder
from receta.training.result import RungResult, choose, read_result
from receta.training.run import Run
from receta.training.time_shares import (
    count_spent,
    explain_skipping,
    reserve_for_report,
    share_time,
)
from receta.training.yardstick import measure_yardstick

if TYPE_CHECKING:
    from receta.training.callbacks import Given

# times as long as judging a rung takes what comes after the last one: calibration, the test,
# yardsticks
_HANDED_OVER = 3
_MOST_KEPT = 0.5  # of the time left, that is kept for it


def train(
    parts: Splits,
    recipe: Recipe | None = None,
    folder: str | Path = "run",
    *,
    pixels: Any = None,
    force: bool = False,
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
    chosen = models.admit(asked, trusted=trust)
    session = begin(Path(folder), asked, progress, callbacks=callbacks, force=force)
    chosen = suit_recipe(chosen, parts.union(), session)
    with open_folder(session) as work:
        fed = kinds.feed(parts, asked, progress, pixels)
        about = {"data": {"split": how} if how else {}}
        run = climb(fed, chosen, work.session, asked=asked, about=about)
        if not (work.folder / "result.json").exists():
            left_out = LeftOut(fed.train.left_out)
            finish(run, all_findings(run, ()), left_out, {}, work.seconds())
    return reopen(run)


def climb(
    parts: Parts,
    recipe: Recipe,
    session: Session,
    *,
    asked: Recipe,
    about: Mapping[str, Any],
    is_judged: bool = False,
) -> Run:
    """`train` for who holds the session's folder already; the run, with its networks.

    recipe: complete; asked: the user's, which may leave the ladder to be chosen. about: what
    run.json says of the data and the command. is_judged: whether the caller judges it and writes
    its report in the time of the session.
    """
    _refuse_empty(parts)
    recipe = choose_ladder(parts, recipe, asked, progress=session.progress, folder=session.folder)
    ahead = expected.of_run(parts.train, recipe, session.deadline)
    tell_stage(session.progress, expected.STARTING, ahead)
    _refuse_impossible(parts, recipe)
    together.refuse_impossible(recipe, session.callbacks)
    if session.machine.tensorboard:
        showing.ready()
    folder, progress = session.folder, session.progress
    work = Work.of(recipe, parts, about.get("data", {}).get("split", ""))
    run = find_run(folder, work)
    if run and session.force and choose(run.rungs) is None:
        disk.remove(folder / "result.json")  # what was stopped is tried again
    if run and (folder / "result.json").exists():
        return run
    backend.prefer("jax" if session.machine.workers > 1 else session.machine.backend)
    # The thread count of the run in the folder: results depend on it to the last bit.
    threads = int(run.about["machine"]["threads"]) if run else session.machine.threads
    machine = backend.start(threads)
    told = {"asked": sorted(asked.model_fields_set), **about, "forced": session.force}
    facts = tell_machine(parts, work, machine, told)
    run = raise_format(run) if run else lay_out(folder, facts, work)
    tell_detail(progress, f"backend: {facts['backend']}")
    kinds.of(parts.train).tell_changes(parts, progress.say)
    if recipe.weights not in ("imagenet", "random") and not any(
        models.is_transfer(rung) for rung in recipe.rungs
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
    # What interrupted calls spent on finished rungs counts.
    deadline = session.deadline.sooner(count_spent(run.rungs))
    budget_s = session.machine.budget_s if is_judged else 0.0
    reserved_s = reserve_for_report(recipe.rungs, budget_s)
    _climb_rungs(run, parts, recipe, session.until(deadline), reserved_s)
    networks, run = run.networks, Run.open(folder)
    run.networks.update(networks)
    best = choose(run.rungs)
    if best is not None:
        tell_stage(progress, expected.SETTING_RIGHT)
        deliver(run, parts, best, progress)
    return run


def reopen(run: Run) -> Run:
    """The run as its folder has it; CheckFailed, with what stopped each, where no rung passed."""
    run.networks.clear()
    if choose(run.rungs) is None:
        raise _tell_none_passed(run)
    return Run.open(run.folder)


def _refuse_empty(parts: Parts) -> None:
    for name, part in parts.named().items():
        if not len(part) and name != "test":
            raise InputError(
                f"the {name} part is empty; expected examples in it. Split the data otherwise."
            )


def _refuse_impossible(parts: Parts, recipe: Recipe) -> None:
    """Raise before anything is written where the recipe or the parts cannot be trained."""
    for rung in recipe.rungs:
        models.refuse_kind(rung, kinds.of(parts.train))
    if all(map(yardsticks.is_yardstick, recipe.rungs)):
        raise RecipeError(
            f"{', '.join(recipe.rungs)} is a yardstick, beside which networks are judged; expected "
            "a network too, such as linear. Name one with --set rungs=…"
        )
    tasks.of(parts.train.task).refuse(recipe)
    if recipe.imbalance in balance.ABOUT_TABLES and not parts.train.has_columns:
        raise RecipeError(
            f"imbalance={recipe.imbalance} makes rows between rows of a table; expected one of "
            f"{', '.join(balance.ABOUT)} for "
            f"pictures. Set it in the recipe or with --set."
        )
    if recipe.imbalance in balance.ABOUT_TABLES:
        Batches.of(parts.train, 1, recipe.seed, recipe.imbalance)  # raises where it cannot
    targets, n = parts.train.targets, len(parts.train)
    task, noun = tasks.of(parts.train.task), kinds.of(parts.train).NOUN
    if task.IS_COUNTED and task.IS_EXCLUSIVE and (targets == targets[:1]).all():
        raise InputError(
            f"the training part has {n:,} {noun.many} of {parts.train.class_names[targets[0]]!r} "
            f"and none of another class; expected at least two classes. Near-copies and groups "
            f"stay in one part: add {noun.many} of the other classes that differ."
        )
    if not tasks.of(parts.train.task).IS_COUNTED and (targets == targets[:1]).all():
        raise InputError(
            f"the target has one value, {float(targets.flat[0]):.4g}, in all {n:,} "
            f"{kinds.of(parts.train).NOUN.many} of the training part; expected at least two. Name "
            "another target."
        )


def _tell_none_passed(run: Run) -> CheckFailed:
    stopped = "; ".join(f"{rung.rung}: {rung.why}" for rung in run.rungs if rung.state == "stopped")
    return CheckFailed(
        f"no rung that learns passed its checks ({stopped}) Expected one: look at the findings, "
        "mend the data or the recipe, "
        f"or go on regardless with --force."
    )


def _climb_rungs(
    run: Run, parts: Parts, recipe: Recipe, session: Session, reserved_s: float
) -> None:
    """Climb every rung that is not done, and write down what came of each."""
    kind = parts.train.kind
    done: list[RungResult] = []
    after_s = 0.0  # seconds that this machine, busy as it is, takes to judge a trained rung
    for position, rung in enumerate(recipe.rungs):
        folder = run.folder / "rungs" / models.folder_name(rung)
        path = folder / "rung.json"
        if not path.exists() or (session.force and read_result(path).state == "stopped"):
            folder.mkdir(parents=True, exist_ok=True)
            began, left = time.monotonic(), max(session.deadline.seconds_left(), 0.0)
            # What comes afterwards takes longer too on a machine that is busy with other work.
            reserve = reserved_s * slowness() + _HANDED_OVER * after_s
            ready = session.deadline.sooner(min(reserve, _MOST_KEPT * left))
            ahead = recipe.rungs[position:]
            quick = models.is_quick(rung, kind, recipe)
            why, network = explain_skipping(ahead, done, ready, kind=kind, is_quick=quick), None
            if why:
                result = RungResult(rung, "skipped", why)
            else:
                until = share_time(ahead, ready, kind).sooner(after_s)
                own = session.in_folder(folder).until(until)
                if yardsticks.is_yardstick(rung):
                    result = measure_yardstick(rung, parts, recipe, own)
                else:
                    result, network = climb_rung(rung, parts, recipe, own, done)
            if network is not None and choose([*done, result]) is result:
                run.networks.clear()
                run.networks[rung] = network  # loading it again takes seconds
            wall_s = round(max(time.monotonic() - began, result.seconds or 0.0), 2)
            # last: from now on this rung is done
            disk.write_json(path, dataclasses.replace(result, wall_s=wall_s).to_json())
            disk.remove(folder / "state.npz")
        done.append(read_result(path))
        after_s = max(after_s, done[-1].after_s or 0.0)
        session.progress.say(_tell(done[-1]))
        if done[-1].state == "trained" and done[-1].epochs:
            tell_detail(session.progress, f"{rung}: {done[-1].why}")
    _join_histories(run, recipe)


def _join_histories(run: Run, recipe: Recipe) -> None:
    """Write the run's history.csv from those of its rungs."""
    paths = [
        run.folder / "rungs" / models.folder_name(rung) / "history.csv" for rung in recipe.rungs
    ]
    columns = history_columns(run.task)
    rows = [
        line for path in paths if path.exists() for line in disk.read_text(path).splitlines()[1:]
    ]
    disk.write_text(run.folder / "history.csv", "\n".join([",".join(columns), *rows]) + "\n")


def _tell(result: RungResult) -> str:
    if result.state == "stopped":
        return f"{result.rung} was stopped: {result.why}"
    if result.state == "skipped" or result.measure is None:
        return f"{result.rung} was skipped: {result.why}"
    text = f"{result.rung}: {tasks.say(result.measure)} on validation"
    if result.epochs:
        text += f" after {result.epochs} epoch{'s' * (result.epochs != 1)}, {result.seconds:.1f} s"
    elif result.is_yardstick:
        text += f", {result.seconds:.1f} s"
    return text

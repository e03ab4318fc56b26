"""Which settings make the best model, and how good is that really? The door `tune`."""

from __future__ import annotations

import contextlib
import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from receta import kinds, models, tasks, training
from receta.core import disk
from receta.core.deadline import NEVER, Deadline
from receta.core.errors import RecipeError, RunError
from receta.core.progress import Progress, Unasked, tell_stage
from receta.core.recipe import Recipe
from receta.core.registry import nearest
from receta.data.examples import Examples
from receta.data.options import spell_options
from receta.studies.limits import refuse_counts
from receta.studies.preparing import Question, begin, read
from receta.studies.running import UNWATCHED, Scene, Watch, open_workers, run_trials
from receta.studies.study import StudyFolder, hold
from receta.studies.trial import Outcome, Trial
from receta.studies.tuning.findings import Best, Tuning, choose_best, measure_importance
from receta.studies.tuning.loop import Loop
from receta.studies.tuning.page import write_page
from receta.studies.tuning.past import Goal, Past, import_optuna
from receta.studies.tuning.record import Record
from receta.studies.tuning.searches import SEARCHES, Asking, count_points
from receta.studies.tuning.space import Space, Value
from receta.studies.tuning.space_file import make_space, read_space
from receta.studies.tuning.winner import read_honest, spell_recipe, train_winner

TRIALS = 20  # where nobody says how many, or how long
_FOR_THE_WINNER = 1.3  # times as long as a whole trial takes training and judging the winner
_FIRST_SHARE = 0.5  # of a budget, that the first trials may take


@spell_options
def tune(
    data: str | Path,
    *,
    search: str = "bayes",
    trials: int | None = None,
    space: str | Path | Space | None = None,
    jobs: int = 1,
    on: str = "",
    storage: str = "",
    recipe: Recipe | None = None,
    test: str | Path | None = None,
    out: str | Path | None = None,
    force: bool = False,
    deadline: Deadline = NEVER,
    watch: Watch = UNWATCHED,
    progress: Progress = Unasked(),
    **options: Any,
) -> Tuning:
    """Search settings that do best, and judge them on untouched data.

    search: random, grid, bayes, hyperband or asha. space: a TOML file of settings, by default that
    of the rung. trials: how many; without it 20, all of a grid, or what the deadline allows. jobs:
    trials at a time. on: a Ray cluster's address. storage: an address of Optuna that gets a copy.
    options: those of `Options`, about the data. The same call goes on with what it began; more
    trials are added. Raises RecipeError for a space that is none, RunError for a folder of another
    study.
    """
    import_optuna()
    asked = recipe or Recipe()
    _refuse_impossible(search, trials, jobs)
    wanted = read_space(Path(space)) if isinstance(space, str | Path) else space
    question = Question(
        verb="tune",
        data=data,
        recipe=asked,
        asked={},
        test=test,
        options=options,
        jobs=jobs,
        out=out,
        force=force,
    )
    everything, examples = read(question, progress)
    asked = asked.with_settings(rungs=(_choose_rung(asked, examples),))
    chosen = wanted or space_of(asked.rungs[0])
    asking = _make_asking(search, chosen, asked, examples)
    limit = most = _count_most(asking, trials, deadline)
    question = dataclasses.replace(
        question,
        recipe=asked,
        asked={
            "search": search,
            "space": asking.space.to_json(),
            "start": dict(asking.start),
            "trials": int(most) if most < math.inf else None,
        },
    )
    with hold(question.folder):
        folder = begin(question, everything, examples, progress)
        done = _count_done(folder, most)
        most, was_finished = (done, True) if done is not None else (most, False)
        deadline = deadline.sooner(_spent(folder, jobs))
        loop = Loop(folder, asking, _count_epochs(asking, asked, examples))
        tell_stage(progress, "trials")
        watch = _watch_all(watch, folder, most)
        with (
            contextlib.closing(Record(folder.path, storage, asking.goal, asking.space)) as record,
            open_workers(jobs, on=on) as workers,
        ):

            def do(some: list[Trial], again: bool) -> Iterator[Outcome]:
                until = _until(deadline, loop.past)
                yield from run_trials(
                    folder, some, workers, deadline=until, watch=watch, again=again
                )
                record.keep(loop.past)

            is_whole = loop.go_on(most, lambda past: _has_time(deadline, past), do)
            record.keep(loop.past)
        found = _conclude(folder, loop, is_whole=is_whole)
        if found.best is None:
            raise _error_of_none(loop.past, is_whole)
        best = found.best
        run = train_winner(folder, best.settings, examples, progress)
        found = dataclasses.replace(
            found,
            best=dataclasses.replace(best, run=run.folder),
            honest=read_honest(run),
            was_finished=was_finished,
        )
        asked_for = None if limit == math.inf else int(limit)
        known = {"verb": "tune", **found.to_json(), "asked": asked_for}
        write_page(found, asking.space, folder.study.data)
        disk.write_json(folder.result_path, known)
        return found


def space_of(rung: str) -> Space:
    """The space that a rung brings with it; RecipeError for one that does not learn by steps."""
    if not models.is_trained(rung):
        raise RecipeError(
            f"{rung} learns nothing by steps, so there is nothing to search; expected another "
            "rung, such as cnn. Name it with --rung; `receta list rungs` shows all."
        )
    return make_space(models.entry(rung).SPACE, f"the space of {rung}")


def _choose_rung(recipe: Recipe, examples: Examples) -> str:
    """The rung that is searched: the one that was named, else the last of the kind's ladder."""
    if "rungs" not in recipe.model_fields_set:
        ladder = kinds.of(examples).RUNGS
        return next(one for one in reversed(ladder) if models.is_trained(one))
    if len(recipe.rungs) > 1:
        raise RecipeError(
            f"a search is of one rung, and the recipe names {', '.join(recipe.rungs)}; expected "
            "one. Name it with --rung."
        )
    return recipe.rungs[0]


def _make_asking(search: str, space: Space, recipe: Recipe, examples: Examples) -> Asking:
    """How is asked, with everything that a trial might be refused for looked at before."""
    rungs = [str(one) for one in _values_of(space, "rungs")] or list(recipe.rungs)
    for rung in rungs:
        space_of(rung)
        models.refuse_kind(rung, kinds.of(examples))
    complete = models.complete_recipe(rungs[0], recipe, len(examples), examples.kind)
    known: dict[str, Value] = {
        name: value
        for name in Recipe.model_fields
        if isinstance(value := getattr(complete, name), bool | int | float | str)
    }
    start = space.clip({**known, "rungs": rungs[0]})
    for one in space.parameters:
        for value in dict.fromkeys((one.values.spread()[0], one.values.spread()[-1])):
            tried = recipe.with_settings(**{one.name: value})
            kinds.of(examples).refuse(tried)
            tasks.of(examples.task).refuse(tried)
    task = tasks.of(examples.task)
    return Asking(search, space, recipe.seed, Goal(task.MEASURE, task.BETTER), start)


def _values_of(space: Space, name: str) -> tuple[Value, ...]:
    found = (one.values.spread() for one in space.parameters if one.name == name)
    return next(found, ())


def _count_most(asking: Asking, trials: int | None, deadline: Deadline) -> float:
    """How many trials there are at most."""
    points = count_points(asking)
    if points is not None:
        return min(points, trials or points)
    return trials or (math.inf if deadline.is_limited else TRIALS)


def _count_epochs(asking: Asking, recipe: Recipe, examples: Examples) -> int:
    """Epochs of a whole training, by which curves are judged."""
    searched = [int(one) for one in _values_of(asking.space, "epochs")]
    rungs = [str(one) for one in _values_of(asking.space, "rungs")] or list(recipe.rungs)
    n = len(examples)
    known = [models.complete_recipe(one, recipe, n, examples.kind).epochs for one in rungs]
    return max(searched or [one or training.open_epochs(n) for one in known])


def _spent(folder: StudyFolder, jobs: int) -> float:
    """Seconds that trials took in earlier calls."""
    return sum(one.seconds for one in folder.outcomes().values()) / jobs


def _reserve(past: list[Past]) -> float:
    """Seconds that the winner takes in the end."""
    whole = [one.seconds for one in past if one.state == "finished"]
    return _FOR_THE_WINNER * max(whole, default=0.0)


def _has_time(deadline: Deadline, past: list[Past]) -> bool:
    """Whether a usual trial and the winner fit into the time that is left."""
    usual = sum(one.seconds for one in past) / max(1, len(past))
    return deadline.seconds_left() > usual + _reserve(past)


def _until(deadline: Deadline, past: list[Past]) -> Deadline:
    """When trials must be over, so that the winner can still be trained."""
    if not deadline.is_limited:
        return NEVER
    if not any(one.state == "finished" for one in past):
        return deadline.share(_FIRST_SHARE) if past else deadline
    return deadline.sooner(_reserve(past))


def _conclude(folder: StudyFolder, loop: Loop, *, is_whole: bool) -> Tuning:
    """What the trials tell until now."""
    asking, past = loop.asking, loop.past
    winner, best = choose_best(past, asking.goal), None
    if winner is not None and winner.value is not None:
        recipe = Recipe(**{**folder.study.recipe, **winner.settings})
        best = Best(winner.number, winner.settings, winner.value, spell_recipe(recipe))
    return Tuning(
        folder=folder.path,
        search=asking.search,
        goal=asking.goal,
        past=tuple(past),
        best=best,
        honest=None,
        importance=measure_importance(past, asking.space, asking.goal),
        seconds=round(sum(one.seconds for one in past), 1),
        is_finished=is_whole,
    )


def _watch_all(watch: Watch, folder: StudyFolder, most: float) -> Watch:
    """Shows all trials of the search to who watches, and not those of one generation alone."""
    known, total = folder.outcomes(), None if most == math.inf else int(most)
    done = {one.number: (one, known[one.number]) for one in folder.trials() if one.number in known}

    def look(scene: Scene) -> None:
        done.update({trial.number: (trial, outcome) for trial, outcome in scene.done})
        watch.look(dataclasses.replace(scene, done=tuple(done.values()), total=total))

    return dataclasses.replace(watch, look=look)


def _count_done(folder: StudyFolder, most: float) -> int | None:
    """How many trials a finished study has, of as many as are asked for; None of another."""
    if not folder.result_path.exists():
        return None
    shape = {"trials": int, "asked": (int, None), "is_finished": bool}
    known = disk.read_json(folder.result_path, shape)
    is_open = known["asked"] is None  # until a time was over
    covers = known["trials"] >= most or (is_open and most == math.inf)
    return int(known["trials"]) if covers and known["is_finished"] else None


def _error_of_none(past: list[Past], is_whole: bool) -> RunError:
    failed = next((one.why for one in past if one.state == "failed"), "")
    if failed and is_whole:
        return RunError(
            f"none of {len(past)} trials ended whole; expected one. The first error: {failed} Mend "
            "the data, the space or the recipe."
        )
    return RunError(
        "the time was over before a trial ended; expected time for one at least. Give a longer "
        "--budget, or fewer --set epochs=…; the same command goes on."
    )


def _refuse_impossible(search: str, trials: int | None, jobs: int) -> None:
    """RecipeError for what can be no search, before the data are read."""
    if search not in SEARCHES:
        raise RecipeError(
            f"--search {search} is unknown; expected one of {', '.join(SEARCHES)}."
            f"{nearest(search, SEARCHES)}"
        )
    refuse_counts(trials=trials, jobs=jobs)


__all__ = ["Tuning", "space_of", "tune"]

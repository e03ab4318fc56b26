"""How are the trials of a study done, a few at a time, whatever happens to their processes?"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass, field
from pathlib import Path

from receta.core.deadline import NEVER, Deadline
from receta.core.errors import RunError
from receta.studies import logs
from receta.studies.runners import SHELF, Workers, Working
from receta.studies.study import StudyFolder
from receta.studies.trial import Outcome, Trial

MOST_FAILURES = 3  # trials that fail one after the other before the study stops
_TRIES = 2  # of a trial that fails
_MOST_KILLS = 10  # of one trial that gets no further
_LOOK_S = 0.05  # between two looks at the processes
_SHOW_S = 0.5  # between two looks of who watches
_SHOWN = 300  # characters of an error


@dataclass
class _Begun:
    """A trial that is being done."""

    trial: Trial
    folder: Path
    process: Working
    failures: int = 0
    kills: int = 0
    reached: tuple[float, ...] = ()


@dataclass(frozen=True)
class Scene:
    """How far the trials of a study are: which are being done, and what came of others.

    earlier: numbers of those that were done before. total: how many there are, where that is known.
    """

    folder: StudyFolder
    doing: tuple[Trial, ...] = ()
    done: tuple[tuple[Trial, Outcome], ...] = ()
    earlier: frozenset[int] = frozenset()
    total: int | None = None


@dataclass(frozen=True)
class Watch:
    """Who is told what happens: `look` at each change and twice a second, `say` in words."""

    look: Callable[[Scene], None] = field(default=lambda scene: None)
    say: Callable[[str], None] = field(default=lambda text: None)


UNWATCHED = Watch()


@contextlib.contextmanager
def open_workers(jobs: int = 1, *, on: str = "") -> Iterator[Workers]:
    """Places in which trials are done, until the end of the block.

    on: empty for this machine, else the address of a Ray cluster, or `new`: each trial here, but in
    a new Python.
    """
    runner = "here" if on in ("", "new") else "ray"
    workers: Workers = SHELF.function(runner)(jobs, on)
    try:
        yield workers
    finally:
        workers.close()


def run_trials(
    folder: StudyFolder,
    trials: Iterable[Trial],
    workers: Workers,
    *,
    deadline: Deadline = NEVER,
    watch: Watch = UNWATCHED,
    again: bool = True,
) -> Iterator[Outcome]:
    """Do trials, `workers.jobs` at a time, in their order; outcomes as they come.

    A trial that is done already is not done again. One that a signal ended goes on from its exact
    state; one that fails is tried once more, and is then a failed outcome. again: whether one that
    failed in an earlier call is tried again. Ends early when the deadline is over; what was begun
    is kept. Raises RunError with the first error when MOST_FAILURES trials fail one after the
    other, with none between that ended.
    """
    total = len(trials) if isinstance(trials, Sized) else None
    waiting, doing, errors = iter(trials), list[_Begun](), list[str]()
    done: list[tuple[Trial, Outcome]] = []
    earlier, looked, is_empty = set[int](), 0.0, False
    try:
        while doing or not is_empty:
            if deadline.is_over():
                return
            ended: list[tuple[Trial, Outcome]] = []
            while not is_empty and not ended and len(doing) < workers.jobs:
                trial = next(waiting, None)
                if trial is None:
                    is_empty = True
                    break
                place = folder.ask(trial)
                known = folder.outcome_of(trial.number) or (
                    None if again else folder.failure_of(trial.number)
                )
                if known is not None:
                    earlier.add(trial.number)
                    ended.append((trial, known))
                else:
                    folder.forget_failure(trial.number)
                    doing.append(_Begun(trial, place, workers.start(place)))
            for begun in list(doing):
                outcome = _look(folder, begun, workers, watch)
                if outcome is not None:
                    doing.remove(begun)
                    ended.append((begun.trial, outcome))
                    has_failed = folder.failure_of(outcome.number) is not None
                    errors = [*errors, outcome.why] if has_failed else []
            done += ended
            if ended or time.monotonic() - looked > _SHOW_S:
                looked = time.monotonic()
                now = tuple(one.trial for one in doing)
                watch.look(Scene(folder, now, tuple(done), frozenset(earlier), total))
            for _, outcome in ended:
                yield outcome
            if len(errors) >= MOST_FAILURES:
                raise RunError(
                    f"{MOST_FAILURES} trials failed one after the other; expected them to end. "
                    f"The first error: {errors[0]} Mend that, then repeat the command."
                )
            if doing and not ended:
                time.sleep(_LOOK_S)
    finally:
        for begun in doing:
            begun.process.stop()


def _look(folder: StudyFolder, begun: _Begun, workers: Workers, watch: Watch) -> Outcome | None:
    """What came of a trial whose process ended; None while it works or is begun again."""
    code = begun.process.ended()
    if code is None:
        return None
    done = folder.outcome_of(begun.trial.number)
    if done is not None:
        return done
    begun.process.stop()  # what it began
    if code < 0:
        reached = _how_far(begun.folder)
        begun.kills = begun.kills + 1 if reached == begun.reached else 0
        begun.reached = reached
        why = f"its process was ended by signal {-code}."
        is_over = begun.kills >= _MOST_KILLS
    else:
        begun.failures += 1
        why = _last_line(begun.folder) or f"its process ended with code {code}."
        is_over = begun.failures >= _TRIES
    if is_over:
        return folder.keep_failure(Outcome(number=begun.trial.number, state="failed", why=why))
    watch.say(f"trial {begun.trial.number} ({begun.trial.name}): {why} It is gone on with.")
    begun.process = workers.start(begun.folder)
    return None


def _how_far(folder: Path) -> tuple[float, ...]:
    """Something that changes whenever a trial gets further."""
    found = sorted((folder / "run" / "rungs").rglob("[!.]*"))
    return tuple(path.stat().st_mtime for path in found if path.is_file())


def _last_line(folder: Path) -> str:
    """Why the process of a trial failed, as its log says."""
    return logs.read_last_line(folder).removeprefix("receta: ")[:_SHOWN]

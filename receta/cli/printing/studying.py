"""How is a study that runs shown: a table that moves on a terminal, lines elsewhere?

All of it on stderr.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from receta.cli.printing.console import say
from receta.core.language import translate

if TYPE_CHECKING:
    from receta.studies import Outcome, Scene, StudyFolder, Trial, Watch

_MOST_SHOWN = 8  # trials that are done, the latest ones


@contextlib.contextmanager
def watch_study() -> Iterator[Watch]:
    """Who is told how a study goes, until the block ends."""
    from receta.studies import Watch

    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield Watch(look=_Lines().look, say=say)
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True, highlight=False, emoji=False)
    with Live(console=console, transient=True, auto_refresh=False) as live:
        shown = _Table()

        def look(scene: Scene) -> None:
            live.update(shown.draw(scene), refresh=True)

        def tell(text: str) -> None:
            console.print(translate(text), markup=False, soft_wrap=True)

        yield Watch(look=look, say=tell)


class _Clock:
    """How long the rest of a study takes."""

    def __init__(self) -> None:
        self.began = 0.0

    def say_left(self, scene: Scene) -> str:
        """In words; '' before a trial of this call is done, or where nobody knows how many."""
        now = time.monotonic()
        self.began = self.began or now
        done = len(scene.done) - len(scene.earlier)
        if not done or scene.total is None:
            return ""
        seconds = (now - self.began) / done * (scene.total - len(scene.done))
        return f"about {_say_seconds(seconds)} left"


class _Lines:
    """A line for each trial that is done."""

    def __init__(self) -> None:
        self.clock, self.told = _Clock(), 0

    def look(self, scene: Scene) -> None:
        """Tell what is new."""
        left = self.clock.say_left(scene)
        for place, (trial, outcome) in enumerate(scene.done[self.told :], start=self.told + 1):
            if trial.number in scene.earlier:
                continue
            of = f" of {scene.total}" if scene.total else ""
            words = [f"trial {place}{of}, {trial.name}: {_say_outcome(outcome)}"]
            say("; ".join([*words, *([left] if left else [])]))
        self.told = len(scene.done)


class _Table:
    """Trials that are being done, and the latest that are."""

    def __init__(self) -> None:
        self.clock = _Clock()

    def draw(self, scene: Scene) -> Any:
        """The table as it is now."""
        from rich.table import Table

        of = f" of {scene.total}" if scene.total else ""
        left = self.clock.say_left(scene)
        title = "; ".join([f"{len(scene.done)}{of} trials are done", *([left] if left else [])])
        shown = Table(
            title=title,
            title_justify="left",
            caption="Ctrl-C stops; the same command goes on.",
            caption_justify="left",
            expand=False,
        )
        for name in ("trial", "state", "epoch", "validation", "test"):
            shown.add_column(translate(name), no_wrap=name != "trial", overflow="ellipsis")
        for trial, outcome in scene.done[-_MOST_SHOWN:]:
            state = f"{outcome.state}, {_say_seconds(outcome.seconds)}"
            shown.add_row(
                trial.name,
                state,
                str(outcome.epochs or ""),
                _say_measure(outcome.measure),
                _say_measure(outcome.test),
                style="dim",
            )
        for trial in scene.doing:
            epoch, figures = _read_curve(scene.folder, trial)
            shown.add_row(trial.name, translate("now"), epoch, figures, "")
        return shown


def _say_outcome(outcome: Outcome) -> str:
    if outcome.state != "finished" or outcome.measure is None:
        return f"{outcome.state}: {outcome.why}" if outcome.why else outcome.state
    test = f", {_say_measure(outcome.test)} on the test part" if outcome.test else ""
    named = outcome.measure.name
    return f"{named} {_say_measure(outcome.measure)} on validation{test}, {outcome.seconds:.1f} s"


def _say_measure(measure: Any) -> str:
    from receta.core.amounts import figure

    return "" if measure is None else figure(measure.value, 4)


def _say_seconds(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _read_curve(folder: StudyFolder, trial: Trial) -> tuple[str, str]:
    """(epoch of epochs, what it reached) of a trial that is being done; empty before it tells."""
    try:
        text = (folder.folder_of(trial.number) / "curve.json").read_text()
        told = json.loads(text)
        last = told["rows"][-1]
        epochs, reached = told["epochs"], [name for name in last if name.startswith("val_")]
        named = next((name for name in reached if name != "val_loss"), "val_loss")
        return f"{last['epoch']} / {epochs}", f"{last[named]:.4g}"
    except (OSError, ValueError, LookupError, TypeError):
        return "", ""

"""What is said when a search is over?"""

from __future__ import annotations

from receta.cli.printing.console import table, tell
from receta.core.amounts import counted
from receta.core.setting_words import spell
from receta.studies import Tuning

_MOST_SHOWN = 10


def show_tuning(found: Tuning) -> None:
    """The best trials, the winner on untouched data, and where everything lies."""
    sign = 1 if found.goal.better == "higher" else -1
    done = [one for one in found.past if one.state == "finished" and one.value is not None]
    done.sort(key=lambda one: (-sign * (one.value or 0.0), one.number))
    names = list(dict.fromkeys(name for one in done[:_MOST_SHOWN] for name in one.settings))
    rows = [
        (
            str(one.number),
            f"{one.value:.4g}",
            f"{one.seconds:.0f} s",
            *(spell(one.settings[name]) if name in one.settings else "" for name in names),
        )
        for one in done[:_MOST_SHOWN]
    ]
    heads = ("trial", found.goal.measure, "time", *names)
    table("The best trials, by validation", heads, rows, ours=3)
    given_up, failed = found.count("pruned"), found.count("failed")
    tell(
        f"\n{counted(len(found.past), 'trials')}: {found.count('finished')} ended, {given_up} "
        f"given up early, {failed} failed."
    )
    best, honest = found.best, found.honest
    if best is not None and honest is not None:
        low, high = honest.interval
        tell(
            f"The winner, trial {best.trial}, on {honest.n:,} examples that no trial saw: "
            f"{found.goal.measure} {honest.value:.4g} (95 % interval {low:.4g} to {high:.4g}). "
            f"Validation promised {best.validation:.4g}: {_say_optimism(found.optimism or 0.0)}."
        )
    if found.importance:
        words = ", ".join(f"{name} {share:.0%}" for name, share in found.importance.items())
        tell(f"What mattered: {words}.")
    if found.was_finished:
        tell("This search is finished already: nothing was changed. More --trials add to it.")
    tell(f"report: {found.folder / 'report.html'}")
    if best is not None:
        tell(f"the best recipe: {found.folder / 'recipe.toml'}; its run: {best.run}")


def _say_optimism(optimism: float) -> str:
    """By how much validation promised too much.

    >>> _say_optimism(0.0312), _say_optimism(-0.01)
    ('0.031 too much', 'no more than was kept')
    """
    return f"{optimism:.2g} too much" if optimism > 0 else "no more than was kept"

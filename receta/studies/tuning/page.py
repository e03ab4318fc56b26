"""What does the page of a search show?"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from receta.core import disk, recipe_files
from receta.core.amounts import counted
from receta.core.recipe import Recipe
from receta.core.setting_words import spell
from receta.report.charts import plots, searching
from receta.report.page import fill_template
from receta.report.words import number
from receta.studies.tuning.findings import Tuning
from receta.studies.tuning.past import Past
from receta.studies.tuning.searches import SEARCHES
from receta.studies.tuning.space import Choice, Parameter, Space

_MOST_ROWS, _MOST_FAILURES = 200, 20
_STATES = {"finished": "ended", "pruned": "given up", "failed": "failed", "running": "running"}


def write_page(found: Tuning, space: Space, title: str) -> Path:
    """Write report.html of a search into its folder."""
    searched = [one for one in space.searched if any(one.name in p.settings for p in found.past)]
    rulers = [_rule(one) for one in searched]
    measure = found.goal.measure
    is_higher = found.goal.better == "higher"
    values = [one.value for one in found.past if one.value is not None]
    reached = plots.Scale(min(values), max(values)) if len(set(values)) > 1 else None
    ends = [(at, number(v)) for at, v in ((0.0, min(values)), (100.0, max(values)))]
    if not is_higher:
        ends = [(100 - at, text) for at, text in ends]
    best = found.best.trial if found.best else -1
    tried = [
        searching.Tried(
            _say_trial(one, measure),
            one.value,
            one.state == "finished",
            one.number == best,
            (
                *(_place(parameter, one) for parameter in searched),
                _rank(one, reached, is_higher=is_higher),
            ),
        )
        for one in found.past
    ]
    rows = sorted(found.past, key=lambda one: _order(one, best, is_higher=is_higher))
    names = [one.name for one in searched]
    text = fill_template(
        "tuned.html.jinja",
        title=title,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        headline=_headline(found),
        sentences=list(_say(found)),
        measure=measure,
        history=searching.draw_history(tried, measure, is_higher=is_higher),
        importance=_draw_importance(found),
        parallel=searching.draw_parallel([*rulers, searching.Ruler(measure, ends)], tried),
        slices=[
            {"name": ruler.name, "drawn": searching.draw_slice(ruler, i, tried, measure)}
            for i, ruler in enumerate(rulers)
        ],
        names=names,
        rows=[
            {
                "number": one.number,
                "state": _STATES[one.state],
                "value": "" if one.value is None else number(one.value),
                "seconds": f"{one.seconds:.0f}",
                "is_best": one.number == best,
                "cells": [spell(one.settings[n]) if n in one.settings else "" for n in names],
            }
            for one in rows[:_MOST_ROWS]
        ],
        failures=[f"trial {one.number}: {one.why}" for one in found.past if one.state == "failed"][
            :_MOST_FAILURES
        ],
        recipe=_show_recipe(found),
    )
    path = found.folder / "report.html"
    disk.write_text(path, text)
    return path


def _show_recipe(found: Tuning) -> Markup:
    """What was set in the best recipe, with its lines as they are."""
    if found.best is None:
        return Markup("")
    whole = recipe_files.as_toml(Recipe(**found.best.recipe))
    return escape(whole.partition("\n# Left")[0])


def _headline(found: Tuning) -> str:
    if found.honest is None or found.best is None:
        return f"{counted(len(found.past), 'trials')}, and no part to judge the winner by"
    value = number(found.honest.value)
    measure = found.goal.measure
    return f"{measure[0].upper()}{measure[1:]} {value} on examples that no trial saw"


def _say(found: Tuning) -> list[str]:
    """The search in sentences."""
    best, honest, measure = found.best, found.honest, found.goal.measure
    counts = f"{found.count('finished')} ended, {found.count('pruned')} given up early"
    drawn = f"{counted(len(found.past), 'trials')} were drawn {SEARCHES[found.search].about}"
    said = [f"{drawn}: {counts}, {found.count('failed')} failed."]
    if best is not None and honest is not None:
        low, high = honest.interval
        said.insert(
            0,
            f"Trial {best.trial} won. Trained again from scratch, it reaches {measure} "
            f"{number(honest.value)} on {honest.n:,} test examples (95 % interval {number(low)} to "
            f"{number(high)}).",
        )
        said.append(
            f"Validation, by which it was chosen, promised {number(best.validation)}. The "
            f"difference of {number(abs(found.optimism or 0.0))} is "
            f"{'optimism of the search' if (found.optimism or 0.0) > 0 else 'chance'}: the best of "
            "many trials looks better than it is."
        )
    return said


def _say_trial(one: Past, measure: str) -> str:
    words = ", ".join(f"{name} {spell(value)}" for name, value in one.settings.items())
    reached = f"{measure} {number(one.value)}" if one.value is not None else _STATES[one.state]
    return f"trial {one.number}: {reached}; {words}"


def _order(one: Past, best: int, *, is_higher: bool) -> tuple[bool, bool, float, int]:
    value = one.value or 0.0
    is_whole = one.state == "finished"
    return one.number != best, not is_whole, -value if is_higher else value, one.number


def _rank(one: Past, reached: plots.Scale | None, *, is_higher: bool) -> float | None:
    if one.value is None:
        return None
    at = reached.place(one.value) if reached else 50.0
    return at if is_higher else 100 - at


def _draw_importance(found: Tuning) -> Any:
    if not found.importance:
        return ""
    return plots.bars(
        [
            (name, share, f"{share:.0%}", "var(--accent)")
            for name, share in found.importance.items()
        ],
        high=1.0,
    )


def _rule(parameter: Parameter) -> searching.Ruler:
    """The axis of a setting."""
    values = parameter.values
    if isinstance(values, Choice):
        step = 100 / max(1, len(values.values) - 1)
        return searching.Ruler(
            parameter.name, [(i * step, spell(one)) for i, one in enumerate(values.values)]
        )
    axis = searching.place([values.low, values.top], log=values.log)
    ticks = dict.fromkeys([values.low, *axis.ticks(3), values.top])
    places = [(axis.place(tick), number(tick)) for tick in ticks]
    kept: list[tuple[float, str]] = []
    for at, text in sorted(places):
        if not kept or at - kept[-1][0] > 22:
            kept.append((at, text))
    return searching.Ruler(parameter.name, kept)


def _place(parameter: Parameter, one: Past) -> float | None:
    if parameter.name not in one.settings:
        return None
    values, value = parameter.values, one.settings[parameter.name]
    if isinstance(values, Choice):
        return values.values.index(value) * 100 / max(1, len(values.values) - 1)
    return searching.place([values.low, values.top], log=values.log).place(float(value))

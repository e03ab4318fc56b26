"""How are forecasts drawn: a fan beside the truth, errors by step, the shape of a season?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from receta.report.charts import plots
from receta.report.charts.plots import Axes, Line, Point, Scale
from receta.report.series_facts import Drawn, SeriesFacts
from receta.report.words import number

_FANS = ((0, 4), (1, 3))  # levels of the bounds, the wider first
_MIDDLE = 2


def draw_forecasts(facts: SeriesFacts | None) -> dict[str, Any] | None:
    """All drawings of a page on series; None of other runs."""
    if facts is None:
        return None
    return {
        "panels": [(one, _draw_fan(one)) for one in facts.drawn],
        "by_step": _draw_steps(facts) if facts.horizon > 1 else None,
        "profile": _draw_profile(facts) if len(facts.profile) else None,
    }


def _draw_fan(one: Drawn) -> Markup:
    """The steps before, the truth, and a median between two bands."""
    back, ahead = len(one.before), len(one.truth)
    past = [(float(at - back + 1), float(value)) for at, value in enumerate(one.before)]
    steps = [float(at + 1) for at in range(ahead)]
    known = [value for _, value in past] + one.truth.tolist() + one.said[:, [1, 3]].ravel().tolist()
    axes = Axes(Scale(1.0 - back, float(ahead)), plots.scale(known), "step")
    bands = Markup("").join(_draw_band(steps, one.said[:, pair], axes) for pair in _FANS)
    middle = one.said[:, _MIDDLE].tolist()
    lines = [
        Line("before", past, "var(--quiet)"),
        Line("truth", [past[-1], *zip(steps, one.truth.tolist(), strict=True)], "var(--ink)"),
        Line("forecast", list(zip(steps, middle, strict=True)), "var(--accent)"),
    ]
    label = (
        f"{one.name}, {ahead} steps from {one.when} on: error {number(one.error)}, "
        f"repeating the last season {number(one.naive)}"
    )
    return plots.curves(lines, axes, label=label, behind=bands)


def _draw_band(steps: Sequence[float], bounds: np.ndarray, axes: Axes) -> Markup:
    low, high = bounds[:, 0].tolist(), bounds[:, 1].tolist()
    there: list[Point] = list(zip(steps, high, strict=True))
    back: list[Point] = list(zip(steps, low, strict=True))[::-1]
    if len(steps) == 1:  # a band of one step is as wide as a tenth of what is before it
        wide = (axes.x.high - axes.x.low) / 60
        there, back = ([(x - wide, y), (x + wide, y)] for (x, y) in (there[0], back[0]))
        back = back[::-1]
    places = [f"{axes.x.place(x):.2f} {100 - axes.y.place(y):.2f}" for x, y in (*there, *back)]
    return Markup('<path class="fan" d="M{}Z"/>').format("L".join(places))


def _draw_steps(facts: SeriesFacts) -> Markup:
    ahead = [float(at + 1) for at in range(facts.horizon)]
    lines = [
        Line(
            "the last season again",
            list(zip(ahead, facts.naive_by_step.tolist(), strict=True)),
            "var(--quiet)",
            dashed=True,
        ),
        Line("the model", list(zip(ahead, facts.by_step.tolist(), strict=True)), "var(--accent)"),
    ]
    values = [*facts.by_step.tolist(), *facts.naive_by_step.tolist()]
    axes = Axes(
        Scale(1.0, float(facts.horizon)), plots.scale([0.0, *values]), "step", "error (MASE)"
    )
    first, last = number(float(facts.by_step[0])), number(float(facts.by_step[-1]))
    return plots.curves(
        lines, axes, label=f"Error by step ahead, from {first} at the first to {last} at the last"
    )


def _draw_profile(facts: SeriesFacts) -> Markup:
    steps = [float(at + 1) for at in range(facts.season)]
    axes = Axes(
        Scale(1.0, float(facts.season)),
        plots.scale(facts.profile.ravel().tolist()),
        "step",
        "beside the mean of its season",
    )
    band = _draw_band(steps, facts.profile[:, [0, 2]], axes)
    middle = Line(
        "median", list(zip(steps, facts.profile[:, 1].tolist(), strict=True)), "var(--accent)"
    )
    label = f"The shape of a season of {facts.season} steps"
    return plots.curves([middle], axes, label=label, behind=band)

"""How are predicted values drawn against the true ones, and curves of two classes?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from receta.core.seeds import rng
from receta.report.charts import plots
from receta.report.words import number, percent

_MOST_DOTS = 500
_MOST_TOLD = 120  # dots that can be pointed at, the farthest off first
_BINS = 24


def draw_values(truth: np.ndarray, said: np.ndarray, margin: float | None) -> Markup:
    """Dots of true and predicted values, the line where both agree, and the interval around it."""
    kept = np.sort(rng(0, "dots").permutation(len(truth))[:_MOST_DOTS])
    true, told = truth[kept], said[kept]
    axis = plots.scale([*true, *told])
    drawn = [_diagonal(axis, 0.0, "ideal")]
    if margin is not None:
        drawn += [_diagonal(axis, off, "ideal faint") for off in (-margin, margin)]
    dots = [
        f"M{axis.place(float(a)):.2f} {100 - axis.place(float(b)):.2f}h0"
        for a, b in zip(true, told, strict=True)
    ]
    drawn.append(Markup('<path class="line dots" d="{}"/>').format("".join(dots)))
    farthest = np.argsort(-np.abs(told - true), kind="stable")[:_MOST_TOLD]
    stops = [
        plots.stop(
            max(0.0, axis.place(float(true[at])) - 1.5),
            max(0.0, 98.5 - axis.place(float(told[at]))),
            3,
            3,
            f"true {number(float(true[at]))}; predicted {number(float(told[at]))}",
        )
        for at in farthest[::-1]
    ]
    return plots.plot(
        Markup("").join(drawn),
        Markup("").join(stops),
        plots.Axes(axis, axis, "true value", "predicted value"),
        label=f"Predicted against true values of {number(len(kept))} test examples",
        square=True,
    )


def draw_errors(truth: np.ndarray, said: np.ndarray) -> Markup:
    """How often each error comes: predicted less true."""
    errors = said - truth
    reach = float(np.quantile(np.abs(errors), 0.995)) or 1.0
    counts, _ = np.histogram(np.clip(errors, -reach, reach), _BINS, (-reach, reach))
    return plots.histogram(
        counts.tolist(),
        -reach,
        reach,
        x_name="predicted less true",
        label=f"Errors on the test part, {number(-reach)} to {number(reach)}",
    )


def draw_residuals(truth: np.ndarray, said: np.ndarray) -> Markup:
    """Errors by the predicted value: what they have in common can be seen."""
    kept = np.sort(rng(0, "dots").permutation(len(truth))[:_MOST_DOTS])
    across, errors = said[kept], (said - truth)[kept]
    x, y = plots.scale(across.tolist()), plots.scale(errors.tolist())
    dots = [
        f"M{x.place(float(a)):.2f} {100 - y.place(float(b)):.2f}h0"
        for a, b in zip(across, errors, strict=True)
    ]
    zero = 100 - y.place(0.0)
    return plots.plot(
        Markup('<path class="ideal" d="M0 {0:.2f}H100"/><path class="line dots" d="{1}"/>').format(
            zero, "".join(dots)
        ),
        Markup(""),
        plots.Axes(x, y, "predicted value", "predicted less true"),
        label="Errors by predicted value",
    )


def _diagonal(axis: plots.Scale, off: float, classes: str) -> Markup:
    """The line on which predicted is true plus off, as far as the axes go."""
    low, high = max(axis.low, axis.low - off), min(axis.high, axis.high - off)
    if high <= low:
        return Markup("")
    ends = [(axis.place(one), 100 - axis.place(one + off)) for one in (low, high)]
    return Markup('<path class="{}" d="M{:.2f} {:.2f}L{:.2f} {:.2f}"/>').format(
        classes, *ends[0], *ends[1]
    )


def draw_order(curve: Mapping[str, Any], names: tuple[str, str], colour: str) -> Markup:
    """An ROC or a precision-recall curve, and that of chance; names: of the axes."""
    points = [(float(one[0]), float(one[1])) for one in curve["points"]]
    is_roc = names[1].startswith("found")
    chance = [(0.0, 0.0 if is_roc else curve["chance"]), (1.0, 1.0 if is_roc else curve["chance"])]
    unit = plots.Scale(0.0, 1.0)
    return plots.plot(
        Markup("").join(
            [
                plots.draw_line(plots.Line("chance", chance, "var(--quiet)", dashed=True), unit),
                plots.draw_line(plots.Line("model", points, colour), unit),
            ]
        ),
        _stops(points, names),
        plots.Axes(unit, unit, *names, in_percent=True),
        label=f"{names[1]} by {names[0]}; area {number(curve['area'])}",
        square=True,
    )


def _stops(points: Sequence[tuple[float, float]], names: tuple[str, str]) -> Markup:
    step = max(1, len(points) // 40)
    return Markup("").join(
        plots.stop(
            max(0.0, 100 * x - 1.5),
            0,
            3,
            100,
            f"{names[0]} {percent(x)}: {names[1]} {percent(y)}",
        )
        for x, y in points[::step]
    )

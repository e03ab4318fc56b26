"""How is a search drawn: its history, its settings one by one, and all of them together?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from receta.report.charts import plots
from receta.report.charts.plots import Axes, Line, Scale
from receta.report.words import number, visible

_ROOM = 4.0  # percent of a chart between its edge and the first value
_TIP = 3.0  # percent of a chart around a dot that can be pointed at


@dataclass(frozen=True)
class Tried:
    """One trial as it is drawn. at: its place on each axis, 0 to 100; None where it has none.

    value: what it reached, None for one that failed. is_whole: whether it was not given up.
    """

    name: str
    value: float | None
    is_whole: bool
    is_best: bool
    at: Sequence[float | None] = ()


@dataclass(frozen=True)
class Ruler:
    """An axis of one setting: its name, and (place, text) of values to read it by."""

    name: str
    marks: Sequence[tuple[float, str]]


def place(values: Sequence[float], *, log: bool) -> Scale:
    """The axis of the numbers of a setting."""
    low, high = min(values), max(values)
    return Scale(low, high, log=log) if high > low else Scale(low - 0.5, high + 0.5)


def draw_history(trials: Sequence[Tried], measure: str, *, is_higher: bool) -> Markup:
    """What each trial reached, in their order, and the best until then."""
    known = [(i, one) for i, one in enumerate(trials) if one.value is not None]
    y = plots.scale([one.value for _, one in known if one.value is not None])
    x = Scale(-0.5, max(len(trials) - 0.5, 0.5))
    best: list[tuple[float, float]] = []
    for i, one in known:
        if one.is_whole and one.value is not None:
            last = best[-1][1] if best else one.value
            best.append((float(i), max(last, one.value) if is_higher else min(last, one.value)))
    line = plots.draw_line(Line("best", best, "var(--accent)"), x, y)
    dots = [(x.place(i), y.place(one.value or 0.0), one) for i, one in known]
    axes = Axes(x, y, "trial", measure)
    return plots.plot(
        line + _draw_dots(dots), _draw_stops(dots), axes, label=f"{measure} of each trial, in order"
    )


def draw_slice(ruler: Ruler, axis: int, trials: Sequence[Tried], measure: str) -> Markup:
    """What trials reached by the values of one setting."""
    known = [one for one in trials if one.value is not None and one.at[axis] is not None]
    y = plots.scale([one.value for one in known if one.value is not None])
    dots = [(_inset(one.at[axis] or 0.0), y.place(one.value or 0.0), one) for one in known]
    grid = Markup("").join(
        Markup('<path class="grid" d="M0 {0:.2f}H100"/>').format(100 - y.place(tick))
        for tick in y.ticks(4)
    )
    ys = Markup("").join(
        Markup('<span style="bottom:{:.2f}%">{}</span>').format(y.place(tick), number(tick))
        for tick in y.ticks(4)
    )
    xs = Markup("").join(
        Markup('<span style="left:{:.2f}%">{}</span>').format(_inset(at), visible(text))
        for at, text in ruler.marks
    )
    return Markup(
        '<div class="plot"><div class="y" aria-hidden="true">{}</div><svg viewBox="0 0 100 100" '
        'preserveAspectRatio="none" role="group" aria-label="{}" class="rove">{}{}{}</svg>'
        '<div class="x" aria-hidden="true">{}</div></div>'
    ).format(
        ys,
        visible(f"{measure} by {ruler.name}"),
        grid,
        _draw_dots(dots),
        _draw_stops(dots),
        xs,
    )


def draw_parallel(rulers: Sequence[Ruler], trials: Sequence[Tried]) -> Markup:
    """One line for each trial over all settings; the better it is, the stronger it is drawn.

    The last axis is what was reached.
    """
    step = 100 / max(1, len(rulers) - 1)
    shown = sorted(trials, key=lambda one: (one.is_best, one.at[-1] or 0.0))
    lines = []
    for one in shown:
        at = [
            f"{i * step:.2f} {100 - _inset(value):.2f}"
            for i, value in enumerate(one.at)
            if value is not None
        ]
        if len(at) < 2 or one.value is None:
            continue
        colour = "var(--accent)" if one.is_best else "var(--quiet)"
        strength = 1.0 if one.is_best else 0.12 + 0.6 * (one.at[-1] or 0.0) / 100
        style = f"stroke:{colour};opacity:{strength:.2f}"
        kind = "line" if one.is_whole else "line dashed"
        lines.append(
            Markup('<path class="{}" style="{}" d="M{}"><title>{}</title></path>').format(
                kind, style, "L".join(at), visible(one.name)
            )
        )
    bars = [
        Markup('<path class="grid" d="M{0:.2f} 0V100"/>').format(i * step)
        for i in range(len(rulers))
    ]
    names = [
        Markup("<li><bdi>{}</bdi><small>{}</small></li>").format(
            visible(ruler.name), visible(" … ".join(dict.fromkeys(_ends(ruler))))
        )
        for ruler in rulers
    ]
    return Markup(
        '<div class="parallel" style="--axes:{}"><svg viewBox="0 0 100 100" '
        'preserveAspectRatio="none" role="img" aria-label="Every trial as a line over its '
        'settings; the best one is the strong one">{}{}</svg><ol>{}</ol></div>'
    ).format(len(rulers), Markup("").join(bars), Markup("").join(lines), Markup("").join(names))


def _ends(ruler: Ruler) -> list[str]:
    ordered = sorted(ruler.marks)
    return [ordered[0][1], ordered[-1][1]] if ordered else []


def _inset(at: float) -> float:
    """A place with room to the edges."""
    return _ROOM + at * (100 - 2 * _ROOM) / 100


def _draw_dots(dots: Sequence[tuple[float, float, Tried]]) -> Markup:
    return Markup("").join(
        Markup(
            '<path class="line dot" style="stroke:{};stroke-width:{};opacity:{}" '
            'd="M{:.2f} {:.2f}h0"/>'
        ).format(
            "var(--c2)" if one.is_best else "var(--accent)" if one.is_whole else "var(--quiet)",
            11 if one.is_best else 7,
            1 if one.is_whole else 0.6,
            across,
            100 - up,
        )
        for across, up, one in sorted(dots, key=lambda dot: dot[2].is_best)
    )


def _draw_stops(dots: Sequence[tuple[float, float, Tried]]) -> Markup:
    return Markup("").join(
        plots.stop(max(0, across - _TIP), max(0, 100 - up - _TIP), 2 * _TIP, 2 * _TIP, one.name)
        for across, up, one in dots
    )

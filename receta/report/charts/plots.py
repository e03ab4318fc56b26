"""How are curves and bars drawn so that they can be read from a phone to a wide screen?

Lines and bars are stretched SVG whose strokes keep their width; every letter is HTML
beside it, so text never shrinks. Values show on hover and focus (a <title> each).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from receta.report.words import number, percent, visible

MOST_STOPS = 60  # places along a curve that can be pointed at
MOST_POINTS = 400  # of a curve; more than the pixels it is drawn on

Point = tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """An axis: values low..high to places 0..100, evenly or by their logarithm."""

    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """Where a value stands, 0..100; values outside stand on the edge."""
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log10(low), math.log10(high), math.log10(max(value, self.low))
        return min(100.0, max(0.0, 100 * (value - low) / ((high - low) or 1)))

    def ticks(self, most: int = 5) -> list[float]:
        """Round values along the axis, at most `most` of them."""
        if self.log:
            return _log_ticks(self.low, self.high, most)
        span = self.high - self.low
        power = 10 ** math.floor(math.log10(span / most)) if span > 0 else 1
        step = next(
            (power * f for f in (1, 2, 2.5, 5, 10) if span / (power * f) <= most - 1 + 1e-9),
            power * 10,
        )
        first = math.ceil(self.low / step - 1e-9)
        return [round(i * step, 12) for i in range(first, math.floor(self.high / step + 1e-9) + 1)]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    within = [low * (1 - 1e-9), high * (1 + 1e-9)]
    ticks: list[float] = []
    for factors in ((1, 2, 5), (1, 3), (1,)):
        ticks = [
            f * 10.0**p for p in powers for f in factors if within[0] <= f * 10.0**p <= within[1]
        ]
        if len(ticks) <= most:
            return ticks
    return ticks[:: math.ceil(len(ticks) / most)]


def scale(values: Iterable[float], *, zero: bool = False, top: float | None = None) -> Scale:
    """An axis with room for all values; by logarithm where they span far."""
    finite = [v for v in values if math.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if zero and low > 0 and high / low > 25:
        return Scale(low * 0.85, high * 1.15, log=True)
    if zero:
        low = min(0.0, low)
    room = (high - low or abs(high) or 1) * 0.06
    high = min(high + room, top) if top is not None else high + room
    return Scale(low if zero else low - room, max(high, low + 1e-9))


@dataclass(frozen=True)
class Axes:
    """What a chart is drawn on: two scales, their names, and whether values are shares."""

    x: Scale
    y: Scale
    x_name: str = ""
    y_name: str = ""
    in_percent: bool = False


@dataclass(frozen=True)
class Line:
    """One curve of a chart; colour is a CSS colour."""

    name: str
    points: Sequence[Point]
    colour: str
    dashed: bool = False


def curves(
    lines: Sequence[Line],
    axes: Axes,
    *,
    label: str,
    mark: float | None = None,
    mark_name: str = "",
    behind: Markup | str = "",
) -> Markup:
    """Curves over steps or epochs, one tip for each place along them; behind: what lies below."""
    drawn = [behind, *(draw_line(line, axes.x, axes.y) for line in lines)]
    if mark is not None:
        place = axes.x.place(mark)
        drawn.insert(0, Markup('<path class="mark" d="M{0:.2f} 0V100"/>').format(place))
    stops = _stops(lines, axes, mark, mark_name)
    return plot(Markup("").join(drawn), stops, axes, label=label)


def draw_line(line: Line, x: Scale, y: Scale | None = None) -> Markup:
    """One curve as a path; y: of its values, as x where there is none."""
    y = y or x
    points = [(a, b) for a, b in line.points if math.isfinite(a) and math.isfinite(b)]
    points = (
        points[:: max(1, math.ceil(len(points) / MOST_POINTS))] + points[-1:]
        if len(points) > MOST_POINTS
        else points
    )
    at = [f"{x.place(a):.2f} {100 - y.place(b):.2f}" for a, b in points]
    if not at:
        return Markup("")
    # A path of length 0 with round ends is a dot that the stretching does not deform.
    path = "M" + "L".join(at) if len(at) > 1 else f"M{at[0]}h0"
    kind = "line dot" if len(at) == 1 else "line dashed" if line.dashed else "line"
    return Markup('<path class="{}" style="stroke:{}" d="{}"/>').format(kind, line.colour, path)


def _stops(lines: Sequence[Line], axes: Axes, mark: float | None, mark_name: str) -> Markup:
    x, say = axes.x, percent if axes.in_percent else number
    places = sorted({a for line in lines for a, _ in line.points})
    places = places[:: max(1, math.ceil(len(places) / MOST_STOPS))]
    known = [(line.name, dict(line.points)) for line in lines]
    rects = []
    for i, place in enumerate(places):
        left = x.place((places[i - 1] + place) / 2) if i else 0.0
        right = x.place((place + places[i + 1]) / 2) if i + 1 < len(places) else 100.0
        values = "; ".join(f"{name} {say(at[place])}" for name, at in known if place in at)
        also = f" ({mark_name})" if mark == place and mark_name else ""
        rects.append(
            stop(left, 0, right - left, 100, f"{axes.x_name} {number(place)}{also}: {values}")
        )
    return Markup("").join(rects)


def stop(
    left: float, top: float, width: float, height: float, tip: str, classes: str = "stop"
) -> Markup:
    """A rectangle that tells its value when pointed at or focused."""
    return Markup(
        '<rect class="{}" x="{:.2f}" y="{:.2f}" width="{:.2f}" '
        'height="{:.2f}"><title>{}</title></rect>'
    ).format(classes, left, top, width, height, visible(tip))


def plot(
    inside: Markup,
    stops: Markup,
    axes: Axes,
    *,
    label: str,
    square: bool = False,
) -> Markup:
    """The frame around a drawing: grid, axis labels in HTML, names of the axes."""
    x, y = axes.x, axes.y

    def say(value: float) -> str:
        return f"{value * 100:.4g}{chr(0x202F)}%" if axes.in_percent else number(value)

    ys = [(tick, y.place(tick)) for tick in y.ticks()]
    xs = [
        (tick, x.place(tick))
        for tick in x.ticks()
        if axes.x_name not in ("epoch", "step") or float(tick).is_integer()
    ]
    grid = Markup("").join(
        Markup('<path class="grid" d="M0 {0:.2f}H100"/>').format(100 - p) for _, p in ys
    )
    y_labels = Markup("").join(
        Markup('<span style="bottom:{:.2f}%">{}</span>').format(p, say(v)) for v, p in ys
    )
    x_say = say if square else number
    x_labels = Markup("").join(
        Markup('<span style="left:{:.2f}%">{}</span>').format(p, x_say(v)) for v, p in xs
    )
    return Markup(
        '<div class="plot{}">{}<div class="y" aria-hidden="true">{}</div>'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="group" aria-label="{}" '
        'class="rove">{}{}{}</svg>'
        '<div class="x" aria-hidden="true">{}</div>{}</div>'
    ).format(
        " square" if square else "",
        Markup('<p class="axis y-name">{}</p>').format(axes.y_name) if axes.y_name else "",
        y_labels,
        visible(label),
        grid,
        inside,
        stops,
        x_labels,
        Markup('<p class="axis x-name">{}</p>').format(axes.x_name) if axes.x_name else "",
    )


def histogram(counts: Sequence[int], low: float, high: float, *, x_name: str, label: str) -> Markup:
    """Bars of equal width from low to high; their heights are shares of the whole."""
    total, n = sum(counts) or 1, len(counts)
    shares = [count / total for count in counts]
    y = scale(shares, zero=False)
    y = Scale(0.0, max(y.high, 1e-9))
    x = Scale(low, high if high > low else low + 1)
    step = (x.high - x.low) / n
    bars, stops = [], []
    for i, share in enumerate(shares):
        height = y.place(share)
        tip = (
            f"{number(low + i * step)} to {number(low + (i + 1) * step)}: {percent(share)} of "
            "the values"
        )
        bars.append(
            Markup(
                '<rect class="bar" x="{:.2f}" y="{:.2f}" width="{:.2f}" height="{:.2f}"/>'
            ).format(100 * i / n + 8 / n, 100 - height, 84 / n, height)
        )
        stops.append(stop(100 * i / n, 0, 100 / n, 100, tip))
    return plot(
        Markup("").join(bars),
        Markup("").join(stops),
        Axes(x, y, x_name, "share of the values", in_percent=True),
        label=label,
    )


def calibration(
    bins: Sequence[tuple[float, float, int]],
    *,
    label: str,
    before: Sequence[tuple[float, float, int]] = (),
) -> Markup:
    """Stated confidence against share that was right; dots grow with their count.

    before: the bins of the same pictures before the probabilities were set right, as a line.
    """
    unit = Scale(0.0, 1.0)
    most = max((n for _, _, n in bins), default=1)
    dots, stops = [Markup('<path class="ideal" d="M0 100L100 0"/>')], []
    if before:
        line = "L".join(
            f"{100 * confidence:.2f} {100 - 100 * accuracy:.2f}"
            for confidence, accuracy, _ in before
        )
        dots.append(
            Markup('<path class="line dashed" style="stroke:var(--quiet)" d="M{}"/>').format(line)
        )
    for confidence, accuracy, n in bins:
        across, down = 100 * confidence, 100 - 100 * accuracy
        dots.append(
            Markup('<path class="gap" d="M{0:.2f} {1:.2f}V{2:.2f}"/>').format(
                across, 100 - across, down
            )
        )
        dots.append(
            Markup(
                '<path class="line dot" style="stroke:var(--accent);stroke-width:{:.1f}" '
                'd="M{:.2f} {:.2f}h0"/>'
            ).format(7 + 11 * math.sqrt(n / most), across, down)
        )
        tip = (
            f"said {percent(confidence)}, right {percent(accuracy)} of the time ({number(n)} "
            "examples)"
        )
        stops.append(stop(max(0, across - 3), max(0, down - 5), 6, 10, tip))
    return plot(
        Markup("").join(dots),
        Markup("").join(stops),
        Axes(unit, unit, "how sure it says it is", "how often it is right", in_percent=True),
        label=label,
        square=True,
    )


def bars(rows: Sequence[tuple[str, float, str, str]], *, high: float | None = None) -> Markup:
    """Horizontal bars with their value written out: (name, value, text, CSS colour)."""
    top = high or max((value for _, value, _, _ in rows), default=1.0) or 1.0
    return Markup('<dl class="bars">{}</dl>').format(
        Markup("").join(
            Markup(
                '<div><dt><bdi>{}</bdi></dt><dd><span class="rail" aria-hidden="true">'
                '<span style="width:{:.2f}%;background:{}"></span></span><span '
                'class="value">{}</span></dd></div>'
            ).format(visible(name), max(0.0, min(100.0, 100 * value / top)), colour, text)
            for name, value, text, colour in rows
        )
    )

"""Which small picture explains a finding, when its `shown` holds the numbers for one?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from receta import checks
from receta.core.finding import Finding
from receta.core.sketch import Bars, Curve, Filters, NamedBars
from receta.report.charts import pictures, plots
from receta.report.words import number, percent

Colours = Mapping[str, str]


def sketch(finding: Finding, colours: Colours) -> Markup:
    """The picture of one finding; empty where there is none to draw."""
    declared = checks.SHELF.module(finding.check).SKETCH if finding.check in checks.SHELF else None
    if declared is None or not finding.shown:
        return Markup("")
    try:
        return _DRAW[type(declared)](declared, finding.shown, colours)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return Markup("")  # `shown` is never needed to understand a finding, so its form may vary


def say_measured(finding: Finding) -> str:
    """The measured value with its unit; shares in percent."""
    unit = finding.unit.strip()
    if unit in ("share", "fraction"):
        return percent(finding.measured)
    if unit.split(" ")[0] in ("accuracy", "probability"):
        return f"{percent(finding.measured)} {unit}"
    if unit == "ratio":
        return f"{number(finding.measured)} to 1"
    return f"{number(finding.measured)} {finding.unit_in_words()}".strip()


def say_expected(finding: Finding) -> str:
    r"""What a sound run shows, with the signs of mathematics and in the unit of what is measured.

    >>> say_expected(Finding("missing", "warn", 0.2, "share", "<= 0"))
    'none'
    >>> say_expected(Finding("junk_cells", "warn", 0.2, "share", "<= 0.05")).replace(
    ...     "\u202f", " "
    ... )
    '≤ 5.0 %'
    """
    if finding.expected in ("0", "<= 0"):
        return "none"
    bound = re.fullmatch(r"([<>]=? )?(\d*\.?\d+)", finding.expected)
    if bound and finding.unit.strip() in ("share", "fraction"):
        sign = (bound[1] or "").replace(">=", "≥").replace("<=", "≤")
        return f"{sign}{percent(float(bound[2]))}"
    return finding.expected.replace(">=", "≥").replace("<=", "≤") or "–"


def _curve(sketch: Curve, shown: Any, colours: Colours) -> Markup:
    points = [(float(a), float(b)) for a, b in zip(shown[sketch.x], shown[sketch.y], strict=True)]
    if not points:
        return Markup("")
    xs = [a for a, _ in points]
    x = (
        plots.Scale(min(xs), max(xs))
        if max(xs) > min(xs)
        else plots.Scale(xs[0] - 0.5, xs[0] + 0.5)
    )
    line = plots.Line(sketch.y_name, points, "var(--accent)")
    axis = plots.scale([b for _, b in points], zero=True)
    label = (
        f"{sketch.y_name} by {sketch.x_name}: from {number(points[0][1])} to "
        f"{number(points[-1][1])}"
    )
    y_name = sketch.y_name + " (log scale)" * axis.log
    return plots.curves([line], plots.Axes(x, axis, sketch.x_name, y_name), label=label)


def _bars(sketch: Bars, shown: Any, colours: Colours) -> Markup:
    rows = []
    for place, (key, what) in enumerate(sketch.values):
        value = float(shown[key])
        text = percent(value) if sketch.are_shares else number(value, 4)
        rows.append((what, value, text, "var(--quiet)" if place else "var(--accent)"))
    return plots.bars(rows, high=1.0) if sketch.are_shares else plots.bars(rows)


def _named_bars(sketch: NamedBars, shown: Any, colours: Colours) -> Markup:
    rows = [
        (str(name), float(value))
        for name, value in zip(shown[sketch.names], shown[sketch.values], strict=True)
    ]
    return plots.bars(
        [(name, value, number(value), colours.get(name, "var(--accent)")) for name, value in rows]
    )


def _filters(sketch: Filters, shown: Any, colours: Colours) -> Markup:
    uris = pictures.filters(shown[sketch.key])
    return Markup(
        '<div class="filters" role="img" aria-label="{} filters of the first layer, enlarged; '
        "grey is a weight "
        'of zero">{}</div>'
    ).format(
        len(uris),
        Markup("").join(
            Markup('<img class="pixelated" src="{}" alt="">').format(uri) for uri in uris
        ),
    )


_DRAW: dict[type, Callable[[Any, Any, Colours], Markup]] = {
    Curve: _curve,
    Bars: _bars,
    NamedBars: _named_bars,
    Filters: _filters,
}

"""Which small picture explains a finding, when its `shown` holds the numbers for one?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from receta.core.finding import Finding
from receta.report import charts, pictures
from receta.report.words import number, percent

Colours = Mapping[str, str]


def sketch(finding: Finding, colours: Colours) -> Markup:
    """The picture of one finding; empty where there is none to draw."""
    draw = _SKETCHES.get(finding.check)
    if draw is None or not finding.shown:
        return Markup("")
    try:
        return draw(finding.shown, colours)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return Markup("")  # `shown` is never needed to understand a finding, so its form may vary


def measured(finding: Finding) -> str:
    """The measured value with its unit; shares in percent."""
    unit = finding.unit.strip()
    if unit in ("share", "fraction"):
        return percent(finding.measured)
    if unit.split(" ")[0] in ("accuracy", "probability"):
        return f"{percent(finding.measured)} {unit}"
    if unit == "ratio":
        return f"{number(finding.measured)} to 1"
    return f"{number(finding.measured)} {finding.unit_in_words()}".strip()


def expected(finding: Finding) -> str:
    """What a sound run shows, with the signs of mathematics."""
    return finding.expected.replace(">=", "≥").replace("<=", "≤") or "–"


def _curve(x_key: str, y_key: str, x_name: str, y_name: str) -> Callable[[Any, Colours], Markup]:
    def draw(shown: Any, colours: Colours) -> Markup:
        points = [(float(a), float(b)) for a, b in zip(shown[x_key], shown[y_key], strict=True)]
        if not points:
            return Markup("")
        xs = [a for a, _ in points]
        x = (
            charts.Scale(min(xs), max(xs))
            if max(xs) > min(xs)
            else charts.Scale(xs[0] - 0.5, xs[0] + 0.5)
        )
        line = charts.Line(y_name, points, "var(--accent)")
        axis = charts.scale([b for _, b in points], zero=True)
        label = f"{y_name} by {x_name}: from {number(points[0][1])} to {number(points[-1][1])}"
        return charts.curves(
            [line], x, axis, label=label, x_name=x_name, y_name=y_name + " (log scale)" * axis.log
        )

    return draw


def _beats_blind(shown: Any, colours: Colours) -> Markup:
    real, blind = float(shown["real"]), float(shown["blind"])
    return charts.bars(
        [
            ("with pictures", real, percent(real), "var(--accent)"),
            ("with zeroed pictures", blind, percent(blind), "var(--quiet)"),
        ],
        high=1.0,
    )


def _loss_at_init(shown: Any, colours: Colours) -> Markup:
    found, expected = float(shown["measured"]), float(shown["expected"])
    return charts.bars(
        [
            ("measured", found, number(found, 4), "var(--accent)"),
            ("expected", expected, number(expected, 4), "var(--quiet)"),
        ]
    )


def _capacity(shown: Any, colours: Colours) -> Markup:
    rows = [
        (str(name), float(loss)) for name, loss in zip(shown["rungs"], shown["losses"], strict=True)
    ]
    return charts.bars(
        [(name, loss, number(loss), colours.get(name, "var(--accent)")) for name, loss in rows]
    )


def _filters(shown: Any, colours: Colours) -> Markup:
    uris = pictures.filters(shown["filters"])
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


_SKETCHES: dict[str, Callable[[Any, Colours], Markup]] = {
    "predictions_settle": _curve("epochs", "change", "epoch", "change of the predictions"),
    "overfits_one_batch": _curve("steps", "loss", "step", "loss"),
    "filters_smooth": _filters,
    "beats_blind": _beats_blind,
    "capacity_helps": _capacity,
    "loss_at_init": _loss_at_init,
}

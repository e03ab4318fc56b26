"""How is it drawn which columns a model relies on, and how its answer follows them?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from receta.report.charts import plots
from receta.report.words import number, percent

_MOST_SHOWN = 12
_FULL = 0.1  # of what is lost, from which on a bar is a full one
_COLOURS = ("var(--accent)", "var(--c2)", "var(--c3)")


def draw_importance(found: Sequence[Mapping[str, Any]], *, is_share: bool) -> Markup | None:
    """Bars of the columns that matter most, with their intervals; None where all may be idle.

    A bar fills its track from a tenth on, of accuracy or of the target's variance: the largest of
    losses that hardly count looks as small as it is.
    """
    shown = [one for one in found if one["interval"][0] > 0][:_MOST_SHOWN]
    if not shown:
        return None
    say = percent if is_share else _say_two_digits
    return plots.bars(
        [
            (
                one["column"],
                one["value"],
                f"{say(one['value'])} ({say(max(0.0, one['interval'][0]))} to "
                f"{say(one['interval'][1])})",
                "var(--accent)",
            )
            for one in shown
        ],
        high=max(_FULL, *(one["value"] for one in shown)),
    )


def _say_two_digits(value: float) -> str:
    return f"{value:.2f}"


def draw_dependence(one: Mapping[str, Any], *, is_share: bool) -> Markup:
    """How the answer follows a column: a curve over numbers, or bars of a category."""
    return (_draw_levels if one["kind"] == "category" else _draw_curve)(one, is_share)


def _draw_levels(one: Mapping[str, Any], is_share: bool) -> Markup:
    say = percent if is_share else number
    rows = [
        (
            str(level) if len(one["outputs"]) == 1 else f"{level}: {output}",
            answer,
            f"{say(answer)}",
            _COLOURS[at % len(_COLOURS)],
        )
        for level, answers in zip(one["at"], one["answers"], strict=True)
        for at, (output, answer) in enumerate(zip(one["outputs"], answers, strict=True))
    ]
    return plots.bars(rows, high=1.0 if is_share else None)


def _draw_curve(one: Mapping[str, Any], is_share: bool) -> Markup:
    is_date = one["kind"] == "date"
    at = [float(place) for place in (range(len(one["at"])) if is_date else one["at"])]
    lines = [
        plots.Line(
            output,
            [(x, answers[n]) for x, answers in zip(at, one["answers"], strict=True)],
            _COLOURS[n % len(_COLOURS)],
        )
        for n, output in enumerate(one["outputs"])
    ]
    ends = [value for row in (*one["low"], *one["high"]) for value in row]
    if len(lines) == 1:
        lines += [
            plots.Line(
                name,
                [(x, values[0]) for x, values in zip(at, one[key], strict=True)],
                "var(--quiet)",
                dashed=True,
            )
            for name, key in (("a tenth is below", "low"), ("a tenth is above", "high"))
        ]
    values = [*ends, *(value for row in one["answers"] for value in row)]
    y = plots.Scale(0.0, 1.0) if is_share else plots.scale(values)
    name = f"{one['at'][0]} to {one['at'][-1]}" if is_date else one["column"]
    return plots.curves(
        lines,
        plots.Axes(plots.Scale(at[0], at[-1]), y, name, "", in_percent=is_share),
        label=f"The answer by {one['column']}",
    )

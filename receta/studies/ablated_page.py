"""What does an ablation look like as a page?"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from receta.core import disk
from receta.core.amounts import figure, percent
from receta.report import page
from receta.report.charts import plots
from receta.studies.ablated import Ablation
from receta.studies.judged import JudgedVariant
from receta.studies.study import Study

_COLOURS = 8  # --c0 to --c7 of the page's style


@dataclass(frozen=True)
class Row:
    """One variant, as the page shows it; places in percent of the axis."""

    variant: JudgedVariant
    colour: str
    is_dashed: bool
    value: str
    difference: str
    interval: str
    p_better: str
    p_interval: str
    at: float | None
    span: tuple[float, float] | None


def write_page(found: Ablation, study: Study) -> None:
    """Write report.html of an ablation: one file that loads nothing else."""
    axis, rows = _lay_out(found)
    text = page.fill_template(
        "ablated.html.jinja",
        title=f"{study.data}: ablation",
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        found=found,
        study=study,
        rows=rows,
        base=rows[0],
        zero=axis.place(0.0),
        ticks=[(_say_change(tick, found), axis.place(tick)) for tick in axis.ticks(4)],
        charts=_draw_charts(found, rows),
        smallest=None
        if found.smallest_detectable is None
        else _say_change(found.smallest_detectable, found).lstrip("+"),
    )
    disk.write_text(found.folder / "report.html", text)


def _lay_out(found: Ablation) -> tuple[plots.Scale, list[Row]]:
    ends = [0.0]
    for one in found.variants:
        ends += [one.difference or 0.0, *(one.interval or ())]
    room = 0.05 * (max(ends) - min(ends) or 1.0)
    axis = plots.Scale(min(ends) - room, max(ends) + room)
    every = (found.base, *found.variants)
    return axis, [_row(one, place, axis, found) for place, one in enumerate(every)]


def _row(one: JudgedVariant, place: int, axis: plots.Scale, found: Ablation) -> Row:
    say = percent if found.is_share else figure
    low, high = one.interval or (0.0, 0.0)
    has_interval = one.interval is not None
    return Row(
        variant=one,
        colour=f"var(--c{(place - 1) % _COLOURS})" if place else "var(--ink)",
        is_dashed=place > _COLOURS,
        value="" if one.value is None else say(one.value),
        difference="" if one.difference is None else _say_change(one.difference, found),
        interval=f"{_say_change(low, found)} to {_say_change(high, found)}" * has_interval,
        p_better="" if one.p_better is None else f"{one.p_better:.2f}",
        p_interval="{:.2f} to {:.2f}".format(*one.p_better_interval)
        if one.p_better_interval
        else "",
        at=None if one.difference is None else axis.place(one.difference),
        span=(axis.place(low), axis.place(high)) if has_interval else None,
    )


def _say_change(value: float, found: Ablation) -> str:
    """A difference with its sign; of shares in points of a hundred."""
    return f"{100 * value if found.is_share else value:+.3g}" if value else "0"


def _draw_charts(found: Ablation, rows: Sequence[Row]) -> list[tuple[str, Markup]]:
    """(what it shows, the chart): the measure and the loss, in training and on validation."""
    epochs = [epoch for row in rows for epoch in row.variant.curve.get("epoch", ())]
    if not epochs:
        return []
    x = plots.Scale(min(epochs) - (min(epochs) == max(epochs)), max(epochs))
    drawn: list[tuple[str, Markup]] = []
    for name, is_share in ((found.measure, found.is_share), ("loss", False)):
        columns = (name, f"val_{name}")
        values = [v for row in rows for key in columns for v in row.variant.curve.get(key, ())]
        if not values:
            continue
        y = plots.scale(values, zero=not is_share, top=1.0 if is_share else None)
        for column, part in zip(columns, ("training", "validation"), strict=True):
            named = f"{name}, {part}"
            axes = plots.Axes(x, y, "epoch", named + " (log scale)" * y.log, in_percent=is_share)
            lines = [_line(row, column) for row in rows if column in row.variant.curve]
            drawn.append((named, plots.curves(lines, axes, label=f"{named} by epoch")))
    return drawn


def _line(row: Row, column: str) -> plots.Line:
    curve: dict[str, Any] = row.variant.curve
    points = list(zip(curve["epoch"], curve[column], strict=True))
    return plots.Line(row.variant.change, points, row.colour, dashed=row.is_dashed)

"""How are the lines, tables and curves of a notebook written?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup, escape

from receta.report.words import percent, visible

_ROWS = 30  # of a table; further ones are counted
_COLOURS = {"fail": "#d1495b", "warn": "#c98a00", "ok": "#2a9d6f", "": "inherit"}
_CELL = "padding:2px 10px 2px 0;text-align:left;vertical-align:top"


def write_curve(history: Sequence[tuple[float, float]]) -> Markup:
    """Accuracy by epoch of the chosen model: training thin, validation thick."""
    if len(history) < 2:
        return Markup("")
    low = min(min(pair) for pair in history)
    span = max(1e-9, 1 - low)
    lines = []
    for column, width in ((0, 1), (1, 2)):
        at = " ".join(
            f"{300 * i / (len(history) - 1):.1f},{80 * (1 - (pair[column] - low) / span):.1f}"
            for i, pair in enumerate(history)
        )
        lines.append(
            Markup(
                '<polyline fill="none" stroke="currentColor" stroke-width="{}" points="{}"/>'
            ).format(width, at)
        )
    return Markup(
        '<svg width="300" height="84" viewBox="0 -2 300 84" role="img" aria-label="accuracy by '
        'epoch">{}</svg>{}'
    ).format(
        Markup("").join(lines),
        write_line(
            f"share right by epoch, from {percent(low)} to 100 %: training (thin), validation "
            "(thick)"
        ),
    )


def write_head(text: str) -> Markup:
    """A title."""
    return Markup('<div style="font-weight:600;overflow-wrap:anywhere">{}</div>').format(
        visible(text)
    )


def write_line(text: str) -> Markup:
    """A line of small words."""
    return Markup('<div style="opacity:.75;font-size:12px;overflow-wrap:anywhere">{}</div>').format(
        visible(text)
    )


def write_coloured(verdict: str) -> Markup:
    """A verdict in its colour."""
    return Markup('<b style="color:{}">{}</b>').format(_COLOURS[verdict], verdict or "–")


def write_table(heads: Sequence[str], rows: Iterable[Sequence[Any]], most: int = _ROWS) -> Markup:
    """Rows below their heads; of many the first, and how many more there are."""
    rows = list(rows)
    head = Markup("").join(Markup('<th style="{}">{}</th>').format(_CELL, name) for name in heads)
    body = Markup("").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(
                Markup('<td style="{}">{}</td>').format(
                    _CELL, cell if isinstance(cell, Markup) else escape(visible(cell))
                )
                for cell in row
            )
        )
        for row in rows[:most]
    )
    more = write_line(f"and {len(rows) - most} more") if len(rows) > most else Markup("")
    return Markup(
        '<table style="border-collapse:collapse;font-size:13px;margin:4px '
        '0"><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table>{}"
    ).format(head, body, more)

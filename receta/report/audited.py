"""What does an audit look like as a page: what is wrong with the data, shown?"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from receta.core import disk
from receta.core.finding import Finding, worst
from receta.data.dataset import Dataset
from receta.report.charts import gallery, sketches
from receta.report.page import fill_template
from receta.report.story import MOST_LISTED

_ORDER = ("fail", "warn", "ok")
_UNITS = {
    "images": ("picture", "pictures"),
    "table": ("row", "rows"),
    "series": ("window", "windows"),
    "texts": ("text", "texts"),
}


def write_audit(
    data: Dataset, findings: Sequence[Finding], path: Path, *, title: str, command: str = ""
) -> None:
    """Write the findings of an audit as one HTML file that loads nothing else."""
    known = gallery.collect_pictures(findings, data)
    cards: dict[str, list[dict[str, Any]]] = {verdict: [] for verdict in _ORDER}
    for finding in findings:
        shown = {
            "sketch": sketches.sketch(finding, {}),
            "colour": None,
            "gallery": gallery.draw_gallery(finding, known),
        }
        cards[finding.verdict].append({"finding": finding, **shown})
    counts = {verdict: len(some) for verdict, some in cards.items()}
    text = fill_template(
        "audited.html.jinja",
        title=title,
        command=command,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        data=data,
        headline=_headline(counts),
        worst=worst(findings),
        counts=counts,
        most_listed=MOST_LISTED,
        concerning=cards["fail"] + cards["warn"],
        passed=[card for card in cards["ok"] if card["finding"].judged],
        kind=data.kind,
        unjudged=[card for card in cards["ok"] if not card["finding"].judged],
        unit=_UNITS[data.kind],
    )
    disk.write_text(path, text)


def _headline(counts: dict[str, int]) -> str:
    """The whole audit in one sentence.

    >>> _headline({"fail": 1, "warn": 2, "ok": 3})
    '1 thing must be mended first, 2 need a look'
    """
    fail, warn = counts["fail"], counts["warn"]
    if not fail and not warn:
        return "Nothing wrong was found"
    must = f"{fail} thing{'s' * (fail > 1)} must be mended first" if fail else ""
    look = f"{warn} need{'s' * (warn == 1)} a look" if warn else ""
    return (
        ", ".join(part for part in (must, look) if part)
        if fail
        else f"{warn} thing{'s' * (warn > 1)} {look.partition(' ')[2]}"
    )

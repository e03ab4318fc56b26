"""Which pictures stand beside a finding, so that a person sees what is meant?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from markupsafe import Markup

from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.data.image import Unreadable
from receta.pipeline import looking
from receta.report.charts.pictures import picture
from receta.report.facts import Picture
from receta.report.words import soft

MOST_PAIRS = 6
MOST_PICTURES = 6
_BYTES = 7_000  # of one picture: twenty findings with pictures stay below 2 MB
_UNSEEN = ("unreadable", "truncated")  # what cannot be decoded cannot be shown


def collect_pictures(findings: Iterable[Finding], data: Dataset) -> dict[str, Picture]:
    """Small pictures of what findings are about, by id; those that can be read."""
    if not data.is_seen:
        return {}
    wanted = {name for finding in findings for name in _list_shown(finding)}
    if not wanted:
        return {}
    found: dict[str, Picture] = {}
    position = {name: row for row, name in enumerate(data.ids) if name in wanted}
    for name, row in position.items():
        try:
            found[name] = Picture(looking.thumbnail(data, row), data.named(row), name)
        except Unreadable:
            continue
    return found


def draw_gallery(finding: Finding, known: Mapping[str, Picture]) -> Markup:
    """Pairs side by side, or single pictures; empty where none can be shown."""
    if finding.verdict == "ok" or finding.check in _UNSEEN:
        return Markup("")
    pairs = [(one, other) for one, other in finding.pairs if one in known and other in known][
        :MOST_PAIRS
    ]
    if pairs:
        drawn = [
            Markup('<li class="couple">{}{}</li>').format(
                _figure(known[one]), _figure(known[other])
            )
            for one, other in pairs
        ]
        return Markup('<ul class="couples" aria-label="Pairs">{}</ul>').format(
            Markup("").join(drawn)
        )
    singles = [known[name] for name in finding.ids if name in known][:MOST_PICTURES]
    if not singles:
        return Markup("")
    drawn = [Markup("<li>{}</li>").format(_figure(one)) for one in singles]
    return Markup('<ul class="singles" aria-label="Examples">{}</ul>').format(
        Markup("").join(drawn)
    )


def _figure(one: Picture) -> Markup:
    pixels = np.asarray(one.pixels)
    return Markup(
        '<figure><span class="tile">{}</span><figcaption>{}</figcaption></figure>'
    ).format(
        picture(pixels, f"{one.id}, labelled {one.class_name}", most_bytes=_BYTES), soft(one.id)
    )


def _list_shown(finding: Finding) -> Sequence[str]:
    if finding.verdict == "ok" or finding.check in _UNSEEN:
        return ()
    if finding.pairs:
        return [name for pair in finding.pairs[: 2 * MOST_PAIRS] for name in pair]
    return finding.ids[: 2 * MOST_PICTURES]

"""Which classes are taken for which others, as a table or, for many classes, a small map?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from receta.core import naming
from receta.core.reading import reading_order
from receta.report.words import number, percent, visible

MOST_IN_TABLE = 30  # classes; above, numbers no longer fit into the cells
CELL_PX = 15
LABEL_PX = 124
LONGEST_LABEL = 15  # letters that fit into LABEL_PX at 11 px


def draw(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> dict[str, Any]:
    """The table, or for many classes the map, with the classes as people read them."""
    order = reading_order(classes)
    names, drawn = [classes[i] for i in order], [[counts[i][j] for j in order] for i in order]
    many = len(names) > MOST_IN_TABLE
    return {"many": many, "drawn": (small_map if many else table)(names, drawn)}


def table(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> Markup:
    """A heat map as an HTML table: rows are the truth, columns what was said."""
    k = len(classes)
    digits = max((len(str(n)) for row in counts for n in row), default=1)
    turned = k > 6 and max(len(name) for name in classes) > 3
    head = Markup("").join(
        Markup('<th scope="col"><span class="{}"><bdi>{}</bdi></span></th>').format(
            "turned" if turned else "level", visible(name)
        )
        for name in classes
    )
    rows = Markup("").join(
        Markup('<tr><th scope="row"><bdi>{}</bdi></th>{}</tr>').format(
            visible(name), Markup("").join(_cell(classes, counts, i, j) for j in range(k))
        )
        for i, name in enumerate(classes)
    )
    return Markup(
        '<table class="matrix{}" style="--k:{};--least:{}px"><caption class="unseen">Confusion '
        "matrix: rows are the "
        "true class, columns the class that was said, empty cells are 0</caption><thead><tr>"
        '<th class="corner" scope="col"><span>true&nbsp;↓</span> '
        "<span>said&nbsp;→</span></th>{}</tr></thead>"
        "<tbody>{}</tbody></table>"
    ).format(" few" if k <= 6 else "", k, max(26, 8 * digits + 8), head, rows)


def _cell(classes: Sequence[str], counts: Sequence[Sequence[int]], i: int, j: int) -> Markup:
    n, total = counts[i][j], sum(counts[i])
    share = n / total if total else 0.0
    if not n:
        return Markup("<td></td>")
    heat = 10 + 50 * share if i == j else 12 + 48 * share**0.5
    also = Markup("<small>{}</small>").format(percent(share)) if len(classes) <= 6 else ""
    return Markup('<td class="{}" style="--heat:{:.0f}%" title="{}">{}{}</td>').format(
        "hit" if i == j else "miss", heat, _tip(classes, counts, i, j), number(n), also
    )


def _tip(classes: Sequence[str], counts: Sequence[Sequence[int]], i: int, j: int) -> str:
    n, total = counts[i][j], sum(counts[i])
    return (
        f"true {visible(classes[i])}, said {visible(classes[j])}: {n:,} of {total:,} "
        f"({percent(n / (total or 1))})"
    )


def small_map(classes: Sequence[str], counts: Sequence[Sequence[int]]) -> Markup:
    """The same heat map with small cells and no numbers, for many classes."""
    k, edge = len(classes), LABEL_PX + CELL_PX * len(classes)
    parts = [
        Markup('<rect class="sheet" x="{0}" y="{0}" width="{1}" height="{1}"/>').format(
            LABEL_PX, CELL_PX * k
        )
    ]
    for i, name in enumerate(classes):
        at = LABEL_PX + CELL_PX * i
        title = visible(name)
        short = naming.cut(title, LONGEST_LABEL)
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="end">{}<title>{}</title></text>').format(
                LABEL_PX - 6, at + CELL_PX - 4, short, title
            )
        )
        parts.append(
            Markup(
                '<text transform="translate({},{}) rotate(-90)">{}<title>{}</title></text>'
            ).format(at + CELL_PX - 4, LABEL_PX - 6, short, title)
        )
        if i % 5 == 0:
            parts.append(
                Markup('<path class="grid" d="M{0} {1}H{2}M{1} {0}V{2}"/>').format(
                    LABEL_PX, at, edge
                )
            )
        total = sum(counts[i]) or 1
        for j, n in enumerate(counts[i]):
            if n:
                heat = 25 + 75 * n / total if i == j else 35 + 65 * (n / total) ** 0.5
                parts.append(
                    Markup(
                        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" '
                        'fill-opacity="{:.2f}">'
                        "<title>{}</title></rect>"
                    ).format(
                        "hit" if i == j else "miss",
                        LABEL_PX + CELL_PX * j,
                        at,
                        CELL_PX - 1,
                        CELL_PX - 1,
                        heat / 100,
                        _tip(classes, counts, i, j),
                    )
                )
    label = (
        f"Confusion matrix of {k} classes: rows are the true class, columns the class that "
        "was said. "
    )
    return Markup(
        '<svg class="map" width="{0}" height="{0}" viewBox="0 0 {0} {0}" role="img" '
        'aria-label="{1}">{2}</svg>'
    ).format(
        edge + 2,
        label + "The list of most confused pairs says the same in words.",
        Markup("").join(parts),
    )

"""What does the page show of the data, the findings and the mistakes?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from receta import tasks
from receta.core.reading import reading_order
from receta.report import words
from receta.report.charts import gallery, pictures, plots, sketches
from receta.report.facts import Facts, Picture

COLOURS = 8  # --c0 .. --c7 in page.css
MOST_SAMPLES = 120
MOST_MISTAKES = 24
MOST_SEEN = 8
MOST_LISTED = 200  # ids in one list
MANY_CLASSES = 20  # above, long tables show their ends first
_FOLDED_FROM = 6  # classes from which on equal ones are told in one line
_ALIKE = 2 / 3  # of the largest class is the smallest, where classes count as about equal
# before base64: the page stays below 3 MB
BYTES = {"samples": 900_000, "mistakes": 500_000, "seen": 250_000}


def count_classes(facts: Facts) -> list[dict[str, Any]]:
    """Each class with its counts by part and widths of a stacked bar."""
    if not tasks.of(facts.data.task).IS_COUNTED:
        return []
    counts = facts.data.counts
    totals = [sum(counts[part][i] for part in counts) for i in range(len(facts.data.class_names))]
    most, n = max(totals, default=0) or 1, sum(facts.data.parts.values()) or sum(totals) or 1
    return [
        {
            "name": facts.data.class_names[i],
            "n": totals[i],
            "share": totals[i] / n,
            "parts": [counts[part][i] for part in counts],
            "widths": [100 * counts[part][i] / most for part in counts],
        }
        for i in reading_order(facts.data.class_names)
    ]


def say_alike(sizes: list[int], things: str) -> str:
    """One line for many classes that have about as many examples each; empty for others.

    >>> say_alike([100] * 9, "rows")
    '9 classes of 100 rows each'
    """
    if not _FOLDED_FROM <= len(sizes) <= MANY_CLASSES or min(sizes) < _ALIKE * max(sizes):
        return ""
    each = words.number(max(sizes))
    if min(sizes) < max(sizes):
        each = f"{words.number(min(sizes))} to {each}"
    return f"{len(sizes)} classes of {each} {things} each"


def count_parts(facts: Facts) -> list[dict[str, Any]]:
    """Each part with how many examples it has, and its share."""
    sums = facts.data.parts or {part: sum(counts) for part, counts in facts.data.counts.items()}
    total = sum(sums.values()) or 1
    return [
        {"key": part, "name": words.PARTS.get(part, part), "n": n, "share": n / total}
        for part, n in sums.items()
    ]


def show_samples(facts: Facts) -> list[tuple[str, list[Markup]]]:
    """Groups of pictures by class, in the order of the classes."""
    groups: dict[str, list[Picture]] = {
        facts.data.class_names[i]: [] for i in reading_order(facts.data.class_names)
    }
    for one in facts.samples:
        groups.setdefault(one.class_name, []).append(one)
    kept = {name: ones for name, ones in groups.items() if ones}
    each = max(1, MOST_SAMPLES // max(1, len(kept)))
    shown = [(name, ones[:each]) for name, ones in kept.items()][:MOST_SAMPLES]
    room = _room("samples", sum(len(ones) for _, ones in shown))
    return [
        (
            name,
            [
                pictures.picture(one.pixels, f"{one.class_name}, {one.id}", most_bytes=room)
                for one in ones
            ],
        )
        for name, ones in shown
    ]


def _room(what: str, n: int) -> int:
    return min(20_000, BYTES[what] // max(1, n))


def count_reasons(facts: Facts) -> list[tuple[str, int]]:
    """Why examples were left out, the commonest reason first."""
    return Counter(reason for _, reason in facts.data.quarantined).most_common()


def outline_sizes(facts: Facts) -> list[dict[str, Any]]:
    """Original sizes and the network's, as rectangles to one scale."""
    data = facts.data
    named = [("largest", data.largest), ("median", data.median), ("smallest", data.smallest)]
    boxes = [(name, shape) for name, shape in named if shape]
    if not boxes or data.sizes_equal:
        return []
    boxes.append(("the network sees", (data.image_size[0], data.image_size[1])))
    longest = max(max(shape) for _, shape in boxes)
    return [
        {
            "name": name,
            "shape": shape,
            "tall": 170 * max(shape[0] for _, shape in boxes) / longest,
            "height": 100 * shape[0] / max(shape[0] for _, shape in boxes),
            "width": 100 * shape[1] / longest,
        }
        for name, shape in boxes
    ]


def show_tensor(facts: Facts) -> dict[str, Any] | None:
    """What the network sees: pictures at its size, and a histogram of the values."""
    seen = facts.seen
    if seen is None:
        return None
    kept = list(seen.pictures)[:MOST_SEEN]
    shown = [
        (
            one.class_name,
            pictures.picture(
                one.pixels,
                f"{one.class_name}, {one.id}, at network size",
                most_bytes=_room("seen", len(kept)),
            ),
        )
        for one in kept
    ]
    chart = (
        plots.histogram(
            list(seen.histogram),
            seen.minimum,
            seen.maximum,
            x_name="value in the tensor",
            label=f"Histogram of the tensor, {words.number(seen.minimum)} to "
            f"{words.number(seen.maximum)}",
        )
        if len(seen.histogram)
        else None
    )
    return {"pictures": shown, "histogram": chart, "facts": seen}


def sort_findings(facts: Facts, colours: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Cards: what failed, then warnings, then what passed.

    What is mended, or of other rungs, apart.
    """
    others = {rung.name for rung in facts.rungs} - {facts.best}
    cards: dict[str, list[dict[str, Any]]] = {
        "fail": [],
        "warn": [],
        "ok": [],
        "mended": [],
        "unjudged": [],
        "aside": [],
    }
    for finding in facts.findings:
        place: str = (
            "mended" if finding.mended else finding.verdict if finding.judged else "unjudged"
        )
        if facts.best and finding.where in others:  # whoever reads this uses the chosen model
            place = "aside"
        cards[place].append(
            {
                "finding": finding,
                "sketch": sketches.sketch(finding, colours),
                "colour": colours.get(finding.where),
                "gallery": gallery.draw_gallery(finding, facts.pictured),
            }
        )
    for group in cards.values():
        # equal heights side by side
        group.sort(key=lambda card: (not card["sketch"], "plot" not in card["sketch"]))
    return cards


def list_errors(facts: Facts) -> list[tuple[str, str, str]]:
    """Figures of values: name, what it is, and its interval."""
    named = (
        ("rmse", "Root mean square error", words.number),
        ("mae", "Mean absolute error", words.number),
        ("median_ae", "Median absolute error", words.number),
        ("r2", "Variance explained", words.percent),
    )
    scores, ends = facts.scores, facts.scores.get("intervals") or {}
    found = []
    for key, what, say in named:
        if key in scores:
            low, high = ends.get(key, (None, None))
            within = "" if low is None else f"{say(low)} to {say(high)}"
            found.append((what, say(scores[key]), within))
    return found


def sort_classes(facts: Facts) -> Sequence[dict[str, Any]]:
    """Rows of the table, the weakest class first."""
    # without an example nothing was measured
    rows = [row for row in facts.scores.get("per_class") or [] if row.get("n", 1)]
    return sorted(rows, key=lambda row: row.get("f1") or 0.0)


def show_mistakes(facts: Facts) -> list[dict[str, Any]]:
    """The worst mistakes, each with its picture and the most probable classes."""
    kept = list(facts.mistakes)[:MOST_MISTAKES]
    return [
        {
            "mistake": one,
            "true": one.holds or [one.truth],
            "top": list(one.top)[:5],
            "picture": ""
            if one.pixels is None
            else pictures.picture(
                one.pixels,
                f"{one.id}: truly {one.truth}, said {one.predicted}",
                most_bytes=_room("mistakes", len(kept)),
            ),
        }
        for one in kept
    ]

"""In which order does the page tell its story, and out of which parts?"""

from __future__ import annotations

import base64
import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from receta import tasks
from receta.core import amounts
from receta.core.finding import worst
from receta.core.reading import reading_order
from receta.evaluation.usefulness import next_steps
from receta.report import (
    Facts,
    Picture,
    RungFacts,
    charts,
    confusion,
    gallery,
    pictures,
    sketches,
    verdict,
    words,
)

HERE = Path(__file__).parent
COLOURS = 8  # --c0 .. --c7 in page.css
MOST_SAMPLES = 120
MOST_MISTAKES = 24
MOST_SEEN = 8
MOST_LISTED = 200  # ids in one list
MANY_CLASSES = 20  # above, long tables show their ends first
# before base64: the page stays below 3 MB
BYTES = {"samples": 900_000, "mistakes": 500_000, "seen": 250_000}


@cache
def environment() -> jinja2.Environment:
    """Templates with our filters; everything is escaped that is not marked as safe."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        finalize=words.finalize,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=words.number,
        amount=amounts.short,
        percent=words.percent,
        duration=words.duration,
        size=words.size,
        setting=words.setting,
        soft=words.soft,
        question=words.question,
        commands=words.commands,
        command=words.command,
    )
    made.globals.update(
        plural=words.plural,
        measured=sketches.measured,
        expected=sketches.expected,
        part_names=words.PARTS,
        verdicts=words.VERDICTS,
    )
    return made


def render(facts: Facts) -> str:
    """The HTML text of one run."""
    style, script = (HERE / "page.css").read_text("utf-8"), (HERE / "page.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    colours = {rung.name: f"var(--c{i % COLOURS})" for i, rung in enumerate(facts.rungs)}
    return (
        environment()
        .get_template("page.html.jinja")
        .render(
            facts=facts,
            data=facts.data,
            by_label=not tasks.of(facts.data.task).IS_EXCLUSIVE,
            scores=facts.scores,
            colours=colours,
            style=Markup(style),
            script=Markup(script),
            script_hash=digest,
            headline=verdict.headline(facts),
            conclusions=verdict.conclusions(facts),
            troubles=verdict.troubles(facts),
            usefulness=verdict.usefulness(facts),
            next_steps=next_steps(verdict.usefulness(facts), facts.folder, facts.data.place)
            if facts.folder
            else [],
            worst=worst(verdict.concerning(facts)),
            versus=_versus(facts, colours),
            level=facts.scores.get("level") or 0.95,
            interval=verdict.interval(facts),
            classes=_classes(facts),
            parts=_parts(facts),
            samples=_samples(facts),
            reasons=_reasons(facts),
            outlines=_outlines(facts),
            seen=_seen(facts),
            checks=_checks(facts, colours),
            panels=_panels(facts, colours),
            matrix=_matrix(facts),
            per_class=_per_class(facts),
            calibration=_calibration(facts),
            calibration_sentence=verdict.calibration_sentence(facts),
            set_right=verdict.set_right_sentence(facts),
            sure_sentences=verdict.sure_sentences(facts),
            refused=verdict.refused_sentence(facts),
            mistakes=_mistakes(facts),
            many=MANY_CLASSES,
            most_listed=MOST_LISTED,
        )
    )


def _versus(facts: Facts, colours: dict[str, str]) -> dict[str, Any] | None:
    """Baselines and the best rung on one axis, places in percent of its length."""
    accuracy = facts.scores.get("accuracy")
    if accuracy is None:
        return None
    named = {"prior": tasks.of(facts.data.task).WORDS["prior"], "linear": "a linear model"}
    rows = [
        {"name": named.get(name, name), "value": value, "colour": "var(--quiet)", "interval": None}
        for name, value in (facts.scores.get("baselines") or {}).items()
        if value is not None and name != facts.best
    ]
    rows.append(
        {
            "name": facts.best,
            "value": accuracy,
            "interval": verdict.interval(facts),
            "colour": colours.get(facts.best, "var(--accent)"),
        }
    )
    axis = _axis(
        [row["value"] for row in rows if row["name"] != named["prior"]], verdict.interval(facts)
    )
    for row in rows:
        row["at"] = axis.place(row["value"])
        row["off"] = (
            "left" if row["value"] < axis.low else "right" if row["value"] > axis.high else ""
        )
        row["span"] = tuple(axis.place(end) for end in row["interval"]) if row["interval"] else None
    return {
        "rows": rows,
        "low": axis.low,
        "ticks": [(tick, axis.place(tick)) for tick in axis.ticks(4)],
    }


def _axis(values: list[float], interval: tuple[float, float] | None) -> charts.Scale:
    """An axis of shares on which the interval can be seen, near 0..1 in steps of 5 %."""
    ends = [*values, *(interval or ())]
    room = max(0.6 * (max(ends) - min(ends)), 0.04)
    low, high = math.floor(20 * (min(ends) - room)) / 20, math.ceil(20 * (max(ends) + room)) / 20
    return charts.Scale(max(0.0, low) if low > 0.15 else 0.0, min(1.0, high))


def _classes(facts: Facts) -> list[dict[str, Any]]:
    """Each class with its counts by part and widths of a stacked bar."""
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


def _parts(facts: Facts) -> list[dict[str, Any]]:
    sums = facts.data.parts or {part: sum(counts) for part, counts in facts.data.counts.items()}
    total = sum(sums.values()) or 1
    return [
        {"key": part, "name": words.PARTS.get(part, part), "n": n, "share": n / total}
        for part, n in sums.items()
    ]


def _samples(facts: Facts) -> list[tuple[str, list[Markup]]]:
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


def _reasons(facts: Facts) -> list[tuple[str, int]]:
    return Counter(reason for _, reason in facts.data.quarantined).most_common()


def _outlines(facts: Facts) -> list[dict[str, Any]]:
    """Original sizes and the network's, as rectangles to one scale."""
    data = facts.data
    named = [("largest", data.largest), ("median", data.median), ("smallest", data.smallest)]
    boxes = [(name, shape) for name, shape in named if shape]
    if not boxes or data.sizes_equal:
        return []
    boxes.append(("the network sees", data.image_size[:2]))
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


def _seen(facts: Facts) -> dict[str, Any] | None:
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
        charts.histogram(
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


def _checks(facts: Facts, colours: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
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
                "gallery": gallery.gallery(finding, facts.pictured),
            }
        )
    for group in cards.values():
        # equal heights side by side
        group.sort(key=lambda card: (not card["sketch"], "plot" not in card["sketch"]))
    return cards


def _panels(facts: Facts, colours: dict[str, str]) -> list[dict[str, Any]]:
    """Curves of every rung with a history, all on the same axes."""
    told = [rung for rung in facts.rungs if rung.history]
    epochs = [epoch for rung in told for epoch, _ in _series(rung, "epoch")] or [1.0]
    x = (
        charts.Scale(min(epochs), max(epochs))
        if max(epochs) > min(epochs)
        else charts.Scale(epochs[0] - 0.5, epochs[0] + 0.5)
    )
    panels = []
    for rung in told:
        # a loss that never was a number has no curve
        drawn: dict[str, Any] = {"loss": None, "accuracy": None}
        for kind, validation, name in (
            ("loss", "val_loss", "loss"),
            ("accuracy", "val_accuracy", "accuracy"),
        ):
            values = [
                v for other in told for key in (kind, validation) for _, v in _series(other, key)
            ]
            mine = _series(rung, kind), _series(rung, validation)
            if not any(mine):
                continue
            share = kind == "accuracy"
            axis = charts.scale(values, zero=not share, top=1.0 if share else None)
            ends = [
                f"{part} ends at "
                f"{words.percent(line[-1][1]) if share else words.number(line[-1][1])}"
                for part, line in zip(("training", "validation"), mine, strict=True)
                if line
            ]
            drawn[kind] = charts.curves(
                [
                    charts.Line("training", mine[0], colours[rung.name], dashed=True),
                    charts.Line("validation", mine[1], colours[rung.name]),
                ],
                x,
                axis,
                label=f"{rung.name}, {name} by epoch: {', '.join(ends)}",
                x_name="epoch",
                y_name=name + " (log scale)" * axis.log,
                in_percent=share,
                mark=rung.best_epoch,
                mark_name="best epoch",
            )
        panels.append({"rung": rung, "colour": colours[rung.name], **drawn})
    for panel in panels:
        panel["columns"] = math.ceil(len(panels) / math.ceil(len(panels) / 4))
    return panels


def _series(rung: RungFacts, key: str) -> list[tuple[float, float]]:
    """(epoch, value) of the epochs that know the value."""
    return [
        (
            float(epoch.get("epoch", i + 1)),
            float(epoch[key] if key != "epoch" else epoch.get("epoch", i + 1)),
        )
        for i, epoch in enumerate(rung.history)
        if key == "epoch" or (epoch.get(key) is not None and math.isfinite(float(epoch[key])))
    ]


def _matrix(facts: Facts) -> dict[str, Any] | None:
    found = facts.scores.get("confusion")
    counts = [[int(n) for n in row] for row in found] if found is not None else []
    names = [str(name) for name in facts.data.class_names]
    return confusion.draw(names, counts) if counts and len(counts) == len(names) else None


def _per_class(facts: Facts) -> Sequence[dict[str, Any]]:
    """Rows of the table, the weakest class first."""
    # without an example nothing was measured
    rows = [row for row in facts.scores.get("per_class") or [] if row.get("n", 1)]
    return sorted(rows, key=lambda row: row.get("f1") or 0.0)


def _calibration(facts: Facts) -> Markup | None:
    bins = _bins(facts.scores.get("calibration"))
    if not bins:
        return None
    before = _bins(verdict.set_right(facts).get("calibration"))
    label = "Calibration: how sure the model says it is against how often it is right"
    return charts.calibration(
        bins, before=before, label=label + ", and before it was set right" * bool(before)
    )


def _bins(found: Sequence[dict[str, Any]] | None) -> list[tuple[float, float, int]]:
    return [
        (float(one["confidence"]), float(one["accuracy"]), int(one["n"]))
        for one in found or []
        if one.get("n")
    ]


def _mistakes(facts: Facts) -> list[dict[str, Any]]:
    kept = list(facts.mistakes)[:MOST_MISTAKES]
    return [
        {
            "mistake": one,
            "true": one.holds or [one.truth],
            "top": list(one.top)[:5],
            "picture": pictures.picture(
                one.pixels,
                f"{one.id}: truly {one.truth}, said {one.predicted}",
                most_bytes=_room("mistakes", len(kept)),
            ),
        }
        for one in kept
    ]

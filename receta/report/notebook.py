"""How do data, findings, runs and scores look in a notebook?

Static HTML without a script, styled inline, in the notebook's own colours: it stays below
MOST_BYTES, and a saved notebook shows it again without receta.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from receta import tasks
from receta.core.errors import RecetaError
from receta.core.reading import reading_order
from receta.data.examples import Examples
from receta.data.nouns import NOUNS
from receta.pipeline import looking
from receta.report.charts import pictures, sketches
from receta.report.marking import write_coloured, write_curve, write_head, write_line, write_table
from receta.report.words import number, percent, probability, question, visible

MOST_BYTES = 200_000  # of one value; a notebook keeps all of them
_SAMPLES, _SAMPLE_BYTES = 24, 4_000
_FIRST, _COLUMNS = 8, 12  # rows and columns that are shown of data
_OF_VALUES = (np.min, np.mean, np.max)  # that are told of the targets of a part


def draw(value: Any) -> str:
    """The HTML of a value that `_repr_html_` of its class asks for; its text where that fails."""
    drawn = _DRAWN[next(one.__name__ for one in type(value).__mro__ if one.__name__ in _DRAWN)]
    try:
        html = Markup(
            '<div style="font-family:system-ui,sans-serif;line-height:1.4">{}</div>'
        ).format(drawn(value))
    except (RecetaError, OSError) as error:  # files that are gone must not spoil a notebook's cell
        html = Markup("<pre>{}\n{}</pre>").format(repr(value), visible(str(error)))
    return (
        str(html) if len(html) <= MOST_BYTES else str(Markup("<pre>{}</pre>").format(repr(value)))
    )


def _dataset(data: Any) -> Markup:
    parts = [write_head(repr(data).splitlines()[0])]
    if data.is_seen:
        if not isinstance(data, Examples):
            parts.append(
                write_line(
                    "counted by name: which of them cannot be read is seen when they are decoded"
                )
            )
        parts.append(_samples(data))
    task = tasks.of(data.task)
    if task.IS_COUNTED:
        counts = data.counts().tolist()
        rows = sorted(zip(data.class_names, counts, strict=True), key=lambda row: -row[1])
        parts.append(
            write_table((task.NOUN[0], "examples"), [(name, number(n)) for name, n in rows])
        )
    if data.channels:
        parts.append(
            write_table(
                ("column", "kind"), [(column.name, column.kind) for column in data.channels]
            )
        )
    if data.has_columns:
        parts.append(_first_rows(data))
    parts += [write_line(note) for note in data.notes[:8]]
    if data.left_out:
        first = data.left_out[0]
        parts.append(
            write_line(f"left out: {len(data.left_out)}, such as {first.id}: {first.reason}")
        )
    return Markup("").join(parts)


def _first_rows(data: Any) -> Markup:
    """The first rows of a table as they are, the target last."""
    columns, target = data.columns[:_COLUMNS], getattr(data.source, "target_name", "target")
    rows = [
        (*(_cell(column.cell(row)) for column in columns), data.named(row))
        for row in range(min(len(data), _FIRST))
    ]
    more = len(data.columns) - len(columns)
    said = f"the first {len(rows)} rows" + (f", without {more} more columns" if more else "")
    return write_line(said) + write_table((*(column.name for column in columns), target), rows)


def _cell(cell: float | str | None) -> str:
    """A cell; a missing one is a dash."""
    return number(cell, 6) if cell is None or isinstance(cell, float) else str(cell)[:40]


def _samples(data: Any) -> Markup:
    """A few pictures of each class; a broken one is passed over, for the audit names it."""
    figures: list[Markup] = []
    for name, positions in looking.groups(data, 0, _SAMPLES):
        for position in positions:
            if len(figures) == _SAMPLES:
                break
            try:
                thumbnail = looking.thumbnail(data, int(position))
            except RecetaError:
                continue
            source = pictures.data_uri(thumbnail, _SAMPLE_BYTES)
            figures.append(
                Markup(
                    '<figure style="margin:0 6px 6px '
                    '0;width:72px;font-size:11px;overflow:hidden"><img src="{}" alt="{}" '
                    'style="width:72px;height:72px;object-fit:contain"><figcaption>{}</figcaption></figure>'
                ).format(source, visible(name), visible(str(name)[:20]))
            )
    return Markup('<div style="display:flex;flex-wrap:wrap;margin:6px 0">{}</div>').format(
        Markup("").join(figures)
    )


def _splits(splits: Any) -> Markup:
    named = splits.named()
    if not tasks.of(splits.train.task).IS_COUNTED:
        said = [
            (name, number(len(part)), *(number(float(of(part.targets))) for of in _OF_VALUES))
            for name, part in named.items()
            if len(part)
        ]
        heads = ("part", splits.train.noun.many, "least target", "mean", "greatest")
        return write_head(repr(splits)) + write_table(heads, said)
    counts = [part.counts().tolist() for part in named.values()]
    names = splits.class_names
    rows = [
        (names[index], *(number(part[index]) for part in counts))
        for index in reading_order(splits.class_names)
    ]
    return write_head(repr(splits)) + write_table(("class", *named), rows)


def _findings(findings: Any) -> Markup:
    """What needs a look as a table; what passed or was not judged, folded."""

    units = {one.unit for one in findings}
    kind = next((kind for kind, noun in NOUNS.items() if noun.units in units), "images")

    def table(some: Sequence[Any]) -> Markup:
        rows = [
            (
                write_coloured(one.verdict if one.judged else ""),
                question(one.check, kind),
                one.where,
                sketches.say_measured(one) if one.judged else "not judged",
                sketches.say_expected(one),
                one.advice,
            )
            for one in some
        ]
        return write_table(
            ("", "question", "where", "measured", "expected", "what to do"), rows, most=60
        )

    parts = [write_head(repr(findings).splitlines()[0])]
    bad = [one for verdict in ("fail", "warn") for one in findings if one.verdict == verdict]
    good = [one for one in findings if one.verdict == "ok"]
    if bad:
        parts.append(table(bad))
    if good:
        judged = sum(one.judged for one in good)
        summary = f"{judged} passed" + (
            f", {len(good) - judged} could not be judged" if judged < len(good) else ""
        )
        parts.append(
            Markup("<details><summary>{}</summary>{}</details>").format(summary, table(good))
        )
    return Markup("").join(parts)


def _scores(scores: Any) -> Markup:
    figures = ("precision", "recall", "f1")
    rows = [
        (
            one.get("class", one.get("label", "")),
            *(percent(one.get(key) if one["n"] else None) for key in figures),
            number(one["n"]),
        )
        for one in scores.per_class
    ]
    return write_head(repr(scores)) + write_table(("class", "precision", "recall", "F1", "n"), rows)


def _value_scores(scores: Any) -> Markup:
    low, high = scores.interval
    rows = [
        ("root mean square error", number(scores.rmse)),
        ("95 % interval", f"{number(low)} to {number(high)}"),
        ("always saying the mean", number(scores.blind)),
        ("mean absolute error", number(scores.mae)),
        ("of the variance explained", percent(scores.r2)),
        ("examples", number(scores.n)),
    ]
    return write_head(repr(scores)) + write_table(("", ""), rows)


def _run(run: Any) -> Markup:
    task = tasks.of(run.task)
    show = percent if task.IS_SHARE else number
    rows = [
        (
            rung.rung,
            rung.state,
            show(rung.measure.value if rung.measure else None),
            number(rung.loss),
            number(rung.seconds),
            "" if rung.state == "trained" else rung.why,
        )
        for rung in run.rungs
    ]
    reached = f"{'right' if task.IS_SHARE else 'wrong by'} on validation"
    table = write_table(("model", "state", reached, "loss", "seconds", "why"), rows)
    report = run.folder / "report.html"
    line = (
        write_line(f"the whole story: {report}; run.show() shows it here")
        if report.exists()
        else Markup("")
    )
    return write_head(repr(run)) + table + write_curve(_curve_of(run)) + line


def _curve_of(run: Any) -> list[tuple[float, float]]:
    """(accuracy on training, on validation) of the chosen rung by epoch."""
    try:
        lines = run.history(run.best.rung)
    except RecetaError:  # none is chosen yet
        return []
    return [
        (line["accuracy"], line["val_accuracy"])
        for line in lines
        if "accuracy" in line and "val_accuracy" in line
    ]


def _bundle(bundle: Any) -> Markup:
    rows = [
        ("target", bundle.name),
        ("files", ", ".join(bundle.files)),
        ("size", f"{bundle.bytes / 1e6:.3g} MB"),
        ("largest difference from Keras", f"{bundle.max_gap:.2g}"),
        ("judged on", f"{bundle.n} of {bundle.judged_on}"),
        ("classes", ", ".join(bundle.class_names[:20])),
    ]
    return write_head(repr(bundle)) + write_table(("", ""), rows)


def _predictions(predictions: Any) -> Markup:
    rows = [(one["id"], *_answer(one)) for one in predictions]
    return write_head(repr(predictions).splitlines()[0]) + write_table(
        ("example", "answer", "probability", ""), rows
    )


def _answer(one: dict[str, Any]) -> tuple[str, str, str]:
    """Answer, probability and doubt of one picture."""
    if values := tasks.say_values(one):
        return values, "", ""
    first = one["top"][0]
    named = (", ".join(one["labels"]) or "no label") if "labels" in one else first["class"]
    if one.get("none"):
        return f"none of these (nearest: {named})", "", ""
    return named, probability(first["probability"]), "" if one["sure"] else "not sure"


_DRAWN: dict[str, Callable[[Any], Markup]] = {
    "Dataset": _dataset,
    "Splits": _splits,
    "Findings": _findings,
    "Scores": _scores,
    "LabelScores": _scores,
    "ValueScores": _value_scores,
    "Run": _run,
    "Bundle": _bundle,
    "Predictions": _predictions,
}

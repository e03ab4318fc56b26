"""Which curves and diagrams does the page of a run show?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from receta import tasks, yardsticks
from receta.evaluation.usefulness import value_of
from receta.report import verdict, words
from receta.report.charts import confusion, plots
from receta.report.facts import Facts, RungFacts


def draw_baselines(facts: Facts, colours: dict[str, str]) -> dict[str, Any] | None:
    """Baselines and the best rung on one axis, places in percent of its length."""
    reached, task = value_of(facts.scores), tasks.of(facts.data.task)
    if reached is None:
        return None
    named = {one: yardsticks.SHELF.module(one).CALLED for one in yardsticks.SHELF.names()}
    named |= {"prior": task.WORDS["prior"], "linear": "a linear model"}
    named |= {"naive": "the last value again", "seasonal_naive": "the last season again"}
    rows = [
        {"name": named.get(name, name), "value": value, "colour": "var(--quiet)", "interval": None}
        for name, value in (facts.scores.get("baselines") or {}).items()
        if value is not None and name != facts.best
    ]
    rows.append(
        {
            "name": facts.best,
            "value": reached,
            "interval": verdict.interval(facts),
            "colour": colours.get(facts.best, "var(--accent)"),
        }
    )
    values = [row["value"] for row in rows if row["name"] != named["prior"] or not task.IS_SHARE]
    axis = (_axis if task.IS_SHARE else _axis_of_errors)(values, verdict.interval(facts))
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


def _axis(values: list[float], interval: tuple[float, float] | None) -> plots.Scale:
    """An axis of shares on which the interval can be seen, near 0..1 in steps of 5 %."""
    ends = [*values, *(interval or ())]
    room = max(0.6 * (max(ends) - min(ends)), 0.04)
    low, high = math.floor(20 * (min(ends) - room)) / 20, math.ceil(20 * (max(ends) + room)) / 20
    return plots.Scale(max(0.0, low) if low > 0.15 else 0.0, min(1.0, high))


def _axis_of_errors(values: list[float], interval: tuple[float, float] | None) -> plots.Scale:
    """An axis from 0 to a little beyond the largest error."""
    return plots.Scale(0.0, 1.05 * max(*values, *(interval or ()), 1e-9))


def draw_curves(facts: Facts, colours: dict[str, str]) -> list[dict[str, Any]]:
    """Curves of every rung with a history, all on the same axes."""
    told = [rung for rung in facts.rungs if rung.history]
    epochs = [epoch for rung in told for epoch, _ in _series(rung, "epoch")] or [1.0]
    x = (
        plots.Scale(min(epochs), max(epochs))
        if max(epochs) > min(epochs)
        else plots.Scale(epochs[0] - 0.5, epochs[0] + 0.5)
    )
    panels = []
    for rung in told:
        # a loss that never was a number has no curve
        drawn: dict[str, Any] = {"loss": None, "measure": None}
        task = tasks.of(facts.data.task)
        for place, name in (("loss", "loss"), ("measure", task.MEASURE)):
            validation = f"val_{name}"
            values = [
                v for other in told for key in (name, validation) for _, v in _series(other, key)
            ]
            mine = _series(rung, name), _series(rung, validation)
            if not any(mine):
                continue
            share = place == "measure" and task.IS_SHARE
            axis = plots.scale(values, zero=not share, top=1.0 if share else None)
            ends = [
                f"{part} ends at "
                f"{words.percent(line[-1][1]) if share else words.number(line[-1][1])}"
                for part, line in zip(("training", "validation"), mine, strict=True)
                if line
            ]
            drawn[place] = plots.curves(
                [
                    plots.Line("training", mine[0], colours[rung.name], dashed=True),
                    plots.Line("validation", mine[1], colours[rung.name]),
                ],
                plots.Axes(x, axis, "epoch", name + " (log scale)" * axis.log, in_percent=share),
                label=f"{rung.name}, {name} by epoch: {', '.join(ends)}",
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


def draw_confusion(facts: Facts) -> dict[str, Any] | None:
    """The confusion matrix as a table and a small map, where there is one."""
    found = facts.scores.get("confusion")
    counts = [[int(n) for n in row] for row in found] if found is not None else []
    names = [str(name) for name in facts.data.class_names]
    return confusion.draw(names, counts) if counts and len(counts) == len(names) else None


def draw_calibration(facts: Facts) -> Markup | None:
    """How sure the model says it is against how often it is right."""
    bins = _bins(facts.scores.get("calibration"))
    if not bins:
        return None
    before = _bins(verdict.set_right(facts).get("calibration"))
    label = "Calibration: how sure the model says it is against how often it is right"
    return plots.calibration(
        bins, before=before, label=label + ", and before it was set right" * bool(before)
    )


def _bins(found: Sequence[dict[str, Any]] | None) -> list[tuple[float, float, int]]:
    return [
        (float(one["confidence"]), float(one["accuracy"]), int(one["n"]))
        for one in found or []
        if one.get("n")
    ]

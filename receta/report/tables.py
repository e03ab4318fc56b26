"""What does the page of a table say: errors, intervals, the worst rows, what columns do?"""

from __future__ import annotations

from typing import Any

from receta import tasks
from receta.report import words
from receta.report.charts import columns, scatter
from receta.report.facts import Facts

_MOST_WORST = 10
_MOST_CELLS = 12


def show_values(facts: Facts) -> dict[str, Any] | None:
    """Charts of values, one each example; None of other tasks."""
    if facts.values is None:
        return None
    truth, said = facts.values
    width = facts.scores.get("width_80")
    return {
        "against": scatter.draw_values(truth, said, width / 2 if width else None),
        "errors": scatter.draw_errors(truth, said),
        "residuals": scatter.draw_residuals(truth, said),
    }


def say_coverage(facts: Facts) -> str:
    """How wide the intervals are, and how often they held on the test part."""
    scores, covered = facts.scores, facts.scores.get("coverage_80")
    if covered is None:
        return ""
    width = words.number(scores["width_80"] / 2)
    said = (
        f"An answer comes with an interval of ± {width}, in which four of five errors of the "
        f"validation part lie. On the test part it held {words.percent(covered)} of the truths"
    )
    ends = scores.get("coverage_80_interval")
    if ends:
        said += f" (95{words.THIN}% interval {words.percent(ends[0])} to {words.percent(ends[1])})"
    return f"{said}."


def list_worst(facts: Facts) -> dict[str, Any] | None:
    """The ten worst rows with their cells; None of what has no cells."""
    rows = [one for one in facts.mistakes if one.cells][:_MOST_WORST]
    if not rows:
        return None
    order = [one["column"] for one in facts.scores.get("importance") or ()]
    names = sorted(
        (name for name, _ in rows[0].cells),
        key=lambda name: order.index(name) if name in order else len(order),
    )[:_MOST_CELLS]
    return {
        "columns": names,
        "rows": [
            {"mistake": one, "cells": [dict(one.cells).get(name, "") for name in names]}
            for one in rows
        ],
        "left": len(rows[0].cells) - len(names),
    }


def show_columns(facts: Facts) -> dict[str, Any] | None:
    """What the columns do; None where nothing tells."""
    found = facts.scores.get("importance")
    if not found:
        return None
    is_share = tasks.of(facts.data.task).IS_SHARE
    drawn = columns.draw_importance(found, is_share=is_share)
    idle = [one["column"] for one in found if one["interval"][0] <= 0]
    return {
        "importance": drawn,
        "idle": idle,
        "all": len(found),
        "dependence": [
            {
                "column": one["column"],
                "outputs": one["outputs"],
                "is_curve": one["kind"] != "category",
                "drawn": columns.draw_dependence(one, is_share=is_share),
            }
            for one in facts.scores.get("dependence") or ()
        ],
    }


def show_order(facts: Facts, colour: str) -> list[dict[str, Any]]:
    """The ROC and the precision-recall curve of two classes."""
    named = (
        ("roc", "ROC curve", ("false alarms among the others", "found of the class")),
        ("pr", "Precision and recall", ("found of the class", "right among those named so")),
    )
    return [
        {
            "name": name,
            "curve": facts.scores[key],
            "drawn": scatter.draw_order(facts.scores[key], axes, colour),
        }
        for key, name, axes in named
        if facts.scores.get(key)
    ]

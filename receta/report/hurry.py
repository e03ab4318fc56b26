"""Was there too little time to train in?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_FEW = 2  # epochs


def hurried(budget_s: float, rungs: Sequence[Mapping[str, Any]]) -> str:
    """What to do where a budget (seconds, 0 without one) ended trainings that had hardly begun; else nothing.

    >>> hurried(20, [{"rung": "prior", "state": "trained"}, {"rung": "cnn", "state": "skipped"}])
    'No network was trained: the 20 s were over before. Give it more time, such as --budget 2m.'
    """
    learning = [rung for rung in rungs if rung["rung"] != "prior"]
    trained = [rung for rung in learning if rung.get("epochs_run")]
    if not budget_s or not learning:
        return ""
    more = f"Give it more time, such as --budget {max(2, round(3 * budget_s / 60))}m."
    if not trained and all(rung["state"] == "skipped" for rung in learning):
        return f"No network was trained: the {budget_s:g} s were over before. {more}"
    short = [f"{rung['rung']} {rung['epochs_run']}" for rung in trained if rung["epochs_run"] <= _FEW]
    if not short:
        return ""
    return f"Within {budget_s:g} s there was time for hardly any training (epochs: {', '.join(short)}). {more}"

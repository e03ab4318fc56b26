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
    short = [f"{rung['rung']} {rung['epochs_run']}" for rung in trained if rung["epochs_run"] <= _FEW and not _as_wanted(rung)]
    if not short:
        return ""
    return f"Within {budget_s:g} s there was time for hardly any training (epochs: {', '.join(short)}). {more}"


def _as_wanted(rung: Mapping[str, Any]) -> bool:
    """Whether a rung trained as long as it should: its epochs, to its aim, or a head alone, whose epochs are penalties."""
    own = rung.get("recipe") or {}
    reached = own.get("stop_at") and rung.get("validation_accuracy", 0.0) >= own["stop_at"]
    return bool(reached or (own.get("epochs") and rung["epochs_run"] >= own["epochs"]) or rung.get("fine_tuned_layers") == 0)

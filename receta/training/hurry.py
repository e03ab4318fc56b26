"""Was there too little time to train in?"""

from __future__ import annotations

from collections.abc import Sequence

from receta.training.result import RungResult

_FEW = 2  # epochs


def tell_hurry(budget_s: float, rungs: Sequence[RungResult]) -> str:
    """What to do where a budget (seconds, 0 without one) ended trainings that had hardly begun.

    Else nothing.

    >>> tell_hurry(20, [RungResult("prior", "trained", ""), RungResult("cnn", "skipped", "")])
    'No network was trained: the 20 s were over before. Give it more time, such as --budget 2m.'
    """
    learning = [rung for rung in rungs if rung.rung != "prior"]
    trained = [rung for rung in learning if rung.epochs]
    if not budget_s or not learning:
        return ""
    more = f"Give it more time, such as --budget {max(2, round(3 * budget_s / 60))}m."
    if not trained and all(rung.state == "skipped" for rung in learning):
        return f"No network was trained: the {budget_s:g} s were over before. {more}"
    short = [
        f"{rung.rung} {rung.epochs}"
        for rung in trained
        if (rung.epochs or 0) <= _FEW and not _is_as_wanted(rung)
    ]
    if not short:
        return ""
    return (
        f"Within {budget_s:g} s there was time for hardly any training (epochs: "
        f"{', '.join(short)}). {more}"
    )


def _is_as_wanted(rung: RungResult) -> bool:
    """Whether a rung trained as long as it should: all its epochs, or up to its aim.

    A head alone did: its epochs are penalties.
    """
    own, epochs = rung.recipe or {}, rung.epochs or 0
    reached = own.get("stop_at") and rung.measure and rung.measure.value >= own["stop_at"]
    return bool(
        reached
        or (own.get("epochs") and epochs >= own["epochs"])
        or (rung.transfer or {}).get("fine_tuned_layers") == 0
    )

"""Was there too little time to train in?"""

from __future__ import annotations

from collections.abc import Sequence

from receta import models
from receta.core.deadline import longer_budget
from receta.training.result import RungResult, choose

_FEW = 2  # epochs


def tell_hurry(budget_s: float, rungs: Sequence[RungResult]) -> str:
    """What to do where a budget (seconds, 0 without one) ended trainings that had hardly begun.

    Else nothing.

    >>> tell_hurry(20, [RungResult("prior", "trained", ""), RungResult("cnn", "skipped", "")])
    'No network was trained: the 20 s were over before. Give it more time, such as --budget 5m.'
    """
    if not budget_s:
        return ""
    trained = [rung for rung in _learning(rungs) if rung.epochs]
    more = f"Give it more time, such as --budget {longer_budget(budget_s)}."
    if had_no_time(rungs):
        return f"No network was trained: the {budget_s:g} s were over before. {more}"
    alone = _find_alone(rungs)
    if alone:
        return f"Within {budget_s:g} s there was time for {alone} alone. {more}"
    short = [
        f"{rung.rung} {rung.epochs}"
        for rung in trained
        if (rung.epochs or 0) <= _FEW and not _is_as_wanted(rung)
    ]
    if not short:
        return _tell_guess(budget_s, rungs, more)
    return (
        f"Within {budget_s:g} s there was time for hardly any training (epochs: "
        f"{', '.join(short)}). {more}"
    )


def _tell_guess(budget_s: float, rungs: Sequence[RungResult], more: str) -> str:
    """That networks were skipped, where a guess is all that came out; '' else."""
    best = choose(rungs)
    skipped = [rung.rung for rung in _learning(rungs) if rung.state == "skipped"]
    if not skipped or (best is not None and models.is_trained(best.rung)):
        return ""
    return f"Within {budget_s:g} s there was no time for {', '.join(skipped)}. {more}"


def had_no_time(rungs: Sequence[RungResult]) -> bool:
    """Whether no network that learns was tried: all of them were skipped.

    >>> had_no_time([RungResult("naive", "trained", ""), RungResult("hits", "skipped", "")])
    True
    """
    learning = _learning(rungs)
    return bool(learning) and all(rung.state == "skipped" for rung in learning)


def _learning(rungs: Sequence[RungResult]) -> list[RungResult]:
    """Those that learn by gradients: no guess and no yardstick."""
    return [rung for rung in rungs if models.is_trained(rung.rung)]


def _find_alone(rungs: Sequence[RungResult]) -> str:
    """The one network that was made, at once and by no step, before all others; '' else."""
    learning = _learning(rungs)
    tried = [rung for rung in learning if rung.state != "skipped"]
    if len(tried) != 1 or len(learning) == 1 or tried[0].state != "trained" or tried[0].epochs:
        return ""
    return "" if tried[0].is_perfect else tried[0].rung


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

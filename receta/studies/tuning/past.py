"""What does a search know of a trial that is over, or that runs?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from receta.core.errors import MissingExtra
from receta.core.measure import Better
from receta.studies.tuning.space import Choice, Parameter, Settings, Space

State = Literal["finished", "pruned", "failed", "running"]


@dataclass(frozen=True)
class Goal:
    """What a search makes as good as it can: a measure on validation, and which way is better."""

    measure: str
    better: Better = "higher"


@dataclass(frozen=True)
class Past:
    """One candidate of a search.

    value: of the measure on validation; of a pruned one the best until then. curve: the same by
    epoch (or by fold).
    """

    number: int
    settings: Settings
    state: State = "running"
    value: float | None = None
    curve: tuple[tuple[int, float], ...] = ()
    loss: float | None = None
    seconds: float = 0.0
    why: str = ""


def import_optuna() -> Any:
    """Optuna, silent; MissingExtra in one line where it is not installed."""
    try:
        import optuna
    except ImportError as error:
        raise MissingExtra(
            "a search needs Optuna, which is not installed; expected the extra tune. "
            "Run: pip install 'receta[tune]'"
        ) from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def distribution(parameter: Parameter) -> Any:
    """The values of a parameter, as Optuna has them."""
    from optuna import distributions

    values = parameter.values
    if isinstance(values, Choice):
        return distributions.CategoricalDistribution(values.values)
    if values.whole:
        step = int(values.step or 1)
        return distributions.IntDistribution(int(values.low), int(values.top), values.log, step)
    return distributions.FloatDistribution(values.low, values.top, values.log, values.step)


def as_frozen(past: Past, space: Space) -> Any:
    """A candidate as a trial of Optuna.

    A failed one is told as one that was given up before its first epoch: what diverges is not to
    be tried again.
    """
    optuna = import_optuna()
    states = optuna.trial.TrialState
    searched = [one for one in space.searched if one.name in past.settings]
    state = {
        "finished": states.COMPLETE,
        "pruned": states.PRUNED,
        "failed": states.PRUNED,
        "running": states.RUNNING,
    }[past.state]
    return optuna.trial.create_trial(
        state=state,
        value=past.value if past.state == "finished" else None,
        params={one.name: past.settings[one.name] for one in searched},
        distributions={one.name: distribution(one) for one in searched},
        intermediate_values=dict(past.curve),
    )

"""How do the variants of an ablation differ from its base, and how sure is that?"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from receta.core import comparing
from receta.core.measure import Measure
from receta.studies.trial import Outcome

_SURE = 0.05  # of a p that many variants were corrected for
Interval = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How many examples train and judge in a trial; is_divided: anew for each seed."""

    trained: int
    tested: int
    is_divided: bool = True

    def compare(self, differences: np.ndarray) -> comparing.Difference:
        """The mean difference of pairs of trials, by a test that knows how they were divided."""
        if self.is_divided:
            return comparing.compare_folds(differences, self.trained, self.tested)
        return comparing.compare_folds(differences, 1, 0)

    def smallest(self, spread: float, n: int) -> float:
        """The least true difference that n pairs find in 8 of 10 studies."""
        seen = comparing.smallest_detectable(spread, n)
        more = n * self.tested / self.trained if self.is_divided else 0.0
        return seen * math.sqrt(1 + more)


@dataclass(frozen=True, kw_only=True)
class JudgedVariant:
    """A variant beside the base, on the test part.

    value: the mean over seeds; difference: from the base, of pairs of the same seed. p_better: the
    chance that it is better than the base with a new seed. p: of the difference, corrected for the
    number of variants. smallest: the difference that these seeds could have shown. is_same:
    whether every trial did exactly what the base did. why: what failed.
    """

    change: str
    settings: dict[str, Any]
    seeds: int = 0
    rung: str = ""
    value: float | None = None
    interval_of_value: Interval | None = None
    validation: float | None = None
    seconds: float = 0.0
    epochs: float = 0.0
    parameters: int | None = None
    difference: float | None = None
    interval: Interval | None = None
    p_better: float | None = None
    p_better_interval: Interval | None = None
    p: float | None = None
    is_real: bool = False
    smallest: float | None = None
    is_same: bool = False
    why: str = ""
    curve: dict[str, list[float]] = field(default_factory=dict, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Plain dict; `real` says whether the difference is more than luck."""
        plain = dataclasses.asdict(self)
        plain["real"] = plain.pop("is_real")
        plain["same_as_base"] = plain.pop("is_same")
        plain["smallest_detectable"] = plain.pop("smallest")
        return plain


def judge_variants(
    named: Sequence[tuple[str, dict[str, Any]]],
    outcomes: Mapping[str, Sequence[Outcome]],
    sizes: Sizes,
    *,
    seed: int = 0,
) -> list[JudgedVariant]:
    """The base first, then each variant beside it, corrected for their number.

    named: changes and their settings. outcomes: by change, in the order of the seeds; only seeds
    of which every variant is done.
    """
    base = outcomes[named[0][0]]
    found = [_tell(change, settings, outcomes[change], sizes) for change, settings in named]
    compared = [
        _compare(variant, base, outcomes[variant.change], sizes, seed) for variant in found[1:]
    ]
    known = [variant for variant in compared if variant.p is not None and not variant.is_same]
    corrected = comparing.correct_many([variant.p or 0.0 for variant in known])
    by_change = dict(zip((variant.change for variant in known), corrected, strict=True))
    return [found[0], *(_correct(variant, by_change) for variant in compared)]


def _correct(variant: JudgedVariant, corrected: Mapping[str, float]) -> JudgedVariant:
    p = corrected.get(variant.change, variant.p)
    is_real = p is not None and p < _SURE and variant.change in corrected
    return dataclasses.replace(variant, p=p, is_real=is_real)


def _tell(
    change: str, settings: dict[str, Any], trials: Sequence[Outcome], sizes: Sizes
) -> JudgedVariant:
    """What a variant reached, by itself."""
    done = [one for one in trials if one.state == "finished"]
    failed = [one for one in trials if one.state != "finished"]
    values = [_judged(one).value for one in done]
    reached = sizes.compare(np.array(values)) if values else None
    validated = [one.measure.value for one in done if one.measure is not None]
    return JudgedVariant(
        change=change,
        settings=settings,
        seeds=len(done),
        rung=done[0].rung if done else "",
        value=reached.value if reached else None,
        interval_of_value=_finite(reached.interval) if reached else None,
        validation=float(np.mean(validated)) if validated else None,
        seconds=round(float(np.mean([one.seconds for one in trials])), 2) if trials else 0.0,
        epochs=float(np.mean([one.epochs for one in done])) if done else 0.0,
        parameters=done[0].parameters if done else None,
        why=failed[0].why if failed else done[0].why if done else "",
        curve=_mean_curve(done),
    )


def _compare(
    variant: JudgedVariant,
    base: Sequence[Outcome],
    trials: Sequence[Outcome],
    sizes: Sizes,
    seed: int,
) -> JudgedVariant:
    """The variant with its difference from the base, by pairs of seeds that both finished."""
    pairs = [
        (_judged(one), _judged(other))
        for one, other in zip(base, trials, strict=True)
        if one.state == other.state == "finished"
    ]
    if not pairs:
        return variant
    differences = np.array([theirs.value - ours.value for ours, theirs in pairs])
    scores = np.array([[theirs.score, ours.score] for ours, theirs in pairs])
    found = sizes.compare(differences)
    share, between = comparing.better_share(scores[:, 0], scores[:, 1], seed=seed)
    spread = float(differences.std(ddof=1)) if len(pairs) > 1 else math.inf
    smallest = sizes.smallest(spread, len(pairs)) if len(pairs) > 1 else math.inf
    return dataclasses.replace(
        variant,
        difference=found.value,
        interval=_finite(found.interval),
        p_better=share,
        p_better_interval=_with_few(share, between, len(pairs)),
        p=found.p,
        smallest=smallest if math.isfinite(smallest) else None,
        is_same=all(_did(one) == _did(other) for one, other in zip(base, trials, strict=True)),
    )


def _with_few(share: float, interval: Interval, n: int) -> Interval:
    """The interval of a share, which drawing again cannot widen where all pairs agree.

    Then the end is that of an exact test: as many pairs would agree once in 40 times (Clopper and
    Pearson, 1934).
    """
    if share in (0.0, 1.0):
        end = 0.025 ** (1 / n)
        return (end, 1.0) if share else (0.0, 1 - end)
    return interval


def _judged(outcome: Outcome) -> Measure:
    """The measure on the test part; on validation where there is no test part."""
    measure = outcome.test or outcome.measure
    if measure is None:
        raise ValueError(f"trial {outcome.number} has no measure")
    return measure


def _did(outcome: Outcome) -> tuple[Any, ...]:
    """What a trial did, to the bit, but for what it took."""
    curve = tuple(tuple(v for k, v in row.items() if k != "seconds") for row in outcome.curve)
    return outcome.state, outcome.measure, outcome.test, outcome.test_loss, curve


def _finite(interval: Interval) -> Interval | None:
    return interval if all(map(math.isfinite, interval)) else None


def _mean_curve(trials: Sequence[Outcome]) -> dict[str, list[float]]:
    """By column of the history the mean over seeds, as far as all of them came."""
    if not trials or not all(one.curve for one in trials):
        return {}
    epochs = min(len(one.curve) for one in trials)
    columns = [key for key in trials[0].curve[0] if key not in ("seconds", "learning_rate")]
    return {
        column: [
            float(np.mean([one.curve[epoch][column] for one in trials])) for epoch in range(epochs)
        ]
        for column in columns
        if all(column in one.curve[epoch] for one in trials for epoch in range(epochs))
    }

"""Is a difference between variants called real as often as it should be, and no more?"""

from __future__ import annotations

import numpy as np

from receta.core.measure import Measure
from receta.studies.judged import Sizes, judge_variants
from receta.studies.trial import Outcome

SIZES = Sizes(trained=700, tested=150)
FIXED = Sizes(trained=700, tested=150, is_divided=False)


def outcomes(values: list[float], better: str = "higher") -> list[Outcome]:
    return [
        Outcome(
            number=number,
            state="finished",
            measure=Measure("accuracy", value, 150, better),
            test=Measure("accuracy", value, 150, better),
        )
        for number, value in enumerate(values)
    ]


def judge(base: list[float], sizes: Sizes = SIZES, **others: list[float]):
    named = [(name, {"dropout": 0.0}) for name in ("base", *others)]
    found = {"base": outcomes(base), **{name: outcomes(some) for name, some in others.items()}}
    return judge_variants(named, found, sizes)


def test_a_large_and_steady_difference_is_real_and_a_small_one_is_not() -> None:
    base = [0.8, 0.82, 0.79, 0.81, 0.8]
    _, much, little = judge(
        base, much=[one - 0.2 - 0.001 * i for i, one in enumerate(base)], little=[0.81] * 5
    )
    assert much.is_real
    assert round(much.difference, 3) == -0.202
    assert much.interval[1] < 0
    assert much.p_better == 0.0
    assert much.p_better_interval == (0.0, 1 - 0.025 ** (1 / 5))
    assert not little.is_real
    assert little.interval[0] < 0 < little.interval[1]


def test_more_variants_make_each_harder_to_believe() -> None:
    chance = np.random.default_rng(0)
    base = list(0.8 + 0.01 * chance.normal(size=6))
    good = [one + 0.02 + 0.004 * place for place, one in enumerate(base)]
    alone = judge(base, good=good)[1]
    noise = {f"noise{i}": list(0.8 + 0.01 * chance.normal(size=6)) for i in range(9)}
    among = judge(base, good=good, **noise)[1]
    assert alone.p < among.p
    assert alone.difference == among.difference


def test_divisions_that_share_examples_make_the_interval_wider() -> None:
    base, other = [0.8, 0.82, 0.79], [0.84, 0.85, 0.85]
    divided, fixed = judge(base, other=other)[1], judge(base, FIXED, other=other)[1]
    wide, narrow = (one.interval[1] - one.interval[0] for one in (divided, fixed))
    assert np.isclose(wide / narrow, np.sqrt((1 / 3 + 150 / 700) * 3))
    assert np.isclose(divided.smallest / fixed.smallest, wide / narrow)


def test_a_variant_that_does_the_very_same_is_said_to_and_corrects_nothing() -> None:
    base = [0.8, 0.82, 0.79, 0.81, 0.8]
    same, other = judge(
        base, same=base, other=[one + 0.05 + 0.001 * i for i, one in enumerate(base)]
    )[1:]
    assert same.is_same
    assert not same.is_real
    assert other.p == judge(base, other=[one + 0.05 + 0.001 * i for i, one in enumerate(base)])[1].p


def test_lower_is_better_where_the_measure_is_an_error() -> None:
    named = [("base", {}), ("other", {})]
    found = {"base": outcomes([5.0, 6.0], "lower"), "other": outcomes([4.0, 5.5], "lower")}
    other = judge_variants(named, found, SIZES)[1]
    assert other.difference < 0
    assert other.p_better == 1.0


def test_seeds_that_failed_are_left_out_and_said() -> None:
    named = [("base", {}), ("broken", {})]
    broken = [Outcome(number=3, state="failed", why="no such file.")] * 2
    found = judge_variants(named, {"base": outcomes([0.8, 0.9]), "broken": broken}, SIZES)[1]
    assert found.difference is None
    assert found.why == "no such file."
    assert not found.is_real


def test_luck_is_called_real_in_one_study_of_twenty_at_most() -> None:
    """False alarms of 150 studies without any difference: 5 % allowed, 11 % is over 3 sigma."""
    chance, called = np.random.default_rng(7), 0
    for _ in range(150):
        base, *others = (list(0.8 + 0.02 * chance.normal(size=5)) for _ in range(4))
        named = {f"v{i}": some for i, some in enumerate(others)}
        called += any(one.is_real for one in judge(base, FIXED, **named)[1:])
    assert called / 150 < 0.11

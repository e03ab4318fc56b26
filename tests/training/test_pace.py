"""Does a training end where it was planned to end, however often the plan changed?"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receta.core.errors import RunError
from receta.core.recipe import Recipe
from receta.training.decisions import Decisions
from receta.training.pace import Pace, rate


@given(st.integers(1, 60), st.lists(st.tuples(st.integers(0, 60), st.integers(1, 120)), max_size=6))
def test_progress_is_1_when_the_last_step_is_done(
    total: int, changes: list[tuple[int, int]]
) -> None:
    pace = Pace(total)
    before = 0.0
    while not pace.is_finished:
        pace.advance()
        assert before < pace.progress <= 1 + 1e-9
        before = pace.progress
        for step, wanted in changes:
            if step == pace.done and wanted > pace.done:
                pace.plan(wanted)
    assert pace.progress == pytest.approx(1.0)


def test_a_killed_training_takes_the_decisions_of_the_first_again(tmp_path: Path) -> None:
    first = Pace(100, Decisions(tmp_path))
    for _ in range(30):
        first.advance()
    first.plan(50)
    seen = [first.progress]
    for _ in range(20):
        first.advance()
        seen.append(first.progress)

    again = Pace(100, Decisions(tmp_path))
    for _ in range(10):
        again.advance()
    again.plan(5_000)  # another clock would have it otherwise; an earlier process decided already
    while again.done < 30:
        again.advance()
    replayed = [again.progress]
    while not again.is_finished:
        again.advance()
        replayed.append(again.progress)
    assert replayed == seen


def test_a_damaged_plan_is_named(tmp_path: Path) -> None:
    (tmp_path / "decisions.json").write_text('{"pace": {"no": 1}}')
    with pytest.raises(RunError, match=r"decisions.json is damaged .*expected a list"):
        Pace(3, Decisions(tmp_path))


@pytest.mark.parametrize("schedule", ["cosine", "linear"])
def test_falling_schedules_rise_to_the_rate_and_end_at_0(schedule: str) -> None:
    recipe = Recipe(learning_rate=0.01, schedule=schedule, warm_up=0.2)
    rates = [rate(recipe, step / 100) for step in range(101)]
    assert rates[0] == pytest.approx(0.01 / 25)
    assert max(rates) == pytest.approx(0.01) == rates[20]
    assert rates[100] == pytest.approx(0, abs=1e-12)
    assert all(a > b for a, b in pairwise(rates[20:]))


def test_a_plateau_multiplies_the_rate_and_constant_leaves_it() -> None:
    recipe = Recipe(learning_rate=0.01, schedule="plateau", warm_up=0.0, plateau_factor=0.5)
    assert [rate(recipe, 0.3, reductions) for reductions in range(3)] == [0.01, 0.005, 0.0025]
    assert rate(Recipe(learning_rate=0.01, schedule="constant"), 0.99) == 0.01


def test_patience_speaks_also_where_a_killed_process_had_only_come_to_the_clock(
    tmp_path: Path,
) -> None:
    first = Pace(100, Decisions(tmp_path))
    for _ in range(10):
        first.advance()
    first.plan(60)  # then it is killed, before patience is over at this very step
    again = Pace(100, Decisions(tmp_path))
    for _ in range(10):
        again.advance()
    again.plan(80)  # its clock
    assert again.total == 60
    again.plan(12, sooner=True)
    assert again.total == 12


def test_a_plan_at_a_step_where_the_clock_has_just_planned_holds(tmp_path: Path) -> None:
    pace = Pace(100, Decisions(tmp_path))
    for _ in range(10):
        pace.advance()
    pace.plan(60)
    pace.plan(12)  # patience is over, at the last step of an epoch
    assert pace.total == 12
    again = Pace(100, Decisions(tmp_path))
    for _ in range(10):
        again.advance()
    assert (again.total, again.progress) == (12, pace.progress)

"""Is a learning rate found where one is, and kept once it was?"""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from training import scene

from receta.core.deadline import NEVER
from receta.core.errors import InputError
from receta.core.recipe import Recipe
from receta.training import rates, train

RECIPE = Recipe(rungs=("linear",), epochs=1, batch_size=64, precision="float32", threads=2)


def test_a_curve_with_one_valley_is_read_where_it_falls_and_where_it_is_lowest() -> None:
    swept = np.geomspace(rates.LOW, rates.HIGH, rates.STEPS)
    # Falls fastest at 1e-3, is lowest at 3e-2, rises after.
    losses = [
        2 - math.tanh(math.log10(one / 1e-3)) + 4 * max(0.0, math.log10(one / 3e-2)) ** 2
        for one in swept
    ]
    found = rates._read_curve("any", list(map(float, swept)), losses)
    assert found.steepest == pytest.approx(1e-3, rel=0.2)
    assert found.lowest == pytest.approx(3e-2, rel=0.5)
    assert found.suggested == pytest.approx(1e-3, rel=0.2)
    assert "the rate of the steepest fall" in found.why


def test_a_tenth_of_the_lowest_is_taken_where_the_fall_is_steepest_late() -> None:
    swept = np.geomspace(rates.LOW, rates.HIGH, rates.STEPS)
    losses = [1.0 if one < 1e-2 else 0.5 if one < 3e-2 else 5.0 for one in swept]
    found = rates._read_curve("any", list(map(float, swept)), losses)
    assert found.suggested == pytest.approx(found.lowest / 10, rel=0.05)
    assert "a tenth of the rate of the lowest loss" in found.why


@pytest.mark.parametrize(("share", "batch"), [(0.01, 64), (0.1, 8)])
def test_a_rare_example_is_no_explosion(share: float, batch: int) -> None:
    class Blind:
        """Names every class by its share, whatever the rate."""

        optimizer = type("Optimizer", (), {"learning_rate": 0.0})()

        def reset_metrics(self) -> None:
            pass

        def train_on_batch(self, inputs: Any, targets: np.ndarray, **_: Any) -> dict[str, float]:
            return {"loss": float(-np.log(np.where(targets == 1, share, 1 - share)).mean())}

    class Drawn:
        steps, class_weights = 1000, None

        def batch(self, epoch: int, step: int) -> tuple[None, np.ndarray]:
            return None, (chance.random(batch) < share).astype(int)

    blind = -share * math.log(share) - (1 - share) * math.log(1 - share)
    for seed in range(30):
        chance = np.random.default_rng(seed)
        swept, losses = rates._sweep(
            Blind(), Drawn(), SimpleNamespace(advance=lambda *_, **__: None), NEVER, blind
        )
        assert len(swept) > 40, f"seed {seed}: given up at a rate of {swept[-1]:.1e}"
        rates._read_curve("any", swept, losses)


def test_a_loss_that_is_no_number_is_said() -> None:
    with pytest.raises(InputError, match="the loss of any is no number"):
        rates._read_curve("any", [1e-6], [1.0])
    with pytest.raises(InputError, match="prior learns nothing"):
        rates.rate(scene.parts(), "prior", RECIPE)


def test_the_found_rate_is_kept_with_the_run_and_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta import checks
    from receta.core import disk

    monkeypatch.setattr(checks, "before", lambda *_, **__: [])
    train(scene.parts(), RECIPE.with_settings(learning_rate="auto"), tmp_path / "run", force=True)
    folder = tmp_path / "run" / "rungs" / "linear"
    kept = disk.read_json(folder / "decisions.json")["learning_rate"]
    assert 1e-5 < kept["suggested"] < 0.5
    assert disk.read_json(folder / "rung.json")["recipe"]["learning_rate"] == kept["suggested"]
    assert (folder / "rate.png").read_bytes().startswith(b"\x89PNG")

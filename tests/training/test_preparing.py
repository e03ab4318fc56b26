"""Does a pretrained rung see what there is time for, no class left out, and the same on resuming?"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import training.transfer_scene as scene

from receta import decode, train
from receta.core import disk
from receta.core.deadline import Deadline
from receta.core.progress import Quiet
from receta.core.session import Session
from receta.data.dataset import Splits
from receta.data.examples import Parts
from receta.training import preparing
from receta.training.decisions import Decisions


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network that has seen other digits."""
    return scene.own(tmp_path_factory.mktemp("own") / "own.keras")


@pytest.fixture(scope="module")
def parts() -> Splits:
    return scene.parts()


def test_any_beginning_of_the_order_holds_every_class_by_its_share(parts: Splits) -> None:
    order = preparing.sort_by_class(parts.train, 3)
    assert sorted(order) == list(range(len(parts.train)))
    counts = parts.train.counts()
    for n in (len(counts), 3 * len(counts), len(order) // 2):
        some = np.bincount(parts.train.targets[order[:n]], minlength=len(counts))
        assert np.abs(some - n * counts / counts.sum()).max() <= 1
    assert not np.array_equal(order, preparing.sort_by_class(parts.train, 4))


@pytest.mark.parametrize("seconds", [0.0, 3600.0, math.inf])
def test_what_there_is_no_time_for_is_left_out_and_stays_so(
    seconds: float, own: Path, parts: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))
    recipe = scene.recipe(own, fine_tune=0)
    (rung,) = (name for name in recipe.rungs if name.startswith("pretrained"))
    words = (rung, Parts.of(parts, decode(parts.union())), recipe)
    seen = preparing.prepare(*words, Session(tmp_path, Quiet(), Deadline(seconds)))
    fewest = 8 * len(parts.class_names)
    assert len(seen.parts.train) == (fewest if not seconds else len(parts.train))
    assert set(seen.parts.train.targets) == set(parts.train.targets)
    assert (len(seen.parts.validation), len(seen.parts.test)) == (
        len(parts.validation),
        len(parts.test),
    )
    later = Deadline(3600.0 if math.isfinite(seconds) else math.inf)
    again = preparing.prepare(*words, Session(tmp_path, Quiet(), later))
    np.testing.assert_array_equal(again.parts.train.rows, seen.parts.train.rows)
    decided = Decisions(tmp_path).find("examples")
    assert (decided is not None) == math.isfinite(seconds)


def test_a_run_without_a_budget_takes_no_decision_by_the_clock(
    own: Path, parts: Splits, tmp_path: Path
) -> None:
    run = train(parts, scene.recipe(own, fine_tune=0), tmp_path / "run")
    (folder,) = (run.folder / "rungs").iterdir()
    decided = disk.read_json(folder / "decisions.json")
    assert decided["fine_tune"]["fine_tune"] == 0
    assert not decided.keys() & {"examples", "pace"}

"""Is a training that was killed the same, to the last bit, as one that was not?"""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE

SCENE = Path(__file__).with_name("scene.py")


def weights(folder: Path) -> dict[str, list[np.ndarray]]:
    from receta.training import Run

    run = Run.open(folder)
    return {rung.rung: run.model(rung.rung).get_weights() for rung in run.rungs}


def histories(folder: Path) -> list[dict[str, str]]:
    with open(folder / "history.csv", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def assert_equal_runs(one: Path, other: Path) -> None:
    assert histories(one) == histories(other)
    left, right = weights(one), weights(other)
    assert left.keys() == right.keys()
    for rung in left:
        assert all(np.array_equal(a, b) for a, b in zip(left[rung], right[rung], strict=True)), rung
    for name in ("recipe.toml", "split.json", "data.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


def start(folder: Path) -> subprocess.Popen[bytes]:
    said = open(folder.with_suffix(".stderr"), "wb")  # noqa: SIM115  the process keeps it
    with said:
        return subprocess.Popen(
            [sys.executable, str(SCENE), str(folder), "0.05"], stderr=said, env=dict(os.environ)
        )


@pytest.mark.slow
def test_training_killed_at_random_moments_ends_with_the_same_bits(tmp_path: Path) -> None:
    undisturbed = start(tmp_path / "undisturbed")
    assert undisturbed.wait(timeout=PATIENCE) == 0, (tmp_path / "undisturbed.stderr").read_text()

    chance = random.Random(os.environ.get("RECETA_TEST_SEED", "1"))
    killed_in: set[str] = set()
    folder = tmp_path / "killed"
    for kill in range(6):
        process = start(folder)
        # From the moment this process has something of its own to lose: any step of any rung.
        wanted = (
            folder / "rungs" / ("cnn" if kill < 4 else "course_dense_regularised") / "state.npz"
        )
        before = wanted.stat().st_mtime_ns if wanted.exists() else None
        for _ in range(6000):
            now = wanted.stat().st_mtime_ns if wanted.exists() else None
            if now != before or process.poll() is not None:
                break
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.4))
        ended = process.poll()
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=PATIENCE)
        if ended is None:
            killed_in.add(wanted.parent.name)
        else:
            break
    assert killed_in, "no kill came in time: the test shows nothing"
    last = start(folder)
    assert last.wait(timeout=PATIENCE) == 0, folder.with_suffix(".stderr").read_text()
    assert_equal_runs(tmp_path / "undisturbed", folder)


class _Stop(Exception):
    pass


class _StopAt:
    """A progress that gives up at the n-th step of training, as Ctrl-C would."""

    def __init__(self, n: int) -> None:
        self.left = n

    def say(self, text: str) -> None:
        pass

    def bar(self, title: str, total: int, unit: str = "") -> _StopAt:
        return self

    def __enter__(self) -> _StopAt:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def advance(self, n: int = 1, **figures: float | str) -> None:
        self.left -= 1
        if self.left == 0:
            raise _Stop


def test_training_stopped_at_every_kind_of_moment_ends_with_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import training.scene as scene

    from receta.core.recipe import Recipe
    from receta.training import fitting, train

    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)  # after every step
    recipe = Recipe(
        **{**scene.RECIPE.model_dump(exclude_unset=True), "rungs": ("mlp",), "epochs": 4}
    )
    parts = scene.parts()
    train(parts, recipe, tmp_path / "undisturbed", force=True)
    for stop in (8, 3, 19, 14, 2):  # in checks, before the first state, in an epoch, between two
        try:
            train(parts, recipe, tmp_path / "stopped", force=True, progress=_StopAt(stop))
        except _Stop:
            continue
    train(parts, recipe, tmp_path / "stopped", force=True)
    assert_equal_runs(tmp_path / "undisturbed", tmp_path / "stopped")

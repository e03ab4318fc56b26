"""Do rows and series go the whole path that pictures go: trained, judged, exported, resumed?"""

from __future__ import annotations

import html
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kinds import scenes
from patience import PATIENCE
from training.test_resume import assert_equal_runs

from receta import evaluation, exporters
from receta.core import disk
from receta.predictors import Bundle
from receta.sources import load
from receta.training import Run

NAMES = ("iris", "diabetes", "series")
HERE = Path(scenes.__file__)


@dataclass(frozen=True)
class Done:
    """A finished run and its bundle."""

    name: str
    scene: scenes.Scene
    run: Run
    bundle: Bundle


@pytest.fixture(scope="module", params=NAMES)
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp(request.param)
    scene = scenes.scene(request.param, folder)
    run = scene.run(folder / "run")
    return Done(request.param, scene, run, exporters.export(run, "onnx", folder / "bundle"))


def rows_file(done: Done, place: Path, n: int = 5) -> Path:
    """New rows as a user has them, without the answers; of a series its steps."""
    data = load(done.scene.data, **done.scene.options)
    if done.name == "series":
        return Path(done.scene.data)
    (spec,) = done.run.specs
    lines = [",".join(map(repr, row.tolist())) for row in (data[at] for at in range(n))]
    place.write_text(",".join(spec.fields) + "\n" + "\n".join(lines) + "\n")
    return place


def visible(page: str) -> str:
    """What a reader of a page sees."""
    bare = re.sub(r"<(style|script).*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    return html.unescape(bare)


def test_a_run_beats_who_always_says_the_same(done: Done) -> None:
    scores = disk.read_json(done.run.folder / "scores.json")
    prior = scores["baselines"]["prior"]
    assert scores["value"] > 2 * prior if done.name == "iris" else scores["value"] < 0.8 * prior
    low, high = scores["interval"]
    assert low <= scores["value"] <= high
    assert done.run.best.rung == "mlp"


def test_the_rung_of_the_best_measure_is_chosen_whichever_way_is_better(done: Done) -> None:
    measures = [one.measure for one in done.run.rungs]
    best = done.run.best.measure
    assert best is not None
    assert best.better == ("higher" if done.name == "iris" else "lower")
    assert all(one is not None and one.score <= best.score for one in measures)


def test_the_report_speaks_of_its_own_examples(done: Done) -> None:
    said = visible((done.run.folder / "report.html").read_text("utf-8"))
    assert "picture" not in said.lower()
    assert {"iris": "test rows", "diabetes": "test rows", "series": "test windows"}[
        done.name
    ] in said
    compared = {
        "diabetes": r"Typically wrong by [\d.]+; always saying the mean: [\d.]+",
        "series": r"Wrong by \d+ % less than repeating the last season \(MASE [\d.]+ against",
    }
    assert re.search(compared.get(done.name, ""), said)


def test_a_bundle_is_proven_equal_and_reads_new_rows_as_the_run_does(
    done: Done, tmp_path: Path
) -> None:
    assert done.bundle.max_gap <= 1e-4
    assert done.bundle.specs == done.run.specs
    assert done.bundle.task == done.run.task
    file = rows_file(done, tmp_path / "new.csv")
    of_run, of_bundle = (evaluation.predict(one, file) for one in (done.run, done.bundle))
    assert len(of_run) == len(of_bundle) == (1 if done.name == "series" else 5)
    for one, other in zip(of_run, of_bundle, strict=True):
        assert _values(one) == pytest.approx(_values(other), rel=1e-5, abs=1e-5)


def _values(answer: dict[str, Any]) -> list[float]:
    if "value" in answer:
        return [answer["value"]]
    if "yhat" in answer:
        return [answer[name] for name in sorted(answer) if isinstance(answer[name], float)]
    return [one["probability"] for one in sorted(answer["top"], key=lambda one: one["class"])]


def test_new_rows_are_read_by_the_names_of_their_columns(done: Done, tmp_path: Path) -> None:
    if done.name == "series":
        pytest.skip("a series has one column")
    file = rows_file(done, tmp_path / "new.csv")
    lines = [line.split(",") for line in file.read_text().splitlines()]
    turned = tmp_path / "turned.csv"
    turned.write_text(
        "\n".join(",".join(["9", *line[::-1]]) for line in lines).replace("9", "more", 1)
    )
    plain, other = (evaluation.predict(done.run, place) for place in (file, turned))
    assert list(map(_values, plain)) == list(map(_values, other))


def test_a_missing_cell_counts_as_the_middle(done: Done) -> None:
    (spec,) = done.run.specs
    middle = spec.mean or tuple(column.middle for column in spec.columns)
    if not middle:
        pytest.skip("a window has a mean of its own")
    known = np.broadcast_to(np.array(middle, np.float32), spec.shape).copy()[np.newaxis]
    lost = known.copy()
    lost[..., 0] = np.nan
    for predictor in (done.run, done.bundle):
        assert predictor.predict(lost) == pytest.approx(
            predictor.predict(known), rel=1e-4, abs=1e-4
        )


def test_a_run_judges_other_data_of_its_kind(done: Done) -> None:
    data = load(done.scene.data, **done.scene.options)
    found = evaluation.judge(done.bundle, data).to_json()
    assert found["n"] == len(data)
    seen = evaluation.judge(done.run, data)
    assert seen.seen_in_training


def test_a_finished_run_is_found_finished(done: Done) -> None:
    before = (done.run.folder / "result.json").read_bytes()
    done.scene.run(done.run.folder)
    assert (done.run.folder / "result.json").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NAMES, "forecast"])
def test_training_that_was_killed_ends_with_the_same_bits(name: str, tmp_path: Path) -> None:
    def start(out: str) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(HERE.parents[1]), str(HERE.parents[2])])
        command = [sys.executable, str(HERE), name, str(tmp_path), out]
        return subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.DEVNULL
        )

    learns = scenes.scene(name, tmp_path).rungs[1]
    whole = start("whole")
    assert whole.wait(timeout=PATIENCE) == 0
    state = tmp_path / "killed" / "rungs" / learns / "state.npz"
    process = start("killed")
    while not state.exists() and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL, "no kill came in time: the test shows nothing"
    assert not (tmp_path / "killed" / "result.json").exists()
    assert start("killed").wait(timeout=PATIENCE) == 0
    assert_equal_runs(tmp_path / "whole", tmp_path / "killed")


@pytest.mark.slow
def test_the_temperatures_are_forecast_better_than_by_their_mean(
    shared: Path, tmp_path: Path
) -> None:
    place = shared / "time-series" / "daily-min-temperatures.csv"
    options = {"series": "Temp", "window": 30}
    scene = scenes.Scene(str(place), options, epochs=3, rungs=("naive", "linear"))
    run = scene.run(tmp_path / "run")
    scores = disk.read_json(run.folder / "scores.json")
    assert scores["value"] < scores["baselines"]["seasonal_naive"]
    bundle = exporters.export(run, "onnx", tmp_path / "bundle")
    assert bundle.max_gap <= 1e-4

"""Is what is handed over the chosen network, set right, and is every exported form the same?"""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from shell import receta as command

from receta import journey, load
from receta.core import calibration
from receta.core.progress import Quiet
from receta.core.recipe import Recipe
from receta.data.examples import Parts
from receta.exporters import SHELF, export
from receta.tasks import classes
from receta.training import Run
from receta.training.views import View, merge_views, views

pytestmark = pytest.mark.slow

SHAPE = (12, 12, 1)


def write_blobs(path: Path, *, handed: bool, n: int = 3000) -> Path:
    """Noisy pictures of three classes: dark, brighter above or below, or (handed) to the left
    or right.
    """
    random = np.random.default_rng(0)
    y = random.integers(3, size=n)
    x = random.integers(0, 140, (n, *SHAPE))
    for picture, target in zip(x, y, strict=True):
        if handed:
            picture[:, :6] += 14 * (target == 1)
            picture[:, 6:] += 14 * (target == 2)
        else:
            picture[:6] += 14 * (target == 1)
            picture[6:] += 14 * (target == 2)
    wrong = random.random(n) < 0.08
    np.savez(
        path, x=x.clip(0, 255).astype(np.uint8), y=np.where(wrong, random.integers(3, size=n), y)
    )
    return path


RECIPE = Recipe(
    rungs=("prior", "mlp"),
    epochs=12,
    patience=0,
    dropout=0.0,
    learning_rate=3e-3,
    label_smoothing=0.3,
    tta="auto",
    max_error=0.2,
    threads=1,
    validation_share=0.5,
    test_share=0.34,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("delivery")


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return journey.run(
        write_blobs(folder / "even.npz", handed=False),
        out=folder / "even",
        recipe=RECIPE,
        force=True,
    )


@pytest.fixture(scope="module")
def pictures(run: Run, folder: Path) -> np.ndarray:
    return np.load(folder / "even.npz")["x"][:60]


def test_a_network_that_is_too_modest_is_set_right_on_validation_and_better_on_test(
    run: Run,
) -> None:
    found = run.scores["calibrated"]
    assert found["temperature"] < 0.8, "smoothed labels make it too modest"
    assert found["validation"]["after"]["loss"] < found["validation"]["before"]["loss"]
    assert run.scores["loss"] < found["before"]["loss"]
    assert run.scores["ece"] < found["before"]["ece"]


def test_the_delivered_network_is_the_rungs_own_with_views_and_temperature(
    run: Run, pictures: np.ndarray
) -> None:
    found = run.calibration
    rung = run.rung_model("mlp")
    answers = np.stack(
        [
            merge_views(rung, (view,)).predict(pictures, verbose=0)
            for view in views(found["views"], SHAPE)
        ]
    )
    expected = calibration.temper(answers, found["temperature"])
    np.testing.assert_allclose(run.predict(pictures), expected, atol=2e-5)


def test_without_views_no_answer_changes_its_class(folder: Path, pictures: np.ndarray) -> None:
    run = journey.run(
        folder / "even.npz",
        out=folder / "plain",
        recipe=RECIPE.with_settings(tta="none"),
        force=True,
    )
    assert run.calibration["temperature"] != 1
    plain = run.rung_model("mlp").predict(pictures, verbose=0)
    assert np.array_equal(run.predict(pictures).argmax(axis=1), plain.argmax(axis=1))
    assert np.abs(run.predict(pictures) - plain).max() > 0.01


def test_a_mirror_is_used_where_it_helps_and_refused_where_it_destroys_labels(
    run: Run, folder: Path
) -> None:
    even = {one["views"]: one["helps"] for one in run.calibration["tried"]}
    assert even["mirror"]
    assert "mirror" in run.calibration["views"]
    handed = journey.run(
        write_blobs(folder / "handed.npz", handed=True),
        out=folder / "handed",
        recipe=RECIPE.with_settings(tta="mirror"),
        force=True,
    )
    (tried,) = handed.calibration["tried"]
    assert not tried["helps"]
    assert tried["saved"] < 0
    assert (handed.calibration["views"], handed.scores["calibrated"]["times"]) == ("none", 1)


# What is rounded to whole numbers answers a little otherwise; its accuracy is held by the
# exporters' own tests.
@pytest.mark.parametrize(
    "target", [name for name in SHELF.names() if "" not in getattr(SHELF.module(name), "LOSSY", ())]
)
def test_a_bundle_answers_as_its_run_does_and_is_as_sure(
    target: str, run: Run, folder: Path, pictures: np.ndarray
) -> None:
    bundle = export(run, target, folder / "bundles" / target)
    assert bundle.max_gap < 1e-5
    assert bundle.sure_from == run.sure_from != 0.5
    ours, theirs = run.predict(pictures), bundle.predict(pictures)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    said = [
        [
            classes.answer(p, run.class_names, 3, sure_from=model.sure_from, thresholds=None)[
                "sure"
            ]
            for p in given
        ]
        for model, given in ((run, ours), (bundle, theirs))
    ]
    # at the threshold itself rounding decides
    far = np.abs(ours.max(axis=1) - run.sure_from) > 1e-4
    assert np.array_equal(np.array(said[0])[far], np.array(said[1])[far])
    assert 0 < sum(said[0]) < len(pictures), "the pictures show both kinds of answers"


def test_views_move_and_mirror_as_numpy_does(pictures: np.ndarray) -> None:
    import keras

    inputs = keras.Input(SHAPE, dtype="uint8")
    bare = keras.Model(inputs, keras.ops.cast(inputs, "float32"))
    assert merge_views(bare, (View(),)) is bare
    for view in views("mirror+shift", (56, 28, 1))[1:]:
        seen = merge_views(bare, (view,)).predict(pictures, verbose=0)
        expected = pictures[:, :, ::-1] if view.mirrored else pictures
        padded = np.pad(expected, ((0, 0), (2, 2), (1, 1), (0, 0)), mode="edge")
        expected = padded[
            :, 2 - view.down : 2 - view.down + 12, 1 - view.right : 1 - view.right + 12
        ]
        assert np.array_equal(seen, expected), view


def test_the_same_run_ends_in_the_same_file_of_figures(run: Run, folder: Path) -> None:
    again = journey.run(folder / "even.npz", out=folder / "again", recipe=RECIPE, force=True)
    assert again.calibration == run.calibration
    for one, other in zip(run.model().get_weights(), again.model().get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_page_tells_what_was_set_right_and_how_sure_it_is(run: Run) -> None:
    page = (run.folder / "report.html").read_text("utf-8")
    assert "the temperature that fits the validation part best: it was too modest" in page
    assert "Answers count as sure from a probability of" in page
    assert "wrong among sure answers was asked for" in page
    assert "how it was before" in page


def test_the_command_line_says_it_too(run: Run, folder: Path, tmp_path: Path) -> None:
    from PIL import Image

    told = command("evaluate", run.folder, "--json").good().json
    assert told["sure"]["from"] == run.sure_from
    assert told["abstention"]["max_error"] == 0.2
    pixels = np.load(folder / "even.npz")["x"][:30, ..., 0]
    for number, picture in enumerate(pixels):
        Image.fromarray(picture).save(tmp_path / f"{number:02}.png")
    for place in (run.folder, export(run, "onnx", tmp_path / "bundle").folder):
        said = command("predict", place, tmp_path, "--json").good().json["predictions"]
        assert [one["sure"] for one in said] == [
            one["top"][0]["probability"] >= run.sure_from for one in said
        ]
    text = command("evaluate", run.folder, "--verbose").good().out
    assert "max_error=0.2" in text
    assert "temperature" in text
    result = json.loads((run.folder / "result.json").read_text())
    assert result["test"]["calibrated"]["temperature"] == run.calibration["temperature"]


def test_a_network_that_ends_otherwise_is_left_as_it_is(
    run: Run, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    import keras

    from receta.training import delivery, parts_of

    bare = run.rung_model("mlp")
    other = keras.Model(bare.inputs, keras.layers.Rescaling(1.0)(bare.outputs[0]))
    monkeypatch.setattr(Run, "rung_model", lambda run, rung: other)
    data = load(folder / "even.npz")
    copy = dataclasses.replace(run, folder=folder / "other")
    shutil.copytree(run.folder, copy.folder)
    delivery.deliver(copy, Parts.of(parts_of(run, data), run.inputs(data)), run.best, Quiet())
    assert copy.calibration["temperature"] == 1

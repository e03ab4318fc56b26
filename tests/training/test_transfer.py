"""Is a pretrained rung trained on features that are computed once, and never made worse by fine-tuning?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE
from sealing import seal_run
from training.test_resume import _Stop, _StopAt, assert_equal_runs

from receta.core.errors import RunError
from receta.core.progress import Quiet
from receta.core.recipe import Recipe
from receta.core.session import Session
from receta.core.spec import of_pixels
from receta.data.dataset import Splits
from receta.data.examples import readable
from receta.training import fine_tuning, head, train

TRANSFER = Path(__file__).with_name("transfer_scene.py")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small network that has seen other digits."""
    import training.transfer_scene as scene

    return scene.own(tmp_path_factory.mktemp("own") / "own.keras")


@pytest.fixture(scope="module")
def parts() -> Splits:
    import training.transfer_scene as scene

    return scene.parts()


def recipe(own: Path, **settings) -> Recipe:
    import training.transfer_scene as scene

    return scene.recipe(own, **settings)


def figures(run) -> dict:
    return run.rungs[-1].to_json()


# The head


def test_the_head_is_that_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(0)
    centres = random.normal(size=(3, 20))
    targets = random.integers(3, size=400)
    features = (centres[targets] + random.normal(size=(400, 20))).astype(np.float32) * np.arange(
        1, 21, dtype=np.float32
    ) + 5
    train, held_out = (
        head.Featured(features[:300], targets[:300]),
        head.Featured(features[300:], targets[300:]),
    )
    found, history = head.fit(
        train, held_out, 3, penalties=(0.03,), session=Session(Path(), Quiet())
    )
    scaled = (features - features[:300].mean(axis=0)) / features[:300].std(axis=0)
    theirs = LogisticRegression(C=1 / (0.03 * 300), tol=1e-6, max_iter=1000).fit(
        scaled[:300], targets[:300]
    )
    np.testing.assert_allclose(
        found.probabilities(features[300:]), theirs.predict_proba(scaled[300:]), atol=5e-3
    )
    assert history[0]["val_accuracy"] == pytest.approx(
        theirs.score(scaled[300:], targets[300:]), abs=0.011
    )


def test_the_penalty_is_the_one_of_the_lowest_validation_loss() -> None:
    random = np.random.default_rng(1)
    features, targets = (
        random.normal(size=(120, 200)).astype(np.float32),
        random.integers(2, size=120),
    )
    train, held_out = (
        head.Featured(features[:60], targets[:60]),
        head.Featured(features[60:], targets[60:]),
    )
    found, history = head.fit(train, held_out, 2, session=Session(Path(), Quiet()))
    best = min(history, key=lambda line: line["val_loss"])
    assert found.penalty == best["penalty"]
    assert len(history) < len(head.PENALTIES), "what gets no better is not tried to the end"


def test_a_feature_that_never_changes_is_of_no_weight() -> None:
    features = np.stack([np.arange(40) % 2, np.full(40, 7)], axis=1).astype(np.float32)
    examples = head.Featured(features, np.arange(40) % 2)
    found, _ = head.fit(examples, examples, 2, session=Session(Path(), Quiet()))
    assert np.isfinite(found.bias).all()
    assert (found.kernel[1] == 0).all()


# The rung


def test_features_are_computed_once_and_found_by_another_head(
    own: Path, parts: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta.pipeline import features

    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))
    train(parts, recipe(own, fine_tune=0), tmp_path / "one")

    def never(model: object) -> None:
        raise AssertionError("features were computed again")

    monkeypatch.setattr(features, "fast", never)
    run = train(parts, recipe(own, fine_tune=0, l2=0.1), tmp_path / "other")
    assert figures(run)["head_penalty"] == 0.1


def test_a_picture_has_the_same_features_in_any_company(
    own: Path, parts: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta import decode, models
    from receta.pipeline.features import features

    pixels = decode(parts.train)
    body = models.cut_below_head(
        models.build(f"pretrained:{own}", of_pixels(pixels.shape), np.full(10, 0.1))
    )
    rows = parts.train.rows[:70]
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "one"))
    together = features(body, pixels, rows)
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "other"))
    alone = np.stack([features(body, pixels, rows[[index]])[0] for index in range(0, 70, 7)])
    np.testing.assert_allclose(together[::7], alone, rtol=1e-5, atol=1e-6)


def test_the_delivered_network_says_what_its_figures_say(
    own: Path, parts: Splits, tmp_path: Path
) -> None:
    run = train(parts, recipe(own, fine_tune=0), tmp_path / "run")
    assert (run.folder / "rungs" / f"pretrained-{own}").exists() is False, (
        "a path never becomes a folder"
    )
    predicted = run.predict_rows(run.examples(parts.validation))
    assert (
        float((predicted.argmax(axis=1) == parts.validation.targets).mean())
        == figures(run)["validation_accuracy"]
        > 0.8
    )


def test_fine_tuning_that_helps_is_kept_and_told(own: Path, parts: Splits, tmp_path: Path) -> None:
    run = train(
        parts,
        recipe(own, fine_tune="all", learning_rate=3e-3, epochs=15, augment=0.0),
        tmp_path / "run",
    )
    said = figures(run)
    (finding,) = [finding for finding in said["findings"] if finding["check"] == "fine_tuning"]
    assert finding["verdict"] == "ok"
    assert (said["validation_accuracy"], said["epochs_run"] > 5) >= (
        said["frozen_validation_accuracy"],
        True,
    )


def test_fine_tuning_that_harms_is_not_kept(own: Path, parts: Splits, tmp_path: Path) -> None:
    frozen = train(parts, recipe(own, fine_tune=0), tmp_path / "frozen")
    run = train(
        parts,
        recipe(own, fine_tune="all", learning_rate=10.0, optimizer="sgd"),
        tmp_path / "run",
        force=True,
    )
    (finding,) = [
        finding for finding in figures(run)["findings"] if finding["check"] == "fine_tuning"
    ]
    assert finding["verdict"] == "warn"
    assert "frozen backbone with its head is kept" in finding["advice"]
    for ours, theirs in zip(run.model().get_weights(), frozen.model().get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_the_layers_below_and_batch_normalisation_stay_as_they_were(
    own: Path, parts: Splits, tmp_path: Path
) -> None:
    from keras import layers

    frozen = (
        train(parts, recipe(own, fine_tune=0), tmp_path / "frozen").model().get_layer("backbone")
    )
    some = recipe(own, fine_tune=5, learning_rate=3e-3, epochs=15, augment=0.0)
    tuned = train(parts, some, tmp_path / "tuned").model().get_layer("backbone")
    changed = [
        ours.name
        for ours, theirs in zip(tuned.layers, frozen.layers, strict=True)
        if any(
            not np.array_equal(a, b)
            for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True)
        )
    ]
    assert changed
    assert set(changed) <= {
        layer.name
        for layer in tuned.layers[-5:]
        if not isinstance(layer, layers.BatchNormalization)
    }


def test_work_decides_about_fine_tuning_where_no_budget_does(
    own: Path, parts: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fine_tuning, "GOOD", 1.1)
    monkeypatch.setattr(fine_tuning, "time_steps", None)  # nothing is timed
    monkeypatch.setattr(fine_tuning, "_MOST_WORK", 0.0)
    said = figures(train(parts, recipe(own), tmp_path / "slow"))
    assert said["fine_tuned_layers"] == 0
    assert "two epochs of fine-tuning are" in said["why"]
    monkeypatch.setattr(fine_tuning, "_MOST_WORK", 1e18)
    assert figures(train(parts, recipe(own), tmp_path / "quick"))["fine_tuned_layers"] == "all"


def test_a_damaged_decision_is_told_in_one_line(own: Path, parts: Splits, tmp_path: Path) -> None:
    run = train(parts, recipe(own, fine_tune=0), tmp_path / "run")
    (folder,) = (run.folder / "rungs").iterdir()
    (folder / "rung.json").unlink()
    (run.folder / "result.json").unlink()  # as if it had been killed
    (folder / "decisions.json").write_text("[]")
    seal_run(run.folder)
    with pytest.raises(RunError, match=r"decisions\.json is damaged"):
        train(parts, recipe(own, fine_tune=0), run.folder)


def test_small_and_large_pictures_stand_side_by_side_in_a_run(
    own: Path, parts: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta import decode
    from receta.models import pretrained

    monkeypatch.setattr(pretrained, "size", lambda name, recipe, pixels: (16, 16))
    both = recipe(own, fine_tune=0, rungs=("linear", f"pretrained:{own}"), epochs=1)
    run = train(parts, both, tmp_path / "run", force=True)
    assert run.best.rung.startswith("pretrained")
    assert run.input_shape == run.model().input_shape[1:] == (16, 16, 1)
    small = decode(parts.validation)
    assert (
        run.predict_rows(readable(parts.validation, small)).shape
        == run.predict_rows(readable(parts.validation, small), "linear").shape
    )


@pytest.fixture
def hub(tmp_path: Path) -> str:
    """A rung on a small SavedModel: the largest of each 2 x 2 grey pixels."""
    pytest.importorskip("tensorflow", reason="a SavedModel needs TensorFlow")
    import keras

    pictures = keras.Input((8, 8, 3))
    grey = keras.layers.Conv2D(1, 1, use_bias=False, kernel_initializer="ones")(pictures)
    keras.Model(pictures, keras.layers.Flatten()(keras.layers.MaxPooling2D()(grey))).export(
        tmp_path / "hub", verbose=False
    )
    return f"pretrained:hub/{tmp_path / 'hub'}"


def test_a_saved_model_of_tensorflow_hub_is_used_as_it_is_and_loads_only_where_it_was_written(
    own: Path, hub: str, parts: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train(parts, recipe(own, rungs=(hub,), fine_tune=None), tmp_path / "run", trust=True)
    assert "a SavedModel is used as it is" in figures(run)["why"]
    predicted = run.predict_rows(run.examples(parts.validation))
    assert (
        float((predicted.argmax(axis=1) == parts.validation.targets).mean())
        == figures(run)["validation_accuracy"]
        > 0.5
    )
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "of_somebody_else"))
    with pytest.raises(
        RunError, match="may do anything here, and it was not written on this machine"
    ):
        run.model()


def test_a_saved_model_learns_where_the_recipe_says_so(
    own: Path, hub: str, parts: Splits, tmp_path: Path
) -> None:
    run = train(
        parts,
        recipe(own, rungs=(hub,), fine_tune="all", epochs=6, learning_rate=1e-2, augment=0.0),
        tmp_path / "run",
        trust=True,
    )
    assert "all layers fine-tuned" in figures(run)["why"]
    (tuned,) = (
        finding for finding in figures(run)["findings"] if finding["check"] == "fine_tuning"
    )
    assert tuned["verdict"] == "ok"
    kernel = next(weight for weight in run.model().weights if weight.shape == (1, 1, 3, 1))
    assert not np.allclose(kernel.numpy(), 1.0)
    predicted = run.predict_rows(run.examples(parts.validation))
    assert (
        float((predicted.argmax(axis=1) == parts.validation.targets).mean())
        == figures(run)["validation_accuracy"]
    )


# Resuming


def test_a_transfer_stopped_at_every_kind_of_moment_ends_with_the_same_bits(
    own: Path, parts: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta.training import fitting

    monkeypatch.setattr(fitting, "_SAVE_EVERY_S", 0.0)
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "first"))
    set_up = recipe(own, fine_tune="all", epochs=2, learning_rate=1e-3)
    train(parts, set_up, tmp_path / "undisturbed")
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "second"))
    for stop in (3, 9, 13, 16, 4, 5):  # in features, in checks, in the head, within an epoch
        try:
            train(parts, set_up, tmp_path / "stopped", progress=_StopAt(stop))
        except _Stop:
            continue
    train(parts, set_up, tmp_path / "stopped")
    assert_equal_runs(tmp_path / "undisturbed", tmp_path / "stopped")


@pytest.mark.slow
def test_a_transfer_killed_at_random_moments_ends_with_the_same_bits(
    own: Path, tmp_path: Path
) -> None:
    def start(name: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "RECETA_CACHE": str(tmp_path / f"cache-{name}")}
        return subprocess.Popen(
            [sys.executable, str(TRANSFER), str(own), str(tmp_path / name)], env=environment
        )

    assert start("undisturbed").wait(timeout=PATIENCE) == 0
    chance = np.random.default_rng(4)
    seen = set()
    for wanted in ("decisions.json", "checks.json", "head.npz", "state.npz", "state.npz"):
        process = start("killed")
        for _ in range(6000):
            if list((tmp_path / "killed").glob(f"rungs/*/{wanted}")) or process.poll() is not None:
                break
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.3))
        if process.poll() is None:
            seen.add(wanted)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=PATIENCE)
    assert len(seen) >= 3, "no kill came in time: the test shows nothing"
    assert start("killed").wait(timeout=PATIENCE) == 0
    assert_equal_runs(tmp_path / "undisturbed", tmp_path / "killed")


# Real weights


@pytest.mark.slow
def test_cats_and_dogs_are_told_apart_with_real_weights(shared: Path, tmp_path: Path) -> None:
    from receta import journey

    weights = shared / "pretrained" / "mobilenet_v2_0.35_224_no_top.weights.h5"
    run = journey.run(
        shared / "cats-vs-dogs" / "cats-vs-dogs.zip",
        out=tmp_path / "run",
        recipe=Recipe(rungs=("prior", "pretrained"), weights=str(weights)),
    )
    result = json.loads((run.folder / "result.json").read_text())
    assert result["test"]["accuracy"] >= 0.93
    assert run.input_shape == (224, 224, 3)


def test_a_picture_goes_through_the_backbone_once_however_often_it_is_judged(
    own: Path, parts: Splits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta.pipeline import features

    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))
    run = train(parts, recipe(own, fine_tune=0), tmp_path / "run")
    fast, batches = features.fast, []
    features._newest.clear()
    monkeypatch.setattr(
        features,
        "fast",
        lambda model: (lambda compute: lambda batch: (batches.append(1), compute(batch))[1])(
            fast(model)
        ),
    )
    pixels = run.inputs(parts.test)
    said = run.predict_rows(readable(parts.test, pixels))
    seen = len(batches)
    run.predict_rows(readable(parts.test, pixels), figures(run)["rung"])
    run.predict_rows(readable(parts.validation, pixels))
    assert 0 < seen == len(batches), "the test part once, the validation part in training"
    np.testing.assert_allclose(
        said, run.model().predict(pixels.take(parts.test.rows), verbose=0), atol=1e-5
    )

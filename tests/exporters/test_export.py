"""Is nothing handed over that is not proven, and nothing lost on the way?"""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from sealing import seal_run
from shell import receta

from receta.core import disk
from receta.core.errors import (
    ExportRefused,
    InputError,
    MissingExtra,
    RecetaError,
    RunError,
    UnknownName,
)
from receta.core.recipe import Recipe
from receta.data import image
from receta.exporters import SHELF, export
from receta.predictors import Bundle, predictor_at
from receta.training import Run


@pytest.fixture
def copied(digits_run: Run, tmp_path: Path) -> Run:
    """The run in a folder of its own, to be spoilt."""
    shutil.copytree(digits_run.folder, tmp_path / "copied")
    return Run.open(tmp_path / "copied")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# What is written


def test_bundle_json_holds_the_words_of_the_interface(bundles) -> None:
    plain = json.loads((bundles["onnx"].folder / "bundle.json").read_text())
    assert plain["target"] == "onnx"
    assert plain["files"] == ["model.onnx"]
    assert plain["class_names"] == list("0123456789")
    assert plain["input"] == {"shape": [8, 8, 1], "dtype": "uint8"}
    assert plain["max_gap"] < 1e-5
    assert plain["top_agreement"] == 1
    assert plain["accuracy"] == plain["reference_accuracy"] > 0.7
    assert plain["verdict"] == bundles["onnx"].verdict in ("good for use", "promising")
    assert names(bundles["onnx"].folder) == ["bundle.json", "model.onnx"]


def test_an_onnx_file_says_itself_what_it_takes_and_gives(bundles) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(
        bundles["onnx"].folder / "model.onnx", providers=["CPUExecutionProvider"]
    )
    (taken,), (given,) = session.get_inputs(), session.get_outputs()
    assert (taken.name, taken.type, taken.shape) == ("pixels", "tensor(uint8)", ["n", 8, 8, 1])
    assert (given.name, given.shape) == ("probabilities", ["n", 10])
    told = session.get_modelmeta().custom_metadata_map
    assert json.loads(told["class_names"]) == list("0123456789")
    assert json.loads(told["input"]) == {"shape": [8, 8, 1], "dtype": "uint8"}
    assert json.loads(told["test_accuracy"]) == bundles["onnx"].reference_accuracy


@pytest.mark.parametrize("target", SHELF.names())
def test_augmentation_and_dropout_are_off_in_what_is_written(
    target, digits_run, tmp_path, monkeypatch
) -> None:
    """Random layers switch a network to training wherever nobody says otherwise: export facts,
    section 0.
    """
    import keras

    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 1), dtype="uint8")
    x = keras.layers.RandomRotation(0.3)(
        keras.layers.RandomFlip()(keras.layers.Rescaling(1 / 255)(inputs))
    )
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3)(x))
    x = keras.layers.Dropout(0.5)(keras.layers.Flatten()(x))
    restless = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(x))
    monkeypatch.setattr(Run, "model", lambda run: restless)
    pictures = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 1), np.uint8)
    try:
        bundle = export(digits_run, target, tmp_path / target, tolerance=1)
    except MissingExtra as missing:
        pytest.skip(str(missing))
    most = 0.1 if "" in getattr(SHELF.module(target), "LOSSY", ()) else 1e-5
    assert bundle.max_gap < most
    assert np.abs(bundle.predict(pictures) - restless.predict(pictures, verbose=0)).max() < most
    assert np.array_equal(bundle.predict(pictures), bundle.predict(pictures))


def test_the_library_works_as_its_ten_lines_say(tmp_path) -> None:
    from receta import audit, clean, evaluate, load, split, train

    recipe, folder = Recipe(rungs=("linear",), epochs=2), tmp_path / "run"
    data = load("digits")
    findings = audit(data)
    data = clean(data, findings)
    parts = split(data, recipe)
    run = train(parts, recipe, folder, force=True)
    scores = evaluate(run, parts.test)
    bundle = export(run, "onnx", tmp_path / "bundle")
    assert bundle.accuracy == bundle.reference_accuracy == scores.accuracy


# What is refused


def wrong(by: float):
    """A runtime that differs in one probability of one picture."""

    def opened(folder: Path):
        import keras

        model = keras.saving.load_model(folder / "model.keras", compile=False)

        def predict(pixels: np.ndarray) -> np.ndarray:
            answers = np.array(model.predict_on_batch(pixels))
            answers[-1, 3] += by
            return answers

        return predict

    return opened


@pytest.mark.parametrize("by", [2e-4, float("nan")])
def test_an_export_that_differs_is_refused_and_leaves_nothing(
    by, digits_run, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(SHELF.module("keras"), "opened", wrong(by))
    with pytest.raises(
        ExportRefused,
        match=r"the keras file differs from its network by .* expected at most 0.0001",
    ):
        export(digits_run, "keras", tmp_path / "inner" / "keras")
    assert names(tmp_path / "inner") == []


def test_an_export_within_the_tolerance_is_written_with_its_gap(
    digits_run, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(SHELF.module("keras"), "opened", wrong(5e-5))
    assert export(digits_run, "keras", tmp_path / "keras").max_gap == pytest.approx(5e-5, rel=0.01)


def test_a_refused_export_leaves_the_older_bundle_as_it_was(
    digits_run, tmp_path, monkeypatch
) -> None:
    export(digits_run, "keras", tmp_path / "keras")
    before = {path.name: path.read_bytes() for path in (tmp_path / "keras").iterdir()}
    monkeypatch.setattr(SHELF.module("keras"), "opened", wrong(1))
    with pytest.raises(ExportRefused):
        export(digits_run, "keras", tmp_path / "keras")
    assert {path.name: path.read_bytes() for path in (tmp_path / "keras").iterdir()} == before
    assert names(tmp_path) == ["keras"]


def test_an_older_bundle_of_the_same_target_gives_way(digits_run, tmp_path) -> None:
    first = export(digits_run, "keras", tmp_path / "keras")
    (tmp_path / "keras" / "model.keras").write_bytes(b"spoilt")
    assert export(digits_run, "keras", tmp_path / "keras") == first
    assert Bundle.open(tmp_path / "keras").predict(np.zeros((1, 8, 8, 1), np.uint8)).shape == (
        1,
        10,
    )


def test_what_is_not_ours_is_never_overwritten(digits_run, bundles, tmp_path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "model.onnx").write_text("mine")
    with pytest.raises(RecetaError, match=r"holds other files \(model.onnx\)"):
        export(digits_run, "onnx", tmp_path / "mine")
    assert (tmp_path / "mine" / "model.onnx").read_text() == "mine"
    shutil.copytree(bundles["onnx"].folder, tmp_path / "onnx")
    with pytest.raises(RunError, match=r"another bundle \(target onnx\)"):
        export(digits_run, "keras", tmp_path / "onnx")
    (tmp_path / "onnx" / "notes.txt").write_text("mine")
    with pytest.raises(RecetaError, match=r"notes.txt"):
        export(digits_run, "onnx", tmp_path / "onnx")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(RecetaError, match="expected a folder"):
        export(digits_run, "onnx", tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_a_missing_package_is_named_with_its_extra(digits_run, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(SHELF.module("onnx"), "NEEDS", ("onnx", "no_such_package"))
    with pytest.raises(MissingExtra, match=r"no_such_package.*pip install 'receta\[onnx\]'"):
        export(digits_run, "onnx", tmp_path / "onnx")
    assert names(tmp_path) == []


def test_a_backend_that_cannot_write_a_target_is_named(digits_run, tmp_path, monkeypatch) -> None:
    from receta.pipeline import backend

    other = dataclasses.replace(backend.start(), backend="jax")
    monkeypatch.setattr(backend, "start", lambda threads=0: other)
    with pytest.raises(
        MissingExtra,
        match=r"with the backend jax; expected "
        r"tensorflow.*receta\[onnx\].*KERAS_BACKEND=tensorflow",
    ):
        export(digits_run, "onnx", tmp_path / "onnx")


@pytest.mark.parametrize("target", ["web", "tfjs"])
def test_a_page_that_is_not_built_is_said_before_anything_is_written(
    target, digits_run, tmp_path, monkeypatch
) -> None:
    from typer.testing import CliRunner

    from receta.cli.app import app
    from receta.exporters.page import live_page

    monkeypatch.setattr(live_page.resources, "files", lambda package: tmp_path / "nothing")
    done = CliRunner().invoke(
        app,
        [
            "export",
            str(digits_run.folder),
            "--to",
            f"keras,{target}",
            "--out",
            str(tmp_path / "out"),
        ],
    )
    assert isinstance(done.exception, MissingExtra)
    assert "Run: make page" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_an_unknown_target_names_the_nearest(digits_run, tmp_path) -> None:
    with pytest.raises(
        UnknownName,
        match=r"target 'onx' is unknown; expected one of .*keras.*onnx.* Did you mean 'onnx'",
    ):
        export(digits_run, "onx", tmp_path / "onnx")


# The pictures that prove it


def test_with_an_empty_cache_the_data_are_read_again(digits_run, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "empty"))
    assert export(digits_run, "keras", tmp_path / "keras").n == 270


def test_data_that_are_gone_are_needed_only_when_the_cache_is_too(
    copied, tmp_path, monkeypatch
) -> None:
    plain = disk.read_json(copied.folder / "run.json")
    plain["data"]["source"] = str(tmp_path / "gone")
    disk.write_json(copied.folder / "run.json", plain)
    seal_run(copied.folder)
    run = Run.open(copied.folder)
    assert export(run, "keras", tmp_path / "keras").n == 270
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "empty"))
    with pytest.raises(
        RunError, match=r"the pictures of .* are gone \(.*gone does not exist.*Put them back at"
    ):
        export(run, "keras", tmp_path / "again")
    del plain["data"]["options"]
    disk.write_json(copied.folder / "run.json", plain)
    seal_run(copied.folder)
    with pytest.raises(RunError, match="the run does not know where its data are"):
        export(Run.open(copied.folder), "keras", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_pictures_that_changed_since_training_prove_nothing(copied, tmp_path) -> None:
    digests = disk.read_json(copied.folder / "data.json")
    one = disk.read_json(copied.folder / "split.json")["validation"][0]
    digests[one] = "0" * 32 + digests[one][32:]
    disk.write_json(copied.folder / "data.json", digests)
    with pytest.raises(RunError, match=r"1 pictures of .* changed since it was trained"):
        export(copied, "keras", tmp_path / "keras")


# Opening


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": []},
        {"inputs": [{}]},
        {"target": None},
        {"class_names": [1, 2]},
        {"class_names": "xy"},
        {"class_names": []},
        {"files": ["../model.onnx"]},
        {"files": None},
        {"input": {"shape": [8, 8], "dtype": "uint8"}},
        {"input": []},
        {"fit": "bend"},
        {"max_gap": "x"},
        {"format": 2},
        {"n": None},
        {"input": {"shape": [8, 8, 0], "dtype": "uint8"}},
        {"input": {"shape": [8, 8, 1], "dtype": "float32"}},
    ],
    ids=str,
)
def test_a_spoilt_manifest_is_one_line(change, bundles, tmp_path) -> None:
    shutil.copytree(bundles["onnx"].folder, tmp_path / "onnx")
    disk.write_json(tmp_path / "onnx" / "bundle.json", {**bundles["onnx"].to_json(), **change})
    with pytest.raises(RunError, match="Export the run again"):
        Bundle.open(tmp_path / "onnx")


def test_a_bundle_without_its_file_is_named(bundles, tmp_path) -> None:
    shutil.copytree(bundles["onnx"].folder, tmp_path / "onnx")
    (tmp_path / "onnx" / "model.onnx").unlink()
    with pytest.raises(RunError, match=r"lacks model.onnx"):
        Bundle.open(tmp_path / "onnx")


def test_inputs_that_do_not_fit_are_refused(bundles) -> None:
    for inputs in (
        np.zeros((2, 8, 8, 1), np.float32),
        np.zeros((2, 8, 8, 3), np.uint8),
        np.zeros((8, 8, 1), np.uint8),
    ):
        with pytest.raises(InputError, match=r"expected uint8 pixels \(n, 8, 8, 1\)"):
            bundles["onnx"].predict(inputs)
    assert bundles["onnx"].predict(np.zeros((0, 8, 8, 1), np.uint8)).shape == (0, 10)


def test_a_folder_is_opened_as_what_it_is(bundles, digits_run, tmp_path) -> None:
    assert isinstance(predictor_at(bundles["onnx"].folder), Bundle)
    assert isinstance(predictor_at(digits_run.folder), Run)
    with pytest.raises(
        RunError, match=r"neither bundle.json nor run.json; .* It has bundles inside: name .*"
    ):
        predictor_at(bundles["onnx"].folder.parent)
    with pytest.raises(RunError, match="does not exist"):
        predictor_at(tmp_path / "nowhere")


# The command line


def test_export_writes_a_folder_a_target_and_predict_takes_it(
    digits_run, digit_files, tmp_path
) -> None:
    done = receta("export", digits_run.folder, "--to", "keras,onnx", "--out", tmp_path, "--json")
    assert done.code == 0, done.err
    assert [bundle["target"] for bundle in done.json["bundles"]] == ["keras", "onnx"]
    assert names(tmp_path) == ["keras", "onnx"]
    said = (
        receta("predict", tmp_path / "onnx", digit_files[0], "--json", "--top", "10")
        .good()
        .json["predictions"][0]
    )
    own = digits_run.predict(image.decode(digit_files[0].read_bytes(), (8, 8), 1)[None])[0]
    assert {row["class"]: row["probability"] for row in said["top"]} == pytest.approx(
        dict(zip("0123456789", own, strict=True)), abs=1e-6
    )


def test_a_wrong_target_stops_the_export_before_it_starts(digits_run, tmp_path) -> None:
    receta("export", digits_run.folder, "--to", "keras,onx", "--out", tmp_path).refused(
        "target 'onx' is unknown", "'onnx'"
    )
    assert names(tmp_path) == []

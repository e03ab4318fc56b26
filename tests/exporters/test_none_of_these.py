"""Does every door say of noise that it is none of the classes, and of right pictures that they are?"""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sealing import seal_bundle, seal_run
from sklearn.datasets import load_digits

import receta
from receta.cli.printing import answers
from receta.core.errors import RunError
from receta.exporters.formats import onnx_outputs
from receta.predictors import Bundle
from receta.training import Run

TARGETS = ("onnx", "keras", "web")  # those that give features


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """Two hundred of the handwritten digits (n, 8, 8, 1)."""
    return np.round(load_digits().images[:200, ..., None] * 255 / 16).astype(np.uint8)


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (50, 8, 8, 1), np.uint8)


@pytest.fixture(scope="module")
def noise_file(noise, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("noise") / "noise.png"
    Image.fromarray(noise[0, ..., 0]).save(path)
    return path


def test_a_run_refuses_noise_and_keeps_the_share_of_digits_that_it_tells(
    digits_run, digits, noise
) -> None:
    known = digits_run.likeness
    assert known.kept == 0.97
    probabilities, unlike = digits_run.judge(digits)
    np.testing.assert_array_equal(probabilities, digits_run.predict(digits))
    assert known.none(unlike).mean() < 0.1
    assert known.none(digits_run.judge(noise)[1]).all()
    told = json.loads((digits_run.folder / "scores.json").read_text())["none"]
    assert told["from"] == known.none_from
    assert told["interval"][0] < told["refused"] < told["interval"][1] < 0.1


@pytest.mark.parametrize("target", TARGETS)
def test_a_bundle_tells_as_its_run_does(target, bundles, digits_run, digits, noise) -> None:
    bundle = Bundle.open(bundles[target].folder)
    assert bundle.to_json()["none"] == digits_run.likeness.figures()
    for pictures in (digits[:40], noise):
        (said, unlike), (meant, expected) = bundle.judge(pictures), digits_run.judge(pictures)
        np.testing.assert_allclose(said, meant, atol=1e-4)
        np.testing.assert_allclose(unlike, expected, atol=1e-4)
        np.testing.assert_array_equal(
            bundle.likeness.none(unlike), digits_run.likeness.none(expected)
        )


def test_predict_tells_it_for_files_and_top_stays_the_same(
    digits_run, bundles, noise_file, digit_files
) -> None:
    for model in (digits_run, bundles["onnx"]):
        strange, right = receta.predict(model, [noise_file, digit_files[0]])
        assert (strange["none"], right["none"], right["top"][0]["class"]) == (True, False, "0")
        assert (strange["sure"], right["sure"]) == (False, True)
        assert strange["unlike"] > model.likeness.none_from > right["unlike"] >= 0
        assert len(strange["top"]) == 5
    said = receta.predict(digits_run, noise_file)
    assert "none of these (nearest: " in repr(said)


def test_evaluate_tells_which_share_of_right_pictures_is_refused(digits_run, bundles) -> None:
    data = receta.load("digits")
    with pytest.warns(UserWarning, match="were used to train"):
        by_run = receta.evaluate(digits_run, data)
    by_bundle = receta.evaluate(bundles["onnx"], data)
    assert by_run.none["n"] == by_bundle.none["n"] == 1797
    assert 0.005 < by_run.none["refused"] < 0.06
    assert by_run.none["refused"] == pytest.approx(by_bundle.none["refused"], abs=0.002)


def test_a_run_and_a_bundle_of_earlier_versions_never_say_none(
    digits_run, bundles, noise_file, tmp_path
) -> None:
    old_run, old_bundle = tmp_path / "run", tmp_path / "onnx"
    shutil.copytree(digits_run.folder, old_run, ignore=shutil.ignore_patterns("exports"))
    (old_run / "likeness.json").unlink()
    seal_run(old_run)
    shutil.copytree(bundles["onnx"].folder, old_bundle)
    seal_bundle(old_bundle, likeness=None)
    for model in (Run.open(old_run), Bundle.open(old_bundle)):
        assert model.likeness is None
        (said,) = receta.predict(model, noise_file)
        assert set(said) == {"id", "top", "sure"}
    assert (
        receta.evaluate(Bundle.open(old_bundle), receta.load("digits").take(np.arange(30))).none
        is None
    )


def test_spoilt_features_are_told_in_one_line(digits_run, bundles, noise_file, tmp_path) -> None:
    spoilt = tmp_path / "onnx"
    shutil.copytree(bundles["onnx"].folder, spoilt)
    known = bundles["onnx"].likeness.to_json()
    seal_bundle(spoilt, likeness={**known, "width": known["width"] + 1})
    with pytest.raises(
        RunError, match=r"bundle.json is spoilt \(rows holds \d+ bytes; expected rows of 129\)"
    ):
        Bundle.open(spoilt)
    run = tmp_path / "run"
    shutil.copytree(digits_run.folder, run)
    (run / "likeness.json").write_text("{}")
    seal_run(run)
    with pytest.raises(RunError, match=r"likeness.json is damaged"):
        _ = Run.open(run).likeness
    kept = base64.b64encode(bytes(known["width"])).decode()
    narrow = {**known, "width": 1, "rows": kept}
    seal_bundle(spoilt, likeness=narrow)
    (run / "likeness.json").write_text(json.dumps(narrow))
    seal_run(run)
    for model, file in ((Run.open(run), "likeness.json"), (Bundle.open(spoilt), "bundle.json")):
        with pytest.raises(
            RunError,
            match=rf"{file} is damaged \(it compares 1 features of a picture, and its network "
            r"gives 128\)",
        ):
            receta.predict(model, noise_file)


def test_what_is_no_onnx_file_gets_no_output() -> None:
    for content in (b"", b"\x08\x01", b"\x3a\xff", b"\x0f"):
        with pytest.raises(ValueError, match="no ONNX network"):
            onnx_outputs.with_output(content, "features", 3)


def test_the_terminal_says_it_with_the_nearest_class_and_no_percentage(capsys, monkeypatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    answer = {
        "id": "a.png",
        "top": [{"class": "hat", "probability": 0.915}],
        "sure": False,
        "none": True,
        "unlike": 0.7,
    }
    assert answers.tell_answers([answer], [], False) == 0
    assert capsys.readouterr().out == "a.png   none of these (nearest: hat)\n"
    answers.tell_answers([{**answer, "sure": True, "none": False}], [], False)
    assert capsys.readouterr().out == "a.png\n    91.5 %  hat\n"

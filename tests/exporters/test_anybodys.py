"""Can a network that receta never trained be handed over, from its file alone?"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from shell import receta

from receta.core.errors import ExportRefused, InputError, UnknownName
from receta.exporters import SHELF, export, folder_name, parse_target, subject
from receta.exporters.evidence.made_up import MadeUp
from receta.exporters.subjects.subject import Subject
from receta.pipeline import backend
from receta.predictors import Bundle


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Networks as people save them, with weights made up."""
    backend.start()
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    folder = tmp_path_factory.mktemp("anybodys")
    pictures = keras.Sequential(
        [
            keras.Input((12, 10, 3)),
            layers.RandomFlip(),
            layers.Conv2D(6, 3),
            layers.BatchNormalization(),
            layers.Normalization(mean=0.1, variance=0.5),
            layers.ReLU(),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.5),
            layers.Dense(4, activation="softmax"),
        ]
    )
    words = keras.Sequential(
        [
            keras.Input((7,)),
            layers.Embedding(30, 5),
            layers.LSTM(6),
            layers.Dense(3, activation="softmax"),
        ]
    )
    left, right = keras.Input((5,), name="left"), keras.Input((4, 2), name="right")
    joined = layers.Concatenate()([layers.Dense(3)(left), layers.Flatten()(right)])
    several = keras.Model(
        [left, right],
        [layers.Dense(1, name="value")(joined), layers.Dense(2, activation="softmax")(joined)],
    )
    inputs = keras.Input((3,))
    code = keras.Model(inputs, layers.Lambda(lambda x: x * 2)(inputs))
    made = {"pictures": pictures, "words": words, "several": several, "code": code}
    for name, model in made.items():
        model.save(folder / f"{name}.keras")
    return {name: folder / f"{name}.keras" for name in made}


@pytest.fixture(scope="module")
def pictures(files: dict[str, Path]) -> Subject:
    return subject(files["pictures"], class_names=("a", "b", "c", "d"))


def test_a_network_without_data_is_compared_on_patterns(pictures, tmp_path) -> None:
    bundle = export(pictures, "onnx", tmp_path / "onnx")
    assert (bundle.judged_on, bundle.accuracy, bundle.reference_accuracy) == (
        "made-up inputs",
        None,
        None,
    )
    assert bundle.max_gap < 1e-5
    assert bundle.top_agreement == 1
    assert bundle.class_names == ("a", "b", "c", "d")
    plain = json.loads((tmp_path / "onnx" / "bundle.json").read_text())
    assert plain["input"] == {"shape": [12, 10, 3], "dtype": "float32"}
    assert Bundle.open(tmp_path / "onnx") == bundle
    probes = pictures.evidence.probes(16)
    assert np.abs(bundle.predict(probes) - pictures.model.predict_on_batch(probes)).max() < 1e-5


def test_patterns_tell_networks_apart(pictures) -> None:
    """Noise gives nearly the same answer for every picture: a wrong export would pass."""
    answers = pictures.model.predict_on_batch(pictures.evidence.probes(64))
    assert answers.std(axis=0).max() > 0.01


def test_patterns_are_the_same_every_time_and_never_those_of_calibration(pictures) -> None:
    made = MadeUp(pictures.inputs)
    assert np.array_equal(made.probes(3), made.probes(3))
    assert not np.array_equal(made.probes(3), made.rows(3))
    assert made.probes(3).min() == 0
    assert made.probes(3).max() == 1


@pytest.mark.parametrize("target", ["keras", "onnx"])
@pytest.mark.parametrize("name", ["words", "several"])
def test_words_and_several_inputs_and_outputs_go_out_too(name, target, files, tmp_path) -> None:
    given = subject(files[name])
    bundle = export(given, target, tmp_path / target)
    assert bundle.max_gap < 1e-5
    probes = given.evidence.probes(2)
    said, meant = bundle.answers(probes), given.model.predict_on_batch(probes)
    for one, other in zip(
        said if isinstance(said, list) else [said],
        meant if isinstance(meant, list) else [meant],
        strict=True,
    ):
        assert np.abs(one - other).max() < 1e-5
    assert (bundle.top_agreement == 1) if name == "words" else (bundle.top_agreement is None)


def test_words_are_drawn_from_the_vocabulary(files) -> None:
    (taken,) = subject(files["words"]).inputs
    assert taken.below == 30


def test_pixels_are_scaled_inside_when_asked(files, pictures, tmp_path) -> None:
    bundle = export(subject(files["pictures"], pixels="-1..1"), "onnx", tmp_path / "onnx")
    assert bundle.takes_pictures
    noise = np.random.default_rng(0).integers(0, 256, (4, 12, 10, 3), np.uint8)
    assert (
        np.abs(
            bundle.predict(noise) - pictures.model.predict_on_batch(noise / np.float32(127.5) - 1)
        ).max()
        < 1e-5
    )


def test_a_bundle_of_unscaled_pixels_does_not_guess(pictures, digit_files, tmp_path) -> None:
    export(pictures, "onnx", tmp_path / "onnx")
    receta("predict", tmp_path / "onnx", digit_files[0]).refused(
        "does not name classes of pictures", "--pixels 0..1"
    )


def test_code_in_a_file_is_run_only_when_trusted(files, tmp_path) -> None:
    with pytest.raises(InputError, match=r"holds a Lambda layer, which is code .* --trust"):
        subject(files["code"])
    assert export(subject(files["code"], trust=True), "onnx", tmp_path / "onnx").max_gap < 1e-6


def test_a_layer_that_a_target_does_not_know_is_a_refusal_in_one_line(
    pictures, tmp_path, monkeypatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        print("a converter talks")
        raise KeyError("Frobnicate")

    monkeypatch.setattr(SHELF.module("onnx"), "onnx", unknown)
    with pytest.raises(
        ExportRefused,
        match=r"^the onnx file cannot be written \(KeyError\); .* another target[^\n]*--debug",
    ):
        export(pictures, "onnx", tmp_path / "inner" / "onnx")
    assert list((tmp_path / "inner").iterdir()) == []


def test_a_wrong_file_or_name_is_one_line(files, tmp_path) -> None:
    (tmp_path / "no.keras").write_text("text")
    with pytest.raises(InputError, match="cannot be loaded"):
        subject(tmp_path / "no.keras")
    with pytest.raises(InputError, match=r"2 names \(a, b\) are there for 4 outputs"):
        subject(files["pictures"], class_names=("a", "b"))
    with pytest.raises(
        InputError, match=r"--pixels 0..2 is unknown; expected one of 0..255, 0..1, -1..1"
    ):
        subject(files["pictures"], pixels="0..2")
    with pytest.raises(InputError, match="expected one picture of a known size for --pixels"):
        subject(files["words"], pixels="0..1")


# Variants


def variants_of(monkeypatch: pytest.MonkeyPatch, spoil: float) -> None:
    """Give the target onnx a variant whose answers are spoilt."""
    module = SHELF.module("onnx")
    opened = module.opened

    def write(model, folder, about, variant="", *, rows):
        assert variant in ("", "small")
        assert len(rows(5)) == 5
        writing(model, folder, about)

    def answers(folder):
        runtime = opened(folder)

        def predict(inputs):
            said = np.array(runtime(inputs))
            bad = np.arange(len(said)) < round(spoil * len(said))
            said[bad] = 1 - said[bad]
            return said

        return predict

    writing = module.onnx
    monkeypatch.setattr(module, "onnx", write)
    monkeypatch.setattr(module, "opened", answers)
    monkeypatch.setattr(module, "VARIANTS", {"small": "for this test"}, raising=False)
    monkeypatch.setattr(module, "LOSSY", ("small",), raising=False)


def test_a_lossy_variant_is_judged_by_accuracy(digits_run, tmp_path, monkeypatch) -> None:
    variants_of(monkeypatch, 0.02)
    with pytest.raises(ExportRefused, match=r"the onnx file differs"):
        export(digits_run, "onnx", tmp_path / "onnx")
    with pytest.raises(
        ExportRefused,
        match=r"the onnx:small file .* loses up to .*%.*expected at most 1.00% lost.*--tolerance",
    ):
        export(digits_run, "onnx:small", tmp_path / "small")
    assert list(tmp_path.iterdir()) == []
    bundle = export(digits_run, "onnx:small", tmp_path / "small", tolerance=0.1)
    assert (bundle.name, bundle.variant, bundle.tolerance) == ("onnx:small", "small", 0.1)
    assert 0 < bundle.validation["reference_accuracy"] - bundle.validation["accuracy"] <= 0.1
    assert Bundle.open(tmp_path / "small") == bundle


def test_without_labels_a_lossy_variant_is_judged_by_the_classes_it_changes(
    files, tmp_path, monkeypatch
) -> None:
    variants_of(monkeypatch, 0.05)
    scaled = subject(files["pictures"], pixels="0..1")
    with pytest.raises(ExportRefused, match="loses up to 5"):
        export(scaled, "onnx:small", tmp_path / "small")
    assert export(
        scaled, "onnx:small", tmp_path / "small", tolerance=0.06
    ).top_agreement == pytest.approx(0.95, abs=0.01)


def test_an_unknown_variant_names_those_that_there_are(monkeypatch) -> None:
    with pytest.raises(
        UnknownName,
        match="variant 'int8' of target keras is unknown; expected none, for it has no variants",
    ):
        parse_target("keras:int8")
    monkeypatch.setattr(
        SHELF.module("onnx"), "VARIANTS", {"int8": "", "float16": ""}, raising=False
    )
    with pytest.raises(UnknownName, match=r"expected one of int8, float16\. Did you mean 'int8'"):
        parse_target("onnx:int4")
    with pytest.raises(UnknownName, match="variant '' of target onnx"):
        parse_target("onnx:")
    assert folder_name("onnx:int8") == "onnx-int8"


# The command line


def test_a_file_is_exported_from_the_command_line(files, tmp_path) -> None:
    done = receta(
        "export",
        files["pictures"],
        "--to",
        "keras,onnx",
        "--names",
        "a,b,c,d",
        "--pixels",
        "0..1",
        "--json",
        "--out",
        tmp_path / "out",
    ).good()
    assert [bundle["target"] for bundle in done.json["bundles"]] == ["keras", "onnx"]
    assert done.json["refused"] == []
    assert all(bundle["bytes"] > 0 and bundle["one_ms"] > 0 for bundle in done.json["bundles"])
    assert done.json["bundles"][1]["input"] == {"shape": [12, 10, 3], "dtype": "uint8"}


def test_a_missing_subject_is_one_line(tmp_path) -> None:
    receta("export", tmp_path / "gone.keras", "--to", "onnx").refused(
        "gone.keras does not exist", "FILE.keras"
    )
    receta("export", tmp_path, "--to", "onnx").refused("is no run folder")


# Asked and judged as it is


@pytest.fixture(scope="module")
def course(tmp_path_factory, digits_folder) -> tuple[Path, Path]:
    """(a network of two digits with one output, a network of ten digits that gives logits),
    trained by plain Keras.
    """
    import keras
    from keras import layers
    from sklearn.datasets import load_digits

    folder = tmp_path_factory.mktemp("course")
    x, y = load_digits(return_X_y=True)
    x = np.round(x * 255 / 16).reshape(-1, 8, 8, 1).astype(np.float32)
    keras.utils.set_random_seed(0)
    ten = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(10)]
    )
    ten.compile(
        keras.optimizers.Adam(0.03), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    ten.fit(x, y, epochs=5, verbose=0)
    two = keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(1, activation="sigmoid")]
    )
    two.compile(keras.optimizers.Adam(0.03), "binary_crossentropy")
    two.fit(x[y < 2] / 255, y[y < 2], epochs=10, verbose=0)
    ten.save(folder / "ten.keras")
    two.save(folder / "two.keras")
    return folder / "ten.keras", folder / "two.keras"


@pytest.fixture(scope="module")
def digits_folder(tmp_path_factory) -> Path:
    """40 pictures of each digit, one folder a digit."""
    from PIL import Image
    from sklearn.datasets import load_digits

    root = tmp_path_factory.mktemp("digits") / "ten"
    x, y = load_digits(return_X_y=True)
    for digit in range(10):
        for number, row in enumerate(np.flatnonzero(y == digit)[:40]):
            for folder in (root, root.with_name("two")) if digit < 2 else (root,):
                (folder / str(digit)).mkdir(parents=True, exist_ok=True)
                Image.fromarray(np.round(x[row].reshape(8, 8) * 255 / 16).astype(np.uint8)).save(
                    folder / str(digit) / f"{number}.png"
                )
    return root


def test_a_network_from_a_file_is_judged_on_labelled_pictures(course, digits_folder) -> None:
    ended = receta("evaluate", course[0], digits_folder, "--logits", "--json")
    assert ended.code == 0
    assert "--names was not given: the outputs of ten.keras are taken for 0, 1, 2" in ended.err
    assert ended.json["n"] == 400
    assert ended.json["accuracy"] > 0.85
    assert "seen_in_training" not in ended.json
    wrong = receta(
        "evaluate", course[0], digits_folder, "--logits", "--names", "1,0,2,3,4,5,6,7,8,9", "--json"
    )
    assert wrong.json["accuracy"] < ended.json["accuracy"] - 0.15


def test_one_output_tells_two_classes_apart(course, digits_folder, tmp_path) -> None:
    data = digits_folder.with_name("two")
    ended = receta("evaluate", course[1], data, "--pixels", "0..1", "--json")
    assert ended.json["accuracy"] > 0.97
    said = receta(
        "predict",
        course[1],
        data / "0" / "3.png",
        data / "1" / "3.png",
        "--pixels",
        "0..1",
        "--names",
        "zero,one",
        "--json",
    )
    assert [one["top"][0]["class"] for one in said.json["predictions"]] == ["zero", "one"]
    assert sum(one["probability"] for one in said.json["predictions"][0]["top"]) == pytest.approx(
        1, abs=1e-5
    )
    for target in ("onnx", "tfjs"):
        bundle = export(
            subject(course[1], class_names=("zero", "one"), pixels="0..1"),
            target,
            tmp_path / target,
        )
        assert bundle.takes_pictures
        assert bundle.max_gap < 1e-5
    # the bundle calls them zero and one
    judged = receta("evaluate", tmp_path / "onnx", data, "--json")
    judged.refused("classes that the model does not know ('0', '1')")


def test_a_bundle_is_judged_as_its_network(course, digits_folder, tmp_path) -> None:
    export(
        subject(course[0], class_names=tuple("0123456789"), logits=True), "onnx", tmp_path / "onnx"
    )
    judged = receta("evaluate", tmp_path / "onnx", digits_folder, "--json")
    network = receta("evaluate", course[0], digits_folder, "--logits", "--json")
    assert judged.json["accuracy"] == network.json["accuracy"]
    assert judged.json["loss"] == pytest.approx(network.json["loss"], abs=1e-5)


def test_what_nobody_can_know_of_a_file_is_asked_for(
    course, digits_folder, files, digits_run, tmp_path
) -> None:
    picture = digits_folder / "0" / "1.png"
    receta("predict", course[1], picture, "--names", "zero,one").refused(
        "does not name classes of pictures", "--pixels 0..1"
    )
    receta("predict", course[0], picture).refused("does not name classes of pictures", "--logits")
    receta("evaluate", course[0]).refused("has no test part of its own; expected labelled data")
    receta("evaluate", course[0], digits_folder, "--names", "a,b", "--logits").refused(
        "2 names (a, b) are there for 10 outputs"
    )
    receta("predict", files["several"], picture, "--logits").refused(
        "expected one output (n, classes) to make probabilities of"
    )
    receta("predict", digits_run.folder, picture, "--names", "a,b").refused(
        "--names is of networks in a file; expected none with a run"
    )
    receta("serve", course[0]).refused("is a network by itself", "Make one of it: receta export")
    receta("export", digits_run.folder, "--to", "onnx", "--names", "a").refused(
        "--names is of networks in a file"
    )
    receta("export", course[0], "--to", "onnx", "--pixels", "0..2").refused(
        "--pixels 0..2 is unknown; expected one of 0..255, 0..1"
    )


def test_each_thing_that_is_missing_is_named_by_itself(course, digits_folder, files) -> None:
    picture = digits_folder / "0" / "1.png"
    receta("predict", course[1], picture, "--pixels", "0..1").refused(
        "it gives one number", "Say --names A,B"
    )
    receta("predict", course[1], picture, "--names", "a,b").refused(
        "nothing tells their values", "Say --pixels 0..1"
    )
    receta("predict", course[0], picture).refused(
        "the 10 numbers that it gives are no probabilities", "say --logits"
    )
    receta("predict", files["several"], picture).refused("it takes 2 inputs; expected pixels")
    receta("predict", course[1], picture, "--pixels", "0..1", "--logits").refused(
        "ends in a sigmoid", "Leave --logits away"
    )
    receta("predict", files["pictures"], picture, "--pixels", "0..1", "--logits").refused(
        "ends in a softmax", "Leave --logits away"
    )


def test_a_file_that_is_cut_off_says_so(course, tmp_path) -> None:
    (tmp_path / "cut.keras").write_bytes(course[0].read_bytes()[:3000])
    receta("export", tmp_path / "cut.keras", "--to", "onnx").refused(
        "it is no ZIP file, or it is cut off; expected a network"
    )
    (tmp_path / "read.me").write_text("text")
    receta("export", tmp_path / "read.me", "--to", "onnx").refused(
        "it is no HDF5 file, or it is cut off"
    )


def test_a_network_that_scales_its_pixels_itself_becomes_a_page(course, tmp_path) -> None:
    bundle = export(
        subject(course[0], class_names=tuple("0123456789"), logits=True), "web", tmp_path / "web"
    )
    assert bundle.takes_pictures
    (model,) = json.loads((tmp_path / "web" / "page.json").read_text())["models"]
    assert model["input"]["shape"] == [8, 8, 1]


def test_what_one_target_refuses_the_others_do_not_lose(files, tmp_path) -> None:
    ended = receta(
        "export", files["words"], "--to", "onnx,web,litert:int8", "--out", tmp_path, "--json"
    )
    assert ended.code == 1
    assert [Path(bundle["folder"]).name for bundle in ended.json["bundles"]] == ["onnx"]
    assert [reason.partition(": ")[0] for reason in ended.json["refused"]] == ["web", "litert:int8"]

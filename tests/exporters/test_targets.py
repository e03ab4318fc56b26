"""Does each format keep what is special about it: names inside, no drift, C that compiles?"""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from patience import PATIENCE

from receta.core.errors import ExportRefused
from receta.exporters import SHELF, export, subject
from receta.exporters.c_array import _quote
from receta.exporters.formats import graph
from receta.pipeline import backend
from receta.predictors import Bundle

INPUT = {"shape": [8, 8, 1], "dtype": "uint8"}


def pictures(n: int = 40) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (n, 8, 8, 1), np.uint8)


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that reads a series forwards and backwards, step by step."""
    backend.start()
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    path = tmp_path_factory.mktemp("series") / "series.keras"
    keras.Sequential(
        [
            keras.Input((9, 3)),
            layers.Bidirectional(layers.LSTM(4)),
            layers.Dense(2, activation="softmax"),
        ]
    ).save(path)
    return path


# What stands inside the files


def test_a_litert_file_brings_its_labels_and_facts_along(bundles) -> None:
    with zipfile.ZipFile(bundles["litert"].folder / "model.tflite") as archive:
        assert archive.read("labels.txt").decode().split() == list("0123456789")
        told = json.loads(archive.read("receta.json"))
    assert (told["input"], told["inputs"], told["outputs"]) == (
        INPUT,
        ["pixels"],
        ["probabilities"],
    )


def test_a_saved_model_brings_its_facts_along(bundles) -> None:
    told = json.loads((bundles["saved_model"].folder / "assets.extra" / "receta.json").read_text())
    assert (told["class_names"], told["input"]) == (list("0123456789"), INPUT)


def test_an_openvino_file_brings_its_facts_along(bundles) -> None:
    openvino = pytest.importorskip("openvino")
    model = openvino.Core().read_model(bundles["openvino"].folder / "model.xml")
    told = json.loads(model.get_rt_info(["receta", "about"]).value)
    assert (told["class_names"], told["input"]) == (list("0123456789"), INPUT)


def test_onnx_states_its_opset(bundles) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load(bundles["onnx"].folder / "model.onnx")
    assert (
        [one.version for one in model.opset_import if one.domain == ""]
        == [SHELF.module("onnx").OPSET]
        == [17]
    )


# LiteRT


def test_int8_takes_pixels_as_they_are(bundles) -> None:
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    with backend.hush():
        made = interpreter.Interpreter(str(bundles["litert:int8"].folder / "model.tflite"))
    (taken,), (given,) = made.get_input_details(), made.get_output_details()
    assert (taken["dtype"], taken["quantization"]) == (np.uint8, (1.0, 0))
    assert given["dtype"] == np.uint8


def test_int8_is_smaller_and_static_has_a_fixed_batch(bundles) -> None:
    interpreter = pytest.importorskip("ai_edge_litert.interpreter")
    assert bundles["litert:int8"].bytes < 0.5 * bundles["litert"].bytes
    assert bundles["onnx:int8"].bytes < 0.6 * bundles["onnx"].bytes
    shapes = {}
    for target in ("litert", "litert:static"):
        with backend.hush():
            made = interpreter.Interpreter(str(bundles[target].folder / "model.tflite"))
        shapes[target] = made.get_input_details()[0]["shape_signature"].tolist()
    assert shapes == {"litert": [-1, 8, 8, 1], "litert:static": [1, 8, 8, 1]}


@pytest.mark.parametrize(
    "target",
    [
        "litert",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("saved_model", "openvino")),
    ],
)
def test_recurrent_networks_go_out_too(target, series, tmp_path) -> None:
    given = subject(series)
    bundle = export(given, target, tmp_path / target)
    probes = given.evidence.probes(5)
    assert np.abs(bundle.predict(probes) - given.model.predict_on_batch(probes)).max() < 1e-6


def test_int8_of_a_recurrent_network_is_refused_before_the_calibrator_breaks_down(
    series, tmp_path
) -> None:
    np.savez(tmp_path / "rows.npz", x=np.random.default_rng(1).normal(size=(40, 9, 3)))
    for target in ("litert:int8", "c_array"):
        with pytest.raises(
            ExportRefused,
            match=r"recurrent layer cannot be made int8 .*Choose the variant dynamic or float16",
        ):
            export(series, target, tmp_path / "int8", calibrate=tmp_path / "rows.npz")


# SavedModel


def test_a_saved_model_that_changes_with_every_answer_is_refused(
    digits_run, tmp_path, monkeypatch
) -> None:
    """What augmentation layers make of a plain export: statistics that drift with every request."""
    import keras
    import tensorflow as tf
    from keras import layers

    def training(model, folder: Path, names: list[str]) -> None:
        archive = keras.export.ExportArchive()
        archive.track(model)
        archive.add_endpoint(
            "serving_default",
            lambda pixels: {"probabilities": model(pixels, training=True)},
            input_signature=[tf.TensorSpec((None, 8, 8, 1), "uint8", name="pixels")],
        )
        archive.write_out(str(folder), verbose=False)

    inputs = keras.Input((8, 8, 1), dtype="uint8", name="pixels")
    x = layers.BatchNormalization()(layers.Flatten()(layers.Rescaling(1 / 255)(inputs)))
    normalised = keras.Model(inputs, layers.Dense(10, activation="softmax")(x))
    given = dataclasses.replace(subject(digits_run), model=normalised)
    monkeypatch.setattr(graph, "write_graph", training)
    with pytest.raises(
        ExportRefused,
        match=r"an answer of the saved_model file changes 2 of its \d+ variables; expected none",
    ):
        export(given, "saved_model", tmp_path / "inner" / "saved_model")
    assert list((tmp_path / "inner").iterdir()) == []


def test_the_signature_takes_pixels_and_gives_probabilities(bundles) -> None:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(bundles["saved_model"].folder))
    signature = loaded.signatures["serving_default"]
    (taken,) = signature.structured_input_signature[1].values()
    assert (taken.name, taken.dtype, taken.shape.as_list()) == ("pixels", tf.uint8, [None, 8, 8, 1])
    assert list(signature.structured_outputs) == ["probabilities"]


# OpenVINO


def test_openvino_computes_in_float32_and_connects_to_nobody(bundles) -> None:
    """On processors with bfloat16 its default is off by 0.09.

    It brings a package of telemetry along.
    """
    pytest.importorskip("openvino")
    code = f"""
import socket
connected = []
socket.socket.connect = socket.socket.connect_ex = lambda *to: connected.append(to)
import numpy as np
from receta import Bundle
Bundle.open({str(bundles["openvino"].folder)!r}).predict(np.zeros((2, 8, 8, 1), np.uint8))
print(connected)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout == "[]\n", done.stderr
    assert SHELF.module("openvino")._EXACT == {"INFERENCE_PRECISION_HINT": "f32"}


# C


@pytest.mark.parametrize(("compiler", "standard"), [("gcc", "c11"), ("g++", "c++11")])
def test_the_header_compiles_without_a_warning_and_holds_the_network(
    compiler, standard, bundles, tmp_path
) -> None:
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    folder = bundles["c_array"].folder
    (tmp_path / "main.c").write_text("""
#include "model.h"
#include <stdio.h>
int main(void) {
  int i;
  fprintf(stderr, "%d %d %d %d %g %d", MODEL_HEIGHT, MODEL_WIDTH, MODEL_CHANNELS, MODEL_CLASSES, MODEL_INPUT_SCALE, MODEL_INPUT_ZERO_POINT);
  for (i = 0; i < MODEL_CLASSES; i++) fprintf(stderr, " %s", model_class_names[i]);
  return fwrite(model_data, 1, MODEL_BYTES, stdout) != MODEL_BYTES || MODEL_ARENA_BYTES < 1024;
}
""")
    strict = [
        f"-std={standard}",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-pedantic",
        "-x",
        "c++" if compiler == "g++" else "c",
    ]
    subprocess.run(
        [compiler, *strict, "main.c", "-I", folder, "-o", "main"],
        check=True,
        cwd=tmp_path,
        timeout=PATIENCE,
    )
    done = subprocess.run([tmp_path / "main"], capture_output=True, check=True, timeout=PATIENCE)
    assert done.stderr.decode() == "8 8 1 10 1 0 0 1 2 3 4 5 6 7 8 9"
    from tflite_micro import runtime

    # what was compiled answers as the bundle does
    interpreter = runtime.Interpreter.from_bytes(done.stdout)
    picture, scale = pictures(1), bundles["c_array"]
    interpreter.set_input(picture, 0)
    interpreter.invoke()
    told = interpreter.get_output_details(0)["quantization_parameters"]
    answers = (interpreter.get_output(0).astype(np.float32) - told["zero_points"][0]) * told[
        "scales"
    ][0]
    assert np.abs(answers - scale.predict(picture)).max() < 1e-6


@pytest.mark.parametrize(
    ("name", "written"),
    [("Ñandú", r'"\303\221and\303\272"'), ('a"\\b', r'"a\"\134b"'), ("??/1", r'"\077\077/1"')],
)
def test_class_names_are_c_strings_whatever_stands_in_them(name: str, written: str) -> None:
    assert _quote(name) == written


def test_a_microcontroller_gets_the_answers_of_litert(bundles) -> None:
    """Two interpreters of the same whole numbers; their tables for softmax round differently."""
    given = pictures()
    micro = Bundle.open(bundles["c_array"].folder).predict(given)
    phone = Bundle.open(bundles["litert:int8"].folder).predict(given)
    assert np.abs(micro - phone).max() < 0.05

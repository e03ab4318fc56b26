"""Do inputs and outputs keep their names and their order in every target?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from receta.core import disk
from receta.core.errors import InputError
from receta.exporters import export
from receta.exporters.subjects import naming
from receta.pipeline import backend
from receta.predictors import Bundle

# neither sorted, nor the other way round
INPUTS, OUTPUTS = ["zeta", "alpha", "mid"], ["start", "end", "aux"]
OTHERS = [
    "keras",
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("saved_model", "openvino")),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same network with dicts, whose layers are called otherwise, and with lists."""
    backend.start()
    import keras
    from keras import layers

    keras.utils.set_random_seed(4)
    folder = tmp_path_factory.mktemp("named")
    taken = [
        keras.Input((3,), name="zeta"),
        keras.Input((5,), name="alpha"),
        keras.Input((3,), name="mid"),
    ]
    x = layers.Concatenate()(taken)
    for kind, called in (("dict", ["aux", "start", "other"]), ("list", OUTPUTS)):
        given = [
            layers.Dense(3, name=called[0])(x),
            layers.Dense(3, activation="tanh", name=called[1])(x),
            layers.Dense(2, activation="softmax", name=called[2])(x),
        ]
        ins, outs = (
            dict(zip(names, tensors, strict=True))
            for names, tensors in ((INPUTS, taken), (OUTPUTS, given))
        )
        keras.Model(ins, outs).save(folder / "dict.keras") if kind == "dict" else keras.Model(
            taken, given
        ).save(folder / "list.keras")
    one = keras.Input((4,), name="one")
    keras.Model(one, layers.Dense(2, name="height_and_width")(one)).save(folder / "values.keras")
    keras.Model(one, {"kind": layers.Dense(2, activation="softmax")(one)}).save(
        folder / "chosen.keras"
    )
    keras.Model(one, layers.Dense(2, activation="softmax", name="last")(one)).save(
        folder / "classes.keras"
    )
    return {path.stem: path for path in folder.glob("*.keras")}


def asked(n: int = 6) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(2)
    return {
        name: draw.normal(size=(n, width)).astype(np.float32)
        for name, width in zip(INPUTS, (3, 5, 3), strict=True)
    }


def in_keras(path: Path) -> dict[str, np.ndarray]:
    """What Keras says of `asked`, by the name of each output."""
    import keras

    network, given = keras.saving.load_model(path), asked()
    said = network.predict(given if path.stem == "dict" else list(given.values()), verbose=0)
    return said if isinstance(said, dict) else dict(zip(OUTPUTS, said, strict=True))


@pytest.mark.parametrize("target", ["onnx", "litert", "tfjs", *OTHERS])
@pytest.mark.parametrize("kind", ["dict", "list"])
def test_every_target_calls_them_as_keras_does_and_a_bundle_answers_by_name(
    kind, target, files, tmp_path
) -> None:
    bundle = export(files[kind], target, tmp_path / target)
    assert [one.name for one in bundle.outputs] == OUTPUTS
    plain = json.loads((tmp_path / target / "bundle.json").read_text())
    assert plain["outputs"] == [
        {"name": "start", "shape": [3], "dtype": "float32", "gives": "values"},
        {"name": "end", "shape": [3], "dtype": "float32", "gives": "values"},
        {"name": "aux", "shape": [2], "dtype": "float32", "gives": "classes"},
    ]
    assert [(one["name"], one["shape"]) for one in plain["inputs"]] == [
        ("zeta", [3]),
        ("alpha", [5]),
        ("mid", [3]),
    ]
    said = Bundle.open(tmp_path / target).answers(dict(reversed(asked().items())))
    assert list(said) == OUTPUTS
    for name, expected in in_keras(files[kind]).items():
        assert np.abs(said[name] - expected).max() < 1e-5
    assert READ[target](tmp_path / target, kind) == (INPUTS, OUTPUTS)


def read_onnx(folder: Path, kind: str) -> Any:
    import onnxruntime

    session = onnxruntime.InferenceSession(folder / "model.onnx")
    return [one.name for one in session.get_inputs()], [one.name for one in session.get_outputs()]


def read_litert(folder: Path, kind: str) -> Any:
    """Its own lists are in order; the signature, which sorts, has the same names."""
    from ai_edge_litert.interpreter import Interpreter

    with backend.hush():
        made = Interpreter(str(folder / "model.tflite"))
        (signature,) = made.get_signature_list().values()
    assert (set(signature["inputs"]), set(signature["outputs"])) == (set(INPUTS), set(OUTPUTS))
    return [one["name"] for one in made.get_input_details()], [
        one["name"] for one in made.get_output_details()
    ]


def read_tfjs(folder: Path, kind: str) -> Any:
    held = json.loads((folder / "model.json").read_text())
    config = held["modelTopology"]["model_config"]["config"]
    names = tuple([one[0] for one in config[which]] for which in ("input_layers", "output_layers"))
    assert (held["userDefinedMetadata"]["inputs"], held["userDefinedMetadata"]["outputs"]) == names
    return names


def read_keras(folder: Path, kind: str) -> Any:
    """Dicts come back as dicts, in their order; lists by the names of their layers."""
    import keras

    network = keras.saving.load_model(folder / "model.keras")
    if kind == "dict":
        return list(network._inputs_struct), list(network.predict(asked(), verbose=0))
    return [one.name for one in network.inputs], network.output_names


def read_saved_model(folder: Path, kind: str) -> Any:
    """A signature knows no order; the file beside it does."""
    import tensorflow as tf

    signature = tf.saved_model.load(str(folder)).signatures["serving_default"]
    told = disk.read_json(folder / "assets.extra" / "receta.json")
    assert set(signature.structured_outputs) == set(told["outputs"])
    assert set(signature.structured_input_signature[1]) == set(told["inputs"])
    return told["inputs"], told["outputs"]


def read_openvino(folder: Path, kind: str) -> Any:
    openvino = pytest.importorskip("openvino")
    model = openvino.Core().read_model(folder / "model.xml")
    return [one.get_any_name() for one in model.inputs], [
        one.get_any_name() for one in model.outputs
    ]


READ = {
    "onnx": read_onnx,
    "litert": read_litert,
    "tfjs": read_tfjs,
    "keras": read_keras,
    "saved_model": read_saved_model,
    "openvino": read_openvino,
}


@pytest.mark.parametrize(
    ("kind", "name"),
    [("values", "height_and_width"), ("chosen", "kind"), ("classes", "probabilities")],
)
def test_only_what_are_probabilities_is_called_so_and_only_where_nobody_chose_a_name(
    kind, name, files, tmp_path
) -> None:
    bundle = export(files[kind], "onnx", tmp_path / "onnx")
    assert [one.name for one in bundle.outputs] == [name]
    assert read_onnx(tmp_path / "onnx", kind)[1] == [name]


def test_other_names_are_refused_in_one_line(files, tmp_path) -> None:
    bundle = export(files["dict"], "onnx", tmp_path / "onnx")
    with pytest.raises(
        InputError, match="inputs are named zeta, alpha, middle; expected zeta, alpha, mid"
    ):
        bundle.answers({"zeta": 0, "alpha": 0, "middle": 0})


def test_a_bundle_of_before_has_no_names_and_still_opens(files, tmp_path) -> None:
    bundle = export(files["classes"], "onnx", tmp_path / "onnx")
    plain = bundle.to_json()
    for key in ("outputs", "calibrated_on"):
        del plain[key]
    plain["validation"].pop("outputs")
    disk.write_json(tmp_path / "onnx" / "bundle.json", plain)
    opened = Bundle.open(tmp_path / "onnx")
    assert opened.outputs == ()
    assert opened.predict(np.zeros((2, 4), np.float32)).shape == (2, 2)


@pytest.mark.parametrize(
    ("struct", "expected"),
    [
        ({"b": 1, "a": [2, 3]}, [("b", 1), ("a_0", 2), ("a_1", 3)]),
        ([1, {"x": 2}], [("", 1), ("x", 2)]),
        (1, [("", 1)]),
    ],
)
def test_names_come_from_the_keys_in_their_own_order(struct, expected) -> None:
    assert list(naming._name_leaves(struct, "")) == expected


def test_names_that_formats_do_not_take_or_that_stand_twice_are_made_apart() -> None:
    assert [
        name for name, _ in naming._apart([("a b/c", 0), ("lstm", 1), ("lstm", 2), ("_x", 3)])
    ] == ["a_b_c", "lstm", "lstm_1", "x_x"]
    assert naming.beside(["image", "kind"], ["image"]) == ["image_out", "kind"]

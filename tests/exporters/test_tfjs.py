"""Is a whole network handed over to TensorFlow.js as it is, or refused in one line?"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tfjs_zoo
from patience import PATIENCE
from shell import receta
from tfjs_zoo import L

from receta import models
from receta.core.errors import ExportRefused, MissingExtra, RunError
from receta.core.recipe import Recipe
from receta.core.spec import of_pixels
from receta.exporters import export, tfjs
from receta.exporters.javascript import files, nodejs, proving
from receta.exporters.javascript.writer import NoTwin

ROOT = Path(__file__).resolve().parents[2]
RUNGS = [name for name in models.SHELF.names() if "images" in models.SHELF.module(name).KINDS]


pytestmark = pytest.mark.usefixtures("tfjs_asked")


def gap(model: Any, folder: Path) -> float:
    """Largest difference of the reopened files from Keras, at batch 1 and 16.

    A share of values above 1.
    """
    runtime = tfjs.opened(folder)
    inputs = proving.made_up(model, 16)
    expected = proving.answers(model, inputs)
    found = []
    for n in (1, 16):
        given = runtime([one[:n] for one in inputs])
        found.append(
            proving.distance(
                [one[:n] for one in expected], given if isinstance(given, list) else [given]
            )
        )
    return max(found)


def held(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "model.json").read_text(encoding="utf-8"))


def states() -> Any:
    """A translator: what one recurrent layer ends with, another begins with."""
    import keras

    first, second = keras.Input((6, 3), name="said"), keras.Input((4, 2), name="meant")
    _, h, c = L.LSTM(5, return_state=True)(first)
    steps = L.LSTM(5, return_sequences=True)(second, initial_state=[h, c])
    return keras.Model([first, second], [L.Dense(3)(steps), h])


def shared() -> Any:
    """Layers and a network called several times, on what they gave themselves too."""
    import keras

    inputs = keras.Input((6,))
    block = keras.Sequential(
        [keras.Input((6,)), L.Dense(5, activation="relu", name="dense"), L.Dense(6, name="out")],
        name="block",
    )
    one, other = L.Dense(6, activation="tanh", name="dense"), L.Dense(6, activation="sigmoid")
    first = one(block(inputs))
    again = one(block(first))
    return keras.Model(inputs, [L.Add()([other(again), again]), other(first)])


def several() -> Any:
    """A dictionary in, a dictionary out, and a nested network of two outputs."""
    import keras

    a, b = keras.Input((6,), name="a"), keras.Input((4,), name="b")
    inside = keras.Input((6,))
    two = keras.Model(inside, [L.Dense(3)(inside), L.Dense(4)(inside)], name="two")
    left, right = two(a)
    return keras.Model(
        {"a": a, "b": b}, {"x": L.Concatenate()([right, left, b]), "y": L.Dense(3)(b)}
    )


def of_its_own() -> Any:
    """Code in place of a graph of layers."""
    import keras

    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = L.Dense(3)

        def call(self, x: Any) -> Any:
            return self.dense(x) * 2

    inputs = keras.Input((6,))
    return keras.Model(inputs, Own()(inputs))


@pytest.mark.parametrize(
    ("network", "form"),
    [
        (states, "layers-model"),
        (shared, "layers-model"),
        (several, "layers-model"),
        (of_its_own, "graph-model"),
    ],
)
def test_layers_that_are_joined_in_any_way_say_the_same(network, form, tmp_path) -> None:
    model = tfjs_zoo.shaken(network())
    assert proving.write_network(model, tmp_path, {}) == form
    assert gap(model, tmp_path) < 1e-5


@pytest.mark.parametrize(
    "network", [tfjs_zoo.nested_small, pytest.param(tfjs_zoo.nested, marks=pytest.mark.slow)]
)
def test_a_backbone_inside_a_network_is_a_layers_model(network, tmp_path) -> None:
    model = network()
    tfjs.tfjs(model, tmp_path, {"class_names": list("abcde")})
    assert gap(model, tmp_path) < 1e-4
    assert held(tmp_path)["format"] == "layers-model"
    assert held(tmp_path)["userDefinedMetadata"] == {
        "class_names": list("abcde"),
        "proven_on": "wasm",
    }
    expected = proving.answers(model, proving.made_up(model, 16))[0]
    assert np.ptp(expected, axis=0).max() > 0.1  # answers that are all alike would prove nothing


def test_views_that_answer_together_are_a_graph(tmp_path) -> None:
    from receta.training.views import merge_views, views

    shape = (8, 8, 1)
    one = tfjs_zoo.shaken(
        tfjs_zoo.chain(
            shape,
            L.Rescaling(1 / 255),
            L.Flatten(),
            L.Dense(4, activation="softmax"),
            dtype="uint8",
        )
    )
    model = merge_views(one, views("mirror+shift", shape))
    assert proving.write_network(model, tmp_path, {}) == "graph-model"
    assert gap(model, tmp_path) < 1e-5
    with pytest.raises(NoTwin, match="has no twin in tfjs-layers"):
        proving.write_form(model, "layers-model")


def test_what_layers_say_otherwise_becomes_a_graph(tmp_path) -> None:
    """tfjs-layers repeats an output where a step is masked; Keras is asked for zeros."""
    model = tfjs_zoo.shaken(tfjs_zoo.GRAPHS["lstm that is silent where masked"]())
    assert proving.write_network(model, tmp_path, {}) == "graph-model"
    with pytest.raises(
        ExportRefused, match="layers-model: on the backend wasm it differs from Keras by"
    ):
        proving.write_network(model, tmp_path, {}, forms=("layers-model",))


def test_what_webassembly_gets_wrong_is_proven_in_javascript_and_says_so(tmp_path) -> None:
    model = tfjs_zoo.shaken(tfjs_zoo.TWINS["conv3d transposed"]())
    assert proving.write_network(model, tmp_path, {}) == "layers-model"
    assert held(tmp_path)["userDefinedMetadata"] == {"proven_on": "cpu"}
    assert gap(model, tmp_path) < 1e-5


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (
            lambda: L.Lambda(lambda x: _tensorflow().math.bessel_i0e(x)),
            r"it has no operation BesselI0e",
        ),
        (
            lambda: L.StringLookup(vocabulary=["a"]),
            r"TensorFlow.js networks take numbers, not text",
        ),
    ],
    ids=["operation", "text"],
)
def test_a_network_that_neither_format_can_hold_is_refused_in_one_line(
    layer, words, tmp_path
) -> None:
    made = layer()
    model = tfjs_zoo.chain(
        (4,), made, dtype="string" if hasattr(made, "vocabulary_size") else "float32"
    )
    said = (
        r"^TensorFlow.js cannot hold the layer \w+ \(\w+\) \(layers-model: .*; graph-model: "
        rf".*{words}[^\n]*$"
    )
    with pytest.raises(ExportRefused, match=said):
        tfjs.tfjs(model, tmp_path, {})
    assert list(tmp_path.iterdir()) == []


def _tensorflow() -> Any:
    import tensorflow

    return tensorflow


# Files


def test_weights_are_cut_into_pieces_as_tfjs_does(tmp_path) -> None:
    model = tfjs_zoo.shaken(tfjs_zoo.chain((1200,), L.Dense(1000)))
    tfjs.tfjs(model, tmp_path, {})
    names = held(tmp_path)["weightsManifest"][0]["paths"]
    assert names == ["group1-shard1of2.bin", "group1-shard2of2.bin"]
    assert [(tmp_path / name).stat().st_size for name in names] == [
        4 * 2**20,
        4 * 1201 * 1000 - 4 * 2**20,
    ]
    assert gap(model, tmp_path) < 1e-4  # sums of 1,200 terms


@pytest.mark.parametrize("form", ["layers-model", "graph-model"])
@pytest.mark.parametrize(
    ("variant", "bytes_a_weight", "most"), [("float16", 2, 2e-3), ("uint8", 1, 0.2)]
)
def test_a_variant_is_smaller_and_reopens_in_tfjs(
    variant, bytes_a_weight, most, form, tmp_path
) -> None:
    model = tfjs_zoo.shaken(
        tfjs_zoo.chain((64,), L.Dense(100, activation="tanh"), L.Dense(10, activation="softmax"))
    )
    proving.write_network(model, tmp_path, {}, variant, forms=(form,))
    assert (tmp_path / "group1-shard1of1.bin").stat().st_size == pytest.approx(
        bytes_a_weight * 7400 + 4 * 110, abs=64
    )
    assert 0 < gap(model, tmp_path) < most


def test_a_weight_in_eight_bits_keeps_its_zeros_and_its_range() -> None:
    values = np.random.default_rng(0).normal(size=(50, 40)).astype(np.float32)
    values[::3] = 0
    entry, data = files.pack("w", values, "uint8")
    told = entry["quantization"]
    again = np.frombuffer(data, np.uint8).reshape(50, 40) * np.float32(told["scale"]) + np.float32(
        told["min"]
    )
    assert np.abs(again - values).max() <= told["scale"] * 1.01
    assert np.abs(again[::3]).max() < 1e-6
    assert files.pack("w", values[0], "uint8") == (
        {"name": "w", "shape": [40], "dtype": "float32"},
        values[0].tobytes(),
    )
    assert files.pack("w", np.full((2, 2), 3, np.float32), "uint8")[1] == bytes(4)


# Anybody's files


def test_a_network_of_mixed_precision_is_handed_over_in_float32(tmp_path) -> None:
    import keras

    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = tfjs_zoo.chain(
            (9, 8, 3),
            L.Conv2D(4, 3, activation="relu"),
            L.Flatten(),
            L.Dense(3, activation="softmax"),
        )
    finally:
        keras.config.set_dtype_policy("float32")
    model.save(tmp_path / "mixed.keras")
    assert export(tmp_path / "mixed.keras", "tfjs", tmp_path / "tfjs").max_gap < 1e-5


@pytest.mark.slow
def test_anybodys_file_is_exported_from_the_command_line(tmp_path) -> None:
    tfjs_zoo.shaken(tfjs_zoo.chain((6, 3), L.GRU(5), L.Dense(3, activation="softmax"))).save(
        tmp_path / "mine.keras"
    )
    np.save(
        tmp_path / "rows.npy", np.random.default_rng(5).normal(size=(60, 6, 3)).astype(np.float32)
    )
    options = (
        "--to",
        "tfjs,tfjs:float16",
        "--out",
        tmp_path / "out",
        "--names",
        "a,b,c",
        "--json",
        "--calibrate",
        tmp_path / "rows.npy",
    )
    done = receta("export", tmp_path / "mine.keras", *options).good()
    assert [
        bundle["max_gap"] < most
        for bundle, most in zip(done.json["bundles"], (1e-5, 1e-2), strict=True)
    ] == [True, True]
    assert held(tmp_path / "out" / "tfjs")["userDefinedMetadata"]["class_names"] == ["a", "b", "c"]


def test_without_node_the_extra_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(nodejs.shutil, "which", lambda name: None)
    monkeypatch.setattr(nodejs.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        MissingExtra, match=r"Node.js, which is not installed; .*pip install 'receta\[tfjs\]'"
    ):
        tfjs.tfjs(tfjs_zoo.chain((6,), L.Dense(2)), tmp_path, {})


# The process of Node


def test_a_process_that_ends_is_one_line_and_the_next_is_another(tmp_path) -> None:
    model = tfjs_zoo.chain((6,), L.Dense(2))
    tfjs.tfjs(model, tmp_path, {})
    runtime = tfjs.opened(tmp_path)
    nodejs.find_node("wasm")._process.kill()
    with pytest.raises(
        RunError,
        match=r"Node.js ended or fell silent .* Give it more memory, or choose another target",
    ):
        runtime(np.zeros((1, 6), np.float32))
    assert gap(model, tmp_path) < 1e-5


def test_a_process_ends_with_its_object_and_forgets_models_that_nobody_holds(tmp_path) -> None:
    model = tfjs_zoo.chain((6,), L.Dense(2))
    tfjs.tfjs(model, tmp_path, {})
    node = nodejs.Node()
    process, number = node._process, node.load(tmp_path)
    node.drop(number)
    node.load(tmp_path)
    with pytest.raises(nodejs.TfjsError):
        node.predict(number, [np.zeros((1, 6), np.float32)])
    del node
    assert process.wait(timeout=PATIENCE) is not None


# The manual


def page() -> str:
    """The page of docs/exports.md."""
    return re.search(
        r"```html\n(.*?)```", (ROOT / "docs" / "exports.md").read_text(encoding="utf-8"), re.DOTALL
    )[1]


def served(page: Any, folder: Path, html: str) -> None:
    """Give a page the files of a bundle, of TensorFlow.js, and index.html, at
    http://bundle.test.
    """
    files = {path.name: path for path in [*nodejs.scripts().iterdir(), *folder.iterdir()]}

    def answer(route: Any) -> None:
        name = route.request.url.rpartition("/")[2]
        if name == "index.html":
            route.fulfill(body=html, content_type="text/html")
        elif name in files:
            route.fulfill(path=files[name])
        else:
            route.fulfill(status=404)

    page.route("http://bundle.test/**", answer)
    page.goto("http://bundle.test/index.html")


@pytest.mark.browser
def test_the_page_of_the_manual_names_a_picture(browser, bundles, digits_run, digit_files) -> None:
    opened = browser.new_page()
    served(opened, bundles["tfjs"].folder, page())
    for file in digit_files[:12:2]:
        said = receta_says(digits_run, file)
        opened.set_input_files("input", str(file))
        opened.wait_for_function(
            "file => document.querySelector('output').dataset.file === file", arg=file.name
        )
        assert opened.inner_text("output").split()[0] == said
    opened.close()


def receta_says(run: Any, file: Path) -> str:
    from receta.data import image

    height, width, channels = run.input_shape
    return run.class_names[
        int(
            run.predict(image.decode(file.read_bytes(), (height, width), channels)[None])[
                0
            ].argmax()
        )
    ]


_ASK = """async ([backend, shape, values]) => {
  tf.wasm.setWasmPaths("./");
  if (!(await tf.setBackend(backend))) throw new Error(`no ${backend}`);
  const model = await tf.loadLayersModel("model.json");
  const given = model.predict(tf.tensor(values, shape));
  return [tf.getBackend(), Array.from(await given.data())];
}"""


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("backend", ["wasm", "webgl"])
@pytest.mark.parametrize("network", ["run", "backbone"])
def test_chromium_says_what_keras_says(
    backend, network, browser, bundles, digits_run, tmp_path
) -> None:
    """WebGL in software computes in float32 as well.

    Some phones have 16 bits, which this cannot show.
    """
    if network == "run":
        folder, model = bundles["tfjs"].folder, digits_run.model()
    else:
        folder, model = tmp_path, tfjs_zoo.nested()
        tfjs.tfjs(model, folder, {})
    inputs = proving.made_up(model, 3)[0]
    opened = browser.new_page()
    served(
        opened,
        folder,
        "<script src=tf.min.js></script><script src=tf-backend-wasm.min.js></script>",
    )
    used, said = opened.evaluate(
        _ASK, [backend, list(inputs.shape), inputs.astype(float).ravel().tolist()]
    )
    opened.close()
    expected = proving.answers(model, [inputs])[0]
    assert used == backend
    assert np.abs(np.reshape(said, expected.shape) - expected).max() < 1e-4


# Rungs, and networks of keras.applications


@pytest.mark.slow
@pytest.mark.parametrize(
    "rung",
    [*(name for name in RUNGS if name != "pretrained"), "pretrained:MobileNetV2"],
)
def test_every_rung_is_a_layers_model(rung, tmp_path) -> None:
    model = models.build(
        rung,
        of_pixels((108, 120, 3) if "grey" in rung else (40, 40, 3)),
        np.array([0.6, 0.3, 0.1]),
        Recipe(weights="random"),
    )
    assert proving.write_network(model, tmp_path, {}) == "layers-model"
    assert gap(model, tmp_path) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("normalization", ["batch", "layer", "group", "none"])
def test_every_normalisation_is_a_layers_model(normalization, tmp_path) -> None:
    recipe = Recipe(normalization=normalization, stochastic_depth=0.2)
    model = tfjs_zoo.settled(
        models.build("cnn", of_pixels((16, 16, 1)), np.array([0.6, 0.3, 0.1]), recipe)
    )
    assert proving.write_network(model, tmp_path, {}) == "layers-model"
    assert gap(model, tmp_path) < 1e-5


@pytest.mark.parametrize(
    ("name", "side", "options"),
    [
        *(
            pytest.param(*network, marks=pytest.mark.slow)
            for network in [
                ("MobileNetV2", 96, {"alpha": 0.35}),
                ("MobileNetV3Small", 96, {"alpha": 0.5}),
                ("ConvNeXtTiny", 64, {}),
            ]
        ),
        *(
            pytest.param(*network, marks=pytest.mark.exhaustive)
            for network in [
                ("MobileNet", 96, {"alpha": 0.25}),
                ("EfficientNetB0", 64, {}),
                ("EfficientNetV2B0", 64, {}),
                ("Xception", 71, {}),
                ("InceptionV3", 75, {}),
                ("ResNet50V2", 64, {}),
                ("DenseNet121", 64, {}),
                ("NASNetMobile", 64, {}),
            ]
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_network_of_keras_applications_is_a_layers_model(name, side, options, tmp_path) -> None:
    import keras

    keras.utils.set_random_seed(0)
    model = getattr(keras.applications, name)(
        weights=None, input_shape=(side, side, 3), classes=10, **options
    )
    tfjs_zoo.settled(model)
    head = [layer for layer in model.layers if hasattr(layer, "kernel")][-1]
    # deep random networks magnify the rounding of Keras itself
    head.kernel.assign(head.kernel * 0.3)
    assert proving.write_network(model, tmp_path, {}) == "layers-model"
    assert gap(model, tmp_path) < 1e-4
    keras.backend.clear_session()

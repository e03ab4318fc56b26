"""Does a stranger's network file run nothing, read nothing, and stay within its bounds?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from receta import models
from receta.core.errors import InputError
from receta.models import NeedsTrust
from receta.models.loading import admission
from receta.models.loading.allowed import ALLOWED, CODE, LAYERS, NO_LAYER, NOTHING, VOCABULARY
from receta.pipeline import backend

# The names of tf_keras.layers 2.21, which need not be installed.
OF_KERAS_2 = """
    AbstractRNNCell Activation ActivityRegularization Add AdditiveAttention AlphaDropout Attention
    Average AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D
    BatchNormalization Bidirectional CategoryEncoding CenterCrop Concatenate Conv1D Conv1DTranspose
    Conv2D Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Convolution1D
    Convolution1DTranspose Convolution2D Convolution2DTranspose Convolution3D Convolution3DTranspose
    Cropping1D Cropping2D Cropping3D Dense DenseFeatures DepthwiseConv1D DepthwiseConv2D
    Discretization Dot Dropout ELU EinsumDense Embedding Flatten GRU GRUCell GaussianDropout
    GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D
    GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D
    GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization HashedCrossing
    Hashing Identity Input InputLayer InputSpec IntegerLookup LSTM LSTMCell Lambda Layer
    LayerNormalization LeakyReLU LocallyConnected1D LocallyConnected2D Masking MaxPool1D MaxPool2D
    MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D Maximum Minimum MultiHeadAttention Multiply
    Normalization PReLU Permute RNN RandomBrightness RandomContrast RandomCrop RandomFlip
    RandomHeight RandomRotation RandomTranslation RandomWidth RandomZoom ReLU RepeatVector Rescaling
    Reshape Resizing SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D
    SimpleRNN SimpleRNNCell Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D
    SpectralNormalization StackedRNNCells StringLookup Subtract TextVectorization ThresholdedReLU
    TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D Wrapper ZeroPadding1D
    ZeroPadding2D ZeroPadding3D add average concatenate deserialize dot experimental maximum minimum
    multiply serialize subtract
""".split()  # noqa: SIM905


pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")


@pytest.fixture(scope="module", autouse=True)
def started() -> None:
    backend.start()


def network(*layers: dict[str, Any]) -> dict[str, Any]:
    return {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "s", "layers": list(layers)},
    }


def layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"module": "keras.layers", "class_name": kind, "config": {"name": "it", **config}}


def refused(config: dict[str, Any], *, trusted: bool = False) -> str:
    """What is said of a configuration; nothing where it may be built."""
    try:
        admission.check(config, Path("net.keras"), trusted=trusted)
    except InputError as error:
        return str(error)
    return ""


def test_of_every_name_in_keras_layers_it_is_said_whether_it_may_be_built() -> None:
    import keras

    names = {name for name in dir(keras.layers) if not name.startswith("_")} | set(OF_KERAS_2)
    listed = [set(ALLOWED), set(CODE), set(NO_LAYER)]
    assert names - set.union(*listed) == set()
    assert sum(map(len, listed)) == len(set.union(*listed))
    for name in names & set(ALLOWED):
        assert refused(network(layer(name))) == "", name
    for name in names & set(CODE):
        assert f"holds a {name} layer, which {CODE[name]} ('it')" in refused(network(layer(name)))
        assert refused(network(layer(name)), trusted=True) == ""
    for name in names & set(NO_LAYER):
        assert NO_LAYER[name] in refused(network(layer(name)), trusted=True)


def test_what_a_layer_may_hold_is_said_of_each() -> None:
    path, within, code = (
        layer("IntegerLookup", vocabulary="words.txt"),
        layer("Dense", units=3),
        layer("Lambda"),
    )
    for name, holds in ALLOWED.items():
        said = [
            refused(network(layer(name, vocabulary="words.txt"))),
            refused(network(layer(name, layer=within))),
        ]
        assert bool(said[0]) == (holds == VOCABULARY), name
        assert bool(said[1]) == (holds != LAYERS), name
        for inner in (path, code):  # wherever it stands
            assert refused(network(layer(name, layer=inner))), name
            assert refused(network(layer(name, some={"deep": [inner]}))), name
    assert {NOTHING, VOCABULARY, LAYERS} == set(ALLOWED.values())


def test_a_path_is_refused_and_words_are_not() -> None:
    assert "reads the file '/etc/passwd' (vocabulary of the layer 'it')" in refused(
        network(layer("StringLookup", vocabulary="/etc/passwd"))
    )
    assert (
        refused(network(layer("StringLookup", vocabulary=["/etc/passwd", "../a", "http://b"])))
        == ""
    )
    assert refused(network(layer("StringLookup", vocabulary="/etc/passwd")), trusted=True) == ""
    for path in ("/a", "../a", "~/a", "file:///a", "gs://a/b", "C:\\a", "\\\\host\\a"):
        assert f"holds the path {path!r}" in refused(
            network(layer("Dense", kernel_initializer=path))
        )


def test_a_layer_of_ones_own_is_named_with_the_way_through_python(tmp_path) -> None:
    import keras

    class Scale(keras.layers.Layer):
        def build(self, shape: Any) -> None:
            self.k = self.add_weight(shape=(shape[-1],), name="k", initializer="ones")

        def call(self, x: Any) -> Any:
            return x * self.k

    registered = keras.saving.register_keras_serializable("mine")(Scale)
    made = keras.Sequential([keras.Input((5,)), registered(), keras.layers.Dense(2)])
    for name in ("own.keras", "own.h5"):
        made.save(tmp_path / name)
        assert len(models.load(tmp_path / name).layers) == 2
    known = keras.saving.get_custom_objects()
    del known["mine>Scale"]
    for name in ("own.keras", "own.h5"):
        for trust in (False, True):
            with pytest.raises(
                InputError,
                match=rf"needs 'mine>Scale', .* import the module .* receta.export\('{name}', "
                r"TARGET, FOLDER\)",
            ):
                models.load(tmp_path / name, trust=trust)


def test_a_folder_of_keras_3_is_a_network_with_its_vocabulary(tmp_path) -> None:
    import keras

    learnt = keras.layers.IntegerLookup()
    learnt.adapt(np.array([[30], [40], [50]]))
    inputs = keras.Input((1,), dtype="int32")
    made = keras.Model(inputs, keras.layers.Embedding(9, 2)(learnt(inputs)))
    keras.saving.save_model(made, tmp_path / "net", zipped=False)
    made.save(tmp_path / "net.keras")
    rows = np.array([[40], [50], [7]], np.int32)
    for name in ("net", "net.keras"):
        np.testing.assert_array_equal(models.load(tmp_path / name)(rows), made(rows))


def test_layers_that_stand_in_applications_alone_are_read(tmp_path) -> None:
    import keras
    from keras.src.applications.convnext import LayerScale, StochasticDepth

    inputs = keras.Input((4, 4, 3))
    made = keras.Model(inputs, StochasticDepth(0.1)(LayerScale(0.5, 3)(inputs)))
    made.save(tmp_path / "net.keras")
    rows = np.ones((2, 4, 4, 3), np.float32)
    np.testing.assert_array_equal(
        models.load(tmp_path / "net.keras")(rows, training=False), rows / 2
    )


def test_attention_over_too_many_places_is_refused(tmp_path) -> None:
    import keras

    inputs = keras.Input((40_000, 8))
    keras.Model(inputs, keras.layers.MultiHeadAttention(4, 2)(inputs, inputs)).save(
        tmp_path / "net.keras"
    )
    with pytest.raises(InputError, match="compares 40,000 x 40,000 x 4 values for one example"):
        models.load(tmp_path / "net.keras")


def test_a_lookup_that_learnt_its_words_is_read_from_archives_alone(tmp_path) -> None:
    import keras

    learnt = keras.layers.IntegerLookup()
    learnt.adapt(np.array([[30], [40]]))
    made = keras.Sequential([keras.Input((1,), dtype="int32"), learnt])
    made.save(tmp_path / "net.keras")
    made.save(tmp_path / "net.h5")
    assert int(
        np.asarray(models.load(tmp_path / "net.keras")(np.array([[40]], np.int32)))[0, 0]
    ) in (1, 2)
    with pytest.raises(
        InputError, match=r"has no vocabulary in it; expected one. Save the network as .keras"
    ):
        models.load(tmp_path / "net.h5")


def test_a_row_of_layers_is_built_once(tmp_path) -> None:
    import keras

    calls: list[str] = []

    @keras.saving.register_keras_serializable("counted")
    class Counted(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            calls.append(self.name)
            return x + 1

    row = [Counted(name=f"c{number}") for number in range(30)]
    keras.Sequential([keras.Input((2,)), *row, keras.layers.Dense(2)]).save(tmp_path / "net.keras")
    calls.clear()
    made = models.load(tmp_path / "net.keras")
    assert len(made.layers) == 31
    assert len(calls) <= 4 * 30  # one anew with each layer that is read would be 465


def test_what_a_file_says_of_training_is_not_made(tmp_path) -> None:
    import keras

    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    inner.compile("sgd", "mse")
    inputs = keras.Input((4,))
    made = keras.Model(inputs, inner(inputs))
    made.save(tmp_path / "net.keras")
    with zipfile.ZipFile(tmp_path / "net.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert b'"compile_config": {' in parts["config.json"]
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        for name, content in parts.items():
            archive.writestr(
                name, content.replace(b'"class_name": "SGD"', b'"class_name": "Nothing"')
            )
    assert not models.load(tmp_path / "net.keras").layers[1].compiled


def test_a_network_takes_no_more_weights_than_its_file_holds(tmp_path) -> None:
    import keras

    keras.Sequential([keras.Input((9,)), keras.layers.Dense(3, name="out")]).save(
        tmp_path / "net.keras"
    )
    with zipfile.ZipFile(tmp_path / "net.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["config.json"] = parts["config.json"].replace(b'"units": 3', b'"units": 2147483647')
    with zipfile.ZipFile(tmp_path / "wide.keras", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(
        InputError,
        match=r"take 19,327,352,823 weights and more \(at kernel, 9 x 2,147,483,647\), and it "
        r"holds 30; expected",
    ):
        models.load(tmp_path / "wide.keras")
    assert keras.layers.Dense(2)(keras.Input((3,))).shape == (None, 2)  # nothing stays watched


def test_a_nested_network_is_bounded_as_it_is_called(tmp_path) -> None:
    import keras
    from keras import layers

    inner = keras.Sequential(
        [keras.Input((None, None, 1)), layers.UpSampling2D(256), layers.GlobalAveragePooling2D()],
        name="inner",
    )
    inputs = keras.Input((512, 512, 1))
    keras.Model(inputs, inner(inputs)).save(tmp_path / "net.keras")
    with pytest.raises(
        InputError,
        match=r"puts out 131,072 x 131,072 x 1 values for one example; expected 536,870,912 at "
        r"most",
    ):
        models.load(tmp_path / "net.keras")


def test_code_asks_for_trust_under_one_type(tmp_path) -> None:
    (tmp_path / "net.json").write_text(
        json.dumps({**network(layer("Lambda")), "keras_version": "2.15.0"})
    )
    with pytest.raises(NeedsTrust):
        models.load(tmp_path / "net.json")


@pytest.mark.slow
def test_no_hostile_file_runs_reads_takes_memory_or_ends_in_a_traceback() -> None:
    place = Path(__file__).with_name("hostile.py")
    paths = os.pathsep.join(
        filter(None, (str(Path(models.__file__).parents[2]), os.environ.get("PYTHONPATH", "")))
    )
    done = subprocess.run(
        [sys.executable, str(place), "--json"],
        capture_output=True,
        text=True,
        timeout=500,
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found) > 140
    for name, one in found.items():
        assert one["said"] != "LOADED", name
        assert not one["said"].startswith("TRACEBACK"), (name, one["said"])
        assert not one["executed"], name
        assert not one["read"], name
        assert "\n" not in one["said"], name
        assert one["MB"] < 500, name

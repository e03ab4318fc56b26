"""Does every layer of Keras 2 say here what it says there? Asked where tf_keras, which is Keras 2, is installed.

It is in no extra: it brings the package tensorflow along, beside the tensorflow-cpu of the tests.
What it said of the layers that Keras 3 reads otherwise is kept in tests/models/keras2.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from receta import models
from receta.core.errors import InputError
from receta.models.loading.allowed import ALLOWED, NO_LAYER
from receta.pipeline import backend

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
SERIES, VECTOR, PICTURE, VOLUME = (8, 4), (6,), (12, 10, 3), (6, 5, 4, 2)
SPACES = {1: SERIES, 2: PICTURE, 3: VOLUME}
REFUSED = {  # at its defaults, with the words of the reason
    "Lambda": "is code",
    "LocallyConnected1D": "not in Keras 3",
    "LocallyConnected2D": "not in Keras 3",
    "ThresholdedReLU": "not in Keras 3",
    **dict.fromkeys(("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"), "has a hard_sigmoid"),
}


def plain() -> dict[str, list[tuple[tuple[int, ...], dict[str, Any]]]]:
    """Layers of one input: shapes of what goes in, and settings to try."""
    found: dict[str, list[tuple[tuple[int, ...], dict[str, Any]]]] = {}
    for axes, shape in SPACES.items():
        for kind in ("AveragePooling", "MaxPooling", "UpSampling", "ZeroPadding", "Cropping"):
            found[f"{kind}{axes}D"] = [(shape, {})]
        for kind in ("GlobalAveragePooling", "GlobalMaxPooling"):
            found[f"{kind}{axes}D"] = [(shape, {}), (shape, {"keepdims": True})]
        kernel = {"filters": 3, "kernel_size": 2}
        found[f"Conv{axes}D"] = [
            (shape, {**kernel, "padding": "same", "activation": "relu"}),
            (shape, {**kernel, "dilation_rate": 2}),
        ]
        found[f"Conv{axes}DTranspose"] = [(shape, {**kernel, "strides": 2})]
        found[f"SpatialDropout{axes}D"] = [(shape, {"rate": 0.2})]
        found[f"ConvLSTM{axes}D"] = [((3, *shape), kernel)]
        found[f"ConvLSTM{axes}D of sigmoid"] = [
            ((3, *shape), {**kernel, "recurrent_activation": "sigmoid", "return_sequences": True})
        ]
    for axes in (1, 2):
        found[f"SeparableConv{axes}D"] = [
            (SPACES[axes], {"filters": 3, "kernel_size": 2, "depth_multiplier": 2})
        ]
        found[f"DepthwiseConv{axes}D"] = [(SPACES[axes], {"kernel_size": 2, "padding": "same"})]
    for kind in ("LSTM", "GRU", "SimpleRNN"):
        found[kind] = [
            (SERIES, {"units": 3, "dropout": 0.1}),
            (SERIES, {"units": 3, "return_sequences": True, "go_backwards": True}),
        ]
    found["GRU"].append((SERIES, {"units": 3, "reset_after": False}))
    found |= {
        "Activation": [
            (VECTOR, {"activation": name})
            for name in ("relu", "gelu", "selu", "softplus", "swish", "mish", "exponential")
        ],
        "ActivityRegularization": [(VECTOR, {})],
        "AlphaDropout": [(VECTOR, {"rate": 0.1})],
        "Dropout": [(VECTOR, {"rate": 0.1})],
        "ELU": [(VECTOR, {"alpha": 0.3})],
        "Flatten": [(PICTURE, {})],
        "GaussianDropout": [(VECTOR, {"rate": 0.1})],
        "GaussianNoise": [(VECTOR, {"stddev": 0.1})],
        "Identity": [(VECTOR, {})],
        "LeakyReLU": [(VECTOR, {}), (VECTOR, {"alpha": 0.1})],
        "ReLU": [(VECTOR, {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2})],
        "PReLU": [(VECTOR, {})],
        "Softmax": [(VECTOR, {})],
        "LayerNormalization": [(PICTURE, {}), (PICTURE, {"axis": [1, 2]})],
        "BatchNormalization": [(PICTURE, {})],
        "UnitNormalization": [(VECTOR, {})],
        "GroupNormalization": [(PICTURE, {"groups": 3})],
        "Masking": [(SERIES, {})],
        "Dense": [
            (VECTOR, {"units": 3, "kernel_regularizer": "l2", "kernel_constraint": "max_norm"})
        ],
        "EinsumDense": [
            (SERIES, {"equation": "abc,cd->abd", "output_shape": (None, 5), "bias_axes": "d"})
        ],
        "Reshape": [(VECTOR, {"target_shape": (2, 3)})],
        "RepeatVector": [(VECTOR, {"n": 2})],
        "Permute": [(SERIES, {"dims": (2, 1)})],
        "Rescaling": [
            (PICTURE, {"scale": 0.5, "offset": 1.0}),
            (PICTURE, {"scale": [0.5, 2.0, 1.0], "offset": [0.0, 1.0, 2.0]}),
        ],
        "Normalization": [
            (PICTURE, {"mean": [1.0, 2.0, 3.0], "variance": [4.0, 1.0, 2.0]}),
            (PICTURE, {"axis": None, "mean": 2.0, "variance": 3.0}),
            (PICTURE, {"axis": None, "mean": 2.0, "variance": 3.0, "invert": True}),
        ],
        "Resizing": [
            (PICTURE, {"height": 7, "width": 9}),
            (PICTURE, {"height": 7, "width": 9, "crop_to_aspect_ratio": True}),
            (PICTURE, {"height": 20, "width": 9, "interpolation": "nearest"}),
        ],
        "CenterCrop": [
            (PICTURE, {"height": 7, "width": 8}),
            (PICTURE, {"height": 20, "width": 9}),
            (PICTURE, {"height": 7, "width": 7}),
        ],
        "RandomCrop": [
            (PICTURE, {"height": 7, "width": 8}),
            (PICTURE, {"height": 20, "width": 9}),
            (PICTURE, {"height": 7, "width": 7}),
        ],
        "RandomFlip": [(PICTURE, {})],
        "RandomRotation": [(PICTURE, {"factor": 0.1})],
        "RandomZoom": [(PICTURE, {"height_factor": 0.1})],
        "RandomTranslation": [(PICTURE, {"height_factor": 0.1, "width_factor": 0.1})],
        "RandomContrast": [(PICTURE, {"factor": 0.1})],
        "RandomBrightness": [(PICTURE, {"factor": 0.1})],
        "RandomHeight": [(PICTURE, {"factor": 0.1})],
        "RandomWidth": [(PICTURE, {"factor": 0.1})],
        "Discretization": [(VECTOR, {"bin_boundaries": [0.0, 1.0]})],
        "ThresholdedReLU": [(VECTOR, {})],
        "LocallyConnected1D": [(SERIES, {"filters": 2, "kernel_size": 2})],
        "LocallyConnected2D": [(PICTURE, {"filters": 2, "kernel_size": 2})],
    }
    return found


def composed(layers: Any, keras: Any) -> dict[str, list[Callable[[], Any]]]:
    """Layers of several inputs, of other layers, of whole numbers or of words."""
    series, one, two = keras.Input(SERIES), keras.Input(VECTOR), keras.Input(VECTOR)
    numbers, words, texts = (
        keras.Input((5,), dtype="int32"),
        keras.Input((3,), dtype="string"),
        keras.Input((1,), dtype="string"),
    )
    crossed = [keras.Input((1,), dtype="string"), keras.Input((1,), dtype="string")]
    cells = [layers.LSTMCell(2), layers.GRUCell(3), layers.SimpleRNNCell(2)]

    def of(inputs: Any, make: Callable[[], Any]) -> Callable[[], Any]:
        return lambda: keras.Model(inputs, make())

    found = {
        kind: [of([one, two], lambda kind=kind: getattr(layers, kind)()([one, two]))]
        for kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
    }
    found |= {
        "Dot": [of([one, two], lambda: layers.Dot(1)([one, two]))],
        "Attention": [of(series, lambda: layers.Attention(use_scale=True)([series, series]))],
        "AdditiveAttention": [of(series, lambda: layers.AdditiveAttention()([series, series]))],
        "MultiHeadAttention": [of(series, lambda: layers.MultiHeadAttention(2, 3)(series, series))],
        "Bidirectional": [
            of(series, lambda: layers.Bidirectional(layers.LSTM(3), merge_mode="sum")(series))
        ],
        "TimeDistributed": [of(series, lambda: layers.TimeDistributed(layers.Dense(2))(series))],
        "RNN": [of(series, lambda: layers.RNN(cells)(series))],
        "StackedRNNCells": [of(series, lambda: layers.RNN(layers.StackedRNNCells(cells))(series))],
        "Embedding": [
            of(
                numbers,
                lambda: layers.GlobalAveragePooling1D()(
                    layers.Embedding(20, 3, mask_zero=True)(numbers)
                ),
            )
        ],
        "CategoryEncoding": [
            of(numbers, lambda mode=mode: layers.CategoryEncoding(20, output_mode=mode)(numbers))
            for mode in ("multi_hot", "count")
        ],
        "Hashing": [of(words, lambda: layers.Hashing(7)(words))],
        "HashedCrossing": [of(crossed, lambda: layers.HashedCrossing(7)(tuple(crossed)))],
        "IntegerLookup": [of(numbers, lambda: layers.IntegerLookup(vocabulary=[1, 2, 3])(numbers))],
        "StringLookup": [of(words, lambda: layers.StringLookup(vocabulary=["a", "b"])(words))],
        "TextVectorization": [
            of(
                texts,
                lambda: layers.TextVectorization(vocabulary=["a", "b"], output_sequence_length=4)(
                    texts
                ),
            )
        ],
        "Lambda": [of(one, lambda: layers.Lambda(lambda x: x * 2)(one))],
    }
    for cell in ("LSTMCell", "GRUCell", "SimpleRNNCell"):
        found[cell] = [of(series, lambda cell=cell: layers.RNN(getattr(layers, cell)(3))(series))]
    return found


def differences(network: Any, path: Path, draw: np.random.Generator) -> float:
    """Largest difference between Keras 2 and what is loaded from its file."""
    for weight in network.weights:  # as if they were trained: no two statistics are the same
        if weight.dtype.is_floating:
            weight.assign(
                draw.uniform(0.2, 1.5, weight.shape)
                if "variance" in weight.name
                else draw.normal(0, 0.4, weight.shape)
            )
    given: list[Any] = []
    for one in network.inputs:
        shape = (3, *one.shape[1:])
        if one.dtype.name == "string":
            given.append(draw.choice(["a", "b", "c"], shape))
        else:
            given.append(
                draw.integers(0, 5, shape).astype("int32")
                if one.dtype.name == "int32"
                else draw.normal(0, 2, shape).astype("float32")
            )
    import keras

    taken = [keras.ops.convert_to_tensor(one) for one in given]
    network.save(path)
    loaded = models.load(path)
    said = np.asarray(loaded(taken if len(taken) > 1 else taken[0], training=False), np.float64)
    meant = np.asarray(network(given if len(given) > 1 else given[0], training=False), np.float64)
    assert said.shape == meant.shape
    return float(np.abs(said - meant).max())


def test_every_layer_of_keras_2_says_the_same_or_is_refused_in_words(tmp_path) -> None:
    pytest.importorskip("tf_keras", reason="it is Keras 2")
    backend.start()
    import tf_keras
    from tf_keras import layers

    cases: dict[str, list[Callable[[], Any]]] = composed(layers, tf_keras)
    for name, tries in plain().items():
        cases[name] = [
            lambda name=name, shape=shape, settings=settings: tf_keras.Sequential(
                [tf_keras.Input(shape), getattr(layers, name.partition(" ")[0])(**settings)]
            )
            for shape, settings in tries
        ]
    draw = np.random.default_rng(1)
    wrong: list[str] = []
    for name, makers in cases.items():
        for number, make in enumerate(makers):
            for suffix in (".h5", ".keras"):
                place = tmp_path / f"{name}{number}{suffix}"
                try:
                    gap = differences(make(), place, draw)
                except InputError as error:
                    if REFUSED.get(name, "?") not in str(error):
                        wrong.append(f"{place.name}: {error}")
                    continue
                if gap > 2e-5 or name in REFUSED:
                    wrong.append(f"{place.name}: {gap:g}")
    assert not wrong, "\n".join(wrong)
    real = {
        name: getattr(layers, name).__name__
        for name in dir(layers)
        if isinstance(getattr(layers, name), type)
    }
    assert {real[name] for name in real} - set(cases) - set(NO_LAYER) == {
        "InputLayer",
        "Wrapper",
        "SpectralNormalization",  # the last cannot be made beside Keras 3
    }
    assert set(real) <= set(ALLOWED) | set(NO_LAYER) | {"Lambda"}

"""Is the arithmetic of a network counted as a hand and as TensorFlow count it?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from receta import models
from receta.core.recipe import Recipe
from receta.core.spec import of_pixels
from receta.models.parts import counting
from receta.pipeline import backend

SHARES = np.array([0.6, 0.3, 0.1])


@pytest.fixture(autouse=True)
def _afresh() -> None:
    backend.start()
    backend.forget(3)


def model_of(shape: tuple[int, ...], *stack: Any) -> Any:
    import keras

    inputs = x = keras.Input(shape)
    for layer in stack:
        x = layer(x)
    return keras.Model(inputs, x)


def layer_cases() -> dict[str, tuple[tuple[int, ...], Any, int]]:
    from keras import layers

    return {
        "dense": ((7,), layers.Dense(5), 2 * 7 * 5 + 5),
        "dense without bias": ((7,), layers.Dense(5, use_bias=False), 2 * 7 * 5),
        "dense, relu": ((7,), layers.Dense(5, activation="relu"), 2 * 7 * 5 + 5 + 5),
        "dense at every place": ((4, 7), layers.Dense(5, use_bias=False), 4 * 2 * 7 * 5),
        "convolution": ((8, 9, 3), layers.Conv2D(4, 3, use_bias=False), 2 * 27 * 4 * 6 * 7),
        "convolution at every second pixel": (
            (8, 8, 3),
            layers.Conv2D(4, 3, 2, padding="same"),
            2 * 27 * 4 * 16 + 4 * 16,
        ),
        "convolution in groups": (
            (8, 8, 4),
            layers.Conv2D(6, 3, groups=2, padding="same", use_bias=False),
            2 * 9 * 2 * 6 * 64,
        ),
        "depthwise": (
            (8, 8, 3),
            layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False),
            2 * 9 * 6 * 36,
        ),
        "separable": (
            (8, 8, 3),
            layers.SeparableConv2D(5, 3, use_bias=False),
            2 * (9 * 3 + 3 * 5) * 36,
        ),
        "transposed": (
            (4, 4, 3),
            layers.Conv2DTranspose(5, 2, 2, use_bias=False),
            2 * 4 * 3 * 5 * 16,
        ),
        "einsum": ((4, 7), layers.EinsumDense("abc,cd->abd", (4, 5)), 2 * 7 * 4 * 5),
        "maximum": ((8, 8, 3), layers.MaxPooling2D(2), 4 * 4 * 3 * 4),
        "mean": ((8, 8, 3), layers.GlobalAveragePooling2D(), 192),
        "normalisation": ((8, 8, 3), layers.BatchNormalization(), 2 * 192),
        "flatten": ((8, 8, 3), layers.Flatten(), 0),
        "activation": ((8, 8, 3), layers.Activation("relu"), 192),
    }


@pytest.mark.parametrize(
    "name",
    [
        "dense",
        "dense without bias",
        "dense, relu",
        "dense at every place",
        "convolution",
        "convolution at every second pixel",
        "convolution in groups",
        "depthwise",
        "separable",
        "transposed",
        "einsum",
        "maximum",
        "mean",
        "normalisation",
        "flatten",
        "activation",
    ],
)
def test_a_layer_is_counted_as_by_hand(name: str) -> None:
    shape, layer, expected = layer_cases()[name]
    assert counting.count_flops(model_of(shape, layer)) == expected


def test_nested_models_and_shared_layers_are_counted_as_often_as_they_work() -> None:
    import keras
    from keras import layers

    inner = model_of((8, 8, 3), layers.Conv2D(4, 3, padding="same", use_bias=False))
    once = 2 * 27 * 4 * 64
    assert counting.count_flops(keras.Sequential([keras.Input((8, 8, 3)), inner])) == once
    one, other = keras.Input((8, 8, 3)), keras.Input((8, 8, 3))
    assert (
        counting.count_flops(keras.Model([one, other], layers.Add()([inner(one), inner(other)])))
        == 2 * once + 256
    )


def test_a_network_that_cannot_be_seen_into_has_no_count() -> None:
    import keras
    from keras import layers

    class Closed(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x: Any) -> Any:
            return self.dense(x)

    closed = Closed()
    closed(np.zeros((1, 4), np.float32))
    assert counting.count_flops(closed) is None
    assert counting.count_flops(model_of((4,), closed)) is None
    assert counting.count_flops(model_of((None, None, 3), layers.Conv2D(2, 3))) is None


def by_tensorflow(model: Any) -> int:
    """What TensorFlow's own profiler counts for one picture."""
    tf = pytest.importorskip("tensorflow")
    profiler = pytest.importorskip("tensorflow.python.profiler.model_analyzer")
    from tensorflow.python.profiler.option_builder import ProfileOptionBuilder

    inputs = tf.TensorSpec((1, *model.input_shape[1:]), model.inputs[0].dtype)
    graph = tf.function(lambda x: model(x, training=False)).get_concrete_function(inputs).graph
    options = (
        ProfileOptionBuilder(ProfileOptionBuilder.float_operation()).with_empty_output().build()
    )
    return int(profiler.profile(graph, options=options).total_float_ops)


@pytest.mark.parametrize(
    "rung",
    [
        "linear",
        "mlp",
        "cnn",
        "course_cnn",
        "course_simple_conv",
        "course_xception",
        "course_grey_cnn",
    ],
)
def test_rungs_are_counted_within_a_twentieth_of_tensorflows_profiler(rung: str) -> None:
    if backend.start().backend != "tensorflow":
        pytest.skip("the profiler is TensorFlow's")
    model = models.build(rung, of_pixels((36, 36, 1)), SHARES)
    assert models.count_flops(model) == pytest.approx(by_tensorflow(model), rel=0.05)


@pytest.mark.parametrize(
    "rung", [name for name in models.SHELF.names() if "images" in models.SHELF.module(name).KINDS]
)
def test_every_rung_has_a_count(rung: str) -> None:
    assert (
        models.count_flops(
            models.build(rung, of_pixels((28, 28, 3)), SHARES, Recipe(weights="random"))
        )
        is not None
    )

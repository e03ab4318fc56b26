"""Which networks must say the same in TensorFlow.js? A small one for every layer, setting and way to join layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class _Layers:
    """keras.layers, loaded when the first layer is made: tests are collected without Keras."""

    def __getattr__(self, name: str) -> Any:
        import keras

        return getattr(keras.layers, name)


L: Any = _Layers()


def chain(shape: tuple[int | None, ...], *layers: Any, dtype: str = "float32") -> Any:
    """Layers one after the other, on an input of a shape (without n)."""
    import keras

    inputs = keras.Input(shape, dtype=dtype)
    x = inputs
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x)


def joined(shapes: list[tuple[int, ...]], join: Callable[..., Any]) -> Any:
    """A network of several inputs."""
    import keras

    inputs = [keras.Input(shape) for shape in shapes]
    return keras.Model(inputs, join(*inputs))


def operated(shape: tuple[int, ...], operate: Callable[[Any, Any], Any]) -> Any:
    """A network of operations: a function of (keras.ops, input)."""
    from keras import ops

    return joined([shape], lambda x: operate(ops, x))


MAP, SERIES, VOLUME = (9, 8, 4), (6, 3), (5, 6, 4, 2)
ACTIVATIONS = (
    "relu",
    "relu6",
    "elu",
    "selu",
    "sigmoid",
    "tanh",
    "softplus",
    "softsign",
    "softmax",
    "log_softmax",
    "gelu",
    "mish",
    "silu",
    "swish",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "log_sigmoid",
    "tanh_shrink",
    "linear",
)
IN_GRAPHS = ("exponential", "celu", "squareplus", "soft_shrink", "hard_shrink", "sparse_plus")

TWINS: dict[str, Callable[[], Any]] = {
    "dense": lambda: chain((6,), L.Dense(4)),
    "dense without bias": lambda: chain((6,), L.Dense(4, use_bias=False)),
    "dense on steps": lambda: chain(SERIES, L.Dense(4, activation="relu")),
    "dense on maps": lambda: chain(MAP, L.Dense(4, activation="tanh")),
    "dense with penalties": lambda: chain(
        (6,),
        L.Dense(4, kernel_regularizer="l2", bias_regularizer="l1", kernel_constraint="max_norm"),
    ),
    "dense with a layer as activation": lambda: chain(
        (6,), L.Dense(4, activation=L.LeakyReLU(0.1)), L.Dense(3, activation="softmax")
    ),
    "conv1d": lambda: chain(SERIES, L.Conv1D(4, 3, activation="relu")),
    "conv1d same strided": lambda: chain(
        SERIES, L.Conv1D(4, 3, 2, padding="same", activation="gelu")
    ),
    "conv1d causal": lambda: chain(SERIES, L.Conv1D(4, 3, padding="causal")),
    "conv1d causal dilated": lambda: chain(
        SERIES, L.Conv1D(4, 3, padding="causal", dilation_rate=2, activation="relu")
    ),
    "conv1d causal, any length": lambda: chain(
        (None, 3), L.Conv1D(4, 2, padding="causal"), L.GlobalMaxPooling1D()
    ),
    "conv2d": lambda: chain(MAP, L.Conv2D(5, 3, activation="relu")),
    "conv2d same strided": lambda: chain(
        MAP, L.Conv2D(5, (3, 2), (2, 1), padding="same", activation="silu")
    ),
    "conv2d dilated": lambda: chain(MAP, L.Conv2D(5, 3, dilation_rate=2, use_bias=False)),
    "conv2d in groups": lambda: chain(MAP, L.Conv2D(6, 3, groups=2, activation="relu")),
    "conv2d a group a channel": lambda: chain(MAP, L.Conv2D(8, 3, groups=4, padding="same")),
    "conv3d": lambda: chain(VOLUME, L.Conv3D(3, 2, activation="relu")),
    "conv3d same strided": lambda: chain(VOLUME, L.Conv3D(3, 3, 2, padding="same")),
    "conv1d transposed": lambda: chain(
        SERIES, L.Conv1DTranspose(4, 3, 2, padding="same", activation="relu")
    ),
    "conv2d transposed": lambda: chain(MAP, L.Conv2DTranspose(4, 3, 2, activation="relu")),
    "conv2d transposed same": lambda: chain(
        MAP, L.Conv2DTranspose(4, 2, 2, padding="same", use_bias=False)
    ),
    "conv3d transposed": lambda: chain(VOLUME, L.Conv3DTranspose(3, 2, 2, padding="same")),
    "separable 1d": lambda: chain(
        SERIES, L.SeparableConv1D(4, 3, depth_multiplier=2, activation="relu")
    ),
    "separable 2d": lambda: chain(
        MAP, L.SeparableConv2D(5, 3, padding="same", depth_multiplier=2, activation="relu")
    ),
    "separable 2d strided": lambda: chain(MAP, L.SeparableConv2D(5, 3, 2, use_bias=False)),
    "separable 2d dilated": lambda: chain(MAP, L.SeparableConv2D(5, 3, dilation_rate=2)),
    "depthwise 1d": lambda: chain(SERIES, L.DepthwiseConv1D(3, depth_multiplier=2)),
    "depthwise 2d": lambda: chain(
        MAP, L.DepthwiseConv2D(3, 2, padding="same", depth_multiplier=2, activation="relu6")
    ),
    "depthwise 2d dilated": lambda: chain(
        MAP, L.DepthwiseConv2D(3, dilation_rate=2, use_bias=False)
    ),
    "max pooling 1d": lambda: chain(SERIES, L.MaxPooling1D(3, 2, padding="same")),
    "average pooling 1d": lambda: chain(SERIES, L.AveragePooling1D(2)),
    "max pooling 2d": lambda: chain(MAP, L.MaxPooling2D((3, 2), padding="same")),
    "average pooling 2d": lambda: chain(MAP, L.AveragePooling2D(3, 2, padding="same")),
    "max pooling 3d": lambda: chain(VOLUME, L.MaxPooling3D(2)),
    "average pooling 3d": lambda: chain(VOLUME, L.AveragePooling3D(2, padding="same")),
    "global average pooling 1d": lambda: chain(SERIES, L.GlobalAveragePooling1D(keepdims=True)),
    "global max pooling 1d": lambda: chain(SERIES, L.GlobalMaxPooling1D()),
    "global average pooling 2d": lambda: chain(MAP, L.GlobalAveragePooling2D()),
    "global max pooling 2d": lambda: chain(MAP, L.GlobalMaxPooling2D(keepdims=True)),
    "global average pooling 3d": lambda: chain(VOLUME, L.GlobalAveragePooling3D()),
    "global max pooling 3d": lambda: chain(VOLUME, L.GlobalMaxPooling3D(keepdims=True)),
    "batch normalisation": lambda: chain(MAP, L.BatchNormalization()),
    "batch normalisation of vectors": lambda: chain((6,), L.BatchNormalization(scale=False)),
    "batch normalisation of steps": lambda: chain(SERIES, L.BatchNormalization(center=False)),
    "batch normalisation of volumes": lambda: chain(VOLUME, L.BatchNormalization()),
    "batch normalisation along rows": lambda: chain(MAP, L.BatchNormalization(axis=1)),
    "layer normalisation": lambda: chain(SERIES, L.LayerNormalization()),
    "layer normalisation of maps": lambda: chain(
        MAP, L.LayerNormalization(axis=[1, 2, 3], epsilon=1e-5)
    ),
    "group normalisation": lambda: chain(MAP, L.GroupNormalization(2)),
    "instance normalisation": lambda: chain(MAP, L.GroupNormalization(-1, scale=False)),
    "normalisation by data": lambda: chain(
        MAP, L.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 0.5, 2.0])
    ),
    "normalisation as a whole": lambda: chain(
        MAP, L.Normalization(axis=None, mean=3.0, variance=2.0)
    ),
    "normalisation undone": lambda: chain(
        (4,), L.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 4.0, 0.5, 2.0], invert=True)
    ),
    "rescaling": lambda: chain((9, 8, 3), L.Rescaling(1 / 127.5, offset=-1), dtype="uint8"),
    "rescaling by channel": lambda: chain(
        (9, 8, 3), L.Rescaling([0.1, 0.2, 0.3], offset=[1.0, 2.0, 3.0])
    ),
    "spectral normalisation": lambda: chain(MAP, L.SpectralNormalization(L.Conv2D(3, 3))),
    "lstm": lambda: chain(SERIES, L.LSTM(5)),
    "lstm of sequences": lambda: chain(
        SERIES, L.LSTM(5, return_sequences=True, dropout=0.2, recurrent_dropout=0.1), L.LSTM(3)
    ),
    "lstm backwards": lambda: chain(
        SERIES, L.LSTM(5, go_backwards=True, return_sequences=True, use_bias=False)
    ),
    "lstm with other activations": lambda: chain(
        SERIES, L.LSTM(5, activation="relu", recurrent_activation="tanh", unroll=True)
    ),
    "lstm with its state": lambda: chain(SERIES, L.LSTM(5, return_state=True)),
    "lstm of any length": lambda: chain((None, 3), L.LSTM(5)),
    "simple rnn": lambda: chain(SERIES, L.SimpleRNN(5, return_sequences=True)),
    "gru as in Keras 1": lambda: chain(SERIES, L.GRU(5, reset_after=False, return_sequences=True)),
    "conv lstm": lambda: chain(
        (4, 6, 6, 2), L.ConvLSTM2D(3, 3, padding="same", return_sequences=True)
    ),
    **{
        f"bidirectional lstm, {mode}": lambda mode=mode: chain(
            SERIES, L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode=mode)
        )
        for mode in ("concat", "sum", "mul", "ave", None)
    },
    "bidirectional gru": lambda: chain(SERIES, L.Bidirectional(L.GRU(4, reset_after=False))),
    "bidirectional with states": lambda: chain(
        SERIES, L.Bidirectional(L.LSTM(4, return_state=True))
    ),
    "time distributed dense": lambda: chain(
        SERIES, L.TimeDistributed(L.Dense(4, activation="relu"))
    ),
    "time distributed conv": lambda: chain(
        (4, 6, 6, 2), L.TimeDistributed(L.Conv2D(3, 3)), L.TimeDistributed(L.Flatten()), L.LSTM(3)
    ),
    "time distributed pooling": lambda: chain(
        (4, 6, 6, 2),
        L.TimeDistributed(L.MaxPooling2D()),
        L.TimeDistributed(L.GlobalAveragePooling2D()),
    ),
    "embedding": lambda: chain((7,), L.Embedding(11, 4), L.Flatten(), dtype="int32"),
    "embedding with a mask": lambda: chain(
        (7,), L.Embedding(11, 4, mask_zero=True), L.LSTM(5), dtype="int32"
    ),
    "embedding with a mask, both ways": lambda: chain(
        (7,), L.Embedding(11, 4, mask_zero=True), L.Bidirectional(L.LSTM(5)), dtype="int32"
    ),
    "masking": lambda: chain(
        SERIES, L.ReLU(), L.Masking(), L.LSTM(5, return_sequences=True), L.LSTM(4)
    ),
    "add": lambda: joined([(6,)] * 3, lambda *x: L.Add()(x)),
    "add a row to a map": lambda: joined([MAP, (1, 1, 4)], lambda *x: L.Add()(x)),
    "subtract": lambda: joined([(6,)] * 2, lambda *x: L.Subtract()(x)),
    "multiply": lambda: joined([MAP, (1, 1, 4)], lambda *x: L.Multiply()(x)),
    "average": lambda: joined([(6,)] * 3, lambda *x: L.Average()(x)),
    "maximum": lambda: joined([(6,)] * 2, lambda *x: L.Maximum()(x)),
    "minimum": lambda: joined([(6,)] * 2, lambda *x: L.Minimum()(x)),
    "concatenate": lambda: joined([MAP, MAP], lambda *x: L.Concatenate()(x)),
    "concatenate rows": lambda: joined([MAP, MAP], lambda *x: L.Concatenate(axis=1)(x)),
    "dot": lambda: joined([(6,), (6,)], lambda *x: L.Dot(axes=1)(x)),
    "dot normalised": lambda: joined(
        [SERIES, SERIES], lambda *x: L.Dot(axes=(2, 2), normalize=True)(x)
    ),
    "reshape": lambda: chain(MAP, L.Reshape((-1, 8))),
    "permute": lambda: chain(MAP, L.Permute((3, 1, 2))),
    "repeat vector": lambda: chain((6,), L.RepeatVector(3)),
    "flatten": lambda: chain(MAP, L.Flatten()),
    "flatten a vector": lambda: chain((6,), L.Flatten(), L.Dense(2)),
    "zero padding 1d": lambda: chain(SERIES, L.ZeroPadding1D((1, 2))),
    "zero padding 2d": lambda: chain(MAP, L.ZeroPadding2D(((1, 2), (0, 3)))),
    "zero padding 3d": lambda: chain(VOLUME, L.ZeroPadding3D(((1, 0), (2, 1), (0, 1)))),
    "cropping 1d": lambda: chain(SERIES, L.Cropping1D((1, 2))),
    "cropping 2d": lambda: chain(MAP, L.Cropping2D(((1, 2), (0, 3)))),
    "cropping 3d": lambda: chain(VOLUME, L.Cropping3D(((1, 0), (2, 1), (0, 1)))),
    "up-sampling 1d": lambda: chain(SERIES, L.UpSampling1D(3)),
    "up-sampling 2d": lambda: chain(MAP, L.UpSampling2D((2, 3))),
    "up-sampling 2d, bilinear": lambda: chain(MAP, L.UpSampling2D(2, interpolation="bilinear")),
    "up-sampling 3d": lambda: chain(VOLUME, L.UpSampling3D((1, 2, 3))),
    **{
        f"resizing, {how}": lambda how=how: chain(MAP, L.Resizing(13, 5, interpolation=how))
        for how in ("bilinear", "nearest", "bicubic")
    },
    "resizing smoothed": lambda: chain(MAP, L.Resizing(4, 4, antialias=True)),
    "centre crop": lambda: chain(MAP, L.CenterCrop(4, 5)),
    "relu with a limit": lambda: chain(MAP, L.ReLU(max_value=0.5)),
    "relu with a slope": lambda: chain(MAP, L.ReLU(negative_slope=0.2)),
    "leaky relu": lambda: chain(MAP, L.LeakyReLU(0.15)),
    "prelu": lambda: chain(MAP, L.PReLU(shared_axes=[1, 2])),
    "prelu of vectors": lambda: chain((6,), L.PReLU()),
    "elu": lambda: chain(MAP, L.ELU()),
    "softmax of channels": lambda: chain(MAP, L.Softmax()),
    "softmax of places": lambda: chain(MAP, L.Softmax(axis=[1, 2])),
    "what acts in training alone": lambda: chain(
        (9, 8, 3),
        L.RandomFlip(),
        L.RandomRotation(0.2),
        L.GaussianNoise(0.1),
        L.SpatialDropout2D(0.2),
        L.Conv2D(3, 3),
        L.BatchNormalization(),
        L.GaussianDropout(0.1),
        L.AlphaDropout(0.1),
        L.ActivityRegularization(0.1),
        L.Identity(),
        L.Dropout(0.3),
    ),
    **{
        f"activation {name}": lambda name=name: chain(
            (6,), L.Dense(6, activation=name), L.Activation(name)
        )
        for name in ACTIVATIONS
    },
    "operations with numbers": lambda: operated(
        (6,), lambda ops, x: 3.0 - (2.0 * x / 4.0 + 1.0) - 0.5
    ),
    "operations with arrays": lambda: operated(
        MAP, lambda ops, x: (x - np.arange(4.0)) * np.linspace(1, 2, 4).astype("float32")
    ),
    "operations of tensors": lambda: joined([(6,), (6,)], lambda x, y: -(x + y * x) - y**2),
    "operations on maps": lambda: operated(
        MAP,
        lambda ops, x: ops.mean(
            ops.relu(ops.pad(x, ((0, 0), (1, 1), (2, 0), (0, 0)))), axis=(1, 2)
        ),
    ),
    "operations on channels": lambda: operated(
        MAP, lambda ops, x: ops.concatenate([ops.sum(x, axis=-1, keepdims=True), x], axis=-1)
    ),
    "operations that turn": lambda: operated(
        MAP, lambda ops, x: ops.reshape(ops.transpose(x, (0, 3, 1, 2)), (-1, 36, 8))
    ),
    "operations that cut": lambda: operated(
        MAP, lambda ops, x: ops.max(ops.clip(x[:, 1:-1, 2:], -0.5, 0.7), axis=(1, 2))
    ),
    "operations that bend": lambda: operated(
        (6,),
        lambda ops, x: ops.softmax(
            ops.gelu(x, approximate=True) + ops.hard_silu(x) + ops.leaky_relu(x)
        ),
    ),
    "grey of colours": lambda: operated(
        (9, 8, 3),
        lambda ops, x: ops.sum(L.Rescaling((0.299, 0.587, 0.114))(x), axis=-1, keepdims=True),
    ),
}

GRAPHS: dict[str, Callable[[], Any]] = {
    "gru": lambda: chain(SERIES, L.GRU(5, return_sequences=True), L.GRU(3)),
    "bidirectional gru of Keras 3": lambda: chain(SERIES, L.Bidirectional(L.GRU(4)), L.Dense(2)),
    "lstm with another sigmoid": lambda: chain(
        SERIES, L.LSTM(5, recurrent_activation="hard_sigmoid")
    ),
    "multi-head attention": lambda: joined([SERIES], lambda x: L.MultiHeadAttention(2, 4)(x, x)),
    "attention": lambda: joined([SERIES, SERIES], lambda x, y: L.Attention()([x, y])),
    "additive attention": lambda: joined(
        [SERIES, SERIES], lambda x, y: L.AdditiveAttention()([x, y])
    ),
    "einsum dense": lambda: chain(
        SERIES, L.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d")
    ),
    "unit normalisation": lambda: chain((6,), L.UnitNormalization()),
    "rms normalisation": lambda: chain(SERIES, L.RMSNormalization()),
    "relu with a threshold": lambda: chain((6,), L.ReLU(threshold=0.3)),
    "elu with alpha": lambda: chain((6,), L.ELU(0.5)),
    "adaptive pooling": lambda: chain((8, 8, 4), L.AdaptiveAveragePooling2D((2, 2))),
    "pooled under a mask": lambda: chain(
        (7,), L.Embedding(11, 4, mask_zero=True), L.GlobalAveragePooling1D(), dtype="int32"
    ),
    "several steps a time": lambda: chain(
        (4, 6, 6, 2), L.TimeDistributed(L.Conv2D(3, 3, activation="hard_silu"))
    ),
    "category encoding": lambda: chain(
        (3,), L.CategoryEncoding(5, output_mode="multi_hot"), dtype="int32"
    ),
    "lstm that is silent where masked": lambda: chain(
        SERIES, L.ReLU(), L.Masking(), L.LSTM(5, return_sequences=True, zero_output_for_mask=True)
    ),
    "a function of its own": lambda: chain((6,), L.Lambda(lambda x: x * 2 + 1), L.Dense(3)),
    "batches joined": lambda: operated(
        (6,),
        lambda ops, x: ops.mean(ops.reshape(ops.concatenate([x, -x], axis=0), (2, -1, 6)), axis=0),
    ),
    "sines": lambda: operated(
        (6,), lambda ops, x: ops.sin(x) + ops.exp(-ops.abs(x)) + ops.sqrt(ops.abs(x) + 1)
    ),
    "one place": lambda: operated(SERIES, lambda ops, x: x[:, -1, :] + x[:, 0, :]),
    **{
        f"activation {name}": lambda name=name: chain((6,), L.Dense(6, activation=name))
        for name in IN_GRAPHS
    },
}


# a fault of the WebAssembly backend of tfjs 4.22; the others are right
CPU_ALONE = {"conv3d transposed"}


def shaken(model: Any, seed: int = 0) -> Any:
    """The model with other weights than those it was made with: biases, means and gains of new
    layers hide faults.
    """
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if not str(weight.dtype).startswith(("float", "bfloat")):
            continue
        values = rng.normal(scale=0.4, size=weight.shape)
        weight.assign(
            np.abs(values) + 0.5 if "variance" in weight.path or "gamma" in weight.path else values
        )
    return model


def settled(model: Any) -> Any:
    """The model with means and variances of real activations: with those of new layers all
    answers are alike.
    """
    from receta.exporters.javascript import proving

    for layer in model._flatten_layers():
        if type(layer).__name__ == "BatchNormalization":
            layer.momentum = 0.0
    for _ in range(2):
        model(proving.made_up(model, 16)[0], training=True)
    return model


def nested(backbone: Any = None, spread: float = 0.1) -> Any:
    """A backbone inside a network, as transfer learning makes it: MobileNetV2 without another."""
    import keras

    keras.utils.set_random_seed(1)
    backbone = backbone or keras.applications.MobileNetV2(
        weights=None, alpha=0.35, include_top=False, input_shape=(96, 96, 3)
    )
    inputs = keras.Input(backbone.input_shape[1:], dtype="uint8", name="pixels")
    x = L.RandomFlip()(L.Rescaling(1 / 127.5, offset=-1)(inputs))
    x = L.Dropout(0.2)(L.GlobalAveragePooling2D()(backbone(x)))
    head = L.Dense(
        5, activation="softmax", kernel_initializer=keras.initializers.RandomNormal(stddev=spread)
    )
    return settled(keras.Model(inputs, head(x)))


def nested_small() -> Any:
    """The same of a few layers."""
    import keras

    keras.utils.set_random_seed(1)
    block = keras.Sequential(
        [keras.Input((16, 16, 4)), L.SeparableConv2D(8, 3), L.BatchNormalization(), L.ReLU(6.0)],
        name="block",
    )
    body = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            L.Conv2D(4, 3, padding="same"),
            block,
            L.Conv2D(16, 3, activation="relu"),
        ]
    )
    return nested(body, spread=10.0)

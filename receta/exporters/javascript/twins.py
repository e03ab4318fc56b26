"""What does each layer of Keras 3 say in the words of tfjs-layers?

A rule takes (writer, layer, its input or inputs, the shape of its output or outputs) and
gives what the layer gives. The name of the rule's entry is the name of the Keras layer.
Differences between the two were found in the sources of tfjs-layers 4.22.
"""

from __future__ import annotations

from typing import Any

from receta.exporters.javascript.activations import name_activation
from receta.exporters.javascript.convolutions import CONVOLUTIONS
from receta.exporters.javascript.normalisations import NORMALISATIONS
from receta.exporters.javascript.recurrent import RECURRENT
from receta.exporters.javascript.shapes import SHAPES, add_scale
from receta.exporters.javascript.writer import (
    NoTwin,
    Rule,
    Shape,
    Tensor,
    Words,
    Writer,
    as_tuple,
    weights_of,
)


def _dense(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    activation, after = name_activation(layer.activation)
    x = writer.layer(
        layer,
        Words(
            "Dense",
            {"units": layer.units, "use_bias": layer.use_bias, "activation": activation},
            weights_of(layer, "kernel", "bias"),
        ),
        x,
        shape,
    )
    return after(writer, layer, x)


# The rest


def _embedding(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    config = {
        "input_dim": layer.input_dim,
        "output_dim": layer.output_dim,
        "mask_zero": layer.mask_zero,
    }
    return writer.layer(
        layer, Words("Embedding", config, weights_of(layer, "embeddings")), x, shape
    )


def _merge(writer: Writer, layer: Any, x: Any, shape: Shape) -> Tensor:
    return writer.layer(layer, Words(type(layer).__name__), x, shape)


def _subtract(writer: Writer, layer: Any, x: Any, shape: Shape) -> Tensor:
    return writer.layer(
        layer, Words("Add"), [x[0], add_scale(writer, layer, x[1], -1.0, 0.0, "minus")], shape
    )


def _concatenate(writer: Writer, layer: Any, x: Any, shape: Shape) -> Tensor:
    return writer.layer(layer, Words("Concatenate", {"axis": layer.axis % len(shape)}), x, shape)


def _dot(writer: Writer, layer: Any, x: Any, shape: Shape) -> Tensor:
    if any(len(one.shape) > 3 for one in x):
        raise NoTwin("tfjs multiplies three axes at most")
    given = layer.axes if isinstance(layer.axes, (list, tuple)) else [layer.axes] * 2
    axes = [axis % len(one.shape) for axis, one in zip(given, x, strict=True)]
    return writer.layer(layer, Words("Dot", {"axes": axes, "normalize": layer.normalize}), x, shape)


def _activation(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    activation, after = name_activation(layer.activation)
    if activation == "linear":
        return after(writer, layer, x)
    return writer.layer(layer, Words("Activation", {"activation": activation}), x, shape)


def _relu(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    if layer.threshold:
        raise NoTwin("tfjs knows no threshold other than 0 here")
    if layer.negative_slope and layer.max_value is not None:
        raise NoTwin("tfjs knows no slope below 0 together with a largest value")
    if layer.negative_slope:
        return writer.layer(
            layer, Words("LeakyReLU", {"alpha": float(layer.negative_slope)}), x, shape
        )
    return writer.layer(
        layer,
        Words("ReLU", {} if layer.max_value is None else {"max_value": float(layer.max_value)}),
        x,
        shape,
    )


def _leaky_relu(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return writer.layer(layer, Words("LeakyReLU", {"alpha": float(layer.negative_slope)}), x, shape)


def _elu(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    if layer.alpha != 1:
        raise NoTwin("tfjs knows ELU with alpha=1 alone")
    return writer.layer(layer, Words("ELU"), x, shape)


def _prelu(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return writer.layer(
        layer,
        Words(
            "PReLU",
            {"shared_axes": list(layer.shared_axes) if layer.shared_axes else None},
            weights_of(layer, "alpha"),
        ),
        x,
        shape,
    )


def _softmax(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    axes = [axis % len(shape) for axis in as_tuple(layer.axis)]
    return writer.layer(
        layer, Words("Softmax", {"axis": axes[0] if len(axes) == 1 else axes}), x, shape
    )


def _masking(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    return writer.layer(layer, Words("Masking", {"mask_value": float(layer.mask_value)}), x, shape)


def _same(writer: Writer, layer: Any, x: Any, shape: Shape) -> Any:
    """What acts in training alone, or not at all."""
    return x


def _spectral(writer: Writer, layer: Any, x: Tensor, shape: Shape) -> Tensor:
    rule = TWINS.get(type(layer.layer).__name__)
    if rule is None:
        raise NoTwin(f"{type(layer.layer).__name__} inside it has none")
    given: Tensor = rule(writer, layer.layer, x, shape)
    return given


_ONLY_IN_TRAINING = (
    "Dropout",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
    "Identity",
    "StochasticDepth",
    "RandomFlip",
    "RandomRotation",
    "RandomZoom",
    "RandomTranslation",
    "RandomShear",
    "RandomPerspective",
    "RandomElasticTransform",
    "RandomBrightness",
    "RandomContrast",
    "RandomHue",
    "RandomSaturation",
    "RandomSharpness",
    "RandomColorJitter",
    "RandomGrayscale",
    "RandomColorDegeneration",
    "RandomInvert",
    "RandomPosterization",
    "RandomErasing",
    "RandomGaussianBlur",
    "RandAugment",
    "AugMix",
    "MixUp",
    "CutMix",
)

TWINS: dict[str, Rule] = {
    "Dense": _dense,
    "SpectralNormalization": _spectral,
    "Embedding": _embedding,
    "Masking": _masking,
    "Add": _merge,
    "Multiply": _merge,
    "Average": _merge,
    "Maximum": _merge,
    "Minimum": _merge,
    "Subtract": _subtract,
    "Concatenate": _concatenate,
    "Dot": _dot,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "ELU": _elu,
    "PReLU": _prelu,
    "Softmax": _softmax,
    **dict.fromkeys(_ONLY_IN_TRAINING, _same),
    **CONVOLUTIONS,
    **NORMALISATIONS,
    **SHAPES,
    **RECURRENT,
}

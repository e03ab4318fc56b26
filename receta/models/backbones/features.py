"""How does a backbone become a network from raw pixels to features?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.errors import InputError, UnknownName
from receta.core.recipe import Recipe
from receta.models.backbones import catalog
from receta.models.backbones.cutting import cut
from receta.models.backbones.halves import BACKBONE, FEATURES, is_foreign
from receta.models.backbones.table import BACKBONES
from receta.models.backbones.weights import load_known, load_saved
from receta.models.parts import graphs

if TYPE_CHECKING:
    import keras

# Means and deviations of ImageNet, as keras.applications.imagenet_utils takes them away.
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_MEAN_BGR = (103.939, 116.779, 123.68)


def compute_features(
    input_shape: tuple[int, int, int], recipe: Recipe, name: str
) -> tuple[Any, Any]:
    """(uint8 pixels (n, h, w, c), features (n, width)) as tensors of a graph.

    Raises as `pretrained` does.
    """
    import keras
    from keras import layers

    choice = catalog.resolve(name, recipe.weights)
    scaling: Any
    network: Any
    inputs = keras.Input(input_shape, dtype="uint8", name="pixels")
    height, width, channels = input_shape
    if choice.kind == "keras":
        height, width = catalog.inside(choice, height, width)
        network, scaling = (
            cut(load_known(choice, (height, width, 3)), choice),
            BACKBONES[choice.name].scaling,
        )
        wanted = 3
    elif choice.kind == "file":
        network = cut(load_saved(choice), choice)
        shape = network.input_shape
        height, width = shape[1] or height, shape[2] or width
        wanted, scaling = shape[3] or channels, "inside" if graphs.has_scaling(network) else "unit"
    else:
        from receta.models.backbones import hub

        network, (height, width), scaling = hub.network(
            choice, input_shape, learning=recipe.fine_tune not in (None, 0)
        )
        wanted = 3
    x = layers.Rescaling(1.0, name="floats")(inputs)
    if (height, width) != input_shape[:2]:
        x = layers.Resizing(height, width, interpolation="bilinear", name="enlarge")(x)
    x = _change_channels(x, channels, wanted)
    if choice.kind == "file" and network.inputs[0].dtype == "uint8":
        x = _whole_numbers(x)
    else:
        x = _scale(x, scaling)
    # With statistics of its own a batch normalisation is used as it was learnt, in training too.
    x = (
        network(x)
        if choice.weights == "random" and choice.kind == "keras"
        else network(x, training=False)
    )
    if isinstance(x, dict):  # what a SavedModel gives: the first of its outputs
        x = x[min(x)]
    if len(x.shape) == 4:
        x = layers.GlobalAveragePooling2D(name="mean")(x)
    elif len(x.shape) == 3:
        x = layers.GlobalAveragePooling1D(name="mean")(x)
    elif len(x.shape) != 2:
        raise UnknownName(
            f"pretrained:{name} gives values of shape {x.shape[1:]}; expected maps or rows of "
            "features. Cut it elsewhere."
        )
    return inputs, layers.Activation("linear", dtype="float32", name=FEATURES)(x)


def thaw(model: keras.Model, layers_on_top: int | str) -> None:
    """Let the topmost layers of the backbone learn; batch normalisation never does.

    layers_on_top: how many, or "all". A backbone of random weights learns as a whole.
    """
    from keras import layers

    if is_foreign(model):  # it is thawed where it is loaded
        return
    backbone = model.get_layer(BACKBONE)
    inner = list(backbone.layers)
    learning = len(inner) if layers_on_top == "all" else min(int(layers_on_top), len(inner))
    backbone.trainable = learning > 0
    fixed = model.inputs is not None and _used_as_learnt(model)
    for position, layer in enumerate(inner):
        normalises = isinstance(layer, layers.BatchNormalization)
        layer.trainable = position >= len(inner) - learning and not (normalises and fixed)


def _used_as_learnt(model: keras.Model) -> bool:
    """Whether the backbone is called with the statistics it brought along."""
    node = model.get_layer(BACKBONE)._inbound_nodes[-1]
    return node.arguments.kwargs.get("training") is False


def _scale(x: Any, scaling: Any) -> Any:
    """Floats 0..255 in red, green, blue -> what the backbone was trained on.

    Scaling is a name or a layer.
    """
    from keras import layers

    if isinstance(scaling, layers.Layer):
        return scaling(x)
    if scaling == "tf":
        return layers.Rescaling(1 / 127.5, offset=-1.0, name="scale")(x)
    if scaling == "lite":
        return layers.Rescaling(1 / 128, offset=-127 / 128, name="scale")(x)
    if scaling == "unit":
        return layers.Rescaling(1 / 255, name="scale")(x)
    if scaling == "torch":
        scale = [1 / (255 * std) for std in _STD]
        offset = [-mean / std for mean, std in zip(_MEAN, _STD, strict=True)]
        return layers.Rescaling(scale, offset=offset, name="scale")(x)
    # blue first: a convolution that exchanges channels is a plain layer in every export
    if scaling == "caffe":
        swap = layers.Conv2D(
            3, 1, use_bias=True, trainable=False, dtype="float32", name="blue_first"
        )
        swapped = swap(x)
        swap.set_weights(
            [np.eye(3, dtype=np.float32)[::-1][None, None], -np.array(_MEAN_BGR, np.float32)]
        )
        return swapped
    return x


def _change_channels(x: Any, channels: int, wanted: int) -> Any:
    from keras import layers

    if channels == wanted:
        return x
    if channels == 1:
        return layers.Concatenate(name="three_channels")([x] * wanted)
    if wanted == 1:  # the weights of image.py, those of BT.601
        grey = layers.Conv2D(1, 1, use_bias=False, trainable=False, dtype="float32", name="grey")
        mixed = grey(x)
        grey.set_weights([np.array([0.299, 0.587, 0.114], np.float32).reshape(1, 1, 3, 1)])
        return mixed
    raise InputError(
        f"the network takes {wanted} channels; expected 1 or 3, as pictures have. Name another one."
    )


def _whole_numbers(x: Any) -> Any:
    from keras import ops

    return ops.cast(ops.round(x), "uint8")


# The backbones themselves.


# Weights from the internet.

"""How does a backbone become a network from raw pixels to features?"""

from __future__ import annotations

import contextlib
import io
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np

from receta.core import trust
from receta.core.errors import InputError, RunError, UnknownName
from receta.core.recipe import Recipe
from receta.core.registry import nearest
from receta.models import _arrays, _backbones, _lite, _loading, _torch_file, foreign
from receta.models._backbones import BACKBONES, Choice

if TYPE_CHECKING:
    import keras

FEATURES = "features"  # name of the layer whose output the head takes
BACKBONE = "backbone"
_SILENT_S = 15.0  # a server that says nothing for so long is not there
# Means and deviations of ImageNet, as keras.applications.imagenet_utils takes them away.
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_MEAN_BGR = (103.939, 116.779, 123.68)


def features(input_shape: tuple[int, int, int], recipe: Recipe, name: str) -> tuple[Any, Any]:
    """(uint8 pixels (n, h, w, c), features (n, width)) as tensors of a graph.

    Raises as `pretrained` does.
    """
    import keras
    from keras import layers

    choice = _backbones.resolve(name, recipe.weights)
    scaling: Any
    network: Any
    inputs = keras.Input(input_shape, dtype="uint8", name="pixels")
    height, width, channels = input_shape
    if choice.kind == "keras":
        height, width = _backbones.inside(choice, height, width)
        network, scaling = (
            cut(_known(choice, (height, width, 3)), choice),
            BACKBONES[choice.name].scaling,
        )
        wanted = 3
    elif choice.kind == "file":
        network = cut(_saved(choice), choice)
        shape = network.input_shape
        height, width = shape[1] or height, shape[2] or width
        wanted, scaling = shape[3] or channels, "inside" if _loading.scales(network) else "unit"
    else:
        from receta.models import _hub

        network, (height, width), scaling = _hub.network(
            choice, input_shape, learning=recipe.fine_tune not in (None, 0)
        )
        wanted = 3
    x = layers.Rescaling(1.0, name="floats")(inputs)
    if (height, width) != input_shape[:2]:
        x = layers.Resizing(height, width, interpolation="bilinear", name="enlarge")(x)
    x = _coloured(x, channels, wanted)
    if choice.kind == "file" and network.inputs[0].dtype == "uint8":
        x = _whole_numbers(x)
    else:
        x = _scaled(x, scaling)
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

    if foreign(model):  # it is thawed where it is loaded
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


def _scaled(x: Any, scaling: Any) -> Any:
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


def _coloured(x: Any, channels: int, wanted: int) -> Any:
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


def _known(choice: Choice, shape: tuple[int, int, int]) -> keras.Model:
    """A network of keras.applications, or our own, without its classifier, with its weights."""
    import keras

    ours = choice.name == _backbones.PACKAGED
    make: Any = _lite.network if ours else getattr(keras.applications, choice.name)
    least = BACKBONES[choice.name].least
    if min(shape[:2]) < least:
        raise InputError(
            f"{choice.name} takes pictures of {least} pixels a side at least, not {shape[0]} x "
            f"{shape[1]}."
        )
    plain = {"include_top": False, "input_shape": shape, "name": BACKBONE, **choice.variant}
    if choice.weights == "random":
        return make(weights=None, **plain)
    if choice.weights == "imagenet" and not ours:
        return _downloaded(choice, lambda: make(weights="imagenet", **plain))
    network = make(weights=None, **plain)
    path = _packaged() if choice.weights == "imagenet" else Path(choice.weights)
    try:
        if _torch_file.is_torch(path):
            _lite.fill(network, path)
            return network
        with _arrays.named_as_written(path) as named:
            if named.suffix == ".keras":
                _copied(_saved(Choice("file", str(named), path=named)), network)
            elif _has_top(choice, path):
                whole = make(weights=None, include_top=True, **choice.variant)
                whole.load_weights(named)
                _copied(whole, network)
            else:
                network.load_weights(named)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise InputError(
            f"{path} does not fit {choice.name} ({str(error).strip().splitlines()[0][:120]}); "
            "expected its weights. "
            f"Give another file with --weights."
        ) from error
    return network


def _packaged() -> Path:
    """The file of weights that comes with a package."""
    path = _lite.packaged()
    if path is None:
        raise _lite.missing()
    return path


def _has_top(choice: Choice, path: Path) -> bool:
    *held, _ = _arrays.kernels(path)
    return any(held == figures[2:] for _, *figures, _ in BACKBONES[choice.name].kernels)


def _copied(source: keras.Model, target: keras.Model) -> None:
    """Take the first weights of a network over: those of its classifier come last."""
    given = [weight for layer in source.layers for weight in layer.get_weights()]
    wanted = target.get_weights()
    if [array.shape for array in given[: len(wanted)]] != [array.shape for array in wanted]:
        raise ValueError("its arrays have other shapes")
    target.set_weights(given[: len(wanted)])


def _saved(choice: Choice) -> keras.Model:
    """Somebody's own network from a file, in safe mode.

    None may bring code along, since a run must load anywhere.
    """
    try:
        return _loading.network(choice.path)
    except InputError as error:
        instead = "Replace it by Rescaling or operations of keras.ops, and save the network anew."
        raise InputError(str(error).replace(trust.ADVICE, instead)) from error


def cut(network: keras.Model, choice: Choice) -> keras.Model:
    """The network up to the named layer, or without its softmax layer, its layers one by one
    (`unnested`).

    Raises UnknownName with the nearest layer, InputError when it takes no single picture.
    """
    import keras
    from keras import layers

    if len(network.inputs) != 1 or len(network.inputs[0].shape) != 4:
        raise InputError(
            f"{choice.name} takes {len(network.inputs)} inputs; expected a network that takes "
            "one picture. Name another."
        )
    # before layers of the same name, deeper inside, make a name of them
    outer = _made_by_layers(network)
    flat = _loading.unnested(network)
    if choice.layer:
        made = {**_made_by_layers(flat), **outer}  # a nested network is a name too
        if choice.layer not in made:
            names = [layer.name for layer in flat.layers]
            raise UnknownName(
                f"layer '{choice.layer}' is not in {choice.name}; expected one of its "
                f"{len(names)} layers "
                f"({', '.join(names[-3:])} are the last).{nearest(choice.layer, list(made))}"
            )
        return _loading.unnested(keras.Model(network.inputs[0], made[choice.layer], name=BACKBONE))
    if choice.kind == "keras":
        return network
    node = _origin(flat.outputs[0])
    while isinstance(node.operation, (layers.Activation, layers.Softmax, layers.Dropout)):
        node = _origin(node.input_tensors[0])
    body = node.input_tensors[0] if isinstance(node.operation, layers.Dense) else flat.outputs[0]
    return keras.Model(flat.inputs[0], body, name=BACKBONE)


def _origin(tensor: Any) -> Any:
    """The node of the graph that made a tensor.

    A layer that stands in several graphs has one in each.
    """
    operation, place, _ = tensor._keras_history
    return operation._inbound_nodes[place]


def _made_by_layers(network: keras.Model) -> dict[str, Any]:
    """What each layer of a graph puts out, by its name."""
    return {
        node.operation.name: node.outputs[0]
        for nodes in _loading.graph(network)._nodes_by_depth.values()
        for node in nodes
    }


# Weights from the internet.


def _downloaded(choice: Choice, make: Callable[[], keras.Model]) -> keras.Model:
    """Let Keras fetch its weights, quietly and with a time-out; RunError names the file."""
    said, before = io.StringIO(), socket.getdefaulttimeout()
    socket.setdefaulttimeout(_SILENT_S)
    try:
        with contextlib.redirect_stdout(said):  # its words and its bar would stand in our output
            return make()
    except Exception as error:
        words = f"{said.getvalue()} {error}".split()
        address = next(
            (word.rstrip(":,.") for word in words if word.startswith(("http://", "https://"))), ""
        )
        file = urlsplit(address).path.rpartition("/")[2]
        if not address:  # what it has fetched before does not fit
            raise RunError(
                f"the weights that Keras keeps of {choice.name} cannot be used "
                f"({str(error).strip().splitlines()[0][:120]}); expected "
                f"whole ones. Delete them in ~/.keras/models, or name a file with --weights."
            ) from error
        why = (
            (str(error).strip() or type(error).__name__).splitlines()[0].rpartition(" -- ")[2][:120]
        )
        raise RunError(
            f"the weights of {choice.name} cannot be fetched ({why}); expected {file}, to be had "
            f"at {address}. "
            f"Fetch it where there is a connection, then name it with --weights {file}."
        ) from error
    finally:
        socket.setdefaulttimeout(before)

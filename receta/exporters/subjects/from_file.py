"""How is anybody's network from a file made ready to be handed over?"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import receta
from receta import models
from receta.core.errors import InputError
from receta.exporters.evidence import input_scales, made_up
from receta.exporters.parity.answers import gives
from receta.exporters.parity.evidence import SOME, Evidence, as_list
from receta.exporters.subjects import naming
from receta.exporters.subjects.subject import Subject, make_inference, outputs_of
from receta.pipeline import backend
from receta.predictors.described import Input

if TYPE_CHECKING:
    from keras import Model


SCALES = {"0..255": (1.0, 0.0), "0..1": (1 / 255, 0.0), "-1..1": (1 / 127.5, -1.0)}


_WORDS = 10  # of an input of whole numbers whose meaning nothing tells


def of_file(
    path: Path,
    names: Sequence[str] = (),
    *,
    pixels: str | None = None,
    logits: bool = False,
    trust: bool = False,
) -> Subject:
    """Anybody's network from a file, compared on smooth patterns that are made up.

    names: of its classes; two for the one output of a network that tells two classes apart,
    the second being what it gives the probability of. pixels: the values that it was trained
    on ("0..1"); the written network then takes uint8 pixels and scales them itself. logits:
    whether probabilities are still to be made of what it gives. Raises InputError.
    """
    refuse_unknown_pixels(pixels)
    backend.start()
    network = models.load(path, trust=trust)
    if not getattr(network, "inputs", None) or not network.outputs:
        raise InputError(
            f"{path} holds a network that has no stated inputs ({type(network).__name__}); "
            "expected a Sequential or functional "
            f"one. Call it on a keras.Input and save keras.Model(inputs, outputs)."
        )
    tensors = naming.inputs(network)
    inputs = tuple(_input(network, name, one) for name, one in tensors)
    scales = tuple(
        input_scales.find_scale(network, tensor, one)
        for (_, tensor), one in zip(tensors, inputs, strict=True)
    )
    if pixels is not None:
        network, inputs = (
            _scale(path, network, inputs, pixels),
            (Input("pixels", inputs[0].shape, "uint8", highest=255.0),),
        )
        scales = (input_scales.Scale("--pixels", pixels=True),)
    evidence = made_up.MadeUp(inputs, scales)
    if logits and (said := naming.end(network.outputs[0])):
        raise InputError(
            f"{path} ends in a {said}, so that what it gives are probabilities; expected logits. "
            "Leave --logits away."
        )
    if logits and (len(network.outputs) > 1 or len(network.outputs[0].shape) != 2):
        shapes = ", ".join(str(tuple(given.shape)) for given in network.outputs)
        raise InputError(
            f"{path} gives {shapes}; expected one output (n, classes) to make probabilities of. "
            "Leave --logits away."
        )
    sigmoid = [naming.end(one) == "sigmoid" for _, one in naming.outputs(network)]
    if logits and int(network.outputs[0].shape[-1] or 0) == 1:
        sigmoid = [True]
    model, given_names = make_inference(
        network, inputs, evidence, functools.partial(_end, names=len(names), logits=logits)
    )
    said_of = _ask(path, model, evidence)
    holds = gives(said_of, sigmoid)
    if holds in (["classes"], ["labels"]) and not isinstance(
        getattr(network, "_outputs_struct", None), dict
    ):
        given_names = [naming.OUTPUT]  # nobody chose the name of a last layer
    outputs = outputs_of(model, given_names, holds)
    width = int(model.outputs[0].shape[-1] or 1) if len(model.outputs[0].shape) > 1 else 1
    if names and len(names) != width:
        raise InputError(
            f"{len(names)} names ({', '.join(names[:5])}{' …' if names[5:] else ''}) are there for "
            f"{width} outputs of {path}; expected a name for each, in their order. Mend --names."
        )
    class_names = tuple(names) or tuple(map(str, range(width)))
    about: dict[str, Any] = {
        "name": path.stem,
        "class_names": list(class_names),
        "input": {"shape": list(inputs[0].shape), "dtype": inputs[0].dtype},
        "source": path.name,
        "receta": receta.__version__,
    }
    if inputs[0].pictures and inputs[0].dtype != "uint8":  # floats, which it scales itself
        about["input"]["highest"] = inputs[0].highest
    about |= naming.list_names(inputs, outputs)
    return Subject(path, model, inputs, outputs, class_names, "stretch", evidence, about)


def _ask(path: Path, model: Model, evidence: Evidence) -> list[np.ndarray]:
    """What a network says of some examples at once.

    InputError where it takes a fixed number of them.
    """
    try:
        return as_list(model.predict_on_batch(evidence.probes(SOME)))
    except Exception as error:  # a layer of anybody's may raise anything
        memory = [
            layer.name
            for layer in model._flatten_layers(include_self=False)
            if getattr(layer, "stateful", False) is True
        ]
        why = (
            f"its layer {memory[0]} remembers from call to call"
            if memory
            else f"{type(error).__name__}; --debug shows its words"
        )
        advice = (
            f"Build {memory[0]} with stateful=False" if memory else "Build it with an open batch"
        )
        raise InputError(
            f"{path} cannot answer {SOME} examples at once ({why}); expected a network that takes "
            f"any number of them. {advice}, load_weights, and save it anew."
        ) from error


def refuse_unknown_pixels(pixels: str | None) -> None:
    """InputError for values of pixels that have no name here."""
    if pixels is not None and pixels not in SCALES:
        raise InputError(
            f"--pixels {pixels} is unknown; expected one of {', '.join(SCALES)}: what the "
            "network was trained on."
        )


def _end(given: Any, *, names: int, logits: bool) -> Any:
    """One output (n, classes) as probabilities of all classes, by layers that every target
    knows.
    """
    from keras import layers

    one = given.shape[-1] == 1
    if logits:
        given = (
            layers.Activation("sigmoid", name="sigmoid_of_logit")(given)
            if one
            else layers.Softmax(name="softmax_of_logits")(given)
        )
    if one and names == 2:
        given = layers.Concatenate(name="both")(
            [layers.Rescaling(-1.0, offset=1.0, name="other")(given), given]
        )
    return given


def _input(network: Model, name: str, tensor: Any) -> Input:
    """What an input of a network expects, as far as its layers tell."""
    from keras import layers

    shape, dtype = tuple(tensor.shape[1:]), str(tensor.dtype)
    if dtype not in ("uint8", "float32", "float16", "int32", "int64", "bool"):
        raise InputError(
            f"input {name} takes {dtype}; expected numbers. Cut the network behind what turns it "
            "into numbers."
        )
    inner = list(network._flatten_layers(include_self=False))
    words = [
        layer.input_dim
        for layer in inner
        if isinstance(layer, layers.Embedding) and _takes(layer, tensor)
    ]
    if words:
        return Input(name, shape, dtype, below=int(min(words)))
    picture = len(shape) == 3 and shape[2] in (1, 3, 4)
    if dtype == "uint8":
        return Input(name, shape, dtype, highest=255.0)
    if picture and dtype.startswith("float"):
        return Input(name, shape, dtype, highest=255.0 if models.has_scaling(network) else 1.0)
    return Input(
        name,
        shape,
        dtype,
        below=0 if dtype.startswith("float") else 2 if dtype == "bool" else _WORDS,
    )


def _takes(layer: Any, tensor: Any) -> bool:
    """Whether a layer stands directly behind an input."""
    return any(given is tensor for node in layer._inbound_nodes for given in node.input_tensors)


def _scale(path: Path, network: Model, inputs: tuple[Input, ...], pixels: str) -> Model:
    """A network that takes uint8 pixels and brings them to the values it was trained on."""
    import keras

    shape = inputs[0].shape
    if len(inputs) > 1 or len(shape) != 3 or None in shape or shape[2] not in (1, 3):
        raise InputError(
            f"{path} takes {[one.shape for one in inputs]}; expected one picture of a known size "
            "for --pixels. Leave it away."
        )
    scale, offset = SCALES[pixels]
    taken = keras.Input(shape, dtype="uint8", name="pixels")
    scaled = keras.layers.Rescaling(scale, offset=offset, name="scale")(taken)
    return keras.Model(taken, network(naming.arrange(network, [scaled]), training=False))

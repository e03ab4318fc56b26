"""What is to be handed over, or asked: the network of a run, or anybody's own from a file?"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import receta
from receta import models
from receta.core import seals
from receta.core.abstention import SURE
from receta.core.errors import InputError
from receta.core.likeness import Likeness
from receta.core.progress import Progress
from receta.core.scale import USUAL, Scale
from receta.core.spec import Fit
from receta.exporters import _calibration, _made_up, _names, _page, _pictures, _scales
from receta.exporters._parity import SOME, Evidence, gives, listed, part, probable
from receta.pipeline import backend
from receta.predictors.bundle import Described, Input, Output
from receta.predictors.lists import unlisted
from receta.training import Run

if TYPE_CHECKING:
    from keras import Model

SCALES = {"0..255": (1.0, 0.0), "0..1": (1 / 255, 0.0), "-1..1": (1 / 127.5, -1.0)}
_WORDS = 10  # of an input of whole numbers whose meaning nothing tells


@dataclass(frozen=True)
class Subject(Described):
    """A network ready to be written: the inference function alone, with all that is known of it.

    A Predictor.
    """

    where: Path
    model: Model
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    class_names: tuple[str, ...]
    fit: Fit
    evidence: Evidence
    about: dict[str, Any]
    sure_from: float = SURE
    thresholds: tuple[float, ...] | None = None  # of labels, from which probability each is said
    scale: Scale = USUAL
    likeness: Likeness | None = None  # of a run, what tells a picture that is none of the classes

    @property
    def takes_pictures(self) -> bool:
        """Whether it names classes of pictures: one input of pixels, probabilities as output."""
        return (
            len(self.inputs) == 1
            and self.inputs[0].pictures
            and probable(self.outputs, labels=self.thresholds is not None)
        )

    def calibrated(self, place: str | Path, progress: Progress) -> Subject:
        """The same, with rows of DATA to calibrate on, and, but for a run, which has its own,
        to judge on.
        """
        found = _calibration.rows(place, self, progress)
        own = self.evidence
        return replace(
            self,
            evidence=replace(own, calibrating=found)
            if isinstance(own, _pictures.Pictures)
            else found,
        )

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """uint8 pictures (n, *input_shape) -> probabilities (n, classes) float32."""
        return np.asarray(
            self.model.predict(
                np.asarray(inputs, np.uint8).astype(self.inputs[0].dtype), batch_size=256, verbose=0
            )
        )


def of_run(run: Run) -> Subject:
    """The network that a run chose, judged on the run's own pictures."""
    height, width, channels = run.input_shape
    inputs = (Input("pixels", (height, width, channels), "uint8", highest=255.0),)
    about = {
        "name": run.folder.resolve().name,
        "class_names": list(run.class_names),
        "input": {"shape": [height, width, channels], "dtype": "uint8"},
        "fit": run.fit,
        "test_accuracy": (run.scores or {}).get("accuracy"),
        "data_fingerprint": run.about["data"]["fingerprint"],
        "data_name": _page.title_of(run.about["data"].get("name", "")),
        "network": seals.digest(run.folder / "model.keras"),
        "sure_from": run.sure_from,
        "receta": receta.__version__,
    }
    if run.thresholds is not None:
        about |= {"task": run.task, "thresholds": list(run.thresholds)}
    evidence = _pictures.pictures(run)
    model, _ = _inference(run.model(), inputs, evidence)
    outputs = _outputs(model, [_names.OUTPUT], [run.task])
    about |= _names.told(inputs, outputs)
    return Subject(
        run.folder,
        model,
        inputs,
        outputs,
        run.class_names,
        run.fit,
        evidence,
        about,
        run.sure_from,
        run.thresholds,
        run.scale,
        run.likeness,
    )


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
    known_pixels(pixels)
    backend.start()
    network = models.loaded(path, trust=trust)
    if not getattr(network, "inputs", None) or not network.outputs:
        raise InputError(
            f"{path} holds a network that has no stated inputs ({type(network).__name__}); "
            "expected a Sequential or functional "
            f"one. Call it on a keras.Input and save keras.Model(inputs, outputs)."
        )
    tensors = _names.inputs(network)
    inputs = tuple(_input(network, name, one) for name, one in tensors)
    scales = tuple(
        _scales.told(network, tensor, one) for (_, tensor), one in zip(tensors, inputs, strict=True)
    )
    if pixels is not None:
        network, inputs = (
            _scaled(path, network, inputs, pixels),
            (Input("pixels", inputs[0].shape, "uint8", highest=255.0),),
        )
        scales = (_scales.Scale("--pixels", pixels=True),)
    evidence = _made_up.MadeUp(inputs, scales)
    if logits and (said := _names.end(network.outputs[0])):
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
    sigmoid = [_names.end(one) == "sigmoid" for _, one in _names.outputs(network)]
    if logits and int(network.outputs[0].shape[-1] or 0) == 1:
        sigmoid = [True]
    model, given_names = _inference(
        network, inputs, evidence, functools.partial(_ended, names=len(names), logits=logits)
    )
    said_of = _asked(path, model, evidence)
    holds = gives(said_of, sigmoid)
    if holds in (["classes"], ["labels"]) and not isinstance(
        getattr(network, "_outputs_struct", None), dict
    ):
        given_names = [_names.OUTPUT]  # nobody chose the name of a last layer
    outputs = _outputs(model, given_names, holds)
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
    about |= _names.told(inputs, outputs)
    return Subject(path, model, inputs, outputs, class_names, "stretch", evidence, about)


def _asked(path: Path, model: Model, evidence: Evidence) -> list[np.ndarray]:
    """What a network says of some examples at once.

    InputError where it takes a fixed number of them.
    """
    try:
        return listed(model.predict_on_batch(evidence.probes(SOME)))
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


def known_pixels(pixels: str | None) -> None:
    """InputError for values of pixels that have no name here."""
    if pixels is not None and pixels not in SCALES:
        raise InputError(
            f"--pixels {pixels} is unknown; expected one of {', '.join(SCALES)}: what the "
            "network was trained on."
        )


def _ended(given: Any, *, names: int, logits: bool) -> Any:
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


def _inference(
    network: Model,
    inputs: tuple[Input, ...],
    evidence: Evidence,
    ended: Callable[[Any], Any] | None = None,
) -> tuple[Model, list[str]]:
    """(the network with dropout and augmentation off for good, the names of its outputs).

    Layers of augmentation would else switch the whole network to training wherever
    nobody says otherwise (export facts, section 0). Inputs and outputs are lists in the order
    of the network's own dict or list. ended: what is put behind its one output.
    """
    import keras

    _compute_in_float32(network)
    _hold_constants(network)
    taken = [keras.Input(one.shape, dtype=one.dtype, name=one.name) for one in inputs]
    names = _names.beside(
        [name for name, _ in _names.outputs(network)], [one.name for one in inputs]
    )
    if network.name in (*names, *(one.name for one in inputs)):
        network.name += "_network"
    given = _names.in_order(network(_names.arranged(network, taken), training=False))
    if len(given) > 1:
        given = [
            keras.layers.Activation("linear", name=name)(one)
            for name, one in zip(names, given, strict=True)
        ]
    elif ended is not None:
        given = [ended(given[0])]
    inference = keras.Model(unlisted(taken), unlisted(given), name="inference")
    # keras exports only what was called once
    inference(part(evidence.probes(2), 0, 1), training=False)
    return inference, names


def _outputs(model: Model, names: list[str], holds: list[str]) -> tuple[Output, ...]:
    """The outputs as a bundle tells them."""
    return tuple(
        Output(name, tuple(one.shape[1:]), str(one.dtype), kind)
        for name, one, kind in zip(names, model.outputs, holds, strict=True)
    )


def _compute_in_float32(network: Model) -> None:
    """What was trained in mixed precision is handed over, and compared, in the precision of its
    weights.

    Other runtimes compute in float32; half precision in Keras would differ by its rounding.
    """
    import keras

    for layer in network._flatten_layers():
        if layer.compute_dtype in ("float16", "bfloat16") and layer.variable_dtype == "float32":
            layer.dtype_policy = keras.DTypePolicy("float32")


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
        return Input(name, shape, dtype, highest=255.0 if models.scales(network) else 1.0)
    return Input(
        name,
        shape,
        dtype,
        below=0 if dtype.startswith("float") else 2 if dtype == "bool" else _WORDS,
    )


def _takes(layer: Any, tensor: Any) -> bool:
    """Whether a layer stands directly behind an input."""
    return any(given is tensor for node in layer._inbound_nodes for given in node.input_tensors)


def _scaled(path: Path, network: Model, inputs: tuple[Input, ...], pixels: str) -> Model:
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
    return keras.Model(taken, network(_names.arranged(network, [scaled]), training=False))


def _hold_constants(network: Model) -> None:
    """The mean and the variance of a Normalization are numbers, not tensors that were there
    before the graph.

    tf2onnx would make inputs of such tensors (EfficientNetB0, Keras 3.15.1 with tf2onnx 1.17).
    """
    import keras

    for layer in network._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            for name in ("mean", "variance"):
                if getattr(layer, name, None) is not None:
                    setattr(
                        layer, name, np.asarray(keras.ops.convert_to_numpy(getattr(layer, name)))
                    )

"""What is to be handed over, or asked: the network of a run, or anybody's own from a file?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import receta
from receta import kinds, tasks
from receta.core import seals
from receta.core.abstention import SURE
from receta.core.likeness import Likeness
from receta.core.progress import Progress
from receta.core.scale import USUAL, Scale
from receta.core.spec import Fit, Spec
from receta.evaluation.usefulness import judge_usefulness
from receta.exporters.evidence import calibration, own_examples
from receta.exporters.page import live_page
from receta.exporters.parity.answers import probable
from receta.exporters.parity.evidence import Evidence, part
from receta.exporters.subjects import naming
from receta.predictors.described import Described, Input, Output
from receta.predictors.lists import from_list
from receta.training import Run

if TYPE_CHECKING:
    from keras import Model


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
    specs: tuple[Spec, ...] = ()  # of a run, as its examples were read
    margins: tuple[float, ...] | None = None  # of values, half the width of each interval

    def companions(self) -> dict[str, Any]:
        """JSON that lies beside its network wherever it goes, by the name of the file."""
        return kinds.of_specs(self.specs).companions(self.specs) if self.specs else {}

    @property
    def takes_pictures(self) -> bool:
        """Whether it names classes of pictures: one input of pixels, probabilities as output."""
        return (
            len(self.inputs) == 1
            and self.inputs[0].pictures
            and probable(self.outputs, labels=self.thresholds is not None)
        )

    def calibrate(self, place: str | Path, progress: Progress) -> Subject:
        """The same, with rows of DATA to calibrate on, and, but for a run, which has its own,
        to judge on.
        """
        found = calibration.rows(place, self, progress)
        own = self.evidence
        return replace(
            self,
            evidence=replace(own, calibrating=found)
            if isinstance(own, own_examples.Own)
            else found,
        )

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """uint8 pictures (n, *input_shape) -> probabilities (n, classes) float32."""
        return np.asarray(
            self.model.predict(
                np.asarray(inputs).astype(self.inputs[0].dtype), batch_size=256, verbose=0
            )
        )


def of_run(run: Run) -> Subject:
    """The network that a run chose, judged on the run's own examples."""
    inputs = tuple(map(Input.of, run.specs))
    about = {
        "name": run.folder.resolve().name,
        "class_names": list(run.class_names),
        "input": {"shape": list(inputs[0].shape), "dtype": inputs[0].dtype},
        "fit": run.fit,
        "test_accuracy": (run.scores or {}).get("accuracy"),
        "data_fingerprint": run.about["data"]["fingerprint"],
        "data_name": live_page.title_of(run.about["data"].get("name", "")),
        "network": seals.digest(run.folder / "model.keras"),
        "sure_from": run.sure_from,
        "receta": receta.__version__,
        "task": run.task,
        "specs": [spec.to_json() for spec in run.specs],
    }
    if run.thresholds is not None:
        about["thresholds"] = list(run.thresholds)
    if run.margins is not None:
        about["margins"] = list(run.margins)
    if run.scores:
        about["verdict"] = judge_usefulness(run.scores).word
    evidence = own_examples.examples_of(run)
    model, _ = make_inference(run.model(), inputs, evidence)
    outputs = outputs_of(model, [tasks.output_name(run.task)], [run.task])
    about |= naming.list_names(inputs, outputs)
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
        run.specs,
        run.margins,
    )


def make_inference(
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
    names = naming.beside(
        [name for name, _ in naming.outputs(network)], [one.name for one in inputs]
    )
    if network.name in (*names, *(one.name for one in inputs)):
        network.name += "_network"
    given = naming.in_order(network(naming.arrange(network, taken), training=False))
    if len(given) > 1:
        given = [
            keras.layers.Activation("linear", name=name)(one)
            for name, one in zip(names, given, strict=True)
        ]
    elif ended is not None:
        given = [ended(given[0])]
    inference = keras.Model(from_list(taken), from_list(given), name="inference")
    # keras exports only what was called once
    inference(part(evidence.probes(2), 0, 1), training=False)
    return inference, names


def outputs_of(model: Model, names: list[str], holds: list[str]) -> tuple[Output, ...]:
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

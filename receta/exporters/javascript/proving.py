"""Which of the two formats of TensorFlow.js says the same as Keras?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import receta
from receta.core import leftovers
from receta.core.errors import ExportRefused, RecetaError
from receta.exporters.evidence.made_up import MadeUp
from receta.exporters.javascript import files, graph_model, layers_model, nodejs
from receta.exporters.javascript.writer import NoTwin
from receta.exporters.writing import refusals
from receta.predictors.described import Input
from receta.predictors.lists import as_list

if TYPE_CHECKING:
    from keras import Model

TOLERANCE = 1e-4  # of what a network gives, or of a share of it where that is larger than 1
_BATCHES = (1, 3)


FORMS = ("layers-model", "graph-model")
# the first is what pages use; some operations it lacks, and a few it gets wrong
BACKENDS = ("wasm", "cpu")


def write_network(
    model: Model,
    folder: Path,
    about: dict[str, Any],
    variant: str = "",
    *,
    forms: tuple[str, ...] = FORMS,
) -> str:
    """Write a network in the first format that agrees with Keras, and say which.

    Each is reopened in TensorFlow.js and asked about made-up inputs, alone and three at a
    time; `proven_on` in what tfjs hands on names the backend. Raises ExportRefused with the reason
    for each when none agrees.
    """
    nodejs.program()
    nodejs.scripts()
    reasons: dict[str, Exception] = {}
    found: dict[str, tuple[dict[str, Any], dict[str, np.ndarray]]] = {}
    for backend in BACKENDS:
        for form in forms:
            try:
                if backend == BACKENDS[0]:
                    found[form] = write_form(model, form)
                if form in found:
                    _agreeing(model, *found[form], backend)
                    files.write(
                        folder, *found[form], {**about, "proven_on": backend}, variant=variant
                    )
                    return form
            except (RecetaError, OSError, MemoryError):
                raise
            except Exception as why:  # NoTwin, tfjs' own words, or what a layer of anybody's says
                reasons.setdefault(form, why)
    culprits = [refusals.culprit(model, str(why)) for why in reversed(reasons.values())]
    culprit = next(filter(None, culprits), None) or refusals.suspect(model)
    instead = "change these layers" if culprit is None else refusals.advice(culprit)
    raise ExportRefused(
        f"TensorFlow.js cannot hold {culprit or model.name} "
        f"({'; '.join(f'{form}: {_line(why)}' for form, why in reasons.items())}); "
        f"expected layers that it has. Nothing was written: {instead}, or choose another target."
    ) from ExceptionGroup("both formats", list(reasons.values()))


def write_form(model: Model, form: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """(what stands in model.json beside the weights, weights) in one of the two formats."""
    import keras

    head = {
        "format": form,
        "generatedBy": f"keras {keras.__version__}",
        "convertedBy": f"receta {receta.__version__}",
    }
    if form == "layers-model":
        config, weights = layers_model.write_layers(model)
        return {
            **head,
            "modelTopology": {
                "keras_version": keras.__version__,
                "backend": "tensorflow",
                "model_config": config,
            },
        }, weights
    if keras.backend.backend() != "tensorflow":
        raise NoTwin(f"it is traced by TensorFlow, and the backend is {keras.backend.backend()}")
    graph, weights = graph_model.write_graph(model)
    return {**head, **graph}, weights


def _agreeing(
    model: Model, topology: dict[str, Any], weights: dict[str, np.ndarray], backend: str
) -> None:
    """Ask what is to be written on a backend of tfjs; NoTwin where it says otherwise than Keras."""
    with leftovers.workplace() as temporary:
        files.write(temporary, topology, weights, {})
        opened = nodejs.Opened(temporary, backend)
        for n in _BATCHES:
            inputs = made_up(model, n)
            gap = distance(answers(model, inputs), opened.predict(inputs))
            if not gap <= TOLERANCE:
                raise NoTwin(f"on the backend {backend} it differs from Keras by {gap:.2g}")


def made_up(model: Model, n: int) -> list[np.ndarray]:
    """n smooth examples for each input of a network, of its type."""
    inputs = []
    for symbol in model.inputs:
        kind = "float32" if symbol.dtype == "bfloat16" else str(symbol.dtype)
        whole = np.dtype(kind).kind in "iub"
        pixels = kind == "uint8"
        inputs.append(
            Input(
                symbol.name,
                tuple(symbol.shape[1:]),
                kind,
                below=2 * (whole and not pixels),
                highest=255.0 * pixels,
            )
        )
    given = as_list(MadeUp(tuple(inputs)).probes(n))
    for one in given:
        # of nothing but padding a masked network says NaN
        if one.dtype.kind in "iu" and one.ndim == 2:
            one[~one.any(axis=1), 0] = 1
    for masked in [
        layer.mask_value for layer in model._flatten_layers() if type(layer).__name__ == "Masking"
    ]:
        for one in given:
            if one.ndim > 2:
                one[:, -2:] = masked  # as series that are shorter end
    return given


def answers(model: Model, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """What a network says in use: arrays of float32."""
    from keras import ops, tree

    given = model(layers_model.arrange(model, inputs), training=False)
    return [
        np.asarray(ops.convert_to_numpy(ops.cast(one, "float32"))) for one in tree.flatten(given)
    ]


def distance(expected: list[np.ndarray], given: list[np.ndarray]) -> float:
    """The largest difference, as a share of values above 1; not a number for another shape."""
    if [one.shape for one in expected] != [one.shape for one in given]:
        return float("nan")
    gaps = [
        np.max(np.abs(a - b) / np.maximum(1.0, np.abs(a)))
        for a, b in zip(expected, given, strict=True)
        if a.size
    ]
    return float(np.max(gaps)) if gaps else 0.0


def _line(why: Exception) -> str:
    """The reason in our words: tfjs' own are for --debug."""
    if isinstance(why, NoTwin):
        return str(why).rstrip(".")
    operation = refusals.lacking(str(why))
    return f"it has no operation {operation}" if operation else "it breaks down on it"

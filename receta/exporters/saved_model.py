"""Target saved_model: how is a network kept for TensorFlow Serving, C++ or Java?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core import disk, trust
from receta.core.errors import ExportRefused
from receta.exporters.formats import graph
from receta.exporters.subjects import naming
from receta.predictors.lists import as_list, from_list

if TYPE_CHECKING:
    from keras import Model

AFTER = "web"
ABOUT = "a SavedModel folder for TensorFlow Serving; signature serving_default, raw uint8 pixels in"
NOTE = "no answer changes a variable: tried, else refused"
FILE = "saved_model.pb"
TOLD = "assets.extra/receta.json"  # TensorFlow's place for what is not part of the graph
EXTRA = "tensorflow"
NEEDS = ("tensorflow",)
BACKENDS = ("tensorflow",)
CODE = trust.GRAPH


def saved_model(
    model: Model, folder: Path, about: dict[str, Any], *, rows: Callable[[int], Any]
) -> None:
    """Write a SavedModel whose signature takes `pixels` and gives `probabilities`, or what the
    network calls them.

    Raises ExportRefused when an answer changes one of its variables: statistics would
    drift with every request (export facts, section 0).
    """
    graph.write_graph(model, folder, naming.of_outputs(model, about))
    disk.write_text(folder / TOLD, graph.spell_about(about))
    loaded, answers = _load(folder)
    variables = loaded.variables
    before = [one.numpy() for one in variables]
    answers(rows(16))
    changed = sum(
        not np.array_equal(one.numpy(), old) for one, old in zip(variables, before, strict=True)
    )
    if changed:
        raise ExportRefused(
            f"an answer of the saved_model file changes {changed} of its {len(variables)} "
            "variables; expected none, for it "
            f"would drift with every request. Nothing was written: choose another target."
        )


def opened(folder: Path) -> Callable[[Any], Any]:
    """The network in TensorFlow, without Keras."""
    return _load(folder)[1]


def _load(folder: Path) -> tuple[Any, Callable[[Any], Any]]:
    from receta.pipeline import backend

    with backend.hush():
        import tensorflow as tf

        loaded = tf.saved_model.load(str(folder))
    signature, told = loaded.signatures["serving_default"], disk.read_json(folder / TOLD)
    dtypes = {name: one.dtype for name, one in signature.structured_input_signature[1].items()}

    def predict(inputs: Any) -> Any:
        given = dict(zip(told["inputs"], as_list(inputs), strict=True))
        said = signature(**{name: tf.constant(one, dtypes[name]) for name, one in given.items()})
        return from_list([said[name].numpy() for name in told["outputs"]])

    return loaded, predict

"""How does a SavedModel, which is a graph of TensorFlow, become a layer of Keras?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from receta.core.errors import InputError, MissingExtra

SIGNATURE = "serving_default"


def layer(folder: Path, *, learning: bool = False, name: str | None = None) -> tuple[Any, str, Any]:
    """(layer, name of its one input, that input's TensorSpec) of a SavedModel's signature
    serving_default.

    learning: whether its weights may change. Its graph is as it was saved (no dropout, statistics
    fixed).
    Raises MissingExtra without TensorFlow, and InputError for what is no such model.
    """
    import keras

    if not (folder / "saved_model.pb").is_file():
        raise InputError(
            f"{folder} is no SavedModel (it has no saved_model.pb); expected one, or a file of a "
            "network. Check the path."
        )
    if keras.config.backend() != "tensorflow":
        raise MissingExtra(
            f"{folder} is a SavedModel, which TensorFlow alone reads. Run: pip install "
            "'receta[tensorflow]'"
        )
    try:
        made = keras.layers.TFSMLayer(
            str(folder), call_endpoint=SIGNATURE, trainable=learning, name=name
        )
        # TensorFlow's names end in :0, of which no optimizer can make its own (Keras 3.15.1)
        for weight in made.weights:
            weight._name, weight._path = (
                given.replace(":", "_") for given in (weight.name, weight.path)
            )
        taken = made._reloaded_obj.signatures[SIGNATURE].structured_input_signature[1]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError(
            f"{folder} cannot be used ({' '.join(str(error).split())[:150]}); expected a "
            f"SavedModel with the signature {SIGNATURE}. Name another one."
        ) from error
    if len(taken) != 1:
        raise InputError(
            f"{folder} takes {len(taken)} inputs; expected a signature {SIGNATURE} of one. Name "
            "another one."
        )
    ((input_name, spec),) = taken.items()
    return made, input_name, spec

"""Which half of a pretrained rung is the backbone, and which the head?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


FEATURES = "features"  # name of the layer whose output the head takes


BACKBONE = "backbone"


def cut_below_head(model: keras.Model) -> keras.Model:
    """The part of a pretrained rung below its head: pixels -> features (n, width)."""
    import keras

    return keras.Model(model.inputs[0], model.get_layer(FEATURES).output, name="body")


def cut_at_head(model: keras.Model) -> tuple[keras.Model, keras.Model] | None:
    """A pretrained rung as (pixels -> features, features -> answers).

    None for any other network.
    """
    import keras

    if not {BACKBONE, FEATURES} <= {layer.name for layer in model.layers}:
        return None
    return cut_below_head(model), keras.Model(
        model.get_layer(FEATURES).output, model.outputs[0], name="top"
    )


def is_tunable(model: keras.Model) -> bool:
    """Whether a pretrained rung's backbone can learn; a SavedModel where the recipe says so."""
    return not is_foreign(model) or bool(model.get_layer(BACKBONE).trainable_weights)


def is_foreign(model: keras.Model) -> bool:
    """Whether a pretrained rung's backbone is a SavedModel: one layer around somebody's graph."""
    return not hasattr(model.get_layer(BACKBONE), "layers")

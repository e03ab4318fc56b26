"""How is a network from TensorFlow Hub or KerasHub taken as a backbone?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from receta.core.errors import InputError, MissingExtra, UnknownName
from receta.models.backbones.catalog import Choice
from receta.models.backbones.cutting import cut
from receta.models.backbones.halves import BACKBONE

if TYPE_CHECKING:
    import keras

_SIDE = 224  # pixels, of networks that take any size


def network(
    choice: Choice, input_shape: tuple[int, int, int], *, learning: bool
) -> tuple[Any, tuple[int, int], Any]:
    """(layer or network, (height, width) that it takes, scaling of its pixels: a name or a layer).

    learning: whether a SavedModel's weights may change, which are one layer; those of a preset
    always may.
    """
    return (
        _saved_model(choice, input_shape, learning)
        if choice.kind == "hub"
        else _preset(choice, input_shape)
    )


def _saved_model(
    choice: Choice, input_shape: tuple[int, int, int], learning: bool
) -> tuple[Any, tuple[int, int], str]:
    """A SavedModel of TensorFlow Hub, which takes pixels in 0..1."""
    from receta.core import trust
    from receta.models.loading import saved_model as saved

    trust.ask(choice.path, trust.GRAPH)
    layer, _, taken = saved.layer(choice.path, learning=learning, name=BACKBONE)
    shape = tuple(taken.shape)
    if len(shape) != 4 or shape[3] not in (3, None) or taken.dtype.name != "float32":
        raise InputError(
            f"{choice.path} takes {taken.dtype.name} of shape {shape}; expected float32 pictures "
            "(n, height, width, 3)."
        )
    return layer, (shape[1] or input_shape[0], shape[2] or input_shape[1]), "unit"


def _preset(
    choice: Choice, input_shape: tuple[int, int, int]
) -> tuple[keras.Model, tuple[int, int], keras.Layer]:
    """A backbone of KerasHub by the name of its preset, without its own resizing."""
    from keras import layers

    try:
        import keras_hub
    except ImportError as error:
        raise MissingExtra(
            f"kerashub:{choice.name} needs keras-hub, which is not installed; expected the extra "
            "hub. Run: pip install 'receta[hub]'"
        ) from error
    try:
        whole = keras_hub.models.Backbone.from_preset(choice.name)
        converter = keras_hub.layers.ImageConverter.from_preset(choice.name)
    except Exception as error:
        known = ", ".join(sorted(keras_hub.models.Backbone.presets)[:5])
        raise UnknownName(
            f"the preset {choice.name} cannot be had "
            f"({str(error).strip().splitlines()[0][:120]}); expected one of KerasHub with a "
            f"connection, or the folder of one (such as {known}). Check the name."
        ) from error
    side = converter.image_size or (_SIDE, _SIDE)
    scaling = layers.Rescaling(
        _list(converter.scale, 1.0), offset=_list(converter.offset, 0.0), name="scale"
    )
    # Its layers one by one, not as one of KerasHub's own class: they can be thawed, and plain ones
    # load and export anywhere.
    return cut(whole, choice), (int(side[0]), int(side[1])), scaling


def _list(value: Any, otherwise: float) -> Any:
    return (
        otherwise if value is None else list(value) if hasattr(value, "__iter__") else float(value)
    )

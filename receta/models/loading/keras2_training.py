"""Which layers does Keras 2 work as in training for good?"""

from __future__ import annotations

from typing import Any

from receta.core.errors import InputError

# Layers that do something else in training than in use; with a share of 0 dropout does nothing.
_IN_TRAINING = (
    "BatchNormalization",
    "Dropout",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
)


_SHARES = ("rate", "stddev", "dropout", "recurrent_dropout")


def refuse_training(written: dict[str, Any], node: Any) -> None:
    """InputError for a call with training=True, which Keras 2 keeps for good and Keras 3 does
    not.
    """
    calls = [node] if isinstance(node, list) and node and isinstance(node[0], str) else node
    if not any(
        isinstance(one[3], dict) and one[3].get("training") not in (None, False, 0)
        for one in calls
        if len(one) > 3
    ):
        return
    changed = _in_training(written)
    if changed:
        raise InputError(
            f"the layer {written['name']!r} is called with training=True, so that in Keras 2 "
            f"{changed} works as in training for good (statistics of the batch, answers by "
            "chance); expected it unset, for Keras 3 would answer otherwise. Build it without, and "
            "load_weights."
        )


def _in_training(value: Any) -> str:
    """The first layer in a configuration that training changes; nothing where there is none."""
    if isinstance(value, list):
        return next((found for one in value if (found := _in_training(one))), "")
    if not isinstance(value, dict):
        return ""
    kind, config = value.get("class_name"), value.get("config")
    if isinstance(kind, str) and isinstance(config, dict):
        shares = [config[name] for name in _SHARES if isinstance(config.get(name), int | float)]
        if kind.startswith("Random") or any(shares) or (kind in _IN_TRAINING and not shares):
            return f"{kind} ({config.get('name')})"
    return _in_training(list(value.values()))

"""How well does the course's network for series forecast: a convolution and two LSTM layers?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec

if TYPE_CHECKING:
    import keras

AFTER = "dense"
KINDS = ("series",)
ORIGIN = (
    "as courses have it (Moroney, 2019, sequences, time series and prediction): Conv1D 32 of 5 "
    "steps, LSTM 64 twice, Dense 30 and 10"
)
DEFAULTS = {"dropout": 0.0, "learning_rate": 2e-3, "epochs": 20}
DEFAULTS_FOR_MANY = {"epochs": 3}  # an LSTM walks step by step: a pass takes a minute
SHARE = 0.25  # of a budget, beside 1 of a network that is worth waiting for


def conv_lstm(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """32 causal filters of 5 steps, two LSTM layers of 64, dense layers of 30 and 10."""
    from keras import layers

    from receta.models.parts import blocks

    inputs, seen = blocks.open_inputs(specs)
    x = layers.Conv1D(32, 5, padding="causal", activation="relu", name="conv")(seen)
    x = layers.LSTM(64, return_sequences=True, name="lstm_1")(x)
    x = layers.LSTM(64, name="lstm_2")(x)
    for units in (30, 10):
        x = blocks.dense(units, recipe, f"dense_{units}")(x)
        x = blocks.dropout(x, recipe, f"drop_{units}")
    return blocks.features(inputs, x, "conv_lstm")

"""What do pieces of numbers, and several networks that share their weights, add on a table?

Each number is also seen as pieces between its quantiles, so that steep steps are easy to learn.
Members share all layers but the first, each learns by its own loss, and their mean answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec

if TYPE_CHECKING:
    import keras

AFTER = "mlp"
KINDS = ("table",)
ORIGIN = (
    "piecewise-linear embeddings (Gorishniy and others, 2022) and members that share weights "
    "(TabM; Gorishniy and others, 2024)"
)
DEFAULTS = {"learning_rate": 2e-3, "dropout": 0.2, "weight_decay": 1e-2}
MEMBERS, WIDTH = 8, 64


def tabular(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """8 members of 64 units, a second layer of 64 that they share, and their mean."""
    from keras import layers

    from receta.models.parts import blocks

    inputs, x = blocks.opened_pieces(specs)
    x = blocks.dense(MEMBERS * WIDTH, recipe, "members_apart")(x)
    x = layers.Reshape((MEMBERS, WIDTH), name="members")(x)
    x = blocks.dropout(x, recipe, "drop_members")
    x = blocks.dense(WIDTH, recipe, "shared")(x)
    x = blocks.dropout(x, recipe, "drop_shared")
    mean = layers.GlobalAveragePooling1D(name=blocks.MEAN_OF_MEMBERS)(x)
    return blocks.features(inputs, mean, "tabular")

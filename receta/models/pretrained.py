"""What does a network that has seen a million other pictures know of these?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.models.backbones import catalog

if TYPE_CHECKING:
    import keras

    from receta.pixels import Pixels

AFTER = "cnn"
ORIGIN = (
    "transfer of a backbone's features (Yosinski et al., 2014, \"How transferable are "
    'features in deep neural networks?")'
)
PARAMETER = (
    "EfficientNetLite0, a backbone of keras.applications, a saved model FILE.keras, "
    "hub/FOLDER, kerashub:PRESET; @layer cuts it"
)
# features once, the head on them, then the top layers: receta.training.transfer
TRAINING = "transfer"
# What fine-tuning starts with; the head alone has no rate, for it is found in one go. It is found
# without dropout, which would throw fine-tuning back to chance at its first step where a head has
# large weights (LOG.md).
DEFAULTS: dict[str, Any] = {
    "learning_rate": 1e-4,
    "batch_size": 32,
    "augment": 0.3,
    "epochs": 8,
    "dropout": 0.0,
}
SPACE = {
    "learning_rate": {"low": 1e-5, "high": 1e-3, "log": True},
    "weight_decay": {"low": 1e-5, "high": 0.1, "log": True},
}


def known(name: str) -> None:
    """UnknownName unless there is such a backbone, without loading Keras."""
    catalog.parse(name)


def size(name: str, recipe: Recipe, pixels: Pixels) -> tuple[int, int]:
    """(height, width) in pixels at which pictures are best kept for a backbone.

    The recipe's where it says one; the backbone's own where the photos are large enough;
    else as the data are.
    """
    if recipe.image_size is not None:
        return recipe.image_size
    return catalog.size(catalog.resolve(name, recipe.weights), pixels)


def pretrained(specs: tuple[Spec, ...], recipe: Recipe, name: str = "") -> keras.Model:
    """The backbone with its own scaling inside, mean over places.

    The layers below the topmost `fine_tune` are frozen, and so is every batch
    normalisation, which keeps the statistics of the million pictures.
    Raises UnknownName, InputError for weights that do not fit it, RunError without them.
    """
    from receta.models.backbones.features import compute_features, thaw
    from receta.models.parts import blocks

    height, width, channels = specs[0].shape
    inputs, features = compute_features((height, width, channels), recipe, name)
    model = blocks.features(inputs, blocks.dropout(features, recipe, "drop"), "pretrained")
    thaw(model, recipe.fine_tune if recipe.fine_tune is not None else "all")
    return model

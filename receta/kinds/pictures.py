"""How are pictures read? Decoded once, to one size, into a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.data.dataset import Dataset
from receta.pixels import Pixels
from receta.pixels import decode as decoded

if TYPE_CHECKING:
    from receta.core.progress import Progress
    from receta.core.recipe import Recipe

AFTER = ""
KIND = "images"
NOUN = ("picture", "pictures")


def decode(data: Dataset, recipe: Recipe, progress: Progress) -> Pixels:
    """Every picture at the size of the recipe, or at one that suits the data."""
    return decoded(data, recipe.image_size, recipe.channels, fit=recipe.fit, progress=progress)

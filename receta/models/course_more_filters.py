"""Do more filters help the courses' first network for photos? A yardstick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.models import course_simple_conv

if TYPE_CHECKING:
    import keras

AFTER = "course_simple_conv"
ORIGIN = "the courses' first network for photos with 64 and 128 filters where that has 32 and 32"
DEFAULTS = dict(course_simple_conv.DEFAULTS)


def course_more_filters(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """64 convolutions 3x3 at every third pixel, maximum, 128 more, mean."""
    return course_simple_conv.two_convolutions(specs, recipe, (64, 128), "course_more_filters")

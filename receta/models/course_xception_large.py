"""Do twice as many blocks help the courses' small Xception? A yardstick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.models import course_xception

if TYPE_CHECKING:
    import keras

AFTER = "course_xception"
ORIGIN = (
    "the courses' larger Xception: two blocks of each width, of which the first halves the sides"
)
DEFAULTS = dict(course_xception.DEFAULTS)


def course_xception_large(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """Eight residual blocks of separable convolutions, 1024 more, mean, softmax."""
    return course_xception.xception(specs, recipe, 2, "course_xception_large")

"""What do L2 and dropout add to the courses' dense layers? A yardstick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receta.core.recipe import Recipe
from receta.core.spec import Spec
from receta.models.course_dense import COURSE, course_dense

if TYPE_CHECKING:
    import keras

AFTER = "course_dense"
ORIGIN = "the courses' second network: the first with L2 1e-5 and dropout 0.2"
DEFAULTS = {**COURSE, "dropout": 0.2, "l2": 1e-5}


def course_dense_regularised(specs: tuple[Spec, ...], recipe: Recipe) -> keras.Model:
    """The courses' dense network; its defaults regularise it."""
    return course_dense(specs, recipe)

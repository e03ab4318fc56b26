"""Is augmentation weaker where the data are seen fewer times?"""

from __future__ import annotations

from receta import models
from receta.core.recipe import Recipe
from receta.training.rung import milder


def test_strength_falls_with_the_passes_unless_the_user_set_it() -> None:
    own = Recipe().for_rung(models.defaults("cnn"))
    assert milder(own, Recipe(), 1_000).augment == own.augment == 0.4
    assert milder(own, Recipe(), 10_000).augment == 0.3
    assert milder(own, Recipe(), 60_000).augment == 0.12
    stated = Recipe(augment=0.7)
    assert milder(stated.for_rung(models.defaults("cnn")), stated, 60_000).augment == 0.7
    assert milder(Recipe(augment=0.0), Recipe(), 60_000).augment == 0.0

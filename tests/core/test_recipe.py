"""Can every setting be read back as it is shown and written?"""

from __future__ import annotations

from pathlib import Path

import pytest

from receta.core import recipe as recipes
from receta.core.recipe import Recipe


@pytest.mark.parametrize("name", list(Recipe.model_fields))
def test_a_default_is_taken_as_it_is_shown(name: str) -> None:
    default = getattr(Recipe(), name)
    assert getattr(recipes.read(None, [f"{name}={recipes._shown(default)}"]), name) == default


def test_a_recipe_that_says_every_setting_is_read_back_from_its_file(tmp_path: Path) -> None:
    whole = Recipe(**Recipe().model_dump())
    assert whole.model_fields_set == set(Recipe.model_fields)
    recipes.write(whole, tmp_path / "recipe.toml")
    assert recipes.read(tmp_path / "recipe.toml") == whole


@pytest.mark.parametrize("settings", [{"costs": ("a>b=3", "b>a=0.5")}, {"costs": ("a,b>c=5",)},
    {"rungs": ("prior", "pretrained:/x, y/n.keras")}, {"max_error": 0.02}, {"learning_rate": 0.0}, {"fine_tune": "all"}])
def test_settings_of_other_kinds_are_read_back(settings: dict[str, object], tmp_path: Path) -> None:
    recipe = Recipe(**settings)
    recipes.write(recipe, tmp_path / "recipe.toml")
    assert recipes.read(tmp_path / "recipe.toml") == recipe

"""Do the settings of a machine stand in the recipe under the same names?"""

from __future__ import annotations

from pathlib import Path

from receta.core.recipe import Recipe
from receta.core.session import MachineSettings, Session


def test_a_recipe_that_says_nothing_gives_the_settings_of_no_recipe() -> None:
    assert MachineSettings.of(Recipe()) == MachineSettings()


def test_what_a_recipe_says_of_the_machine_is_in_the_session() -> None:
    recipe = Recipe(threads=3, backend="jax", precision="float32", tensorboard=True, budget_s=9.0)
    session = Session(Path("run"), machine=MachineSettings.of(recipe))
    assert session.machine == MachineSettings(3, "jax", "float32", True, budget_s=9.0)


def test_a_session_in_another_folder_is_the_same_else(tmp_path: Path) -> None:
    session = Session(tmp_path, force=True)
    assert session.in_folder(tmp_path / "cnn").in_folder(tmp_path) == session

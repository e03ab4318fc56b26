"""What was decided for a rung, so that a training that was killed goes on with the same?

decisions.json in the rung's folder holds all of it, and the whole recipe that the rung is trained
by. A decision is written before anything follows from it; the file is replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from receta.core import disk, naming, records, shapes
from receta.core.errors import RecipeError, RunError
from receta.core.recipe import Recipe
from receta.training.result import ADVICE

# The files of a run of format 1, by what they decide.
_OF_FORMAT_1 = {
    "learning_rate": "rate.json",
    "image_size": "size.json",
    "examples": "examples.json",
    "augment": "augment.json",
    "plan": "plan.json",
    "pace": "pace.json",
    "fine_tune": "transfer.json",
}


class Decisions:
    """The decisions of the rung in a folder; `receta.core.records.DECISIONS` names them.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = Decisions(Path(folder)).once("examples", lambda: 80)
    ...     later = Decisions(Path(folder)).once("examples", lambda: 90)
    >>> first, later
    (80, 80)
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "decisions.json"

    def find(self, name: str) -> Any:
        """What was decided, None before it was."""
        return self._read().get(name)

    def keep(self, name: str, value: Any) -> None:
        """Write a decision down, or another one in its place."""
        disk.write_json(self.path, {**self._read(), name: value})

    def once(self, name: str, decide: Callable[[], Any]) -> Any:
        """What was decided; else what `decide` says now, which is kept."""
        if self.find(name) is None:
            self.keep(name, decide())
        return self.find(name)

    def find_recipe(self) -> Recipe | None:
        """The recipe that the rung is trained by, None before it was decided."""
        known = self._read()
        if "recipe" not in known:
            return None
        said = shapes.mismatch(known, {"given": [str]})
        strange = (
            "" if said else naming.first_few(sorted({*known["given"]} - {*Recipe.model_fields}), 1)
        )
        if strange:
            said = f"given holds {strange}; expected names of settings"
        try:
            whole = Recipe(**known["recipe"])
        except RecipeError as error:
            said = said or str(error)
        if said:
            raise RunError(f"{self.path} is damaged ({said}). {ADVICE}")
        # What was left to the defaults is still known as that.
        return whole.model_construct(_fields_set=set(known["given"]), **dict(whole))

    def keep_recipe(self, recipe: Recipe) -> None:
        """Write the recipe down, and which of its settings the user or the rung gave."""
        known = {"recipe": recipe.model_dump(mode="json"), "given": sorted(recipe.model_fields_set)}
        disk.write_json(self.path, {**self._read(), **known})

    def _read(self) -> dict[str, Any]:
        if self.path.exists():
            known: dict[str, Any] = disk.read_json(self.path, records.DECISIONS)
            return known
        return {
            name: disk.read_json(self.folder / file, records.DECISIONS[f"{name}?"])
            for name, file in _OF_FORMAT_1.items()
            if (self.folder / file).exists()
        }

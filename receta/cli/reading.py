"""How does what was typed become a recipe, names, callbacks, and a network in a file?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from receta.cli.printing.console import say
from receta.core.errors import RecetaError

if TYPE_CHECKING:
    from receta.core.progress import Progress
    from receta.core.recipe import Recipe
    from receta.data.dataset import Dataset


def read_words(text: str | None) -> list[str]:
    """The words of a list such as `leak,duplicate`."""
    return [word.strip() for word in (text or "").split(",") if word.strip()]


def read_recipe(
    path: Path | None, settings: list[str] | None, **options: str | int | bool | None
) -> Recipe:
    """The recipe of a file and of settings, and of options named as the recipe's fields are.

    `budget` is a time such as 5m. Raises RecipeError in one line, and UnknownName for a rung.
    """
    from receta import models
    from receta.core import deadline, recipe_files

    changes = list(settings or [])
    budget = options.pop("budget", None)
    if budget is not None:
        changes.append(f"budget_s={deadline.read_budget(str(budget))}")
    changes += [
        f"{name}={'true' if value is True else value}"
        for name, value in options.items()
        if value is not None and value is not False
    ]
    chosen = recipe_files.read(path, changes)
    deadline.refuse_no_second(chosen.budget_s)
    for name in chosen.rungs:
        models.entry(name)
    return chosen


def read_pixels(examples: Dataset, recipe: Recipe, progress: Progress) -> Any:
    """Decoded pictures; None of data that are no pictures."""
    if not examples.is_seen:
        return None
    from receta import kinds

    return kinds.of(examples).decode(examples, recipe, progress)


def read_callbacks(path: Path | None, recipe: Recipe) -> Any:
    """What the file of --callbacks defines; it may import Keras, so the backend is set up first."""
    if path is None:
        return None
    from receta.pipeline import backend

    backend.prefer(recipe.backend)
    backend.start(recipe.threads)
    from receta.training import callbacks

    return callbacks.from_file(path)


def read_file_options(
    model: Path, *, names: str | None, pixels: str | None, logits: bool, trust: bool
) -> dict[str, Any]:
    """What is said of anybody's network, for `exporters.subject`.

    Empty for a run or a bundle, of which all is known.
    """
    from receta import exporters, predictors

    exporters.refuse_unknown_pixels(pixels)
    if predictors.is_network(model):
        return {
            "class_names": read_words(names),
            "pixels": pixels,
            "logits": logits,
            "trust": trust,
        }
    said = [
        f"--{name}"
        for name, given in (("names", names), ("pixels", pixels), ("logits", logits))
        if given
    ]
    if said and model.exists():
        raise RecetaError(
            f"{', '.join(said)} is of networks in a file; expected none with a run or a bundle, "
            "which knows. Leave it away."
        )
    return {}


def refuse_other_than_png(option: str, path: Path | None) -> None:
    """RecetaError for a file that is to be a picture and is not named so."""
    if path is not None and path.suffix.lower() != ".png":
        raise RecetaError(
            f"{option} {path} is no picture that can be written; expected a name that ends with "
            ".png."
        )


def tell_unchecked(opened: Any) -> Any:
    """A run or a bundle, after its files were compared with their digests.

    Where it has none, that is said.
    """
    if opened.why_unchecked:
        say(opened.why_unchecked)
    return opened


def tell_guess(folder: Path) -> None:
    """Say so where a run or a bundle that is to be used was not better than guessing."""
    from receta.evaluation import warning

    if said := warning.warn_of_guess(folder):
        say(said)

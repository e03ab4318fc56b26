"""How is a recipe read from a file and from a user's words, and written?"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from receta.core import disk, outside, setting_words
from receta.core.errors import RecipeError
from receta.core.recipe import Recipe

_MOST_BYTES, _MOST_DOTS = 2**20, 20  # of a recipe's file, of one of its keys


def read(path: Path | None, changes: Iterable[str] = ()) -> Recipe:
    """A recipe from a TOML file (or none) and `key=value` texts on top.

    Raises RecipeError for an unreadable file, an unknown key or a value out of bounds.
    """
    settings: dict[str, Any] = {}
    if path is not None:
        expected = "a TOML file with lines such as epochs = 20"
        with outside.reading(
            f"recipe {path}", expected, "Mend it, or name another one with --recipe.", RecipeError
        ):
            text = outside.read_file(path, _MOST_BYTES).decode("utf-8")
            # tomllib reads a key of many parts in the square of their number; a recipe is flat.
            if any(
                line.partition("=")[0].count(".") > _MOST_DOTS
                for line in text.split("\n")
                if not line.startswith("#")
            ):
                raise ValueError(f"a key has more than {_MOST_DOTS} parts")
            settings = tomllib.loads(text)
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise RecipeError(
                f"--set {setting_words.shorten(change)} has no '='; expected key=value, such as "
                "--set epochs=20."
            )
        settings[name.strip()] = value.strip()
    return Recipe(**settings)


def write(recipe: Recipe, path: Path) -> None:
    """Write recipe.toml atomically."""
    disk.write_text(path, as_toml(recipe))


def as_toml(recipe: Recipe) -> str:
    """Text of a recipe.toml that holds every setting, with its help."""
    import tomli_w

    lines = ["# Settings of a receta run; `receta run DATA --recipe THIS_FILE` repeats them."]
    for name, field in Recipe.model_fields.items():
        value = getattr(recipe, name)
        if name not in recipe.model_fields_set:
            continue
        plain: Any = "auto" if value is None else value
        # names that hold commas (of classes, of files) stand in a list
        if isinstance(value, tuple):
            plain = (
                list(value) if any("," in str(one) for one in value) else setting_words.spell(value)
            )
        lines += [f"\n# {field.description}", tomli_w.dumps({name: plain}).strip()]
    rest = [name for name in Recipe.model_fields if name not in recipe.model_fields_set]
    if rest:
        lines += ["\n# Left to each rung, or to these defaults:"]
        lines += [f"# {name} = {setting_words.spell(getattr(recipe, name))}" for name in rest]
    return "\n".join(lines) + "\n"

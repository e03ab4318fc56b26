"""Can every setting be read back as it is shown and written?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from receta.core import recipe_files, setting_words
from receta.core.errors import RecipeError
from receta.core.recipe import Recipe, bounds


@pytest.mark.parametrize("name", list(Recipe.model_fields))
def test_a_default_is_taken_as_it_is_shown(name: str) -> None:
    default = getattr(Recipe(), name)
    assert (
        getattr(recipe_files.read(None, [f"{name}={setting_words.spell(default)}"]), name)
        == default
    )


def test_a_recipe_that_says_every_setting_is_read_back_from_its_file(tmp_path: Path) -> None:
    whole = Recipe(**Recipe().model_dump())
    assert whole.model_fields_set == set(Recipe.model_fields)
    recipe_files.write(whole, tmp_path / "recipe.toml")
    assert recipe_files.read(tmp_path / "recipe.toml") == whole


@pytest.mark.parametrize(
    "settings",
    [
        {"costs": ("a>b=3", "b>a=0.5")},
        {"costs": ("a,b>c=5",)},
        {"rungs": ("prior", "pretrained:/x, y/n.keras")},
        {"max_error": 0.02},
        {"learning_rate": 0.0},
        {"fine_tune": "all"},
    ],
)
def test_settings_of_other_kinds_are_read_back(settings: dict[str, object], tmp_path: Path) -> None:
    recipe = Recipe(**settings)
    recipe_files.write(recipe, tmp_path / "recipe.toml")
    assert recipe_files.read(tmp_path / "recipe.toml") == recipe


BIG = "9" * 4200
HOSTILE = {
    "rate without end": "learning_rate = 1e400",
    "rate that is no number": "dropout = nan",
    "epochs": f"epochs = {BIG}",
    "digits": f"epochs = {'9' * 6000}",
    "deep list": "rungs = " + "[" * 50_000,
    "deep table": "a = " + "{a=" * 3000,
    "parts of a key": f"a{'.a' * 20_000} = 1",
    "parts of a header": f"[a{'.a' * 20_000}]",
    "self": "self = 3",
    "lists in a list": "augmentations = [[1], [2]]",
    "tables in a list": "augmentations = [{a = 1}]",
    "numbers": "rungs = [1, 2]",
    "rungs": "rungs = [" + ",".join(f'"r{k}"' for k in range(20_000)) + "]",
    "cost": f'costs = "a>b={BIG}"',
    "costs": "costs = [[1]]",
    "size": f"image_size = {BIG}",
    "key": f'"{"k" * 300_000}" = 1',
    "value": f'backend = "{"k" * 300_000}"',
    "bytes": "#" * (2 * 2**20),
    "surrogate": b'backend = "\xed\xa0\x80"',
    "no UTF-8": b"\xff\xfe",
}


@pytest.mark.parametrize("name", list(HOSTILE))
def test_a_hostile_recipe_is_refused_in_one_short_line(name: str, tmp_path: Path) -> None:
    text = HOSTILE[name]
    (tmp_path / "recipe.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RecipeError) as caught:
        recipe_files.read(tmp_path / "recipe.toml")
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize(
    "change", ["self=1", f"epochs={BIG}", "x" * 100_000, f"image_size={BIG}", f"costs=a>b={BIG}"]
)
def test_a_hostile_setting_is_refused_in_one_short_line(change: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipe_files.read(None, [change])
    assert len(str(caught.value)) < 600


ROW = re.compile(r"^\| `(\w+)` \| .*? \| (a (?:whole )?number(?: .*?)?) \| ", re.MULTILINE)
LIMIT = re.compile(r"(>=|<=|>|<) (\S+?)(?:,|$| )")


def manual() -> str:
    return (Path(__file__).parents[2] / "docs" / "recipe.md").read_text("utf-8")


def test_what_nobody_sets_is_what_the_manual_says() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \| .*? \| ", manual(), re.MULTILINE))
    assert {name: rows.get(name) for name in Recipe.model_fields} == {
        name: setting_words.spell(getattr(Recipe(), name)) for name in Recipe.model_fields
    }


@pytest.mark.parametrize(("name", "words"), ROW.findall(manual()))
def test_a_number_may_be_what_the_manual_says_and_nothing_beyond(name: str, words: str) -> None:
    assert bounds(name) == words
    step = 1 if "whole" in words else 1e-6

    def is_taken(value: float) -> bool:
        try:
            Recipe(**{name: value})
        except RecipeError:
            return False
        return True

    for sign, text in LIMIT.findall(words):
        bound = float(text) if step < 1 else int(float(text))
        assert is_taken(bound) is ("=" in sign)
        outwards = step if "<" in sign else -step
        assert not is_taken(bound + outwards * max(1, abs(bound) * step))


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("auto", None),
        ("28", (28, 28)),
        (28, (28, 28)),
        ("28X40", (28, 40)),
        ([4, 2048], (4, 2048)),
        ((5,), (5, 5)),
        *((value, "") for value in ("3", 2049, "28x40x3", "x", [], [1, 2, 3], [4.5], "4,5", {4})),
    ],
)
def test_a_size_is_one_or_two_sides_of_4_to_2048_pixels(value, size) -> None:
    if size == "":
        with pytest.raises(RecipeError, match=r"image_size=.* is out of bounds; expected pixels"):
            Recipe(image_size=value)
    else:
        assert Recipe(image_size=value).image_size == size


def test_a_recipe_has_a_million_bytes_and_a_key_twenty_dots_at_most(tmp_path: Path) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text("epochs = 3\n".ljust(2**20, "#"))
    assert recipe_files.read(path).epochs == 3
    path.write_text("epochs = 3\n".ljust(2**20 + 1, "#"))
    with pytest.raises(RecipeError, match=r"recipe\.toml"):
        recipe_files.read(path)
    for dots, words in ((20, "'?a'?"), (21, "a key has more than 20 parts")):
        path.write_text(f"{'a.' * dots}a = 0.5")
        with pytest.raises(RecipeError, match=words):
            recipe_files.read(path)


def test_the_nearest_of_a_few_words_is_named() -> None:
    with pytest.raises(RecipeError, match=r"Did you mean 'cosine'\?"):
        recipe_files.read(None, ["schedule=cosin"])

"""Which changes can be tried, and which are refused in one line?"""

from __future__ import annotations

import pytest

from receta import kinds, load
from receta.core.errors import RecipeError, UnknownName
from receta.core.progress import Unasked
from receta.core.recipe import Recipe
from receta.studies import changes
from receta.studies.presets import course


@pytest.fixture(scope="module")
def digits():
    return kinds.read(load("digits"), Recipe(), Unasked())


def test_a_change_is_a_setting_with_its_own_type() -> None:
    found = changes.read_change("batch_size=16; rung=mlp;inputs=zeroed")
    assert found.settings == {"rungs": ["mlp"], "batch_size": 16}
    assert found.inputs == "zeroed"
    assert found.change == "batch_size=16; rung=mlp;inputs=zeroed"


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("dropot=0", RecipeError, "Did you mean 'dropout'"),
        ("dropout=2", RecipeError, "out of bounds"),
        ("dropout", RecipeError, "has no '='"),
        ("", RecipeError, "is empty"),
        ("seed=1", RecipeError, "--seeds"),
        ("test_share=0.3", RecipeError, "same examples"),
        ("rung=cnnn", UnknownName, "Did you mean 'cnn'"),
    ],
)
def test_what_is_no_change_is_refused_in_one_line(
    text: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        changes.read_change(text)
    assert "\n" not in str(caught.value)


def test_pairs_are_all_that_can_go_together() -> None:
    three = [changes.read_change(one) for one in ("dropout=0", "dropout=0.5", "l2=0.1")]
    named = [one.change for one in changes.list_variants(three, pairs=True)]
    assert named[1:4] == ["dropout=0", "dropout=0.5", "l2=0.1"]
    assert named[4:] == ["dropout=0 + l2=0.1", "dropout=0.5 + l2=0.1"]


def test_the_same_change_twice_is_one_variant() -> None:
    twice = [changes.read_change("dropout=0"), changes.read_change("dropout=0.0")]
    assert len(changes.list_variants(twice)) == 2


@pytest.mark.parametrize(
    "text", ["augment=0.4", "rung=cnn", "batch_size=64", "image_size=8x8", "dropout=0.2; l2=0"]
)
def test_a_change_that_is_the_base_is_refused(text: str, digits) -> None:
    variants = changes.list_variants([changes.read_change(text)])
    with pytest.raises(RecipeError, match="is the base itself"):
        changes.refuse_base(variants, Recipe(rungs=("cnn",)), digits, 1257)


def test_a_change_of_one_of_two_settings_is_a_change(digits) -> None:
    variants = changes.list_variants([changes.read_change("dropout=0.2; l2=0.5")])
    changes.refuse_base(variants, Recipe(rungs=("cnn",)), digits, 1257)


def test_the_preset_of_the_courses_names_its_variants(digits) -> None:
    recipe = Recipe(rungs=("course_simple_conv",))
    found = {one.change: one for one in course(recipe, digits, print)}
    assert found["smaller input"].settings == {"image_size": [8, 8]}
    assert found["smaller batch"].settings == {"batch_size": 8}
    assert found["zeroed inputs"].inputs == "zeroed"
    assert {"more filters", "xception", "augmented", "dropout", "larger"} <= found.keys()

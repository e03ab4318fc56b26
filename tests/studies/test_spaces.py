"""Is a space read as it was meant, and a wrong one refused in one line?"""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest

from receta import models
from receta.core.errors import RecipeError
from receta.studies.search import space_of
from receta.studies.tuning.space import Range, Space
from receta.studies.tuning.space_file import make_space, read_space

WHOLE = """
weight_decay = { low = 1e-5, high = 0.1, log = true, when = { optimizer = "adamw" } }
optimizer = ["adamw", "sgd"]
dropout = { low = 0, high = 0.55, step = 0.1 }
batch_size = { low = 16, high = 128, log = true }
schedule = "cosine"
"""


def space(text: str) -> Space:
    return make_space(tomllib.loads(text), "space.toml")


def test_a_space_is_the_same_after_it_was_written_down() -> None:
    assert Space.from_json(space(WHOLE).to_json()) == space(WHOLE)


def test_a_setting_stands_behind_the_one_that_its_condition_names() -> None:
    names = [one.name for one in space(WHOLE).parameters]
    assert names.index("optimizer") < names.index("weight_decay")


def test_a_setting_whose_condition_does_not_hold_is_in_no_point_of_a_grid() -> None:
    points = space(WHOLE).grid(seed=0)
    assert {"weight_decay" in one for one in points if one["optimizer"] == "sgd"} == {False}
    assert {"weight_decay" in one for one in points if one["optimizer"] == "adamw"} == {True}


def test_a_grid_holds_each_point_once_in_an_order_of_its_seed() -> None:
    first, other = space(WHOLE).grid(seed=0), space(WHOLE).grid(seed=1)
    assert first != other
    assert sorted(map(str, first)) == sorted(set(map(str, other)))


def test_whole_numbers_stay_whole_and_steps_end_below_the_top() -> None:
    points = space(WHOLE).grid(seed=0)
    assert {type(one["batch_size"]) for one in points} == {int}
    assert {one["dropout"] for one in points} == {0.0, 0.1, 0.2, 0.3, 0.4, 0.5}


def test_a_number_is_brought_into_its_range_with_four_digits() -> None:
    assert Range(1e-4, 1e-1, log=True).clip(7.0) == 1e-1
    assert Range(0.0, 1.0).clip(0.123456) == 0.1235


@pytest.mark.parametrize("rung", [one for one in models.SHELF.names() if one != "pretrained"])
def test_the_space_of_every_rung_that_learns_holds(rung: str) -> None:
    if models.is_trained(rung):
        assert space_of(rung).searched
    else:
        with pytest.raises(RecipeError, match="nothing to search"):
            space_of(rung)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lerning_rate = [1, 2]", "no setting that a rung knows.*Did you mean 'learning_rate'"),
        ("seed = [1, 2]", "the same for all trials"),
        ("threads = [1, 2]", "belongs to the machine"),
        ("dropout = { low = 0, high = 1.5 }", "dropout goes to 1.5; expected a number >= 0 and"),
        ("dropout = { lo = 0, high = 0.5 }", "the word lo.*Did you mean 'low'"),
        ('dropout = { low = 0, high = 0.5, type = "flot" }', "Did you mean 'float'"),
        ('optimizer = ["adm", "sgd"]', "optimizer is adm.*Did you mean 'adam'"),
        ("optimizer = { low = 0, high = 2 }", "expected adam or adamw"),
        ("dropout = [0.1, [1]]", "the choice"),
        ("dropout = [0.1, 0.1]", "a choice twice"),
        ("dropout = 0.1", "nothing to search"),
        ("", "0 settings"),
        ('rungs = ["mlp,cnn", "cnn"]', "one rung for each trial"),
        ("batch_size = { low = 1.5, high = 8 }", "expected a whole number"),
        ("dropout = { low = nan, high = 0.5 }", "expected a number"),
        ("dropout = { high = 0.5 }", "nothing for low"),
        ("dropout = { low = 0.5, high = 0.5 }", "low below high"),
        ("learning_rate = { low = 0, high = 1, log = true }", "low above 0"),
        ("epochs = { low = 1, high = 3, step = 1, log = true }", "no log beside"),
        ("l1 = { low = 0, high = 0.5, step = 2 }", "a step above 0 that fits"),
        ('l1 = { low = 0, high = 1, when = "sgd" }', "expected a table"),
        (
            'l1 = { low = 0, high = 1, when = { optimiser = "sgd" } }\noptimizer = ["sgd", "adam"]',
            "Did you mean 'optimizer'",
        ),
        (
            'l1 = { low = 0, high = 1, when = { optimizer = "sdg" } }\noptimizer = ["sgd", "adam"]',
            "matters when optimizer is sdg.*Did you mean 'sgd'",
        ),
        (
            "l1 = { low = 0, high = 1, when = { l2 = 0.1 } }\nl2 = { low = 0, high = 1 }",
            "which is a range",
        ),
        (
            'optimizer = { choices = ["sgd", "adam"], when = { schedule = "linear" } }\n'
            'schedule = { choices = ["linear", "cosine"], when = { optimizer = "sgd" } }',
            "depends on itself",
        ),
    ],
)
def test_a_space_that_is_none_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said) as caught:
        space(text)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("space.toml")


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "space.toml"
    path.write_bytes(b"dropout = { low = .5 }\xff")
    with pytest.raises(RecipeError, match=r"space .*space\.toml cannot be read"):
        read_space(path)
    with pytest.raises(RecipeError, match="cannot be read"):
        read_space(tmp_path / "none.toml")


def test_a_grid_that_never_ends_is_refused() -> None:
    wide = space("batch_size = { low = 1, high = 60000, step = 1 }")
    with pytest.raises(RecipeError, match=r"expected 10,000 points at most"):
        wide.grid(seed=0)


@pytest.mark.parametrize(
    "plain",
    [
        {"batch_size": {"low": 1, "high": 10**400}},
        {"dropout": {"low": 0.0, "high": 0.5, "step": 5e-324}},
        {"dropout": {"low": 0.0, "high": 0.5, "step": 0.0}},
        {"dropout": {"low": 0.0, "high": math.nan}},
        {"weights": ["/etc/passwd", "http://169.254.169.254/x"]},
    ],
    ids=str,
)
def test_numbers_without_bounds_are_refused_in_one_short_line(plain: dict) -> None:
    with pytest.raises(RecipeError) as caught:
        make_space(plain, "here")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300

"""Does the manual name everything that stands on the shelves, as it is?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from receta import audits, checks, cleaning, converting, models, sources
from receta.core.recipe import Recipe, bounds
from receta.training import FILES

ROOT = Path(__file__).resolve().parents[1]


def text(*names: str) -> str:
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


@pytest.mark.parametrize("name", [*checks.SHELF.names(), *audits.SHELF.names()])
def test_every_check_and_audit_stands_in_the_manual(name: str) -> None:
    assert f"`{name}`" in text("docs/checks.md")


@pytest.mark.parametrize("name", list(Recipe.model_fields))
def test_every_setting_stands_in_the_manual_with_its_bounds(name: str) -> None:
    assert f"| `{name}` |" in text("docs/recipe.md")
    assert bounds(name) in text("docs/recipe.md")


@pytest.mark.parametrize("name", models.SHELF.names())
def test_every_rung_stands_in_the_manual_with_its_defaults(name: str) -> None:
    row = re.search(rf"^\| `{name}` \| (.*)$", text("docs/recipe.md"), re.M)
    assert row
    for n in (0, models.MANY):
        assert all(f"{key}={value}" in row[1] for key, value in models.defaults(name, n).items())


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_a_run_stands_in_the_manual(name: str) -> None:
    assert f"`{name}`" in text("docs/runs.md")


@pytest.mark.parametrize("name", sources.shelf.names())
def test_every_source_stands_in_the_manual(name: str) -> None:
    assert f"`{name}`" in text("docs/data.md")


@pytest.mark.parametrize("name", converting.SHELF.names())
def test_every_format_stands_in_the_manual(name: str) -> None:
    assert f"| `{name}` |" in text("docs/data.md")


@pytest.mark.parametrize("name", cleaning.codes())
def test_every_fix_stands_in_the_manual_with_its_methods(name: str) -> None:
    row = re.search(rf"^\| .*`{name}`.* \| (.*)$", text("docs/cleaning.md"), re.M)
    assert row
    assert all(method in row[1] for method in cleaning.methods(name))

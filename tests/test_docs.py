"""Does the manual say what stands on the shelves, as it is?"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from receta.core.recipe import Recipe, bounds
from receta.training import FILES

ROOT = Path(__file__).resolve().parents[1]


def text(*names: str) -> str:
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tables", ROOT / "docs" / "tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_of_shelves_are_as_their_entries_say(tables: ModuleType) -> None:
    stale = [path.name for path in tables.stale()]
    assert not stale, f"{', '.join(stale)}: stale tables. Run: python docs/tables.py"


def test_every_table_stands_on_a_page(tables: ModuleType) -> None:
    pages = text(*tables.PAGES)
    assert [name for name in tables.TABLES if f"<!-- table: {name} -->" not in pages] == []


def test_an_entry_that_changed_makes_its_page_stale(
    tables: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    from receta.audits import SHELF

    monkeypatch.setattr(SHELF.module("dark"), "FINDS", "something else")
    assert [path.name for path in tables.stale()] == ["checks.md"]


@pytest.mark.parametrize("name", list(Recipe.model_fields))
def test_every_setting_stands_in_the_manual_with_its_bounds(name: str) -> None:
    assert f"| `{name}` |" in text("docs/recipe.md")
    assert bounds(name) in text("docs/recipe.md")


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_a_run_stands_in_the_manual(name: str) -> None:
    assert f"`{name}`" in text("docs/runs.md")

"""Is a verb of the command line one file, and is no other file loaded when it is asked for?"""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from shell import environment

import receta
from receta.cli import verbs
from receta.cli.command import make_command
from receta.core.errors import RecetaError
from receta.core.registry import Shelf
from receta.data.options import questions

# The command line with a folder of verbs beside its own; what it loaded is printed at the end.
PROGRAM = """
import atexit, sys
import receta.cli.verbs as verbs
verbs.__path__.append(sys.argv.pop(1))
atexit.register(lambda: print("loaded", *sorted(
    name.rpartition(".")[2] for name in sys.modules if name.startswith("receta.cli.verbs.")
)))
from receta.cli import main
main()
"""
GREET = '''
"""How is somebody greeted?"""

from __future__ import annotations

from typing import Annotated

import typer

from receta.cli.options import Json

GROUP = "Data"
AFTER = "audit"
EXAMPLES = (("receta greet Ana", "say hello"),)


def greet(
    name: Annotated[str, typer.Argument(help="Who it is.")], as_json: Json = False
) -> None:
    """Say hello to somebody."""
    print(f"hello, {name}")
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one more verb."""
    (tmp_path / "greet.py").write_text(GREET.lstrip(), encoding="utf-8")
    return tmp_path


def run_with(folder: Path, *words: str) -> list[str]:
    """Lines of stdout of the command line that has the verbs of a folder too."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), *words],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_one_file_more_is_one_verb_more_in_help_behind_the_one_it_names(folder: Path) -> None:
    lines = run_with(folder, "--help")
    at = next(n for n, line in enumerate(lines) if line.startswith("  greet "))
    assert lines[at].split(maxsplit=1)[1] == "Say hello to somebody."
    data = lines[lines.index("Data:") : lines.index("For experts:")]
    assert [line.split()[0] for line in data if line][1:3] == ["look", "audit"]
    assert lines[at] in data


def test_the_verb_runs_and_no_other_is_loaded(folder: Path) -> None:
    assert run_with(folder, "greet", "Ana") == ["hello, Ana", "loaded greet"]


def test_its_own_help_has_its_options_and_examples(folder: Path) -> None:
    lines = run_with(folder, "greet", "--help")
    assert any("--json" in line for line in lines)
    assert any("receta greet Ana" in line for line in lines)


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        (GREET.replace("EXAMPLES =", "OTHERS ="), "lacks EXAMPLES"),
        (GREET.replace("def greet", "def hello"), "lacks greet"),
    ],
)
def test_a_file_that_is_no_verb_is_refused_by_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, lacks: str
) -> None:
    room = tmp_path / "verbs_of_a_test"
    room.mkdir()
    (room / "__init__.py").write_text("")
    (room / "greet.py").write_text(text.lstrip(), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("verbs_of_a_test", "verbs_of_a_test.greet"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(RecetaError, match=lacks):
        Shelf("verbs_of_a_test", "verb", contract=verbs.Verb).module("greet")


def test_every_verb_stands_once_in_help_and_says_what_it_does() -> None:
    shown = [name for names in verbs.list_in_groups().values() for name in names]
    assert sorted(shown) == sorted(verbs.SHELF.names())
    assert all(verbs.describe(name).endswith(".") for name in shown)
    assert tuple(verbs.list_in_groups()) == verbs.GROUPS


def test_each_option_of_data_is_in_every_verb_that_takes_data_and_in_load_and_run() -> None:
    asked = {field.name for field, _ in questions()}
    assert {"label", "target", "window"} <= asked
    for name in ("run", "train", "look", "audit", "clean", "split", "check", "convert"):
        assert asked <= {one.name for one in make_command(name).params}, name
    for function in (receta.load, receta.run):
        assert asked <= set(inspect.signature(function).parameters)


def test_evaluate_asks_nothing_about_data_that_the_model_knows() -> None:
    asked = {field.name for field, one in questions() if one.is_of_model}
    assert {"group", "window", "horizon"} <= asked
    assert not asked & {one.name for one in make_command("evaluate").params}

"""Does the package keep the promises that no single room can keep?"""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import inspect
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from patience import PATIENCE

import receta

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "receta"
FILES = sorted(PACKAGE.rglob("*.py"))
HEAVY = (
    "keras",
    "tensorflow",
    "jax",
    "torch",
    "sklearn",
    "scipy",
    "pandas",
    "onnxruntime",
    "starlette",
    "pyarrow",
    "httpx",
)
BACKENDS = {"tensorflow", "jax", "torch"}
PUBLIC = tuple(getattr(receta, "__all__", ()))


def in_a_new_python(code: str) -> str:
    """What the code prints in an interpreter that has imported nothing yet."""
    plain = {**os.environ, "TERM": "dumb", "COLUMNS": "200"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, env=plain, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=str(file))


def imports(file: Path) -> Iterator[tuple[str, int]]:
    """First names of the modules that a file imports anywhere, with lines."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0], node.lineno


def room(file: Path) -> str:
    """Name of the room that a file of the package stands in."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def at(file: Path, line: int) -> str:
    return f"{file.relative_to(ROOT)}:{line}"


def normal(name: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


# The public surface


def test_public_names_are_sorted_and_once_each() -> None:
    assert PUBLIC, "receta/__init__.py has no __all__"
    assert list(PUBLIC) == sorted(set(PUBLIC))


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_leads_somewhere(name: str) -> None:
    assert getattr(receta, name) is not None
    assert name in dir(receta)


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_verb"):
        receta.no_such_verb  # noqa: B018


@pytest.mark.parametrize("name", [name for name in PUBLIC if not name.startswith("__")])
def test_no_module_is_named_like_a_public_name(name: str) -> None:
    """Importing receta.NAME would put the module where the function was."""
    assert importlib.util.find_spec(f"receta.{name}") is None


@pytest.mark.parametrize(
    "file", [f for f in FILES if f.name == "__init__.py"], ids=lambda f: str(f.relative_to(ROOT))
)
def test_no_door_of_a_room_is_shadowed_by_a_module(file: Path) -> None:
    doors = {node.name for node in tree(file).body if isinstance(node, ast.FunctionDef)}
    modules = {entry.stem for entry in file.parent.glob("*.py")}
    rooms = {entry.parent.name for entry in file.parent.glob("*/*.py")}
    assert not doors & (modules | rooms)


# Docstrings


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_thing_says_in_one_short_line_what_it_is(name: str) -> None:
    thing = getattr(receta, name)
    if not (inspect.isroutine(thing) or inspect.isclass(thing)):
        pytest.skip("a plain value has no docstring")
    first = (thing.__doc__ or "").strip().partition("\n")[0]
    assert first, f"receta.{name} has no docstring"
    assert len(first) <= 72, first


def test_every_public_function_of_a_file_says_what_it_does() -> None:
    silent = [
        f"{at(file, node.lineno)} {node.name}"
        for file in FILES
        for node in tree(file).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not (ast.get_docstring(node) or "").strip()
    ]
    assert silent == []


def test_every_file_begins_by_saying_what_it_is_for() -> None:
    assert [
        str(file.relative_to(ROOT)) for file in FILES if not ast.get_docstring(tree(file))
    ] == []


# What is loaded when


def test_importing_receta_loads_nothing_heavy() -> None:
    print_loaded = f"import receta, sys; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    assert in_a_new_python(print_loaded).split() == []


def test_help_is_shown_and_loads_nothing_heavy() -> None:
    shown = in_a_new_python(f"""
import sys
from receta.cli import main
sys.argv = ["receta", "--help"]
try:
    code = main()
except SystemExit as end:
    code = end.code
print("exit code", code or 0)
print("loaded", *sorted(set({HEAVY!r}) & set(sys.modules)))
""")
    assert "run" in shown
    assert shown.splitlines()[-2:] == ["exit code 0", "loaded"]


def test_help_of_run_names_its_options() -> None:
    shown = in_a_new_python("""
import sys
from receta.cli import main
sys.argv = ["receta", "run", "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code
""")
    for option in ("--test", "--out", "--set", "--group", "--json", "--force"):
        assert option in shown, option


# Who imports what


def test_looking_at_data_needs_no_keras() -> None:
    """Sources may: one of them reads the data sets that Keras knows."""
    rooms = {
        "__init__",
        "cli",
        "core",
        "data",
        "codecs",
        "fetching",
        "copies",
        "probing",
        "pixels",
        "audits",
        "cleaning",
        "splitting",
    }
    wrong = [
        at(file, line)
        for file in FILES
        if room(file) in rooms
        for name, line in imports(file)
        if name == "keras"
    ]
    assert wrong == []


def test_a_backend_is_named_in_pipeline_exporters_and_doctor_alone() -> None:
    wrong = [
        f"{at(file, line)} {name}"
        for file in FILES
        if room(file) not in {"pipeline", "exporters", "doctor"}
        for name, line in imports(file)
        if name in BACKENDS
    ]
    assert wrong == []


def test_what_is_imported_is_declared() -> None:
    """Each package that receta imports is a dependency or in an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"]]
    for extra, packages in project["optional-dependencies"].items():
        wanted += packages if extra not in {"dev", "docs"} else []
    declared = {normal(re.split(r"[^\w.-]", package)[0]) for package in wanted}
    installed = importlib.metadata.packages_distributions()
    wrong = []
    for file in FILES:
        for name, line in imports(file):
            if name == "receta" or name in sys.stdlib_module_names:
                continue
            if not declared & {normal(package) for package in [name, *installed.get(name, ())]}:
                wrong.append(f"{at(file, line)} {name}")
    assert wrong == []


# What may stand nowhere


def test_nothing_is_pickled_or_evaluated() -> None:
    wrong = [
        at(file, line)
        for file in FILES
        for name, line in imports(file)
        if name in {"pickle", "cloudpickle", "dill", "marshal", "shelve"}
    ]
    for file in FILES:
        for node in ast.walk(tree(file)):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}:
                wrong.append(at(file, node.lineno))
            for keyword in node.keywords:
                allowed = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
                if keyword.arg == "allow_pickle" and not allowed:
                    wrong.append(at(file, node.lineno))
    assert wrong == []


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    host = re.compile(
        r"\b[\w.-]*(?:pypi|pythonhosted|npmjs|debian|ubuntu)[\w-]*\.(?:org|com|net|io)\b",
        re.IGNORECASE,
    )
    path = re.compile(r"(?<![\w.*}])/(?:work|root)/[\w.]")
    wrong = []
    for file in files_of_the_project():
        try:
            text = file.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        for line, words in enumerate(text.splitlines(), 1):
            if host.search(words) or path.search(words):
                wrong.append(f"{at(file, line)} {words.strip()[:100]}")
    assert wrong == []


def files_of_the_project() -> list[Path]:
    """Files that git has or would take, or all where there is no git."""
    command = ["git", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if listed.returncode == 0:
        return [
            ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()
        ]
    left_out = {".venv", ".git", "runs", "node_modules", "assets"}
    return [file for file in ROOT.rglob("*") if file.is_file() and not left_out & set(file.parts)]


# The papers that come with it


@pytest.mark.parametrize("name", ["README.md", "README.es.md"])
def test_a_readme_begins_with_pictures_and_six_commands(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    begin = "\n".join(lines[:30])
    commands = re.search(r"```sh\n(.*?)```", begin, re.S)
    assert commands
    assert len(commands[1].splitlines()) == 6
    verbs = re.findall(r"^receta (\w+)", commands[1], re.M)
    assert verbs == ["run", "predict", "serve", "export", "audit"]
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", begin):
        assert (ROOT / picture).is_file(), f"{picture}: make pictures writes it"
    assert max(map(len, lines)) <= 120


def test_the_changelog_knows_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_locked_versions_are_exact_and_name_no_place() -> None:
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"[\w.-]+==[\w.!]+", line), line

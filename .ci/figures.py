"""What are the figures of the house, and how is each counted in the files of the library?"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "receta"

MOST_PARAMETERS = 6
MOST_LINES = 300

# The shelf of the command line's verbs: in each file one function of its name, told all options.
VERBS = "receta.cli.verbs"

# What each figure counts in one file.
RULES = {
    "parameters": f"functions of more than {MOST_PARAMETERS} parameters",
    "lines": f"lines of a file that has more than {MOST_LINES}",
    "branches": "branches on the kind of data or on the task",
    "doors": "imports past the door of another room",
    "circles": "imports that close a circle of files",
}

# Rooms that may ask for the kind and the task, for that is what they are about.
MAY_BRANCH = ("kinds", "tasks", "sources", "cli")
KINDS = {"images", "pictures", "table", "rows", "series", "windows", "texts"}
TASKS = {"classes", "labels", "values", "quantiles"}

# Rooms of many small things that all others share: each file in them is a door.
OPEN_ROOMS = ("codecs", "core", "data")

Figures = dict[str, dict[str, int]]  # rule -> file -> number


@dataclass(frozen=True)
class Source:
    """One file of the package, read and parsed once."""

    name: str  # "receta/audits/huge.py"
    module: str  # "receta.audits.huge"
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """Name of the room: "audits", or "" of the package's own door."""
        return self.module.partition(".")[2].partition(".")[0]

    @property
    def is_door(self) -> bool:
        """Whether it is the door of a package."""
        return self.name.endswith("__init__.py")


def read_sources(root: Path) -> list[Source]:
    """All files of the package below `root`."""
    sources = []
    for path in sorted((root / PACKAGE).rglob("*.py")):
        name = path.relative_to(root).as_posix()
        module = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        text = path.read_text(encoding="utf-8")
        sources.append(Source(name, module, text, ast.parse(text, filename=name)))
    return sources


def measure(root: Path) -> Figures:
    """What each rule counts in each file; files where it counts nothing are left out."""
    sources = read_sources(root)
    verbs = public_verbs(sources)
    borders = {source.module: border(source) for source in sources if source.is_door}
    modules = {source.module for source in sources}
    by_rule: Figures = {rule: {} for rule in RULES}
    for source in sources:
        lines = source.text.splitlines()
        found = {
            "parameters": count_wide_functions(source, verbs),
            "lines": len(lines) if len(lines) > MOST_LINES else 0,
            "branches": 0 if source.room in MAY_BRANCH else count_branches(source.tree),
            "doors": sum(1 for _ in past_a_door(source, borders)),
        }
        for rule, number in found.items():
            by_rule[rule] |= {source.name: number} if number else {}
    by_rule["circles"] = count_circles(sources, modules)
    return by_rule


# Functions


def public_verbs(sources: Sequence[Source]) -> set[str]:
    """Names that the package gives to its users: the keys of _HOMES in its own door."""
    for source in sources:
        if source.module == PACKAGE:
            for node in source.tree.body:
                if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Dict):
                    continue
                if any(last_name(target) == "_HOMES" for target in node.targets):
                    return {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
    return set()


def count_wide_functions(source: Source, verbs: set[str]) -> int:
    """Functions of too many parameters; public verbs and those of the command line are free."""
    folder, _, name = source.module.rpartition(".")
    named = verbs | ({name} if folder == VERBS else set())
    tree = source.tree
    free = {node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in named}
    return sum(
        1
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        and node not in free
        and count_parameters(node) > MOST_PARAMETERS
    )


def count_parameters(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> int:
    """Parameters that a caller gives: `self` and `cls` are not counted."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args]
    given = len(named) - (bool(named) and named[0].arg in ("self", "cls"))
    return (
        given
        + len(arguments.kwonlyargs)
        + (arguments.vararg is not None)
        + (arguments.kwarg is not None)
    )


# Branches


def count_branches(tree: ast.Module) -> int:
    """Comparisons of a kind or a task with its name, and calls of `several`."""
    return sum(is_branch(node) for node in ast.walk(tree))


def is_branch(node: ast.AST) -> bool:
    """Whether this node asks which kind of data or which task it has before it."""
    if isinstance(node, ast.Call):
        return last_name(node.func) == "several"
    if isinstance(node, ast.Match):
        return last_name(node.subject) in ("kind", "task")
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    constants = {
        one.value for side in sides for one in ast.walk(side) if isinstance(one, ast.Constant)
    }
    asked = {last_name(side) for side in sides}
    return ("kind" in asked and bool(constants & KINDS)) or (
        "task" in asked and bool(constants & TASKS)
    )


def last_name(node: ast.expr) -> str:
    """`kind` of both `kind` and `data.kind`; '' of anything else."""
    return (
        node.id
        if isinstance(node, ast.Name)
        else node.attr
        if isinstance(node, ast.Attribute)
        else ""
    )


# Imports


def border(source: Source) -> set[str]:
    """What a door gives: its `__all__`, or else what it defines without an underscore."""
    defined: set[str] = set()
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = {one.id for one in targets if isinstance(one, ast.Name)}
            if "__all__" in names and isinstance(node.value, ast.List | ast.Tuple):
                return {one.value for one in node.value.elts if isinstance(one, ast.Constant)}
            defined |= names
    return {name for name in defined if not name.startswith("_")}


def imported(tree: ast.AST, typing_too: bool) -> Iterator[tuple[str, str]]:
    """(module, name) of each import in a file; the name is '' of a plain `import module`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and last_name(node.test) == "TYPE_CHECKING" and not typing_too:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, alias.name) for alias in node.names)
        else:
            yield from imported(node, typing_too)


def past_a_door(source: Source, borders: Mapping[str, set[str]]) -> Iterator[str]:
    """Imports of a file that reach behind the door of a room that is not its own."""
    if not source.room:
        return  # the package's own door points at all rooms
    for module, name in imported(source.tree, typing_too=True):
        parts = [*module.split("."), *([name] if name else [])]
        if parts[0] != PACKAGE or len(parts) < 3 or parts[1] == source.room:
            continue
        room, inner = f"{PACKAGE}.{parts[1]}", parts[2:]
        if parts[1] in OPEN_ROOMS:
            private = any(part.startswith("_") for part in inner)
        elif room in borders:
            private = inner[0] not in borders[room]
        else:  # a room of one file
            private = inner[0].startswith("_")
        if private:
            yield ".".join(parts)


def count_circles(sources: Sequence[Source], modules: set[str]) -> dict[str, int]:
    """Imports of each file that lead back to it; those for types alone do not count."""
    graph: dict[str, set[str]] = {source.module: set() for source in sources}
    for source in sources:
        for module, name in imported(source.tree, typing_too=False):
            inner = f"{module}.{name}"
            target = inner if inner in modules else module
            if target in modules and source.module != PACKAGE and target != source.module:
                graph[source.module].add(target)
    reached = {module: reach(module, graph) for module in graph}
    counted = {
        source.name: sum(source.module in reached[other] for other in graph[source.module])
        for source in sources
    }
    return {name: number for name, number in counted.items() if number}


def reach(start: str, graph: Mapping[str, set[str]]) -> set[str]:
    """All modules that a module leads to."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for other in graph[waiting.pop()] - seen:
            seen.add(other)
            waiting.append(other)
    return seen

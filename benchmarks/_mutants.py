"""Which single mutations has a file, and which of them are a fair sample?

The mutations are those of cosmic-ray that change one sign: a comparison turned or moved by its
bound, plus for minus, `and` for `or`, a constant one up or down, True for False. What would only
break loudly (an operator that its values do not have), what nobody can notice (types, the
options of decorators) and the examples that shelves hold for the tests are not drawn. Fractions
and numbers above ten are also drawn times 1.5.
"""

from __future__ import annotations

import ast
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

TURNED = {
    "Lt": ("LtE", "Gt", "GtE"),
    "LtE": ("Lt", "Gt", "GtE"),
    "Gt": ("GtE", "Lt", "LtE"),
    "GtE": ("Gt", "Lt", "LtE"),
    "Eq": ("NotEq",),
    "NotEq": ("Eq",),
    "Is": ("IsNot",),
    "IsNot": ("Is",),
}
EXCHANGED = {
    "Add": ("Sub",),
    "Sub": ("Add",),
    "Mul": ("Div",),
    "Div": ("Mul",),
    "FloorDiv": ("Mul",),
    "Mod": ("FloorDiv",),
    "Pow": ("Mul",),
    "RShift": ("LShift",),
    "LShift": ("RShift",),
    "BitAnd": ("BitOr",),
    "BitOr": ("BitAnd",),
    "BitXor": ("BitOr",),
}
OTHERS = (
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "ReplaceUnaryOperator_USub_UAdd",
    "ReplaceUnaryOperator_Delete_Not",
    "NumberReplacer",
)
# Functions of shelves that make up data for the tests.
EXAMPLES = ("innocent", "culprit", "sound", "broken")
SMALL = 10  # numbers up to here are moved by one only
Times = tuple[str, int]


@dataclass(frozen=True)
class Mutant:
    """One file with one change. file: relative to the checkout; lines count from 1."""

    file: str
    line: int
    was: str
    becomes: str
    statement: tuple[int, int]
    at_import: bool
    text: str


def sample(root: Path, files: Sequence[str], *, most: int, seed: int) -> list[Mutant]:
    """So many mutants, each place in the files as likely as any other, by a seed."""
    chance = random.Random(seed)
    places = [
        (file, place, choices)
        for file in files
        for place, choices in sorted(_places((root / file).read_text(encoding="utf-8")).items())
    ]
    drawn = chance.sample(places, min(most, len(places)))
    return [_mutant(root, file, place, chance.choice(choices)) for file, place, choices in drawn]


def count(root: Path, files: Sequence[str]) -> int:
    """How many places the files have that can be mutated."""
    return sum(len(_places((root / file).read_text(encoding="utf-8"))) for file in files)


def _places(source: str) -> dict[tuple[int, int], list[Times]]:
    """Line and column of what can be changed -> the operators that do, and which turn it is."""
    from cosmic_ray.ast import ast_nodes, get_ast

    tree, unnoticed, lines = get_ast(source), _unnoticed(source), source.splitlines()
    nodes, places = list(ast_nodes(tree)), defaultdict(list)
    for name, operator in _operators():
        at = [start for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, (line, column) in enumerate(at):
            if not _is_mark(lines[line - 1], column) and not any(
                one <= (line, column) < last for one, last in unnoticed
            ):
                places[line, column].append((name, occurrence))
    return places


def _is_mark(line: str, column: int) -> bool:
    """Whether a star or slash calculates nothing: among parameters, or before what is unpacked.

    >>> _is_mark("return {'a': 1, **more}", 16), _is_mark("def f(a, *, b):", 9)
    (True, True)
    >>> _is_mark("return n **2", 9)
    False
    """
    before, sign = line[:column].rstrip(), line[column:]
    unpacks = sign.startswith("*") and not sign.lstrip("*").startswith(" ")
    return sign.startswith(("*,", "/,")) or (unpacks and (not before or before[-1] in "([{,"))


def _operators() -> Iterator[tuple[str, object]]:
    """Those that are drawn from, by name."""
    from cosmic_ray.plugins import get_operator

    pairs = [("ReplaceComparisonOperator", TURNED), ("ReplaceBinaryOperator", EXCHANGED)]
    for kind, table in pairs:
        for was, others in table.items():
            for other in others:
                name = f"core/{kind}_{was}_{other}"
                yield name, get_operator(name)()
    for name in OTHERS:
        yield f"core/{name}", get_operator(f"core/{name}")()
    yield "times", _times()


def _times() -> object:
    """An operator like cosmic-ray's: fractions and numbers above ten, times 1.5."""
    from cosmic_ray.ast import is_number
    from cosmic_ray.operators.operator import Operator
    from parso.python.tree import Number

    class TimesOneAndAHalf(Operator):  # type: ignore[misc]
        def mutation_positions(self, node):  # type: ignore[no-untyped-def]
            if is_number(node) and _is_large(node.value):
                yield node.start_pos, node.end_pos

        def mutate(self, node, index):  # type: ignore[no-untyped-def]
            value = ast.literal_eval(node.value)
            more = value * 3 // 2 if isinstance(value, int) else value * 1.5
            return Number(f" {more}", node.start_pos)

        @classmethod
        def examples(cls):  # type: ignore[no-untyped-def]
            return ()

    return TimesOneAndAHalf()


def _is_large(number: str) -> bool:
    value = ast.literal_eval(number)
    return isinstance(value, float | int) and (value > SMALL or value != round(value))


def _unnoticed(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Stretches of types, decorators and imports for the checker of types."""
    tree, stretches = ast.parse(source), []
    examples = _examples(tree)
    for node in ast.walk(tree):
        found = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        found += getattr(node, "decorator_list", [])
        if isinstance(node, ast.keyword) and node.arg == "strict":
            found.append(node.value)  # of zip: a guard of what is so by construction
        if isinstance(node, ast.FunctionDef) and node.name in examples:
            found.append(node)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            found.append(node)
        if isinstance(node, ast.Assign) and _is_type(node.value):
            found.append(node.value)
        for part in found:
            if part is not None:
                first = part.lineno, part.col_offset
                stretches.append((first, (part.end_lineno, part.end_col_offset)))
    return stretches


def _examples(tree: ast.Module) -> set[str]:
    """Functions that make up data for the tests: those of shelves, and what they alone call."""
    defined = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found = set(EXAMPLES) & set(defined)
    calls = {
        name: {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
        for name, node in defined.items()
    }
    rest = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    calls[""] = {one.id for node in rest for one in ast.walk(node) if isinstance(one, ast.Name)}
    for name in set().union(*(calls[one] for one in found)) & set(defined):
        if not any(name in calls[other] for other in set(calls) - found - {name}):
            found.add(name)
    return found


def _is_type(node: ast.expr) -> bool:
    """Whether an expression is a type with another name, as `A | None`."""
    if not isinstance(node, ast.BinOp | ast.Subscript):
        return False
    names = {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    return bool(names & {"Literal", "Callable", "Mapping", "dict", "tuple", "list", "str"}) or (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.BitOr)
        and any(isinstance(side, ast.Constant) and side.value is None for side in ast.walk(node))
    )


def _mutant(root: Path, file: str, place: tuple[int, int], choice: Times) -> Mutant:
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    source = (root / file).read_text(encoding="utf-8")
    operator = _times() if choice[0] == "times" else get_operator(choice[0])()
    text, line = mutate_code(source, operator, choice[1]), place[0]
    statement, at_import = _statement(source, line)
    return Mutant(
        file=file,
        line=line,
        was=source.splitlines()[line - 1].strip(),
        becomes=text.splitlines()[line - 1].strip(),
        statement=statement,
        at_import=at_import,
        text=text,
    )


def _statement(source: str, line: int) -> tuple[tuple[int, int], bool]:
    """First and last line of the smallest statement that holds a line, without a body's.

    And whether it is run once for all: at the import, or in a function that keeps its answers.
    """
    found, inside = (line, line), False
    for node in ast.walk(ast.parse(source)):  # the outer ones come first
        if not isinstance(node, ast.stmt) or not node.lineno <= line <= (node.end_lineno or 0):
            continue
        body = getattr(node, "body", None)
        last = body[0].lineno - 1 if body and line < body[0].lineno else node.end_lineno
        found = node.lineno, max(node.lineno, last or 0)
        if isinstance(node, ast.FunctionDef) and body and line >= body[0].lineno:
            inside = not any("cache" in ast.unparse(each) for each in node.decorator_list)
    return found, not inside

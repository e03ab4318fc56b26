"""Which sentences can the package say? Read from its source, with ANY where a value stands."""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

ANY = "\0"
_MOST = 200  # ways to say one expression
# What entries of shelves say in the manual, which is in English.
_IN_THE_MANUAL = {"FINDS", "WARNS", "MEASURES", "SOUND", "FORM", "FACTS", "NOTE"}
_PLURAL = re.compile(r'\{\{ plural\([^"]*"([^"]+)"(?:, "([^"]+)")?\) \}\}')
_EITHER = re.compile(r'\{\{ "([^"]*)" if [^}]*? else "([^"]*)" \}\}')


def of_files(paths: Iterable[Path]) -> set[str]:
    """All texts of Python files and Jinja templates, whole and sentence by sentence."""
    read = {".py": in_python, ".jinja": in_template}
    return {
        one
        for path in paths
        for text in read[path.suffix](path.read_text("utf-8"))
        for one in sentences(text)
    }


def sentences(text: str) -> list[str]:
    """The text, and its sentences if it has several.

    >>> sentences("Look at them. Then go on.")
    ['Look at them. Then go on.', 'Look at them.', 'Then go on.']
    """
    parts = re.split(r"(?<=[.!?…])\s+|\n", text.strip())
    return [text.strip()] if len(parts) == 1 else [text.strip(), *parts]


def in_python(source: str) -> Iterator[str]:
    """Each text of a Python file in each of its ways.

    Docstrings are no texts, nor is what stands in a contract or in the manual alone.
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Name("Any")
        if isinstance(node, ast.Assign) and _IN_THE_MANUAL & {*map(ast.unparse, node.targets)}:
            node.value = ast.Constant(None)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        parent = parents.get(node)
        part = isinstance(parent, ast.JoinedStr | ast.FormattedValue) or (
            parent is not None and _is_text(parent)
        )
        if _is_text(node) and not part and not isinstance(parent, ast.Expr):
            yield from _ways(node)


def in_template(source: str) -> Iterator[str]:
    """What a Jinja template says between its tags, and the texts inside them."""
    for way in (1, 2):
        text = _EITHER.sub(lambda found, way=way: found[way], source)
        text = _PLURAL.sub(lambda found: f"{ANY} {found[2] or found[1] + 's'}", text)
        text = re.sub(r"\{[%{#].*?[%}#]\}", ANY, text, flags=re.DOTALL)
        yield from re.split(
            r"</?(?!a\b|strong|bdi|code|span|svg|path)[^>]*>", re.sub(r"\s+", " ", text)
        )
        yield re.sub(r"<[^>]*>|\s+", " ", text)
    for tag in re.findall(r"\{[%{].*?[%}]\}", source, flags=re.DOTALL):
        yield from re.findall(r'"([^"]+)"', tag)
    yield from re.findall(r'(?:title|alt|aria-label)="([^"{]+)"', source)


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add | ast.Mult) and (
            _is_text(node.left) or _is_text(node.right)
        )
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) or _is_text(node.orelse)
    if isinstance(node, ast.Call):
        return (
            isinstance(node.func, ast.Name)
            and node.func.id == "plural"
            and len(node.args) > 1
            and _is_text(node.args[1])
        )
    return isinstance(node, ast.JoinedStr)


def _ways(node: ast.AST) -> list[str]:
    """All that an expression may say."""
    if not _is_text(node):
        return [ANY]
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        return _joined(
            [
                _ways(part.value if isinstance(part, ast.FormattedValue) else part)
                for part in node.values
            ]
        )
    if isinstance(node, ast.IfExp):
        return [*_ways(node.body), *_ways(node.orelse)]
    if isinstance(node, ast.Call):
        one, many = _ways(node.args[1]), _ways(node.args[2]) if len(node.args) > 2 else []
        return [f"{ANY} {noun}" for noun in (*one, *(many or [f"{noun}s" for noun in one]))]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _joined([_ways(node.left), _ways(node.right)])
    if isinstance(node, ast.BinOp):
        return ["", *_ways(node.left if _is_text(node.left) else node.right)]
    return [ANY]


def _joined(parts: list[list[str]]) -> list[str]:
    if math.prod(map(len, parts)) > _MOST:
        parts = [part if len(part) == 1 else [ANY] for part in parts]
    return [re.sub(f"{ANY}+", ANY, "".join(chosen)) for chosen in itertools.product(*parts)]

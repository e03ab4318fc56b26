"""What is a person told of the columns: what they are taken for, what is left out?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from receta.core import naming
from receta.core.amounts import counted
from receta.core.spec import ColumnSpec
from receta.data.column_uses import Use, find_uses
from receta.data.table import Column

_NAMED = 12  # columns of a kind
_PLURALS = {
    "number": "numbers",
    "code": "number codes, taken for categories",
    "category": "categories",
    "date": "dates",
}
_OUT = {"identifier": "an identifier", "text": "free text"}


def tell_uses(columns: Sequence[Column], tell: Callable[[str], None]) -> None:
    """A line for each kind of column, and one for each that is left out."""
    uses = find_uses(columns)
    for kind, plural in _PLURALS.items():
        named = [
            _name(use, column)
            for use, column in zip(uses, columns, strict=True)
            if use.takes and use.kind == kind
        ]
        if named:
            tell(f"{plural}: {_list(named)}.")
    for use in uses:
        if use.takes is None:
            what = _OUT.get(use.kind, f"a {use.kind}")
            tell(f"{use.name} is left out: {what} ({use.why}).")
    if any(use.why != "as you said" for use in uses):
        tell("Say --column NAME=KIND where one is taken for what it is not.")


def _name(use: Use, column: Column) -> str:
    if use.kind in ("number", "code"):
        return f"{use.name} ({use.why})" if use.why else use.name
    if use.kind == "category" and column.kind == "category" and len(column.categories) == 2:
        return f"{use.name} ({' or '.join(text[:20] for text in column.categories)})"
    return f"{use.name} ({use.why})" if use.why else use.name


def _list(named: Sequence[str]) -> str:
    more = f" and {len(named) - _NAMED:,} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more


def tell_rare(columns: Sequence[ColumnSpec], tell: Callable[[str], None]) -> None:
    """One line of the categories whose rare levels are one, 'other'."""
    names = [one.name for one in columns if one.has_other]
    if names:
        tell(
            f"Levels with few rows in the training part count as one, 'other', in "
            f"{counted(len(names), 'columns')}: {naming.first_few(names)}."
        )


def tell_cells(columns: Sequence[Column], tell: Callable[[str], None]) -> None:
    """What becomes of missing cells, and of texts in columns of numbers or dates."""
    lacking = {one.name: int(one.missing.sum()) - len(one.junk) for one in columns}
    cells = sum(lacking.values())
    if cells:
        names = [name for name, n in lacking.items() if n]
        tell(
            f"{counted(cells, 'missing cells')} in {counted(len(names), 'columns')} "
            f"({naming.first_few(names)}): the network takes the median and is told that it is "
            "missing; of a category it is a level of its own."
        )
    for column in columns:
        if column.junk:
            kind = "number" if column.kind == "number" else "date"
            texts = sorted(set(column.junk.values()))
            tell(
                f"{column.name}: {counted(len(column.junk), 'texts')} in place of a {kind} "
                f"({naming.first_few(texts)}), taken for missing. Mend them with receta clean."
            )

"""Where is a column of a table, by its name, and how is one changed?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from receta.core.errors import InputError
from receta.core.registry import nearest
from receta.data.table import Column


def find_column(columns: Sequence[Column], name: object, kind: str = "") -> int:
    """Its place, by its name; InputError where it is not there, or of another kind."""
    names = [column.name for column in columns]
    if name not in names:
        raise InputError(
            f"names the column {name!r}, which the data lack; expected one of "
            f"{', '.join(map(repr, names[:8]))}."
            f"{nearest(str(name), names)} Restore the original data, or take the step back with "
            "--undo."
        )
    at = names.index(str(name))
    if kind and columns[at].kind != kind:
        raise InputError(
            f"expects {name!r} to be a column of kind {kind}; it holds {columns[at].kind} cells. "
            f"Restore the original data, or take the step back with --undo."
        )
    return at


def change_column(columns: list[Column], at: int, **changes: Any) -> list[Column]:
    """All columns, one of them changed."""
    return [*columns[:at], dataclasses.replace(columns[at], **changes), *columns[at + 1 :]]

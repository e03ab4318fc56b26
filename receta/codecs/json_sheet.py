"""How does JSON become columns of texts: a list of objects, or one object a line?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from receta.codecs.csv_text import whole_text
from receta.codecs.json_files import by_line
from receta.codecs.sheet import Sheet
from receta.core import naming
from receta.core.errors import InputError


def read(place: str, *, skip_bad: bool) -> Sheet:
    """The objects of a file as rows, their keys as columns; InputError for other JSON.

    skip_bad: lines that are no object are named in `strays`; else they raise.
    """
    import pyarrow as pa

    content, notes = whole_text(place)
    strays: list[tuple[int, str]] = []
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, value in _values(place, content):
        if isinstance(value, dict):
            rows.append(value)
            numbers.append(number)
            continue
        why = value if isinstance(value, str) else "is no object"
        if not skip_bad:
            raise InputError(
                f"{place}: entry {number} {why}; expected an object with a text and its class. "
                "Mend it, or leave it out with --bad-rows quarantine."
            )
        strays.append((number, why))
    if not rows:
        raise InputError(f"{place} holds no object; expected one a text. Name another file.")
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [pa.array([_text(row.get(name)) for row in rows], pa.large_string()) for name in names]
    printed = [naming.printable(name) for name in names]
    return Sheet(printed, cells, np.array(numbers), strays=strays, notes=notes)


def _values(place: str, content: bytes) -> Iterator[tuple[int, Any]]:
    """(number of the entry from 1, its value, or why it has none)."""
    text = content.decode("utf-8", "replace")
    if not by_line(place):
        try:
            whole = json.loads(text)
        except (ValueError, RecursionError):
            whole = None  # objects one a line may be called .json, too
        lists = [one for one in whole.values() if isinstance(one, list)] if _is(whole, dict) else []
        found = whole if _is(whole, list) else lists[0] if len(lists) == 1 else None
        if found is not None:
            yield from enumerate(found, 1)
            return
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                yield number, f"is no JSON ({str(error)[:80]})"


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind)


def _text(value: Any) -> str | None:
    """A value as a cell; a surrogate alone becomes a mark of damage."""
    if value is None:
        return None
    plain = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return plain.encode("utf-8", "replace").decode()

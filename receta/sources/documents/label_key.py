"""Which key of JSON holds the label, where no plain name says it?"""

from __future__ import annotations

import contextlib
import zlib

from receta.codecs import json_files
from receta.codecs.json_pieces import NotJson, Pairs
from receta.sources import Options
from receta.sources.columns import label_choice, label_facts
from receta.sources.documents.shapes import (
    CONTENT,
    LABEL,
    find_records,
    is_address,
    plain_key,
    shorten,
)
from receta.sources.parts import part_columns

_LOOKED_AT = 500  # records by which the key of the label is chosen
_MOST_KEYS = 200


def choose_label_key(place: str, options: Options) -> str | None:
    """The key of the label by what stands below it, where no plain name says it.

    None for a guess by name.

    Raises InputError where two keys may be it.
    """
    head = json_files.read_head(place)
    records: list[Pairs] = []
    with contextlib.suppress(NotJson, OSError, EOFError, zlib.error):
        for entry in head.entries(leave_out=True):
            records += find_records(entry.value)[:_LOOKED_AT]
            if len(records) >= _LOOKED_AT:
                break
    known = {plain_key(key) for pairs in records for key in pairs.keys()} & {*LABEL}  # noqa: SIM118  a list of pairs
    if not records or not known <= {*label_facts.WEAK}:
        return None
    keys = list(
        dict.fromkeys(
            key for pairs in records for key, value in pairs if not isinstance(value, (Pairs, list))
        )
    )
    keys = [
        key
        for key in keys
        if plain_key(key) not in CONTENT
        and not part_columns.may_say_parts(key)
        and key != options.group
    ]
    lookup = [{key: value for key, value in pairs} for pairs in records]  # noqa: C416  dict() takes them for a mapping
    cells = [[shorten(head, pairs.get(key)) for pairs in lookup] for key in keys[:_MOST_KEYS]]
    facts = [
        label_facts.look_at(at, key, column)
        for at, (key, column) in enumerate(zip(keys, cells, strict=False))
    ]
    rest = [
        one
        for one in facts
        if one.counts and not any(is_address(cell.encode()) for cell in list(one.counts)[:3])
    ]
    # nothing to choose between: a name that is guessed, or a fault that is told by its line
    if len(rest) < 2:
        return None
    chosen = label_choice.choose(place, rest, [cells[one.at] for one in rest])
    return None if chosen.label is None else keys[chosen.label]

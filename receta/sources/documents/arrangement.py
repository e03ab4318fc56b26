"""What are the classes or labels, parts and groups of the examples of a JSON document?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from receta.data.dataset import Task
from receta.sources.columns import label_sets
from receta.sources.documents.json_examples import Reader
from receta.sources.documents.shapes import (
    Example,
)
from receta.sources.parts import part_columns
from receta.sources.parts.part_names import settle_parts


@dataclass(frozen=True)
class Arranged:
    """What a source says of its rows."""

    task: Task
    targets: np.ndarray
    class_names: tuple[str, ...]
    parts: list[str] | None
    groups: list[str] | None
    notes: tuple[str, ...] = ()


def arrange(
    place: str, examples: Sequence[Example], task: Task | None = None, reader: Reader | None = None
) -> Arranged:
    """Classes or labels, parts and groups of those that can be used, and what is to be said of
    them.
    """
    found = label_sets.name_labels(place, [example.names for example in examples], task)
    targets, class_names = found.targets, found.class_names
    groups = [example.group for example in examples if example.group is not None]
    keys = reader.part_keys if reader is not None else ()
    rows = [example.said or ("",) * len(keys) for example in examples]
    columns = part_columns.find(keys, lambda at: part_columns.few(row[at] for row in rows), set())
    parts = [example.part for example in examples]
    if columns.columns:
        said = [columns.part([row[at] for at in columns.columns]) for row in rows]
        parts = [one or part for one, part in zip(said, parts, strict=True)]
        settled_parts, told = part_columns.fitting(columns, keys, parts, targets, class_names)
    else:
        settled_parts, told = settle_parts(place, parts, targets, class_names), columns.notes
    notes = (
        *(reader.notes() if reader is not None else ()),
        *(note.replace("column", "key", 1) for note in told),
    )
    return Arranged(
        found.task, targets, class_names, settled_parts, groups if groups else None, notes
    )

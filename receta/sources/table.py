"""How is a table read: columns of numbers, categories and dates, one of which is the target?

What is decided, and said aloud: separator and header; the kind of each column, over all
its cells; whether the target holds classes or values. A column called id stays a feature:
the audit names columns that identify rows, and `clean` takes them away.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from receta.codecs import csv_sheet, parquet_sheet
from receta.codecs.sheet import Sheet
from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.core.registry import nearest
from receta.data import column_uses
from receta.data.dataset import Quarantined
from receta.data.table import Column, Table
from receta.sources import Options
from receta.sources.columns import target_choice
from receta.sources.parts import id_groups, part_columns

AFTER = "text_table"  # before csv_pixels, which reads the same suffixes but needs no --target
READS = "a table (.csv, .tsv, .txt, .data, also .gz; .parquet) with --target COLUMN"
FORM = "`.csv`, `.tsv`, `.txt`, `.data` (also `.gz`) or `.parquet` with `--target COLUMN`"
FACTS = "a table: numbers, categories, dates; classes or values to predict ([tables](#tables))"
USES = ("target", "task", "column")
SAMPLE_OPTIONS = {"target": "colour"}
VERSION = 1


def accepts(place: str, options: Options) -> bool:
    """Any file with such a suffix, once a target is named."""
    return options.target is not None and is_sheet(place)


def is_sheet(place: str) -> bool:
    """Whether a file is called like a table."""
    return place.lower().endswith((*csv_sheet.SUFFIXES, ".parquet")) and os.path.isfile(place)


def table(place: str, options: Options, progress: Progress) -> Table:
    """Rows of a table; raises InputError in one line when it cannot be used.

    Rows without a target (or a group, where one is asked for) are strays.
    """
    sheet = open_sheet(place, options)
    wanted = str(options.target)
    at = sheet.find(wanted, place, "--target")
    target = sheet.column(at, asked=options.task == "values")
    found = target_choice.read_targets(place, target, options.task)
    gone = dict(found.missing)
    group, groups = _group(place, sheet, at, options.group, gone)
    said, parts = _said_parts(sheet, {at, group})
    columns = _features(place, sheet, {at, group, *said.columns}, options.column)
    ids = [f"row-{number}" for number in sheet.numbers.tolist()]
    strays = [Quarantined(f"row-{number}", why) for number, why in sheet.strays]
    targets = found.targets
    if gone:
        keep = np.ones(len(ids), bool)
        keep[list(gone)] = False
        if not keep.any():
            raise InputError(
                f"{place}: no row can be used ({next(iter(gone.values()))}); expected rows with "
                "a target. Mend them."
            )
        strays += [Quarantined(ids[row], why) for row, why in sorted(gone.items())]
        rows = np.flatnonzero(keep)
        columns = [column.take(rows) for column in columns]
        targets = targets[rows]
        ids, groups, parts = (
            _some(ids, rows) or [],
            _some(groups, rows),
            _some(parts or None, rows) or [],
        )
    targets, class_names = (
        _drop_unused(targets, found.class_names) if found.task == "classes" else (targets, ())
    )
    settled, told = part_columns.fitting(said, sheet.names, parts, targets, class_names)
    sheet.notes += told
    if options.group is not None and groups is None:
        groups = _found_in_ids(place, ids, options.group, sheet.names)
    read = Table(
        f"table({place!r}",
        columns,
        targets,
        task=found.task,
        target_name=target.name,
        ids=ids,
        version=naming.file_stamp([place], VERSION, options),
        class_names=class_names,
        parts=settled,
        groups=groups,
        strays=strays,
    )
    read.notes = _notes(sheet, target, found, options)
    return read


def open_sheet(place: str, options: Options) -> Sheet:
    """The cells of a table in a text file or a Parquet file."""
    if place.lower().endswith(".parquet"):
        return parquet_sheet.read(place)
    said = {name for name in (options.target, options.group, options.series) if name}
    return csv_sheet.read(place, said, skip_bad=options.bad_rows == "quarantine")


def sample(folder: Path) -> str:
    """Write a table of twelve rows with every kind of column; return the DATA argument."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "fruit.csv"
    rows = []
    for row in range(12):
        colour, price = "red" if row % 2 else "green", "" if row == 3 else 10 * row
        rows.append(f"{colour},{row + 0.5},{price},{'abc'[row % 3]},2024-01-{row + 1:02}")
    place.write_text("colour,weight,price,kind,day\n" + "\n".join(rows) + "\n")
    return str(place)


def _features(
    place: str, sheet: Sheet, others: set[int | None], said: Sequence[str]
) -> list[Column]:
    """All columns but the target, the group, the part and an index without a name.

    said: NAME=KIND, of columns whose kind is not to be guessed.
    """
    columns = []
    stated = column_uses.read_said(said, sheet.names)
    for at in range(len(sheet.names)):
        if at in others:
            continue
        kind = stated.get(sheet.names[at], "")
        column = sheet.column(at, asked=bool(kind), kind=column_uses.TAKEN.get(kind))
        column = dataclasses.replace(column, said=kind)
        if not kind and _is_index(sheet, at, column):
            sheet.notes.append(
                f"column {at + 1} has no name and only counts the rows; it is left out"
            )
        else:
            columns.append(column)
    if not columns:
        raise InputError(
            f"{place} has no column beside the target "
            f"{sheet.names[next(iter(at for at in others if at is not None))]!r} to learn "
            f"from; expected one at least. Look at the separator, or name another file."
        )
    return columns


def _is_index(sheet: Sheet, at: int, column: Column) -> bool:
    # What an index becomes when pandas writes a table.
    name = sheet.names[at].lower()
    unnamed = sheet.headed and (
        name.startswith("unnamed:") or name in (f"column-{at + 1}", "__index_level_0__")
    )
    if not unnamed or column.kind != "number" or column.values[0] not in (0, 1):
        return False
    return bool((column.values == sheet.numbers - 1 + column.values[0]).all())


def _group(
    place: str, sheet: Sheet, target: int, wanted: str | None, gone: dict[int, str]
) -> tuple[int | None, list[str] | None]:
    """Position of the column that groups, and the group of every row."""
    if wanted is None or wanted not in sheet.names:
        return None, None
    at = sheet.names.index(wanted)
    if at == target:
        raise InputError(
            f"{place}: column {wanted!r} is both target and group; expected two columns. Change "
            "--group."
        )
    column = sheet.column(at)
    groups = _texts(column)
    for row, text in enumerate(groups):
        if text is None and row in column.junk:
            groups[row] = column.junk[row]
        elif text is None:
            gone.setdefault(row, f"its group ({wanted}) is missing")
    return at, [text or "" for text in groups]


def _texts(column: Column) -> list[str | None]:
    """Cells as texts, numbers in their shortest form; None where missing."""
    if column.kind == "category":
        texts = [*column.categories, None]
        return [texts[position] for position in column.values.tolist()]
    cells = [column.cell(row) for row in range(len(column))]
    return [naming.number_name(repr(cell)) if isinstance(cell, float) else cell for cell in cells]


def _said_parts(
    sheet: Sheet, others: set[int | None]
) -> tuple[part_columns.PartColumns, list[str]]:
    """Columns that say train, validation or test, and what they say of every row."""
    skip = {at for at in others if at is not None}
    found = part_columns.find(
        sheet.names, lambda at: _few(sheet, at), skip, lambda at: _first(sheet, at)
    )
    cells = [[text or "" for text in _plain_texts(sheet, at)] for at in found.columns]
    return found, [found.part(row) for row in zip(*cells, strict=True)] if cells else []


def _plain_texts(sheet: Sheet, at: int) -> list[str | None]:
    """The cells of a column as they stand; None where missing."""
    held = sheet.cells[at]
    texts: list[str | None] = _texts(held) if isinstance(held, Column) else held.to_pylist()
    return texts


def _few(sheet: Sheet, at: int) -> part_columns.Counts | None:
    """How often each cell of a column is there; None for many different ones."""
    return part_columns.few(text or "" for text in _plain_texts(sheet, at))


def _first(sheet: Sheet, at: int) -> str:
    """The first cell of a column, where it is a text."""
    held = sheet.cells[at]
    if isinstance(held, Column):
        codes = held.values[:1].tolist() if held.kind == "category" else []
        return held.categories[codes[0]] if codes and codes[0] >= 0 else ""
    return str(held[0].as_py() or "") if len(held) else ""


def _found_in_ids(place: str, ids: Sequence[str], pattern: str, names: Sequence[str]) -> list[str]:
    """The group of every row by what a regular expression finds in its id."""
    expected = (
        "expected the name of a column, or a regular expression that finds a group in "
        "every id (row-1, row-2 ...)"
    )
    try:
        found = id_groups.find_groups(pattern, ids)
    except re.error as error:
        raise InputError(
            f"{place}: --group {pattern[:80]!r} is no column and no regular expression "
            f"({error}); {expected}."
            f"{nearest(pattern[:80], names)} Mend it."
        ) from error
    missed = sum(text is None for text in found)
    if missed:
        raise InputError(
            f"{place}: --group {pattern!r} is no column, and finds nothing in {missed:,} of "
            f"{len(ids):,} ids; {expected}."
            f"{nearest(pattern, names)} Mend it."
        )
    return [text or "" for text in found]


def _some(texts: Sequence[str] | None, rows: np.ndarray) -> list[str] | None:
    return None if texts is None else [texts[row] for row in rows.tolist()]


def _drop_unused(
    targets: np.ndarray, class_names: tuple[str, ...]
) -> tuple[np.ndarray, tuple[str, ...]]:
    """The same classes without those that no row is left of."""
    used, moved = np.unique(targets, return_inverse=True)
    return moved.astype(np.int64), tuple(class_names[index] for index in used.tolist())


def _notes(
    sheet: Sheet, target: Column, found: target_choice.Targets, options: Options
) -> list[str]:
    notes = list(sheet.notes)
    if not sheet.headed:
        notes.insert(
            0, f"no header found: the columns are called column-1 to column-{len(sheet.names)}"
        )
    if found.missing:
        notes.append(
            f"{len(found.missing):,} of {len(target):,} rows have no target and are left out"
        )
    if options.task is None:
        is_classes = found.task == "classes"
        sense = (
            f"{len(found.class_names)} classes to tell apart" if is_classes else "values to predict"
        )
        other = (
            " (say --task values to predict numbers)"
            if is_classes
            else " (say --task classes to tell them apart)"
        )
        notes.append(
            f"target {target.name!r}: {sense}, for it holds "
            f"{found.why}{other if target.kind == 'number' else ''}"
        )
    return notes

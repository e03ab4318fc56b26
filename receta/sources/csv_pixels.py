"""How is a table of pixels read: a label and height x width values a line?"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from receta.codecs import csv_lines, unpacked
from receta.core import disk, naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.dataset import Quarantined
from receta.data.marks import Marks
from receta.sources import Options
from receta.sources.blocks.stack import Block, Stack
from receta.sources.columns import label_sets
from receta.sources.parts import part_columns
from receta.sources.pixel_tables.csv_rows import Rows
from receta.sources.pixel_tables.layout import Layout, cells, understand_layout

AFTER = "table_arrays"
READS = "a .csv or .csv.gz of pixels, a label and height x width values a line"
FORM = "`.csv`, `.csv.gz`"
FACTS = (
    "a label and height x width values a line, or all in one cell (FER2013); `--label`, "
    "`--shape`, `--bad-rows quarantine`"
)
USES = ("label", "shape")
VERSION = 2  # of this reader: raise it when what it keeps changes


def accepts(place: str, options: Options) -> bool:
    """Any file that is called .csv or .csv.gz."""
    return place.lower().endswith((".csv", ".csv.gz")) and os.path.isfile(place)


def csv_pixels(place: str, options: Options, progress: Progress) -> Stack:
    """Pictures in the lines of a table; raises InputError with the line that is wrong.

    The table is read once, piece by piece; its pixels lie in the cache afterwards.
    """
    folder, facts = unpacked.unpack_once(
        "csv", place, (VERSION, options), lambda folder: _read(place, options, folder)
    )
    rows = disk.read_json(folder / "rows.json")
    n = len(rows["targets"])
    height, width, channels = facts["shape"]
    class_names, targets = tuple(rows["class_names"]), np.array(rows["targets"], np.int64)
    found = Stack(
        f"csv_pixels({place!r}",
        [
            Block(
                str(folder / "pixels.npy"),
                facts["offset"],
                (n, height * width * channels),
                (height, width, channels),
            )
        ],
        [place],
        marks=Marks(
            [f"row-{number}" for number in rows["numbers"]],
            targets,
            class_names,
            parts=rows["parts"],
            groups=rows["groups"],
            strays=tuple(Quarantined(name, reason) for name, reason in rows["strays"]),
        ),
        columns=facts["columns"],
        words=(VERSION, options),
    )
    found.notes = rows["notes"]
    return found


def sample(folder: Path) -> str:
    """Write two classes of four small pictures and return the DATA argument."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "pixels.csv"
    lines = [f"{row % 2}," + ",".join(str(25 * row + n) for n in range(9)) for row in range(8)]
    place.write_text(
        "label," + ",".join(f"pixel{n + 1}" for n in range(9)) + "\n" + "\n".join(lines) + "\n"
    )
    return str(place)


def _read(place: str, options: Options, folder: Path) -> dict[str, Any]:
    """Fill the cache folder from the table: pixels.npy and rows.json."""
    with contextlib.closing(csv_lines.chunks(place)) as chunks:
        first = next(chunks, None)
        if first is None:
            raise InputError(
                f"{place} is empty; expected a label and pixels a line. Name another file."
            )
        layout = understand_layout(place, first, options, functools.partial(_gather_cells, place))
        rows = Rows(layout, keep_bad=options.bad_rows == "quarantine")
        with unpacked.pixel_file(folder / "pixels.npy", (len(layout.pixels),)) as out:
            for chunk in itertools.chain([first], chunks):
                out.append(rows.add(chunk))
            if not rows.total:
                raise InputError(
                    f"{place} has a header but no rows; expected a label and pixels a line. Name "
                    "another file."
                )
            if rows.n_bad and (options.bad_rows == "error" or not rows.numbers):
                raise InputError(_complaint(place, rows))
            if rows.until_scaled:
                out.multiply(255, rows.until_scaled * len(layout.pixels))
            out.close(len(rows.numbers))
            offset = out.offset
    class_names, targets = rows.classes()
    strays = [(f"row-{bad.number}", bad.what) for bad in rows.bad]
    parts, notes = _tell_parts(rows, layout, np.array(targets, np.int64), class_names)
    words = label_sets.missing_words(Counter(class_names[target] for target in targets))
    notes += (
        [
            f"labels such as {sorted(words[0])[0]!r} stand beside numbers: taken as a class of "
            "this name"
        ]
        if words[0]
        else words[1]
    )
    found = {
        "targets": targets,
        "class_names": class_names,
        "numbers": rows.numbers,
        "groups": rows.groups,
        "parts": parts,
        "notes": notes,
    }
    disk.write_json(folder / "rows.json", {**found, "strays": strays}, indent=None)
    return {
        "shape": layout.shape,
        "offset": offset,
        "columns": [naming.printable(name) for name in layout.header],
    }


def _gather_cells(
    place: str, columns: list[int], delimiter: str, header_line: int
) -> list[list[str]]:
    """All cells of some columns, as far as their lines are whole."""
    found: list[list[str]] = [[] for _ in columns]
    with contextlib.closing(csv_lines.chunks(place)) as chunks:
        for line, content in itertools.chain.from_iterable(chunks):
            parts = (
                cells(content.decode("utf-8", "replace"), delimiter) if line > header_line else []
            )
            if len(parts) > max(columns):
                for at, column in zip(columns, found, strict=True):
                    column.append(sys.intern(parts[at].strip()))
    return found


def _tell_parts(
    rows: Rows, layout: Layout, targets: np.ndarray, class_names: Sequence[str]
) -> tuple[list[str] | None, list[str]]:
    """The part of every row where a column says it, and what was taken for what."""
    names = [layout.header[at] for at in layout.aside]
    found = part_columns.find(
        names,
        lambda at: part_columns.few(rows.aside[at]),
        set(),
        lambda at: next(iter(rows.aside[at]), ""),
    )
    said = [found.part(row) for row in zip(*(rows.aside[at] for at in found.columns), strict=True)]
    parts, told = part_columns.fitting(found, names, said, targets, class_names)
    aside = [name for at, name in enumerate(names) if at not in found.columns]
    return parts, [*layout.notes, *told, *naming.tell_aside(aside)]


def _complaint(place: str, rows: Rows) -> str:
    how_many = (
        f"{rows.n_bad:,} of {rows.total:,} lines {'is' if rows.n_bad == 1 else 'are'} like that"
    )
    if not rows.numbers:
        return (
            f"{place}: {rows.bad[0].what}. All {rows.total:,} lines are like that: name a "
            "table of pixels."
        )
    return (
        f"{place}: {rows.bad[0].what}. {how_many}: mend them, or leave them out with "
        "--bad-rows quarantine."
    )

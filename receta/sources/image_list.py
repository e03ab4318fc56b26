"""How are pictures read that a CSV lists by file name, with their labels beside?

file,label                 one class a picture
file,tags                  "beach|sunset": several, separated by | ; , or spaces; none where it is
empty
file,beach,sunset          0 and 1 (or -1 and 1), a column a label, as Kaggle, Roboflow and CelebA
have it
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.dataset import Images, Quarantined
from receta.sources import (
    Options,
    _file_choice,
    _label_choice,
    _label_sets,
    _list_lines,
    _list_paths,
    _part_columns,
    _tree,
)
from receta.sources._label_choice import NO, YES

ORDER = (
    9  # before csv_pixels, which takes any other CSV; table comes first, where a --target is named
)
READS = "a .csv or .tsv beside its pictures: their file names and labels"
USES = ("label", "content", "task")
VERSION = 2
SEPARATORS = "|;, "  # the first of them that any cell holds


@dataclass(frozen=True)
class Layout:
    """What the columns are for: positions; marks are the columns of 0 and 1."""

    header: tuple[str, ...]
    file: int
    label: int | None
    marks: tuple[int, ...]
    parts: _part_columns.PartColumns
    group: int | None
    separator: str  # between several labels in a cell, '' where a cell holds one
    missing: frozenset[str]  # words that say that a label is missing
    notes: tuple[str, ...]  # what holds the label
    aside: tuple[str, ...]  # what was left aside


@dataclass
class Row:
    """A picture of the list: where it lies, and what is said of it."""

    line: int
    path: str
    labels: tuple[str, ...]
    part: str
    group: str


class Listed(Images):
    """Pictures as files, in the order of their list. strays: lines that cannot be used."""

    def __init__(self, place: str, options: Options) -> None:
        lines = _list_lines.read(place)
        files = _list_paths.Files(os.path.dirname(os.path.abspath(place)))
        sheet = _file_choice.opened(place, lines, files, options.content)
        layout = _layout(place, sheet, options)
        rows, strays, wrong = _read(place, sheet, layout, options)
        found = _label_sets.understood(place, [row.labels for row in rows], options.task)
        self.task, self.targets, self.class_names = found.task, found.targets, found.class_names
        self.paths = [row.path for row in rows]
        self.ids = naming.unique(self.paths)
        self.strays = tuple(strays)
        parts = [row.part for row in rows]
        self.parts, told = _part_columns.fitting(
            layout.parts, layout.header, parts, self.targets, self.class_names
        )
        self.groups = [row.group for row in rows] if layout.group is not None else None
        self.columns = [naming.printable(name) for name in layout.header]
        self.notes = (*lines.notes, *sheet.notes, *wrong, *layout.notes, *told, *layout.aside)
        self.place, self._options = place, options
        self._path = files.here

    def raw(self, row: int) -> bytes:
        """The bytes of the file; raises Unreadable with the reason."""
        return _tree.content(os.path.join(self._path, self.paths[row]))

    def stamp(self) -> str:
        """Changes with names, sizes and times of the list and of its files."""
        files = (os.path.join(self._path, path) for path in self.paths)
        return naming.file_stamp(
            [os.path.abspath(self.place), *files], "image_list", VERSION, self._options
        )

    def __repr__(self) -> str:
        return (
            f"image_list({self.place!r}, {len(self)} pictures, {len(self.class_names)} {self.task})"
        )


def accepts(place: str, options: Options) -> bool:
    """A .csv or .tsv with a column of file names of pictures, there or not."""
    if (
        not place.lower().endswith(_list_lines.SUFFIXES)
        or not os.path.isfile(place)
        or options.shape is not None
    ):
        return False
    try:
        lines = _list_lines.read(place, head=True)
        files = _list_paths.Files(os.path.dirname(os.path.abspath(place)))
        return _file_choice.is_list(lines, files, options.content)
    except (OSError, csv.Error, InputError):
        return False


def image_list(place: str, options: Options, progress: Progress) -> Listed:
    """Pictures by a list; raises InputError with the line that is wrong."""
    try:
        source = Listed(place, options)
    except csv.Error as error:
        raise InputError(
            f"{place} is no CSV ({error}); expected file names and labels, a picture a line. "
            "Mend it."
        ) from error
    _label_sets.told(progress, source.task, source.targets, options.task)
    return source


def sample(folder: Path) -> str:
    """Write eight small pictures of two classes and their list; return the DATA argument."""
    from PIL import Image

    (folder / "images").mkdir(parents=True, exist_ok=True)
    lines = ["file,label"]
    for row in range(8):
        Image.new("RGB", (6, 5), (25 * row, 90, 50)).save(folder / "images" / f"{row}.png")
        lines.append(f"images/{row}.png,{('cat', 'dog')[row % 2]}")
    (folder / "list.csv").write_text("\n".join(lines) + "\n")
    return str(folder / "list.csv")


def _layout(place: str, sheet: _file_choice.Sheet, options: Options) -> Layout:
    """What every column is for; InputError where it cannot be told."""
    header, file = sheet.header, sheet.file
    group = header.index(options.group) if options.group in header else None
    label = None if options.label is None else _label_choice.find(place, header, options.label)
    columns = sheet.columns
    facts = [
        _label_choice.look_at(at, name, cells)
        for at, (name, cells) in enumerate(zip(header, columns, strict=True))
    ]
    used = {at for at in (file, group, label) if at is not None}
    parts = _part_columns.find(
        header,
        lambda at: _part_columns.few(columns[at]),
        used,
        lambda at: next(iter(facts[at].counts), ""),
    )
    used |= {*parts.columns}
    marks: tuple[int, ...] = ()
    why = "as --label says"
    if label is None:
        rest = [one for one in facts if one.at not in used and not _is_index(one)]
        chosen = _label_choice.choose(place, rest, [columns[one.at] for one in rest])
        label, marks, why = chosen.label, chosen.marks, chosen.why
    used |= {*marks, *([] if label is None else [label])}
    several = label is not None and (
        _label_choice.is_several(header[label]) or options.task == "labels"
    )
    separator = _separator(facts[label].counts) if several and label is not None else ""
    missing, notes = frozenset[str](), []
    if label is not None:
        missing, said = _label_sets.missing_words(facts[label].counts)
        notes = [f"column {_shown(header[label])} holds the label ({why})", *said]
    else:
        notes = [
            f"{len(marks)} columns of 0 and 1 are the labels: "
            f"{naming.first_few([header[at] for at in marks], 3)}"
        ]
    rest_names = [header[at] or f"column-{at + 1}" for at in range(len(header)) if at not in used]
    return Layout(
        header,
        file,
        label,
        marks,
        parts,
        group,
        separator,
        missing,
        tuple(notes),
        naming.told_aside(rest_names),
    )


def _read(
    place: str, sheet: _file_choice.Sheet, layout: Layout, options: Options
) -> tuple[list[Row], list[Quarantined], tuple[str, ...]]:
    """All pictures, what is left out, and a line about it.

    Raises InputError for the first line that cannot be used, unless such are left out.
    """
    rows: dict[str, Row] = {}
    strays: list[Quarantined] = [Quarantined(f"line-{line}", why) for line, why in sheet.missing]
    bad: list[tuple[int, str]] = list(sheet.ragged)
    for line, cells, path in sheet.rows:
        row, wrong = _understood(line, cells, path, layout)
        before = rows.get(row.path)
        if not wrong and before is not None and options.task == "labels":
            before.labels = tuple(dict.fromkeys((*before.labels, *row.labels)))
        elif not wrong and before is not None and {*before.labels} != {*row.labels}:
            wrong = (
                f"names {naming.printable(row.path)!r} with other labels than line "
                f"{before.line} (--task labels joins them)"
            )
        if wrong:
            bad.append((line, wrong))
        else:
            rows.setdefault(row.path, row)
    line, wrong = min(bad, default=(0, ""))
    total = len(sheet.rows) + len(sheet.ragged) + len(sheet.missing)
    if bad and options.bad_rows == "error":
        raise InputError(
            f"{place}: line {line} {wrong}; expected a picture and its labels. {len(bad):,} of "
            f"{total:,} lines "
            f"{'is' if len(bad) == 1 else 'are'} wrong: mend them, or leave such out with "
            "--bad-rows quarantine."
        )
    if not rows:
        raise InputError(f"{place} lists no picture that can be used; expected some. Mend it.")
    strays += [Quarantined(f"line-{line}", wrong) for line, wrong in bad]
    strays.sort(key=lambda stray: int(stray.id.removeprefix("line-")))
    are = "is" if len(bad) == 1 else "are"
    left_out = f"{len(bad):,} of {total:,} lines {are} left out (the first: line {line} {wrong})"
    return list(rows.values()), strays, (left_out,) if bad else ()


def _understood(line: int, cells: Sequence[str], path: str, layout: Layout) -> tuple[Row, str]:
    """What a line says, and what is wrong with it."""
    row = Row(line, path, (), "", "")
    row.part = layout.parts.part([cells[at] for at in layout.parts.columns])
    row.group = cells[layout.group].strip() if layout.group is not None else ""
    if layout.group is not None and not row.group:
        return row, f"has no group (column {layout.header[layout.group]!r})"
    if layout.label is not None:
        cell, separator = cells[layout.label], layout.separator
        several = (part.strip() for part in (cell.split(separator) if separator else [cell]))
        row.labels = tuple(
            dict.fromkeys(part for part in several if part and part not in layout.missing)
        )
        may_be_none = _label_choice.is_several(layout.header[layout.label]) or separator
        return (
            row,
            ""
            if row.labels or may_be_none
            else f"has no label (column {layout.header[layout.label]!r})",
        )
    said = [cells[at].strip().lower() for at in layout.marks]
    odd = next(
        (
            at
            for at, one in zip(layout.marks, said, strict=True)
            if one not in YES and one not in NO
        ),
        None,
    )
    if odd is not None:
        return (
            row,
            f"has {naming.printable(cells[odd])[:40]!r} in column {layout.header[odd]!r}, which "
            "is neither 0 nor 1",
        )
    row.labels = tuple(
        layout.header[at] for at, one in zip(layout.marks, said, strict=True) if one in YES
    )
    return row, ""


def _is_index(one: _label_choice.Facts) -> bool:
    """Whether a column has no name, or only counts the rows."""
    if not one.name or one.name.lower().startswith("unnamed:") or not one.counts:
        return True
    return (
        one.plain in ("id", "index", "idx", "no", "nr", "row", "number", "x")
        and one.whole
        and len(one.counts) == one.n > 1
    )


def _separator(cells: Counter[str]) -> str:
    held = {mark for cell in cells for mark in SEPARATORS if mark in cell}
    return next((mark for mark in SEPARATORS if mark in held), "")


def _shown(name: str) -> str:
    return repr(naming.printable(name[:40]))

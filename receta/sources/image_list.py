"""How are pictures read that a CSV lists by file name, with their labels beside?

file,label                 one class a picture
file,tags                  "beach|sunset": several, separated by | ; , or spaces; none where it is empty
file,beach,sunset          0 and 1 (or -1 and 1), a column a label, as Kaggle, Roboflow and CelebA have it
"""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from receta.core import image
from receta.core.dataset import Images, Quarantined
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.core.registry import nearest
from receta.sources import Options, _label_sets, _names, _parts, _tree

ORDER = 9  # before csv_pixels, which takes any other CSV; table comes first, where a --target is named
READS = "a .csv or .tsv beside its pictures: their file names and labels"
USES = ("label", "task")
VERSION = 1
FILE = ("file", "filename", "file_name", "filepath", "path", "image", "image_id", "imageid", "image_name", "img", "id", "name", "picture",
        "photo", "archivo", "imagen", "foto")  # fmt: skip
LABEL = ("label", "labels", "class", "classname", "category", "tag", "tags", "target", "y", "etiqueta", "etiquetas", "clase", "categoria")
SEVERAL = ("labels", "tags", "etiquetas", "classes", "categories", "clases", "categorias")
SEPARATORS = "|;, "  # the first of them that any cell holds
PART = ("split", "part", "partition", "subset")
_SNIFFED = 20  # names that are looked for on the disk
_FOLDERS = 50  # below the list's own that are looked into
_YES, _NO = ("1", "1.0", "true", "yes"), ("0", "0.0", "-1", "-1.0", "false", "no")


@dataclass(frozen=True)
class Layout:
    """What the columns are for: positions; marks are the columns of 0 and 1.

    below: folder of the pictures inside the list's. suffix: what their names lack.
    """

    header: tuple[str, ...]
    first: int  # number of the first line that names a picture, 1 or 2
    file: int
    below: str
    suffix: str
    label: int | None = None
    splits: bool = False  # whether a cell of the label column may hold several
    marks: tuple[int, ...] = ()
    part: int | None = None
    group: int | None = None


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
        layout = _layout(place, options)
        rows, strays = _read(place, layout, options)
        found = _label_sets.understood(place, [row.labels for row in rows], options.task)
        self.task, self.targets, self.class_names = found.task, found.targets, found.class_names
        self.paths = [row.path for row in rows]
        self.ids = _names.unique(self.paths)
        self.strays = tuple(strays)
        self.parts = _parts.settled(place, [row.part for row in rows], self.targets, self.class_names) if layout.part is not None else None
        self.groups = [row.group for row in rows] if layout.group is not None else None
        self.columns = [_names.printable(name) for name in layout.header]
        self.place, self._options = place, options
        self._path = os.path.dirname(os.path.abspath(place))

    def raw(self, row: int) -> bytes:
        """The bytes of the file; raises Unreadable with the reason."""
        return _tree.content(os.path.join(self._path, self.paths[row]))

    def stamp(self) -> str:
        """Changes with names, sizes and times of the list and of its files."""
        files = (os.path.join(self._path, path) for path in self.paths)
        return _names.file_stamp([os.path.abspath(self.place), *files], "image_list", VERSION, self._options)

    def __repr__(self) -> str:
        return f"image_list({self.place!r}, {len(self)} pictures, {len(self.class_names)} {self.task})"


def accepts(place: str, options: Options) -> bool:
    """A .csv or .tsv with a column whose first names are pictures beside it."""
    if not place.lower().endswith((".csv", ".tsv")) or not os.path.isfile(place) or options.shape is not None:
        return False
    try:
        return _sniffed(place) is not None
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def image_list(place: str, options: Options, progress: Progress) -> Listed:
    """Pictures by a list; raises InputError with the line that is wrong."""
    try:
        source = Listed(place, options)
    except UnicodeDecodeError as error:
        raise InputError(f"{place} is no UTF-8 ({error.reason} at byte {error.start}); expected UTF-8. Save it again as UTF-8.") from error
    except csv.Error as error:
        raise InputError(f"{place} is no CSV ({error}); expected file names and labels, a picture a line. Mend it.") from error
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


def _sniffed(place: str) -> tuple[Layout, list[list[str]]] | None:
    """Where the pictures stand and lie, and the first lines below the header; None where none does."""
    first = [cells for _, cells in itertools.islice(_lines(place), _SNIFFED + 1)]
    if not first:
        return None
    top = [cell.strip() for cell in first[0]]
    here = os.path.dirname(os.path.abspath(place))
    for at, name in enumerate(top):
        cells = [cells[at].strip() for cells in first if len(cells) > at]
        if _plain(name) not in FILE and not any(cell.lower().endswith(tuple(image.SUFFIXES)) for cell in cells[:3]):
            continue
        for below, suffix in itertools.product(("", *_folders(here)), ("", *sorted(image.SUFFIXES))):
            there = [_exists(here, below, cell + suffix) for cell in cells]
            if 2 * sum(there[1:]) >= max(1, len(cells) - 1) or (there[0] and len(there) == 1):
                header = tuple(f"column-{column + 1}" for column in range(len(top))) if there[0] else tuple(top)
                return Layout(header, 1 if there[0] else 2, at, below, suffix), first[0 if there[0] else 1 :]
    return None


def _layout(place: str, options: Options) -> Layout:
    """What every column is for; InputError where it cannot be told which are labels."""
    sniffed = _sniffed(place)
    if sniffed is None:
        raise InputError(f"{place} names no pictures that lie beside it; expected their file names in one column. Look at the paths.")
    layout, rows = sniffed
    names = [_plain(name) for name in layout.header]
    whole = [cells for cells in rows if len(cells) == len(names)]
    group = layout.header.index(options.group) if options.group in layout.header else None
    part = next((at for at, name in enumerate(names) if name in PART and whole and all(_part(cells[at]) for cells in whole)), None)
    rest = [at for at, name in enumerate(names) if at not in (layout.file, group, part) and name and not name.startswith("unnamed:")]
    label = _label(place, layout, options, rest)
    marks: tuple[int, ...] = ()
    if label is None:
        # A few odd cells are told by their lines.
        marked = len(rest) > 1 and all(
            4 * sum(cells[at].strip().lower() in (*_YES, *_NO) for cells in whole) >= 3 * len(whole) > 0 for at in rest
        )
        if not marked or layout.first == 1:
            raise InputError(
                f"{place}: which of its columns {_names.first_few(layout.header[at] for at in rest)} holds the labels is not clear; "
                f"expected a column called label or tags, or columns of 0 and 1 alone under their names. Name the column with --label."
            )
        marks = tuple(rest)
    splits = label is not None and (names[label] in SEVERAL or options.task == "labels")
    return Layout(layout.header, layout.first, layout.file, layout.below, layout.suffix, label, splits, marks, part, group)


def _label(place: str, layout: Layout, options: Options, rest: list[int]) -> int | None:
    """Position of the column of labels, None where there is none by name."""
    if options.label is not None:
        if options.label not in layout.header:
            raise InputError(f"{place} has no column {options.label!r}; expected one of {_names.first_few(layout.header, 8)}."
                             f"{nearest(options.label, layout.header)} Change --label.")  # fmt: skip
        return layout.header.index(options.label)
    named = [at for name in LABEL for at in rest if _plain(layout.header[at]) == name]
    return named[0] if named else rest[0] if len(rest) == 1 else None


def _read(place: str, layout: Layout, options: Options) -> tuple[list[Row], list[Quarantined]]:
    """All pictures; InputError for the first line that cannot be used, unless such are left out."""
    rows: dict[str, Row] = {}
    strays: list[Quarantined] = []
    separator = _separator(cells[layout.label] for cells in _whole(place, layout)) if layout.splits and layout.label is not None else ""
    for line, cells in _lines(place):
        if line < layout.first:
            continue
        row, wrong = _understood(line, cells, layout, separator)
        before = rows.get(row.path)
        if not wrong and before is not None and options.task == "labels":
            before.labels = tuple(dict.fromkeys((*before.labels, *row.labels)))
        elif not wrong and before is not None and {*before.labels} != {*row.labels}:
            wrong = f"names {_names.printable(row.path)!r} with other labels than line {before.line} (--task labels joins them)"
        if wrong and options.bad_rows == "error":
            raise InputError(
                f"{place}: line {line} {wrong}; expected a picture and its labels. Mend it, or leave such out with --bad-rows quarantine."
            )
        if wrong:
            strays.append(Quarantined(f"line-{line}", wrong))
        else:
            rows.setdefault(row.path, row)
    if not rows:
        raise InputError(f"{place} lists no picture that can be used; expected some. Mend it.")
    return list(rows.values()), strays


def _understood(line: int, cells: list[str], layout: Layout, separator: str) -> tuple[Row, str]:
    """What a line says, and what is wrong with it."""
    row = Row(line, "", (), "", "")
    if len(cells) != len(layout.header):
        return row, f"has {len(cells)} cells instead of {len(layout.header)}"
    name = cells[layout.file].strip()
    row.path = os.path.normpath(os.path.join(layout.below, name + layout.suffix))
    if not name or "\0" in name:
        return row, "has no file name"
    if os.path.isabs(row.path) or row.path.startswith(".."):
        return row, f"names {_names.printable(name)!r}, which lies outside of the list's folder"
    row.part = _part(cells[layout.part]) if layout.part is not None else ""
    row.group = cells[layout.group].strip() if layout.group is not None else ""
    if layout.part is not None and not row.part:
        return row, f"has {_names.printable(cells[layout.part])[:40]!r} in column {layout.header[layout.part]!r}, which is no part"
    if layout.group is not None and not row.group:
        return row, f"has no group (column {layout.header[layout.group]!r})"
    if layout.label is not None:
        cell = cells[layout.label]
        row.labels = tuple(dict.fromkeys(part.strip() for part in (cell.split(separator) if separator else [cell]) if part.strip()))
        return row, "" if row.labels or layout.splits else f"has no label (column {layout.header[layout.label]!r})"
    said = [cells[at].strip().lower() for at in layout.marks]
    odd = next((at for at, one in zip(layout.marks, said, strict=True) if one not in _YES and one not in _NO), None)
    if odd is not None:
        return row, f"has {_names.printable(cells[odd])[:40]!r} in column {layout.header[odd]!r}, which is neither 0 nor 1"
    row.labels = tuple(layout.header[at] for at, one in zip(layout.marks, said, strict=True) if one in _YES)
    return row, ""


def _lines(place: str) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of every line that is not blank."""
    with open(place, encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        file.seek(0)
        delimiter = "\t" if place.lower().endswith(".tsv") else max(",;\t", key=first.count)
        reader = csv.reader(file, delimiter=delimiter)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells


def _whole(place: str, layout: Layout) -> Iterator[list[str]]:
    return (cells for line, cells in _lines(place) if line >= layout.first and len(cells) == len(layout.header))


def _separator(cells: Iterable[str]) -> str:
    held = {mark for cell in cells for mark in SEPARATORS if mark in cell.strip()}
    return next((mark for mark in SEPARATORS if mark in held), "")


def _folders(here: str) -> list[str]:
    with os.scandir(here) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir() and not _tree.is_junk(entry.name))[:_FOLDERS]


def _exists(here: str, below: str, name: str) -> bool:
    try:
        return bool(name) and os.path.isfile(os.path.join(here, below, name))
    except ValueError:  # a null byte
        return False


def _part(cell: str) -> str:
    return "validation" if cell.strip().lower() == "dev" else _parts.part_of(cell.strip())


def _plain(name: str) -> str:
    return name.strip().lower().replace(" ", "_")

"""How are pictures read that a CSV lists by file name, with their labels beside?

file,label                 one class a picture file,tags                  "beach|sunset": several,
separated by | ; , or spaces; none where it is empty file,beach,sunset          0 and 1 (or -1 and
1), a column a label, as Kaggle, Roboflow and CelebA have it
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.dataset import Images
from receta.sources import Options
from receta.sources.columns import label_sets
from receta.sources.lists import file_choice, list_lines, list_paths
from receta.sources.lists.layout import choose_layout, read_rows
from receta.sources.parts import part_columns
from receta.sources.trees import picture_tree

# before csv_pixels, which takes any other CSV; table comes first, where a --target is named
AFTER = "table"
READS = "a .csv or .tsv beside its pictures: their file names and labels"
FORM = "`.csv`, `.tsv` beside its pictures"
FACTS = (
    "a column of file names and one of labels, or columns of 0 and 1, a label each; columns "
    "of parts and groups; `--content` names the column of files, `--label` that of labels"
)
USES = ("label", "content", "task")
VERSION = 2


class Listed(Images):
    """Pictures as files, in the order of their list. strays: lines that cannot be used."""

    def __init__(self, place: str, options: Options) -> None:
        lines = list_lines.read(place)
        files = list_paths.Files(os.path.dirname(os.path.abspath(place)))
        sheet = file_choice.open_sheet(place, lines, files, options.content)
        layout = choose_layout(place, sheet, options)
        rows, strays, wrong = read_rows(place, sheet, layout, options)
        found = label_sets.name_labels(place, [row.labels for row in rows], options.task)
        self.task, self.targets, self.class_names = found.task, found.targets, found.class_names
        self.paths = [row.path for row in rows]
        self.ids = naming.unique(self.paths)
        self.strays = tuple(strays)
        parts = [row.part for row in rows]
        self.parts, told = part_columns.fitting(
            layout.parts, layout.header, parts, self.targets, self.class_names
        )
        self.groups = [row.group for row in rows] if layout.group is not None else None
        self.columns = [naming.printable(name) for name in layout.header]
        self.notes = (*lines.notes, *sheet.notes, *wrong, *layout.notes, *told, *layout.aside)
        self.place, self._options = place, options
        self._path = files.here

    def raw(self, row: int) -> bytes:
        """The bytes of the file; raises Unreadable with the reason."""
        return picture_tree.content(os.path.join(self._path, self.paths[row]))

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
        not place.lower().endswith(list_lines.SUFFIXES)
        or not os.path.isfile(place)
        or options.shape is not None
    ):
        return False
    try:
        lines = list_lines.read(place, head=True)
        files = list_paths.Files(os.path.dirname(os.path.abspath(place)))
        return file_choice.is_list(lines, files, options.content)
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
    label_sets.tell_task(progress, source.task, source.targets, options.task)
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

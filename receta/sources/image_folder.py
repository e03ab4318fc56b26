"""How are pictures in a folder a class read?"""

from __future__ import annotations

import os
from pathlib import Path

from receta.core import naming
from receta.core.progress import Progress
from receta.data import files
from receta.data.dataset import Images
from receta.sources import Options
from receta.sources.trees import picture_tree

AFTER = "text_folder"  # any folder will do for it, so it is asked last
READS = "a folder of pictures, one folder a class, or train/ and test/ above them"
FORM = "folder of pictures"
FACTS = (
    "one folder a class; JPEG, PNG, BMP, GIF, WebP, TIFF, AVIF, PPM, PGM, PBM (HEIC with the "
    "extra `heic`); any size, grey or colour; `train/`, `validation/`, `test/` above or below"
    " the classes are kept, also under names like `seg_train`"
)


class Folder(Images):
    """Pictures as files below a root.

    ignored: how many other files lie there. strays: pictures outside of class folders.
    """

    def __init__(self, root: str, options: Options) -> None:
        found = files.walk(root)
        if not found.pictures:
            raise picture_tree.without_pictures(root, found)
        self.ignored = found.others.total()
        tree = picture_tree.arrange_tree(found.pictures, root, found)
        self.root = root
        self._path = os.path.abspath(root)  # stays right when the process changes its folder
        self.paths = tree.paths
        self.ids = tree.ids
        self.targets = tree.targets
        self.class_names = tree.class_names
        self.parts = tree.parts
        self.strays = tree.strays
        self.notes = tree.notes
        self._options = options

    def raw(self, row: int) -> bytes:
        """The bytes of the file; raises Unreadable with the reason."""
        return picture_tree.content(os.path.join(self._path, self.paths[row]))

    def stamp(self) -> str:
        """Changes with names, sizes and times of the files."""
        places = (os.path.join(self._path, path) for path in self.paths)
        return naming.file_stamp(places, "image_folder", 2, self._options)

    def __repr__(self) -> str:
        return f"image_folder({self.root!r}, {len(self)} pictures, {len(self.class_names)} classes)"


def accepts(place: str, options: Options) -> bool:
    """Any folder."""
    return os.path.isdir(place)


def image_folder(place: str, options: Options, progress: Progress) -> Folder:
    """Pictures below a folder; raises InputError if they have no classes."""
    return Folder(place, options)


def sample(folder: Path) -> str:
    """Write two classes of four small pictures and return the DATA argument."""
    from PIL import Image

    for index, name in enumerate(("cat", "dog")):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for n in range(4):
            Image.new("RGB", (6, 5), (200 * index, 30 * n, 50)).save(folder / name / f"{n}.png")
    return str(folder)

"""How are pictures in a folder a class read?"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from receta.core.dataset import Images
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.sources import Options, _names, _tree

ORDER = 90  # any folder will do for it, so it is asked last
READS = "a folder of pictures, one folder a class, or train/ and test/ above them"
MOST_LINKS = 8  # symbolic links to folders inside each other


class Folder(Images):
    """Pictures as files below a root.

    ignored: how many other files lie there. strays: pictures outside of class folders.
    """

    def __init__(self, root: str, options: Options) -> None:
        paths, others = _listed(root)
        if not paths:
            raise _tree.without_pictures(root, others)
        self.ignored = sum(others.values())
        tree = _tree.arranged(paths, root)
        self.root = root
        self._path = os.path.abspath(root)  # stays right when the process changes its folder
        self.paths = tree.paths
        self.ids = tree.ids
        self.targets = tree.targets
        self.class_names = tree.class_names
        self.parts = tree.parts
        self.strays = tree.strays
        self._options = options

    def raw(self, row: int) -> bytes:
        """The bytes of the file; raises Unreadable with the reason."""
        return _tree.content(os.path.join(self._path, self.paths[row]))

    def stamp(self) -> str:
        """Changes with names, sizes and times of the files."""
        files = (os.path.join(self._path, path) for path in self.paths)
        return _names.file_stamp(files, "image_folder", 1, self._options)

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


def _listed(root: str) -> tuple[list[str], Counter[str]]:
    """Paths of pictures below the root, with '/', and how many other files there are by suffix.

    Only the kind that the folder itself notes is looked at: no file is asked for more.
    """
    paths: list[str] = []
    others: Counter[str] = Counter()
    waiting: list[tuple[str, tuple[str, ...]]] = [("", ())]
    while waiting:
        folder, links = waiting.pop()
        here = os.path.join(root, folder) if folder else root
        try:
            entries = os.scandir(here)
        except PermissionError as error:
            raise InputError(
                f"{here} may not be read (permission denied); expected folders that you may open. "
                f"Change its permissions (chmod -R u+rX), or name another folder."
            ) from error
        with entries:
            for entry in entries:
                name = entry.name
                if _tree.is_junk(name):
                    continue
                path = f"{folder}/{name}" if folder else name
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((path, links))
                elif entry.is_symlink() and entry.is_dir():
                    real = os.path.realpath(here)
                    if not _loops(os.path.realpath(entry.path), (*links, real)):
                        waiting.append((path, (*links, real)))
                elif _is_wanted(entry):
                    paths.append(path)
                else:
                    others[_tree.suffix(name)] += 1
    return paths, others


def _is_wanted(entry: os.DirEntry[str]) -> bool:
    # A broken link named like a picture is kept: reading it tells the user that it is gone.
    if not (entry.is_file(follow_symlinks=False) or entry.is_symlink()):
        return False
    return _tree.is_picture(entry.name, lambda: _head(entry.path))


def _head(path: str) -> bytes:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            return file.read(_tree.MAGIC_BYTES) or b""
    except OSError:
        return b""


def _loops(target: str, passed: tuple[str, ...]) -> bool:
    """Whether a link leads back above a folder that led to it, or links lie too deep."""
    if len(passed) > MOST_LINKS:
        return True
    return any(os.path.commonpath((target, folder)) == target for folder in passed)

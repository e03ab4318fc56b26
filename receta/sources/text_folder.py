"""How are texts in a folder a class read, one .txt an example?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.files import is_junk
from receta.data.own_folders import MANIFESTS
from receta.data.texts import Texts
from receta.sources import Options
from receta.sources.texts import tree

AFTER = "json_base64"  # before image_folder, which takes every folder
READS = "a folder of .txt, one folder a class, or train/ and test/ above them"
FORM = "folder of .txt"
FACTS = (
    "one folder a class; UTF-8, UTF-16 with its mark, Windows-1252; `train/`, `validation/`, "
    "`test/` above or below the classes are kept"
)
VERSION = 1
_MOST_LOOKED_AT = 5_000  # files, by which it is seen that a folder is one of texts
_MOST_FILES = 2_000_000


def accepts(place: str, options: Options) -> bool:
    """A folder of which most files are .txt, in folders."""
    if not os.path.isdir(place) or any(os.path.exists(f"{place}/{name}") for name in MANIFESTS):
        return False
    files = (
        os.path.relpath(os.path.join(folder, name), place)
        for folder, _, names in _walk(place)
        for name in names
    )
    return tree.are_texts(files, _MOST_LOOKED_AT)


def text_folder(place: str, options: Options, progress: Progress) -> Texts:
    """The texts below a folder; raises InputError if they have no classes."""
    paths = [
        os.path.relpath(os.path.join(folder, name), place)
        for folder, _, files in _walk(place)
        for name in files
        if name.lower().endswith(".txt")
    ]
    if len(paths) > _MOST_FILES:
        raise InputError(
            f"{place} holds more than {_MOST_FILES:,} files; expected fewer. Name a folder further "
            "in."
        )
    return tree.read_texts(
        place,
        paths,
        lambda decoder, path: decoder.read(os.path.join(place, path)),
        stamp=lambda found: naming.file_stamp(
            (os.path.join(place, path) for path in found.paths), "text_folder", VERSION, options
        ),
        name="text_folder",
    )


def sample(folder: Path) -> str:
    """Write two classes of four short texts and return the DATA argument."""
    for name in ("glad", "sad"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for n in range(4):
            (folder / name / f"{n}.txt").write_text(f"I am so {name} today, {n} times.\n")
    return str(folder)


def _walk(place: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """Folders and files below a place, in an order that does not change."""
    for folder, folders, files in os.walk(place):
        folders[:] = sorted(name for name in folders if not is_junk(name))
        yield folder, folders, sorted(name for name in files if not is_junk(name))

"""How are pictures written as folders: [part/]class/picture?"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path, PurePosixPath
from typing import Any

from receta.converting import Written
from receta.converting._pictures import files, suffix
from receta.core.errors import InputError
from receta.core.progress import Bar
from receta.data.dataset import Dataset
from receta.data.image_formats import SUFFIXES

ABOUT = "one folder a class, inside of train, validation and test where the data name them"
KINDS = ("images",)
SUFFIX = ""
_LONGEST = 200  # bytes of a file's name; 255 is the most that Linux, macOS and Windows take


def image_folder(data: Dataset, out: Path, size: tuple[int, int] | None, bar: Bar) -> Written:
    """Write every picture under its class, one file each."""
    for name in data.class_names:
        _fit_for_a_folder(name)
    lost: dict[str, str] = {}
    taken: set[str] = set()
    paths: list[str] = []
    named = len({part for part in data.parts if part}) > 1
    for position, content in files(data, size, bar, lost):
        part = (data.parts[position] or "train") if named else ""
        name = data.class_names[data.targets[position]]
        path = _path(data.ids[position], part, name, suffix(content), taken)
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(content)
        paths.append(path)
    return Written(lost, tuple(paths))


def options(data: Dataset) -> dict[str, Any]:
    """Nothing must be said to load such a folder."""
    return {}


def _path(one: str, part: str, name: str, ending: str, taken: set[str]) -> str:
    """Where a picture goes: as its id says where that fits, else under a name of its own."""
    given = PurePosixPath(one)
    wanted = (part, name) if part else (name,)
    stem = given.stem if given.suffix.lower() in SUFFIXES else given.name
    ending = given.suffix if given.suffix.lower() in SUFFIXES and ending else ending or ".jpg"
    stem = re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", stem).lstrip(".") or "picture"
    while len(stem.encode()) > _LONGEST:
        stem = stem[:-1]
    path, n = "/".join((*wanted, stem + ending)), 1
    while path.lower() in taken:
        n += 1
        path = "/".join((*wanted, f"{stem}-{n}{ending}"))
    taken.add(path.lower())
    return path


def _fit_for_a_folder(name: str) -> None:
    plain = unicodedata.normalize("NFC", name)
    if plain != name:  # folders are read so, for systems spell one name in two ways
        raise InputError(
            f"class {name!r} is spelled with letters in pieces (Unicode), as a folder's name is "
            f"not read; expected {plain!r}. "
            f"Convert to npz, parquet or tfrecord, or rename the class."
        )
    if (
        not name
        or name.startswith(".")
        or name != name.strip()
        or re.search(r'[\x00-\x1f<>:"/\\|?*]', name)
        or len(name.encode()) > 255
    ):
        raise InputError(
            f'class {name!r} cannot be the name of a folder; expected one without / \\ : * ? " < '
            "> | and without a dot or "
            f"spaces at its ends. Convert to npz, parquet or tfrecord, or rename the class."
        )

"""Which of several folders does a path mean that was written elsewhere?"""

from __future__ import annotations

import os

from receta.sources.parts.part_names import part_of
from receta.sources.trees.picture_names import fold

_PICTURES = (
    "images",
    "image",
    "imgs",
    "img",
    "pictures",
    "photos",
    "jpg",
    "jpeg",
    "png",
    "jpegimages",
    "data",
    "imagenes",
    "fotos",
)


def longest_tails(paths: list[str], steps: list[str]) -> list[str]:
    """Those paths that share most folders with the steps before the name.

    One is right above all.
    """
    folders = [fold(step) for step in steps]
    lengths = [
        common_tail([fold(step) for step in path.split("/")[:-1]], folders) for path in paths
    ]
    best = [path for path, length in zip(paths, lengths, strict=True) if length == max(lengths)]
    whole = [path for path in best if path.count("/") == max(lengths)]
    return whole if len(whole) == 1 else best


def usual_folder(paths: list[str]) -> str:
    """The one of the paths whose folders are called as those of pictures are, or ''."""
    usual = [
        path for path in paths if any(step.lower() in _PICTURES for step in path.split("/")[:-1])
    ]
    return usual[0] if len(usual) == 1 else ""


def common_tail(one: list[str], other: list[str]) -> int:
    """How many folders at the end of two paths are the same."""
    n = 0
    while n < min(len(one), len(other)) and fold(one[-1 - n]) == fold(other[-1 - n]):
        n += 1
    return n


def parts_in(folders: str) -> set[str]:
    """The parts (train, test ...) that folders of a path are called after."""
    return {part_of(step) for step in folders.split("/")} - {""}


def find_inside(path: str, here: str) -> str:
    """A path relative to the folder, '' where it lies elsewhere."""
    for root in dict.fromkeys((os.path.abspath(here), os.path.realpath(here))):
        normal = os.path.normpath(path)
        if normal.startswith(root.rstrip("/") + "/"):
            return normal[len(root.rstrip("/")) + 1 :]
    return ""


def is_below(path: str) -> bool:
    """Whether a path stays inside of the folder that it begins in."""
    return not os.path.isabs(path) and path != ".." and not path.startswith("../")

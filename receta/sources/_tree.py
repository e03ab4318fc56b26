"""Which class and which part does each picture of a tree of folders belong to?

cat/1.jpg  dog/2.jpg                     a folder a class
train/cat/1.jpg  test/cat/2.jpg          parts, then classes
cat/train/1.jpg  cat/test/2.jpg          classes, then parts
any/wrapper/cat/1.jpg                    folders that hold but one folder are passed through
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from receta.core import image
from receta.core.dataset import Quarantined
from receta.core.errors import InputError
from receta.core.image import Unreadable
from receta.sources import _names
from receta.sources._parts import part_of, settled

_NO_CLASS = "lies in no class folder"
_JUNK = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
# More than any picture that `decode` would take; reading stops there.
MOST_BYTES = 256 * 2**20
MAGIC_BYTES = 16


@dataclass(frozen=True)
class Tree:
    """Pictures in their order: paths as given, ids to show, classes and parts."""

    paths: list[str]
    ids: list[str]
    targets: np.ndarray
    class_names: tuple[str, ...]
    parts: list[str] | None
    strays: tuple[Quarantined, ...]


def is_junk(name: str) -> bool:
    """Whether a file or folder is what systems leave about.

    >>> is_junk(".DS_Store"), is_junk("__MACOSX"), is_junk("cat")
    (True, True, False)
    """
    return name.startswith(".") or name.lower() in _JUNK


def is_picture(name: str, head: Callable[[], bytes]) -> bool:
    """Whether a file is a picture: by suffix, or by its first bytes if it has none."""
    dot = name.rfind(".")
    if dot > 0:
        return name[dot:].lower() in image.SUFFIXES
    first = head()
    return first.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")) or (
        first[:4] == b"RIFF" and first[8:12] == b"WEBP"
    )


def content(path: str) -> bytes:
    """The bytes of a picture's file; raises Unreadable with the reason."""
    try:
        # Without O_NONBLOCK a pipe that took a picture's place would be waited for.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("no file: a folder, pipe or device has its name")
            if status.st_size > MOST_BYTES:
                raise Unreadable(f"file of {status.st_size // 10**6} MB: more than a picture has")
            return file.read()
    except FileNotFoundError as error:
        raise Unreadable("vanished: the file is not there") from error
    except OSError as error:
        raise Unreadable(f"cannot be read: {(error.strerror or 'system error').lower()}") from error


def without_pictures(place: str, others: Counter[str]) -> InputError:
    """The error for a place whose files (by suffix) are none of them pictures."""
    if not others:
        return InputError(
            f"{place} holds no pictures; expected one folder of pictures a class. Name another folder or file."
        )
    kind, n = min(others.items(), key=lambda item: (-item[1], item[0]))
    return InputError(
        f"{place} holds no pictures but {sum(others.values())} other files, {n} of them {_names.printable(kind)}; "
        f"expected one folder of pictures a class. Name one of the files inside, or another folder."
    )


def suffix(name: str) -> str:
    """What kind of file a name says it is, for counting others."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else "without suffix"


def arranged(paths: list[str], place: str) -> Tree:
    """Classes and parts of pictures given by paths with '/', in natural order.

    Raises InputError when there is no folder a class.
    """
    split = [path.split("/") for path in sorted(paths, key=_names.natural_path)]
    strays, rest, depth = _unwrapped(split)
    if rest:
        found, lost = _by_part(rest, depth) or _by_class(rest, depth)
        strays += lost
    if not rest or not found:
        raise InputError(
            f"{place} holds {len(paths)} pictures but none in a folder of its class; expected class folders, "
            f"one folder a class, such as {place.rstrip('/')}/cat and {place.rstrip('/')}/dog. Sort them so."
        )
    labels = [_names.printable(label) for _, label, _ in found]
    class_names = tuple(sorted(set(labels), key=_names.natural))
    index = {name: i for i, name in enumerate(class_names)}
    targets = np.array([index[label] for label in labels], np.int64)
    kept = ["/".join(path) for path, _, _ in found]
    ids = _names.unique(kept)
    return Tree(
        kept,
        kept if ids == kept else ids,
        targets,
        class_names,
        settled(place, [part for _, _, part in found], targets, class_names),
        tuple(Quarantined(_names.printable("/".join(path)), _NO_CLASS) for path in strays),
    )


_Path = list[str]
_Found = list[tuple[_Path, str, str]]  # path, class, part


def _unwrapped(split: list[_Path]) -> tuple[list[_Path], list[_Path], int]:
    """Pictures outside of any folder, the others, and how deep their classes or parts lie."""
    strays: list[_Path] = []
    depth = 0
    while True:
        strays += [path for path in split if len(path) == depth + 1]
        split = [path for path in split if len(path) > depth + 1]
        tops = {path[depth] for path in split}
        if len(tops) != 1 or part_of(next(iter(tops))):
            return strays, split, depth
        below = [path for path in split if len(path) > depth + 2]
        folders = {path[depth + 1] for path in below}
        lying = len(split) - len(below)
        # A wrapper may hold a few pictures of its own; a class with odd sub-folders holds many.
        if not below or (lying and (len(folders) < 2 or lying >= len(below))):
            return strays, split, depth
        depth += 1


def _by_part(split: list[_Path], depth: int) -> tuple[_Found, list[_Path]] | None:
    """Parts above classes; None when the folders at this depth are no parts."""
    meaning = {top: part_of(top) for top in {path[depth] for path in split}}
    with_classes = {meaning[path[depth]] for path in split if len(path) > depth + 2} - {""}
    # Beside other folders, 'train' may well be a class of vehicles; two parts are no accident.
    if not all(meaning.values()) and len(with_classes) < 2:
        return None
    found: _Found = []
    strays: list[_Path] = []
    for top, part in sorted(meaning.items(), key=lambda item: _names.natural(item[0])):
        inside = [path for path in split if path[depth] == top]
        if not part:
            strays += inside
            continue
        at = depth + 1
        # train/train/cat: archives often hold a part once more inside itself
        while len(inside[0]) > at + 1 and part_of(inside[0][at]) == part and len({path[at] for path in inside}) == 1:
            at += 1
        for path in inside:
            if len(path) > at + 1:
                found.append((path, path[at], part))
            else:
                strays.append(path)
    return found, strays


def _by_class(split: list[_Path], depth: int) -> tuple[_Found, list[_Path]]:
    """Classes, with parts inside them where every class has them."""
    inner = all(len(path) > depth + 2 and part_of(path[depth + 1]) for path in split)
    return [(path, path[depth], part_of(path[depth + 1]) if inner else "") for path in split], []

"""Which class and which part does each picture of a tree of folders belong to?

cat/1.jpg  dog/2.jpg                     a folder a class train/cat/1.jpg  test/cat/2.jpg
parts, then classes cat/train/1.jpg  cat/test/2.jpg          classes, then parts
any/wrapper/cat/1.jpg                    folders that hold but one folder are passed through
"""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from receta.core import naming, outside
from receta.core.amounts import counted
from receta.core.errors import InputError
from receta.data import image
from receta.data.dataset import Quarantined
from receta.data.files import is_junk
from receta.data.image import Unreadable
from receta.data.listing import Listing, by_count
from receta.data.unread_files import Unread, suffix
from receta.sources.parts.part_names import settle_parts
from receta.sources.trees.layout import lay_out, pointer

__all__ = ["MOST_BYTES", "Tree", "arrange_tree", "content", "is_junk", "without_pictures"]
MOST_BYTES = image.MOST_BYTES


@dataclass(frozen=True)
class Tree:
    """Pictures in their order: paths as given, ids to show, classes and parts.

    notes: what was taken for what, one line each.
    """

    paths: list[str]
    ids: list[str]
    targets: np.ndarray
    class_names: tuple[str, ...]
    parts: list[str] | None
    strays: tuple[Quarantined, ...]
    notes: tuple[str, ...]


def content(path: str) -> bytes:
    """The bytes of a picture's file; raises Unreadable with the reason."""
    try:
        return outside.read_file(path, MOST_BYTES)
    except FileNotFoundError as error:
        raise Unreadable("vanished: the file is not there") from error
    except OSError as error:
        raise Unreadable(f"cannot be read: {(error.strerror or 'system error').lower()}") from error


def without_pictures(place: str, found: Listing) -> InputError:
    """The error for a place none of whose files is a picture that can be read."""
    if found.root:
        return InputError(
            f"{place} is {found.root} of receta and holds no data; expected pictures, one folder "
            "a class. Name their folder."
        )
    if found.unread:
        return InputError(
            f"{place} holds no pictures that receta reads, but {_unread_words(found.unread)}; "
            "expected JPEG, PNG, BMP, GIF, WebP, TIFF, "
            f"AVIF or PPM. {_advice(found.unread)}"
        )
    if not found.others:
        return InputError(
            f"{place} holds no pictures; expected one folder of pictures a class. Name another "
            "folder or file."
        )
    kind, n = min(found.others.items(), key=lambda item: (-item[1], item[0]))
    inside = [*found.archives, *found.lists]
    named = f" ({naming.first_few(sorted(inside), 3)})" if inside else ""
    what = (
        "Name one of the files inside"
        if not os.path.isfile(place)
        else "Unpack it and name one of the files inside"
    )
    what = "Unpack one of the archives inside and name its folder" if found.archives else what
    return InputError(
        f"{place} holds no pictures but {counted(found.others.total(), 'other files')}, {n} of "
        f"them {naming.printable(kind)}{named}; "
        f"expected one folder of pictures a class. {what}, or another folder."
    )


def arrange_tree(paths: Sequence[str], place: str, found: Listing | None = None) -> Tree:
    """Classes and parts of pictures given by paths with '/', in natural order.

    found: what else lies there. Raises InputError when there is no folder a class, and where
    folders may be parts or classes.
    """
    found = found or Listing(pictures=list(paths))
    unread = {one.path: one for one in found.unread}
    photos = [one.path for one in found.unread if one.is_photo]
    split = [path.split("/") for path in sorted([*paths, *photos], key=naming.natural_path)]
    laid = lay_out(split, place, found.lists)
    inside = [one for one in laid.inside if "/".join(one[0]) not in unread]
    if not inside:
        raise _without_classes(place, paths, found)
    spelled = {
        label: naming.printable(unicodedata.normalize("NFC", label)) for _, label, _ in laid.inside
    }
    labels = [spelled[label] for _, label, _ in inside]
    class_names = tuple(sorted(set(labels), key=naming.natural))
    if len(class_names) < 2 and (found.unread or found.lists):
        raise _one_class(place, class_names[0], len(inside), found)
    index = {name: i for i, name in enumerate(class_names)}
    targets = np.array([index[label] for label in labels], np.int64)
    kept = ["/".join(path) for path, _, _ in inside]
    ids = naming.unique(kept)
    classes = {"/".join(path): spelled[label] for path, label, _ in laid.inside}
    strays = [
        Quarantined(naming.printable("/".join(path)), why)
        for path, why in laid.strays
        if "/".join(path) not in unread
    ]
    strays += [
        Quarantined(naming.printable(path), unread[path].reason)
        for path in sorted(unread, key=naming.natural_path)
    ]
    return Tree(
        kept,
        kept if ids == kept else ids,
        targets,
        class_names,
        settle_parts(place, [part for _, _, part in inside], targets, class_names),
        tuple(strays),
        tuple(
            map(
                naming.printable,
                [
                    *laid.notes,
                    *_twins(spelled),
                    *_unread_notes(found.unread, classes),
                    *_lists(found),
                    *found.notes(),
                ],
            )
        ),
    )


def _without_classes(place: str, paths: Sequence[str], found: Listing) -> InputError:
    inside = f"{place.rstrip('/')}/cat and {place.rstrip('/')}/dog"
    beside = f"Sort them so. {pointer(place, found.lists)}" if found.lists else "Sort them so."
    return InputError(
        f"{place} holds {counted(len(paths), 'pictures')} but none in a folder of its class; "
        "expected class folders, "
        f"one folder a class, such as {inside}. {beside}"
    )


def _one_class(place: str, name: str, n: int, found: Listing) -> InputError:
    beside = f"; beside it lie {_unread_words(found.unread)}" if found.unread else ""
    advice = (
        pointer(place, found.lists) if found.lists and not found.unread else _advice(found.unread)
    )
    return InputError(
        f"{place} has one class only ({name!r}, {counted(n, 'examples')}){beside}; expected at "
        f"least two to tell apart. {advice}"
    )


def _twins(spelled: dict[str, str]) -> list[str]:
    """What is said of classes whose names nearly agree."""
    notes = []
    written = Counter(spelled.values())
    for name in sorted(name for name, n in written.items() if n > 1):
        notes.append(
            f"folders called {name!r}, spelled in {written[name]} ways of Unicode, are one class"
        )
    alike: dict[str, set[str]] = {}
    for name in written:
        alike.setdefault(unicodedata.normalize("NFKC", name).casefold().strip(), set()).add(name)
    for names in sorted(sorted(names) for names in alike.values() if len(names) > 1):
        notes.append(
            f"{' and '.join(map(repr, names))} differ in capitals or spaces alone, and stay "
            f"{len(names)} classes"
        )
    return notes


def _unread_words(unread: Sequence[Unread]) -> str:
    return f"{by_count(Counter(suffix(one.path) for one in unread), 3)} files"


def _advice(unread: Sequence[Unread]) -> str:
    advice = Counter(one.advice for one in unread if one.advice).most_common(1)
    return (
        f"To read them: {advice[0][0]}." if advice else "Look at the files, or name another folder."
    )


def _unread_notes(unread: Sequence[Unread], classes: dict[str, str]) -> list[str]:
    """By what to do: how many files a person would take for pictures are not read, of which
    endings and classes.
    """
    notes = []
    by_advice: dict[str, list[Unread]] = {}
    for one in unread:
        by_advice.setdefault(one.advice, []).append(one)
    for advice, some in sorted(by_advice.items(), reverse=True):
        of = Counter(repr(classes[one.path]) for one in some if one.path in classes)
        kinds = Counter(
            f".{one.path.rpartition('.')[2]}"
            if advice and suffix(one.path) != "without suffix"
            else one.kind
            for one in some
        )
        one_class, one_kind = [*of.values()] == [len(some)], len(kinds) == 1 and bool(advice)
        named = counted(len(some), f"{next(iter(kinds))} files" if one_kind else "files") + (
            f" of {next(iter(of))}" if one_class else ""
        )
        rest = [
            *([] if one_kind else [by_count(kinds, 4)]),
            *([by_count(of, 4, "of ")] if of and not one_class else []),
        ]
        inside = f" ({'; '.join(rest)})" if rest else ""
        notes.append(
            f"{named} cannot be read{inside}: {advice}"
            if advice
            else f"{named} named like pictures are none{inside}"
        )
    return notes


def _lists(found: Listing) -> list[str]:
    if not found.lists:
        return []
    return [
        f"labels were taken from the folders, not from {naming.first_few(sorted(found.lists), 2)}"
    ]

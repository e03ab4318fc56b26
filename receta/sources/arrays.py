"""How are arrays of images and labels in a NumPy .npz file read, however large?"""

from __future__ import annotations

import math
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from receta.codecs import unpacked
from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.core.scale import Scale, find_array_white, read_as, to_bytes
from receta.sources import Options
from receta.sources._npz_members import Member, members_of, show_shape
from receta.sources._parts import part_of, settled
from receta.sources._stack import Block, Stack, flat_shape

ORDER = 20
READS = "a .npz of arrays x_train, y_train, x_test, y_test, or images and labels"
USES = ("shape",)
VERSION = 2  # of this reader: raise it when what it keeps changes
# the first one there counts
_IMAGES = ("x", "images", "image", "imgs", "img", "pixels", "data", "features")
_LABELS = ("y", "labels", "label", "targets", "target")
_CLASSES = ("class_names", "classes", "label_names", "target_names", "names")
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)


def accepts(place: str, options: Options) -> bool:
    """Any file that is called .npz."""
    return place.lower().endswith(".npz") and os.path.isfile(place)


def arrays(place: str, options: Options, progress: Progress) -> Stack:
    """Images and labels in an archive of arrays; raises InputError if they do not fit."""
    try:
        with zipfile.ZipFile(place) as archive:
            members = members_of(place, archive)
            pairs = _pairs(place, list(members))
            names = next((members[key] for key in members if key.lower() in _CLASSES), None)
            for x, y in pairs.values():
                _fit(place, members[x], members[y])
            labels = [members[y].labels(archive) for _, y in pairs.values()]
            own_ids = [
                _own_ids(archive, members, x, len(values))
                for (x, _), values in zip(pairs.values(), labels, strict=True)
            ]
            class_names, targets = _named(
                place, labels, None if names is None else names.values(archive)
            )
            wide = [
                members[x]
                for x, _ in pairs.values()
                if members[x].dtype != np.uint8 and members[x].dtype.kind != "b"
            ]
            found = [_block(place, archive, members[x], wide, options) for x, _ in pairs.values()]
    except _UNREADABLE as error:
        raise InputError(
            f"{place} is damaged ({error or type(error).__name__}); expected a whole .npz file "
            "of NumPy. "
            f"Download or save it again."
        ) from error
    ids: list[str] = []
    parts: list[str] = []
    for part, values, own in zip(pairs, labels, own_ids, strict=True):
        ids += own or [f"{part or 'row'}-{row}" for row in range(len(values))]
        parts += [part] * len(values)
    if len(pairs) > 1 and "train" not in pairs and "" in pairs:
        # x and x_test: what is not named is to train on
        parts = [part or "train" for part in parts]
    stack = Stack(
        f"arrays({place!r}",
        [block for block, _ in found],
        [place],
        ids=naming.unique(ids)
        if len(set(ids)) == len(ids)
        else [f"{row + 1}-{one}" for row, one in enumerate(naming.unique(ids))],
        targets=targets,
        class_names=class_names,
        parts=settled(place, parts, targets, class_names),
        words=(VERSION, options),
    )
    facts = [facts for _, facts in found if facts]
    if facts:
        stack.scale = Scale(arrays=facts[0]["white"])
        stack.notes = list(dict.fromkeys(note for one in facts for note in one["notes"]))
    return stack


def sample(folder: Path) -> str:
    """Write two classes of four small images and return the DATA argument."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "arrays.npz"
    pixels = np.arange(8 * 5 * 4, dtype=np.uint8).reshape(8, 5, 4)
    np.savez_compressed(
        place, images=pixels, labels=np.array([0, 1] * 4), class_names=np.array(["cat", "dog"])
    )
    return str(place)


def _own_ids(archive: zipfile.ZipFile, members: dict[str, Member], x: str, n: int) -> list[str]:
    """The ids that stand beside images x_train as ids_train, as `convert` writes them; or none."""
    _, _, part = x.partition("_")
    member = members.get(f"ids_{part}" if part else "ids")
    if member is None or member.shape != (n,) or member.dtype.kind != "U":
        return []
    return [str(one) for one in member.values(archive)]


def _pairs(place: str, keys: list[str]) -> dict[str, tuple[str, str]]:
    """Keys of images and labels by part, in the order train, validation, test, not said."""
    found: dict[tuple[str, str], tuple[int, str]] = {}
    for key in keys:
        words = re.split(r"[-_.]", key.lower())
        rest = [word for word in words if not part_of(word)]
        named = [part_of(word) for word in words if part_of(word)]
        if len(rest) != 1 or len(named) > 1:
            continue
        part = named[0] if named else ""
        for kind, known in (("x", _IMAGES), ("y", _LABELS)):
            if rest[0] in known:
                rank = (known.index(rest[0]), key)
                found[part, kind] = min(found.get((part, kind), rank), rank)
    pairs: dict[str, tuple[str, str]] = {}
    for part in ("train", "validation", "test", ""):
        x, y = found.get((part, "x")), found.get((part, "y"))
        if x and y:
            pairs[part] = (x[1], y[1])
        elif x or y:
            there, lacking = (x[1], "labels") if x else (y[1] if y else "", "images")
            raise InputError(
                f"{place} has {there!r} but no {lacking} for it among its arrays "
                f"{naming.first_few(keys, 10)}; "
                f"expected pairs such as x_train and y_train. Add or rename the array."
            )
    if not pairs:
        raise InputError(
            f"{place} has the arrays {naming.first_few(keys, 10) or 'none'}; expected x_train "
            "and y_train, "
            f"or images and labels. Rename them."
        )
    return pairs


def _fit(place: str, x: Member, y: Member) -> None:
    n, labels = (member.shape[0] if member.shape else 0 for member in (x, y))
    if n != labels:
        raise InputError(
            f"{place}: {x.key!r} has {n} rows but {y.key!r} {labels}; expected a label an image. "
            "Save them again."
        )
    if n == 0:
        raise InputError(
            f"{place}: {x.key!r} is empty; expected at least one image. Leave it out, or fill it."
        )


def _named(
    place: str, labels: list[np.ndarray], names: np.ndarray | None
) -> tuple[tuple[str, ...], np.ndarray]:
    """Class names and the target of every row, over all parts."""
    kinds = {values.dtype.kind in "iu" for values in labels}
    if len(kinds) > 1:
        raise InputError(
            f"{place} has texts as labels in one part and numbers in another; expected one kind. "
            "Mend it."
        )
    # uint64 beside int64 would become float64 and lose digits
    every = np.concatenate(
        [values.astype(np.int64) if True in kinds else values for values in labels]
    )
    values, codes = np.unique(every, return_inverse=True)
    texts = [str(value) for value in values.tolist()]
    if names is not None and True in kinds:
        given = [naming.printable(name) for name in _texts(place, names)]
        low, high = int(values[0]), int(values[-1])
        if low < 0 or high >= len(given):
            raise InputError(
                f"{place} has the label {low if low < 0 else high} but {len(given)} class names; "
                "expected labels 0 to "
                f"{len(given) - 1}. Mend the labels or the names."
            )
        if len(set(given)) < len(given):
            raise InputError(
                f"{place} names two classes alike; expected different class names. Rename one."
            )
        return tuple(given[value] for value in values.tolist()), codes.reshape(-1).astype(np.int64)
    class_names, index = naming.classes(texts)
    return class_names, np.array(index, np.int64)[codes.reshape(-1)]


def _texts(place: str, names: np.ndarray) -> list[str]:
    if names.dtype.kind not in "US" or names.ndim != 1:
        raise InputError(
            f"{place} has class names of type {names.dtype}; expected a row of texts. Save them so."
        )
    return list(
        (np.char.decode(names, "utf-8", "replace") if names.dtype.kind == "S" else names).tolist()
    )


def _block(
    place: str, archive: zipfile.ZipFile, member: Member, wide: list[Member], options: Options
) -> tuple[Block, dict[str, Any]]:
    """Where the images of an array can be read one by one, and what was found out of its values.

    wide: the arrays of images of more than 8 bits, which have one range together.
    """
    facts: dict[str, Any] = {}
    shape, channels_first = _image_shape(place, member, options)
    if member.dtype == np.uint8 and member.offset is not None:
        file, offset = os.path.abspath(place), member.offset
    else:

        def build(folder: Path) -> dict[str, Any]:
            convert, found = _conversion(place, archive, member, wide, options.white)
            with unpacked.pixel_file(
                folder / "pixels.npy", member.shape[1:], fortran=member.fortran
            ) as out:
                out.reserve(math.prod(member.shape))
                for chunk in member.chunks(archive):
                    out.append(convert(chunk))
                out.close(member.shape[0])
                return {"offset": out.offset, **found}

        folder, kept = unpacked.kept("arrays", place, (VERSION, member.name, options.white), build)
        file, offset = str(folder / "pixels.npy"), kept["offset"]
        facts = kept if "white" in kept else {}
    return Block(file, offset, member.shape, shape, channels_first, member.fortran), facts


def _image_shape(place: str, member: Member, options: Options) -> tuple[tuple[int, int, int], bool]:
    """(height, width, channels), and whether the channels lie first."""
    sides = member.shape[1:]
    first = False
    if 0 in sides or member.dtype.kind not in "buif":
        sides = ()
    if len(sides) == 1:
        return flat_shape(sides[0], options.shape, f"{place}: array {member.key!r}"), False
    if len(sides) == 2:
        shape = (sides[0], sides[1], 1)
    elif len(sides) == 3 and sides[2] in (1, 3, 4):
        shape = (sides[0], sides[1], sides[2])
    elif len(sides) == 3 and sides[0] in (1, 3):
        shape, first = (sides[1], sides[2], sides[0]), True
    else:
        raise InputError(
            f"{place}: array {member.key!r} of shape {show_shape(member.shape)} and type "
            f"{member.dtype} holds no images; "
            "expected (n,height,width), with 1, 3 or 4 channels last or 1 or 3 first, or "
            "(n,pixels). Save it so."
        )
    if options.shape is not None and (*options.shape, 1)[:3] != shape:
        raise InputError(
            f"{place}: array {member.key!r} has images of {show_shape(shape)}, but --shape says "
            f"{','.join(map(str, options.shape))}; expected the same. Leave --shape out."
        )
    return shape, first


def _conversion(
    place: str, archive: zipfile.ZipFile, member: Member, wide: list[Member], white: int | None
) -> tuple[Callable[[np.ndarray], np.ndarray], dict[str, Any]]:
    """How values become 0 to 255, and what is kept of that.

    Takes one pass to see the range of all images.
    """
    if member.dtype == np.uint8:
        return lambda values: values, {}
    if member.dtype.kind == "b":
        return lambda values: values.astype(np.uint8) * np.uint8(255), {}
    low, high, whole = math.inf, -math.inf, True
    for one in wide:
        for chunk in one.chunks(archive):
            least, most = float(chunk.min()), float(chunk.max())
            if not (math.isfinite(least) and math.isfinite(most)):
                _refuse(place, one, "values that are no numbers (NaN or infinite)")
            low, high = min(low, least), max(high, most)
            whole = whole and (chunk.dtype.kind != "f" or bool((chunk == np.floor(chunk)).all()))
    own = find_array_white(low, high, whole and not (high <= 1 and member.dtype.kind == "f"))
    if own is None:
        _refuse(place, member, f"values from {low:g} to {high:g}")
    top = max(own, white or 0)
    unit, floats = top == 1 and not whole, member.dtype.kind == "f"
    shown = f"values from {low:.8g} to {high:.8g}: read as {'0 to 1' if unit else read_as(top)}"
    beyond = ", what lies beyond is cut off" if low < 0 or high > top else ""
    # whole numbers are 64 bits by habit
    usual = (floats and top in (1, 255)) or (top == 255 and member.dtype.itemsize != 2)
    told = (
        []
        if usual and not beyond
        else [f"array {member.key!r} of type {member.dtype} has {shown}{beyond}"]
    )
    return lambda values: to_bytes(values, top), {"white": 0 if usual else top, "notes": told}


def _refuse(place: str, member: Member, what: str) -> NoReturn:
    raise InputError(
        f"{place}: array {member.key!r} of type {member.dtype} holds {what}; expected 0 to 255, "
        "0 to 1 as "
        f"floats, or 16 bits without sign. Scale it so before saving."
    )

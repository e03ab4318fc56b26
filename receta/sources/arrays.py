"""How are arrays of images and labels in a NumPy .npz file read, however large?"""

from __future__ import annotations

import os
import re
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np

from receta.core import naming
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.core.scale import Scale
from receta.data.marks import Marks
from receta.sources import Options
from receta.sources.blocks.array_blocks import VERSION, block_of
from receta.sources.blocks.npz_members import Member, members_of
from receta.sources.blocks.stack import Stack
from receta.sources.parts.part_names import part_of, settle_parts

AFTER = "csv_pixels"
READS = "a .npz of arrays x_train, y_train, x_test, y_test, or images and labels"
FORM = "`.npz`"
FACTS = "`x_train`, `y_train`, `x_test`, `y_test`, or `images` and `labels`"
USES = ("shape",)
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
            class_names, targets = _name_classes(
                place, labels, None if names is None else names.values(archive)
            )
            wide = [
                members[x]
                for x, _ in pairs.values()
                if members[x].dtype != np.uint8 and members[x].dtype.kind != "b"
            ]
            found = [block_of(place, archive, members[x], wide, options) for x, _ in pairs.values()]
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
    if len(set(ids)) < len(ids):
        ids = [f"{row + 1}-{one}" for row, one in enumerate(naming.unique(ids))]
    else:
        ids = naming.unique(ids)
    stack = Stack(
        f"arrays({place!r}",
        [block for block, _ in found],
        [place],
        marks=Marks(ids, targets, class_names, settle_parts(place, parts, targets, class_names)),
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


def _name_classes(
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

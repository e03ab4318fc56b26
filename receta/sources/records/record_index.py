"""Which records do TFRecord files hold, and which features name picture, label and id?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from receta.codecs import tfrecord, unpacked
from receta.core import disk, naming, outside
from receta.core.errors import InputError

VERSION = 1  # of this reader: raise it when what it keeps changes


IMAGES = ("image/encoded", "image", "image_raw", "image_bytes", "img", "picture", "jpg", "png", "x")


LABELS = ("image/class/label", "label", "labels", "class", "target", "y", "image/class/text")


TEXTS = ("image/class/text", "label_text", "class_name", "label_name")


IDS = ("id", "image/filename", "image_name", "filename", "file_name")


_CHUNK = 4 * 2**20


@dataclass(frozen=True)
class Keys:
    """Names of the features that hold picture, label, the label's text and the id; '' for none."""

    image: str
    label: str
    text: str = ""
    id: str = ""


def choose_keys(file: str, label: str | None, content: str | None) -> Keys:
    """Which features hold what, by the first record of a file and what the user says."""
    record = next((record for _, record in tfrecord.scan(*unpack_file(file))), None)
    if record is None:
        raise InputError(
            f"{file} is empty; expected records of pictures with labels. Name another file."
        )
    features = tfrecord.parse(record, f"{file}: record 1")
    pictures = [
        name
        for name in (*IMAGES, *features)
        if name in features and _may_be_picture(features[name])
    ]
    image = _one(file, content, pictures, features, "picture", "--content")
    named = _one(
        file, label, [name for name in LABELS if name in features], features, "label", "--label"
    )
    text = (
        next((name for name in TEXTS if name in features and name != named), "")
        if label is None
        else ""
    )
    return Keys(
        image, named, text, next((name for name in IDS if isinstance(features.get(name), list)), "")
    )


def unpack_file(file: str) -> tuple[str, int]:
    """The file and where its records begin; of one that is packed, its copy in the cache."""
    with open(file, "rb") as stream:
        head = stream.read(12)
    # a length may look like gzip's first bytes
    if head[:2] != b"\x1f\x8b" or tfrecord.length_of(head) is not None:
        return file, 0
    folder, facts = unpacked.unpack_once(
        "tfrecord-unpacked", file, VERSION, lambda folder: {"start": _unpack(file, folder)}
    )
    return str(folder / "records.npy"), facts["start"]


def _one(
    file: str,
    said: str | None,
    found: Sequence[str],
    features: dict[str, Any],
    what: str,
    option: str,
) -> str:
    if said in features or (said is None and found):
        return said or found[0]
    received = f"no feature {said!r}" if said else f"no feature that is a {what}"
    raise InputError(
        f"{file} has {received} but {naming.first_few(sorted(features), 8) or 'none at all'}; "
        "expected one that holds the "
        f"{what}. Name it with {option}."
    )


def _may_be_picture(feature: tfrecord.Feature) -> bool:
    """Bytes of a known format or of some length, or pixels as whole numbers."""
    if isinstance(feature, np.ndarray):
        return feature.dtype == np.int64 and len(feature) > 3
    return len(feature) == 1 and (is_encoded(feature[0]) or len(feature[0]) > 256)


def is_encoded(content: bytes) -> bool:
    """Whether bytes begin as those of a picture's format do."""
    return content.startswith(
        (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
    ) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def index_file(file: str, folder: Path, keys: Keys) -> dict[str, Any]:
    """Fill the cache folder: places.npy and rows.json."""
    places, labels, numbers, ids, parts, strays = [], [], [], [], [], []
    for row, (offset, record) in enumerate(tfrecord.scan(*unpack_file(file))):
        features = tfrecord.parse(record, f"{file}: record {row + 1}")
        label, reason = _label(features, keys)
        picture = features.get(keys.image)
        if picture is None or not len(picture) or (isinstance(picture, list) and not picture[0]):
            reason = "has no picture"
        if reason:
            strays.append((row, reason))
        places.append((offset, len(record)))
        labels.append(label)
        numbers.append(_label(features, Keys("", keys.label))[0] if keys.text else None)
        ids.append(_text(features.get(keys.id)) if keys.id else "")
        parts.append(_text(features.get("part")))
    with disk.replacing(folder / "places.npy") as temporary:
        np.save(temporary, np.array(places, np.int64).reshape(-1, 2))
    rows = {
        "labels": labels,
        "numbers": numbers if keys.text else None,
        "ids": ids if any(ids) else None,
        "parts": parts if any(parts) else None,
        "strays": strays,
    }
    disk.write_json(folder / "rows.json", rows, indent=None)
    return {}


def _label(features: dict[str, tfrecord.Feature], keys: Keys) -> tuple[int | str, str]:
    """The label of a record, and what is wrong with it."""
    text = _text(features.get(keys.text)) if keys.text else ""
    if text.strip():
        return text, ""
    label = features.get(keys.label)
    if label is None or not len(label):
        return "", "has no label"
    if len(label) > 1:
        return "", f"has {len(label)} labels where one is expected"
    if isinstance(label, list):
        name = _text(label)
        return name, "" if name.strip() else "has no label"
    value = float(label[0])
    if not math.isfinite(value) or not value.is_integer():
        return "", f"has the label {value:g}, which is no class"
    return int(label[0]), ""


def _text(feature: tfrecord.Feature | None) -> str:
    if isinstance(feature, list) and len(feature) == 1:
        return feature[0].decode("utf-8", "replace")
    return ""


def _unpack(file: str, folder: Path) -> int:
    """Write records.npy, the unpacked bytes behind a header of NumPy; where they begin."""
    with open(file, "rb") as packed, unpacked.pixel_file(folder / "records.npy", ()) as out:
        for chunk in outside.gunzip(file, packed, _CHUNK):
            out.append(np.frombuffer(chunk, np.uint8))
        out.close(out.n_bytes)
        return out.offset

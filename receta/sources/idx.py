"""How are the IDX files of MNIST and its kin read?"""

from __future__ import annotations

import gzip
import math
import os
import re
import struct
import zlib
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np

from receta.codecs import unpacked
from receta.core import naming, outside
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.data.marks import Marks
from receta.sources import Options
from receta.sources.blocks.stack import Block, Stack
from receta.sources.parts.part_names import part_of, settle_parts

AFTER = "arrays"
READS = (
    "a folder of IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte, ...), packed "
    "by gzip or not"
)
FORM = "folder of IDX files"
FACTS = "the format of MNIST"
VERSION = 1  # of this reader: raise it when what it keeps changes
CHUNK = 4 * 2**20
# Type codes of http://yann.lecun.com/exdb/mnist/ that hold whole numbers.
_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4"}
_NAME = re.compile(r"(?i)(.*?)[-_.]?(images|labels)[-_.]idx[1-4](?:[-_.]ubyte)?(\.gz)?")


def accepts(place: str, options: Options) -> bool:
    """A folder with at least one file named like MNIST's."""
    try:
        return os.path.isdir(place) and any(_NAME.fullmatch(name) for name in os.listdir(place))
    except OSError:
        return False


def idx(place: str, options: Options, progress: Progress) -> Stack:
    """Images and labels of each part; raises InputError for a damaged or missing file."""
    files = _files(place)
    blocks: list[Block] = []
    labels: list[np.ndarray] = []
    ids: list[str] = []
    parts: list[str] = []
    for part in sorted({part for part, _ in files}, key=["train", "validation", "test", ""].index):
        images, named = files.get((part, "images")), files.get((part, "labels"))
        if images is None or named is None:
            there, lacking = (images, "labels") if images else (named, "images")
            raise InputError(
                f"{there} has no file of {lacking} beside it; expected both, such as "
                "train-images-idx3-ubyte and "
                f"train-labels-idx1-ubyte. Add it."
            )
        block, values = _images(images), _labels(named)
        n = block.stored[0]
        if n != len(values):
            raise InputError(
                f"{images} holds {n} images, but {named} {len(values)} labels; expected as many. "
                "Download both again."
            )
        blocks.append(block)
        labels.append(values)
        ids += [f"{part or 'row'}-{row}" for row in range(n)]
        parts += [part] * n
    every = np.concatenate(labels)
    values, codes = np.unique(every, return_inverse=True)
    class_names = tuple(str(value) for value in values.tolist())
    targets = codes.reshape(-1).astype(np.int64)
    return Stack(
        f"idx({place!r}",
        blocks,
        [files[key] for key in sorted(files)],
        marks=Marks(ids, targets, class_names, settle_parts(place, parts, targets, class_names)),
        words=(VERSION, options),
    )


def sample(folder: Path) -> str:
    """Write two classes of four small images and return the DATA argument."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.arange(8 * 5 * 4, dtype=np.uint8).reshape(8, 5, 4)
    (folder / "train-images-idx3-ubyte").write_bytes(
        struct.pack(">4B3I", 0, 0, 8, 3, 8, 5, 4) + pixels.tobytes()
    )
    labels = bytes([0, 1] * 4)
    with gzip.open(folder / "train-labels-idx1-ubyte.gz", "wb") as file:
        file.write(struct.pack(">4BI", 0, 0, 8, 1, 8) + labels)
    return str(folder)


def _files(place: str) -> dict[tuple[str, str], str]:
    """The file of images and that of labels of each part."""
    found: dict[tuple[str, str], str] = {}
    for name in sorted(os.listdir(place)):  # a file that is not packed stands before its .gz
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        words = re.split(r"[-_.]", match.group(1))
        part = next((part_of(word) for word in reversed(words) if part_of(word)), "")
        key = (part, match.group(2).lower())
        if key not in found:
            found[key] = os.path.join(place, name)
        elif f"{found[key]}.gz" != os.path.join(place, name):
            raise InputError(
                f"{place} holds both {os.path.basename(found[key])} and {name}; expected one "
                f"file of {key[1]} a "
                f"part. Move one away."
            )
    return found


def _images(file: str) -> Block:
    with _open_file(file) as stream:
        dtype, lengths, offset = _header(file, stream)
        if (
            len(lengths) not in (3, 4)
            or dtype != ">u1"
            or (len(lengths) == 4 and lengths[3] not in (1, 3, 4))
        ):
            raise InputError(
                f"{file} holds {' x '.join(map(str, lengths))} values of type {dtype[1:]}; "
                "expected images as bytes, "
                f"n x height x width. Name a folder of such files."
            )
        if 0 in lengths:
            raise InputError(
                f"{file} holds no images (0 bytes of pixels); expected at least one. Download it "
                "again."
            )
    shape = (lengths[1], lengths[2], lengths[3] if len(lengths) == 4 else 1)
    size = math.prod(lengths)
    if not file.endswith(".gz"):
        there = os.path.getsize(file) - offset
        if there != size:
            _refuse(file, f"{there} bytes of pixels where its header says {size}")
        return Block(file, offset, lengths, shape)

    # What the header says is asked before room is taken for it.
    outside.refuse_growth(file, os.path.getsize(file), size)

    def build(folder: Path) -> dict[str, Any]:
        with (
            _open_file(file) as stream,
            unpacked.pixel_file(folder / "pixels.npy", lengths[1:]) as out,
        ):
            _header(file, stream)
            out.reserve(size)
            try:
                while chunk := stream.read(CHUNK):
                    if out.n_bytes + len(chunk) > size:
                        _refuse(file, f"more than the {size} bytes of pixels that its header says")
                    out.append(np.frombuffer(chunk, np.uint8))
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                _refuse(file, str(error), error)
            if out.n_bytes < size:
                _refuse(file, f"{out.n_bytes} bytes of pixels where its header says {size}")
            out.close(lengths[0])
            return {"offset": out.offset}

    folder, facts = unpacked.unpack_once("idx", file, VERSION, build)
    return Block(str(folder / "pixels.npy"), facts["offset"], lengths, shape)


def _labels(file: str) -> np.ndarray:
    with _open_file(file) as stream:
        dtype, lengths, _ = _header(file, stream)
        if len(lengths) != 1:
            _refuse(file, f"{len(lengths)} axes instead of one label an image")
        size = lengths[0] * np.dtype(dtype).itemsize
        outside.refuse_growth(file, os.path.getsize(file), size)
        try:
            content = stream.read(size + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            _refuse(file, str(error), error)
    if len(content) != size:
        _refuse(file, f"{len(content)} bytes of labels where its header says {size}")
    return np.frombuffer(content, dtype).astype(np.int64)


def _open_file(file: str) -> BinaryIO | gzip.GzipFile:
    return gzip.open(file) if file.endswith(".gz") else open(file, "rb")


def _header(file: str, stream: BinaryIO | gzip.GzipFile) -> tuple[str, tuple[int, ...], int]:
    """Type, lengths of the axes, and where the values begin."""
    try:
        magic = stream.read(4)
        if (
            len(magic) < 4
            or magic[:2] != b"\0\0"
            or magic[2] not in _TYPES
            or not 1 <= magic[3] <= 4
        ):
            _refuse(
                file, f"its first bytes are {magic.hex(' ') or 'missing'}, not those of an IDX file"
            )
        axes = stream.read(4 * magic[3])
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        _refuse(file, str(error), error)
    if len(axes) < 4 * magic[3]:
        _refuse(file, "its header ends early")
    return _TYPES[magic[2]], struct.unpack(f">{magic[3]}I", axes), 4 + len(axes)


def _refuse(file: str, what: str, cause: Exception | None = None) -> NoReturn:
    raise InputError(
        f"{file} is damaged ({naming.printable(what)}); expected a whole IDX file. "
        "Download it again."
    ) from cause

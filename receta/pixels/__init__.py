"""How is every picture decoded once, in parallel, into a cache that all rooms share?

A cache is a folder of three files: images.npy (n, height, width, channels) uint8;
facts.npy, one record a row, mapped into the memory of all workers, of which `state` says
whether the row is done; manifest.json. Rows are done one by one, so work that was cut
off goes on where it was.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import os
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from receta.core import disk
from receta.core.errors import DiskFull, InputError, RunError
from receta.core.progress import Progress, Unasked
from receta.core.scale import USUAL, Scale, read_as
from receta.core.spec import Spec
from receta.data import image
from receta.data.dataset import Dataset, fingerprint
from receta.data.examples import readable
from receta.pixels._measured import Measuring, measured
from receta.pixels._workers import BAD, CRASHED, DONE, decode_rows

FACTS = np.dtype(
    [
        ("state", "u1"),
        ("height", "i4"),
        ("width", "i4"),
        ("content", "S32"),
        ("pixels", "S32"),
        ("reason", "S160"),
        ("format", "S4"),
        ("n_bytes", "i8"),
        ("tint", "u1"),
    ]
)
_LAYOUT = 3
_SAMPLED = 200  # pictures that are looked at to choose a size: a share known to +- 7 % at worst
PHOTO_SIZE = 96  # what a small network on two cores can train on in minutes (LOG.md)
SMALL_SIZE = 64  # up to this size pictures are taken as they are


@dataclass(frozen=True)
class Pixels:
    """All pictures of a source at one size; index everything by source row.

    What a network of pictures is fed (`core.examples.Inputs`). `take(rows)` gives (k, height,
    width,
    channels) uint8. `reasons` says of each unreadable row why. Picklable and cheap: the pixels stay
    on the disk.
    """

    folder: Path
    size: tuple[int, int]
    channels: int
    fit: str = "stretch"
    scale: Scale = USUAL

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every picture."""
        return (*self.size, self.channels)

    @property
    def specs(self) -> tuple[Spec, ...]:
        """One input of whole pixels, 0 to 255."""
        return (Spec("pixels", self.shape, "uint8", "picture"),)

    @functools.cached_property
    def _opened(self) -> tuple[int, int]:
        """(file descriptor, offset of the first row) of the images."""
        path = self.folder / "images.npy"
        offset: int = np.load(path, mmap_mode="r", allow_pickle=False).offset
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, descriptor)
        return descriptor, offset

    @functools.cached_property
    def _facts(self) -> np.ndarray:
        return np.load(self.folder / "facts.npy", allow_pickle=False)

    def take(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Pictures of some rows: (k, height, width, channels) uint8.

        Read, not mapped: newer kernels map megabytes around every row that is touched, and
        resident memory would be that of the whole cache (3.3 GB of 2.8; LOG.md).
        """
        rows = np.asarray(rows, np.int64)
        taken = np.empty((len(rows), *self.shape), np.uint8)
        if not taken.size:
            return taken
        descriptor, offset = self._opened
        stride, buffer = int(np.prod(self.shape)), taken.data.cast("B")
        edges = [0, *(np.flatnonzero(np.diff(rows) != 1) + 1).tolist(), len(rows)]
        for first, end in itertools.pairwise(edges):  # rows that lie together are one read
            wanted = buffer[first * stride : end * stride]
            if os.preadv(descriptor, [wanted], offset + int(rows[first]) * stride) != len(wanted):
                raise RunError(
                    f"{self.folder} is cut short; expected a whole cache. Delete that folder and "
                    "repeat."
                )
        return taken

    @functools.cached_property
    def reasons(self) -> dict[int, str]:
        """Why a row is unreadable, by row."""
        bad = np.flatnonzero(self._facts["state"] == BAD)
        return {int(row): self._facts["reason"][row].decode("utf-8", "replace") for row in bad}

    @property
    def digests(self) -> np.ndarray:
        """(n,) S32: what is stored for each row, hashed (hexadecimal)."""
        return self._facts["content"]

    @property
    def pixel_digests(self) -> np.ndarray:
        """(n,) S32: checksum of the decoded pixels; equal ones are candidates, to be compared."""
        return self._facts["pixels"]

    @property
    def sizes(self) -> np.ndarray:
        """(n, 2) int32: height and width that each picture had itself."""
        return np.stack([self._facts["height"], self._facts["width"]], axis=1)

    @property
    def formats(self) -> np.ndarray:
        """(n,) S4: how each file is encoded (`image_formats.format_of`).

        Empty for arrays and what is no picture.
        """
        return self._facts["format"]

    @property
    def n_bytes(self) -> np.ndarray:
        """(n,) int64: size of each stored file; 0 for arrays."""
        return self._facts["n_bytes"]

    @property
    def tints(self) -> np.ndarray:
        """(n,) uint8: how far a picture is from grey, where it is kept in grey alone; 0 otherwise.

        The largest gap between two colours of one pixel, seen at 16 x 16.
        """
        return self._facts["tint"]

    @property
    def decoded(self) -> np.ndarray:
        """(k,) int64: the source rows that hold a picture."""
        return np.flatnonzero(self._facts["state"] == DONE)

    def measured(
        self,
        name: str,
        measure: Measuring,
        dtype: np.dtype[Any],
        *,
        version: int = 1,
        progress: Progress = Unasked(),
    ) -> np.ndarray:
        """(n,) records by source row, computed once by all cores and kept on disk.

        measure: (k, height, width, channels) uint8 -> (k,) records of the dtype, a pure
        function; raise the version when it changes. Rows without a picture are zeros.
        """
        return measured(self, name, measure, dtype, version, progress)

    def fingerprint(self, data: Dataset) -> str:
        """`data.fingerprint` from the digests kept here, without reading the files."""
        return fingerprint(data, (bytes.fromhex(self.digests[row].decode()) for row in data.rows))


def network_size(data: Dataset) -> tuple[tuple[int, int], int]:
    """((height, width), channels) that suit the data, from a sample of headers.

    One common size up to 64 pixels is kept. Otherwise photos become 96 x 96, or their
    own median size where that is smaller. Grey only if every picture looked at is grey.
    """
    step = max(1, len(data) // _SAMPLED)
    sizes, grey = [], True
    for row in data.rows[::step]:
        try:
            stored = data.source.raw(int(row))
            if isinstance(stored, np.ndarray):
                height, width, channels = stored.shape
            else:
                height, width, channels = image.probe(stored)
            sizes.append((height, width))
            if grey and channels != 1:  # colour files may hold grey pictures
                small = (
                    image.resize(stored, (16, 16), 3)
                    if isinstance(stored, np.ndarray)
                    else image.decode(stored, (16, 16), 3)
                )
                grey = bool(np.ptp(small.astype(np.int16), axis=2).max() <= 2)
        except image.Unreadable:
            continue
    if not sizes:
        return (SMALL_SIZE, SMALL_SIZE), 3
    channels = 1 if grey else 3
    if len(set(sizes)) == 1 and max(sizes[0]) <= SMALL_SIZE:
        return sizes[0], channels
    side = int(min(PHOTO_SIZE, max(8, np.median([min(size) for size in sizes]))))
    return (side, side), channels


def decode(
    data: Dataset,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    *,
    fit: image.Fit = "stretch",
    scale: Scale | None = None,
    workers: int = 0,
    progress: Progress = Unasked(),
) -> Pixels:
    """Decode every picture of a view once; a rerun finds them in the cache.

    size (height, width) and channels (1 or 3) default to `network_size`, scale to the
    source's own. The cache is found again by names, sizes and times of the files, and when those
    changed, by the
    contents. workers: processes, 0 for one a core. Raises DiskFull before a picture is
    lost, and InputError when no picture at all can be read.
    """
    if size is None or channels is None:
        own_size, own_channels = network_size(data)
        size, channels = size or own_size, channels or own_channels
    own = getattr(data.source, "scale", USUAL)
    scale = own if scale is None else _joined(scale, own)
    wanted = {
        "layout": _LAYOUT,
        "decoder": image.DECODER_VERSION,
        "n": len(data.source),
        "size": list(size),
        "channels": channels,
        "fit": fit,
    }
    if scale.to_json():
        wanted["scale"] = scale.to_json()
    root = disk.cache_root() / "pixels"
    key = hashlib.blake2b(f"{data.source.stamp()}{wanted}".encode(), digest_size=12).hexdigest()
    folder = _aliased(root, key) or root / key
    if not folder.exists():
        folder = _same_content(root, key, wanted, data) or folder
    pixels = Pixels(folder, size, channels, fit, scale)
    with disk.sole_user(folder, wait=True):
        if not _is_whole(folder, wanted):
            _lay_out(folder, wanted)
        facts = _mapped(folder / "facts.npy")
        # What could not even be read (no permission, vanished) may be there by now, and its time
        # need not show it.
        again = (facts["state"] == BAD) & (facts["content"] == b"") & (facts["reason"] != CRASHED)
        todo = data.rows[(~np.isin(facts["state"], (DONE, BAD)) | again)[data.rows]]
        if len(todo):
            with disk.room_on_disk(folder):  # some disks copy what is written over
                decode_rows(
                    data.source,
                    todo,
                    folder / "images.npy",
                    facts,
                    (size, channels, fit, scale),
                    workers,
                    progress,
                )
            if np.isin(facts["state"], (DONE, BAD)).all() and (facts["content"] != b"").all():
                disk.write_json(
                    folder / "manifest.json", {**wanted, "content": _content(facts["content"])}
                )
    readable(data, pixels)  # says it where none can be read
    return pixels


def _joined(scale: Scale, own: Scale) -> Scale:
    """The scale of an earlier data set, and the pictures' own where that says nothing.

    Raises InputError where arrays were read another way.
    """
    if scale.arrays and own.arrays and scale.arrays != own.arrays:
        raise InputError(
            f"these arrays were read as {read_as(own.arrays)}, those that the network was "
            f"trained on as {read_as(scale.arrays)}; "
            f"expected one range of values. Scale them alike before saving."
        )
    return Scale(scale.white or own.white, scale.floats or own.floats, own.arrays, scale.ground)


def _mapped(path: Path) -> np.memmap:
    return np.lib.format.open_memmap(path, mode="r+")


def _lay_out(folder: Path, wanted: dict[str, Any]) -> None:
    """Create the files at full size, so that a full disk is known now and not in the middle."""
    shapes = _shapes(wanted)
    (folder / "manifest.json").unlink(missing_ok=True)  # of a cache that was damaged
    with disk.room_on_disk(folder):
        try:
            for name, (shape, dtype) in shapes.items():
                path = folder / name
                path.unlink(missing_ok=True)
                disk.new_array(path, shape, dtype)
            disk.write_json(folder / "manifest.json", wanted)
        except (OSError, DiskFull):
            for name in shapes:
                (folder / name).unlink(missing_ok=True)
            raise


def _shapes(wanted: dict[str, Any]) -> dict[str, tuple[tuple[int, ...], np.dtype[Any]]]:
    return {
        "images.npy": ((wanted["n"], *wanted["size"], wanted["channels"]), np.dtype("u1")),
        "facts.npy": ((wanted["n"],), FACTS),
    }


def _is_whole(folder: Path, wanted: dict[str, Any]) -> bool:
    """Whether the files of a cache are all there; what was damaged is laid out anew."""
    try:
        disk.read_json(folder / "manifest.json")
        for name, (shape, dtype) in _shapes(wanted).items():
            found = np.load(folder / name, mmap_mode="r", allow_pickle=False)
            if found.shape != shape or found.dtype != dtype:
                return False
    except (RunError, OSError, ValueError, EOFError):
        return False
    return True


def _aliased(root: Path, key: str) -> Path | None:
    alias = root / f"{key}.alias"
    if not alias.exists():
        return None
    target = root / alias.read_text().strip()
    return target if (target / "manifest.json").exists() else None


def _same_content(root: Path, key: str, wanted: dict[str, Any], data: Dataset) -> Path | None:
    """A complete cache of the same pictures under other names or times, if there is one."""
    from receta.data.dataset import content_digest

    complete = {}
    for manifest in root.glob("*/manifest.json"):
        try:
            known = disk.read_json(manifest)
        except RunError:  # damaged, and of other data: theirs to mend
            continue
        if "content" in known and all(known.get(name) == value for name, value in wanted.items()):
            complete[known["content"]] = manifest.parent
    if not complete:
        return None
    digests = []
    for row in range(len(data.source)):
        try:
            digests.append(content_digest(data.source.raw(row)).hex().encode())
        except image.Unreadable:
            return None
    found = complete.get(_content(np.array(digests, "S32")))
    if found is not None:
        disk.write_text(root / f"{key}.alias", found.name)
    return found


def _content(digests: np.ndarray) -> str:
    return hashlib.blake2b(np.ascontiguousarray(digests).tobytes(), digest_size=16).hexdigest()

"""How is every picture decoded once, in parallel, into a cache that all rooms share?

A cache is a folder of three files: images.npy (n, height, width, channels) uint8;
facts.npy, one record a row, mapped into the memory of all workers, of which `state` says
whether the row is done; manifest.json. Rows are done one by one, so work that was cut
off goes on where it was.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from receta.core import disk
from receta.core.errors import DiskFull, InputError, RunError
from receta.core.progress import Progress, Unasked
from receta.core.scale import USUAL, Scale, read_as
from receta.data import image
from receta.data.dataset import Dataset
from receta.data.examples import readable
from receta.pixels.inputs import FACTS, Pixels
from receta.pixels.sizes import network_size
from receta.pixels.workers import BAD, CRASHED, DONE, Job, decode_rows

_LAYOUT = 3


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

    size (height, width) and channels (1 or 3) default to `network_size`, scale to the source's own.
    The cache is found again by names, sizes and times of the files, and when those changed, by the
    contents. workers: processes, 0 for one a core. Raises DiskFull before a picture is lost, and
    InputError when no picture at all can be read.
    """
    if size is None or channels is None:
        own_size, own_channels = network_size(data)
        size, channels = size or own_size, channels or own_channels
    own = getattr(data.source, "scale", USUAL)
    scale = own if scale is None else _join_scales(scale, own)
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
    folder = _find_alias(root, key) or root / key
    if not folder.exists():
        folder = _same_content(root, key, wanted, data) or folder
    pixels = Pixels(folder, size, channels, fit, scale)
    with disk.sole_user(folder, wait=True):
        if not _is_whole(folder, wanted):
            _lay_out(folder, wanted)
        facts = _map(folder / "facts.npy")
        # What could not even be read (no permission, vanished) may be there by now, and its time
        # need not show it.
        again = (facts["state"] == BAD) & (facts["content"] == b"") & (facts["reason"] != CRASHED)
        todo = data.rows[(~np.isin(facts["state"], (DONE, BAD)) | again)[data.rows]]
        if len(todo):
            with disk.room_on_disk(folder):  # some disks copy what is written over
                how = size, channels, fit, scale
                job = Job(data.source, folder / "images.npy", facts, how)
                decode_rows(job, todo, workers, progress)
            if np.isin(facts["state"], (DONE, BAD)).all() and (facts["content"] != b"").all():
                disk.write_json(
                    folder / "manifest.json", {**wanted, "content": _content(facts["content"])}
                )
    readable(data, pixels)  # says it where none can be read
    return pixels


def _join_scales(scale: Scale, own: Scale) -> Scale:
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


def _map(path: Path) -> np.memmap:
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


def _find_alias(root: Path, key: str) -> Path | None:
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

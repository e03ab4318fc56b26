"""How is anything written so that a crash, a full disk or a second run cannot spoil it?"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from receta.core import leftovers, outside, shapes
from receta.core.errors import DiskFull, InputError, RecetaError, RunError

MOST_JSON = 1 << 30  # bytes of a JSON file of receta's own; ten million examples take as much
_MOST_ARRAY = 1 << 34  # bytes of one array in a file of receta's own
# The mark by which programs for backups, and receta itself, know a cache: bford.info/cachedir
CACHE_TAG = "CACHEDIR.TAG"
CACHE_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CANNOT_RESERVE = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}


@contextlib.contextmanager
def room_on_disk(path: Path) -> Iterator[None]:
    """Turn the system's 'no space left' into our one line."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise DiskFull(
            f"no space left on the disk of {path}; expected room to write. Nothing that stood "
            f"there is lost: free some room (or set RECETA_CACHE to another disk), then repeat."
        ) from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it becomes `path`.

    Readers see the old file or the whole new one, never a part: the new one is
    flushed to the disk before it is renamed. On an error it is removed; what killed
    processes left beside it goes when the folder is next written to.
    """
    temporary = path.with_name(f".{path.stem}.{leftovers.mark()}{path.suffix}")
    try:
        with room_on_disk(path), writable(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            leftovers.tidy(path.parent)
            yield temporary
            descriptor = os.open(temporary, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            with _telling_keepers(path, temporary):
                os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def reserve(descriptor: int, start: int, n_bytes: int) -> None:
    """Take room on the disk for what is going to be written behind `start`, where nothing
    stands yet.

    A file that is mapped must be reserved before it is written: the system ends a process
    (SIGBUS) that touches a page for which there is no room. Raises OSError where there is none.
    """
    if n_bytes < 1:
        return
    try:
        os.posix_fallocate(descriptor, start, n_bytes)
    except OSError as error:
        if error.errno not in _CANNOT_RESERVE:
            raise
        zeros, at = bytes(2**20), start
        while at < start + n_bytes:
            at += os.pwrite(descriptor, zeros[: start + n_bytes - at], at)


def new_array(path: Path, shape: tuple[int, ...], dtype: Any) -> np.memmap:
    """A new .npy of zeros, mapped to be written, for which there is room on the disk.

    Raises OSError where there is none; what stood there is gone.
    """
    with open(path, "w+b") as file:
        header = {
            "descr": np.lib.format.dtype_to_descr(np.dtype(dtype)),
            "fortran_order": False,
            "shape": shape,
        }
        np.lib.format.write_array_header_1_0(file, header)
        file.flush()
        reserve(file.fileno(), file.tell(), int(np.prod(shape)) * np.dtype(dtype).itemsize)
    return np.lib.format.open_memmap(path, mode="r+")


class Keeper(Protocol):
    """Who keeps the digests of a folder (`receta.core.seals`)."""

    def before(self, path: Path, new: Path | None) -> None:
        """A file in the folder is about to become `new`, or to go (None)."""

    def after(self, path: Path) -> None:
        """It is there now, or gone."""


keepers: dict[Path, Keeper] = {}  # by folder


@contextlib.contextmanager
def _telling_keepers(path: Path, new: Path | None) -> Iterator[None]:
    """Around the moment in which a file is replaced or removed: whoever keeps its folder hears
    of it before and after.
    """
    whole = Path(os.path.abspath(path))
    told = [keeper for folder, keeper in keepers.items() if folder in whole.parents]
    for keeper in told:
        keeper.before(whole, new)
    yield
    for keeper in told:
        keeper.after(whole)


def remove(path: Path) -> None:
    """Remove a file that may not be there."""
    with _telling_keepers(path, None):
        path.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file atomically."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write a whole UTF-8 text file atomically."""
    write_bytes(path, content.encode())


def write_json(path: Path, value: Any, *, indent: int | None = 1) -> None:
    """Write JSON atomically; NaN and infinity are refused, not written."""
    write_text(path, json_text(value, indent=indent))


def json_text(value: Any, *, indent: int | None = 1) -> str:
    """JSON as receta writes it, with a line's end behind it."""
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    # of a name whose bytes are no UTF-8
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        text = json.dumps(value, indent=indent, allow_nan=False)
    return text + "\n"


def read_json(path: Path, shape: Any = Any) -> Any:
    """Read JSON of a shape (`receta.core.shapes`).

    RunError in one line when it is missing, spoilt or of another one.
    """
    advice = "Restore it, or choose another folder with --out."
    with outside.reading(path, "a JSON file written by receta", advice, RunError):
        content = outside.read_file(path, MOST_JSON)
        value = outside.parse_own_json(content, path, most=MOST_JSON, advice=advice)
    if said := shapes.mismatch(value, shape):
        raise RunError(f"{path} is damaged ({said}). {advice}")
    return value


def read_npz(path: Path) -> dict[str, Any]:
    """All arrays of an NPZ file, none of them pickled.

    RunError in one line when it is missing or spoilt.
    """
    with (
        outside.reading(path, "arrays as receta wrote them", "Restore it.", RunError),
        outside.open_file(path) as file,
    ):
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                outside.refuse_bomb(member, path, most=_MOST_ARRAY)
        file.seek(0)
        with np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}


def read_text(path: Path) -> str:
    """A text that receta wrote; RunError in one line when it is missing, too large or none."""
    with outside.reading(path, "a text written by receta", "Restore it.", RunError):
        return outside.read_file(path, MOST_JSON).decode("utf-8")


@contextlib.contextmanager
def sole_user(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold a folder for this process alone; a killed process lets go.

    Raises RunError at once when another process holds it, unless `wait`.
    """
    with room_on_disk(folder), writable(folder):
        folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe does not hang
        handle = io.FileIO(os.open(folder / ".lock", flags, 0o666), "r+")  # held until the end
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise RunError(
                f"{folder} is in use by another receta; expected one run a folder at a time. "
                f"Wait for it to end, or choose another folder with --out."
            ) from error
        leftovers.tidy(folder)
        yield


@contextlib.contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turn refusals of the file system into our one line."""
    try:
        yield
    except (PermissionError, NotADirectoryError, FileExistsError, IsADirectoryError) as error:
        raise RecetaError(
            f"{path} cannot be written ({error.strerror}); expected a folder that you may write "
            "to. "
            f"Choose another one."
        ) from error
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        raise RecetaError(
            f"{path} is on a read-only disk; expected a folder to write to. Choose another."
        ) from error


def cache_place() -> Path:
    """Where caches are meant to lie: RECETA_CACHE, else the user's cache folder. Makes nothing."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    chosen = os.environ.get("RECETA_CACHE")
    return Path(chosen) if chosen else Path(base) / "receta"


def cache_root() -> Path:
    """Folder of caches: RECETA_CACHE, else the user's cache folder.

    Falls back to a folder of temporary files where neither can be written.
    """
    chosen = os.environ.get("RECETA_CACHE")
    root = cache_place()
    try:
        if not root.is_dir():
            root.mkdir(parents=True, exist_ok=True)
            (root / CACHE_TAG).write_bytes(
                CACHE_SIGNATURE + b"\n# Made by receta; may be deleted at any time.\n"
            )
        if os.access(root, os.W_OK):
            return root
    except OSError as error:
        if chosen and error.errno in _NO_ROOM:
            raise DiskFull(
                f"no space left on the disk of {chosen}; expected room for caches. Free some, "
                "then repeat."
            ) from error
    if chosen:
        raise InputError(
            f"RECETA_CACHE={chosen} cannot be written; expected a folder you may write to. "
            "Change it."
        )
    root = Path(tempfile.gettempdir()) / f"receta-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    return root

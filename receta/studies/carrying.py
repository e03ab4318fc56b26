"""How do a trial's files and data get to another machine, and back?

A `Carrier` lives there: it writes what it was sent into a folder of its machine, begins the very
process that trials have here, and tells which files have changed. Data are unpacked once a machine,
in a folder named after what they hold.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from receta.core import disk
from receta.core.errors import RunError
from receta.studies import logs

MOST_DATA = 8 << 30  # bytes of data that are sent; larger ones belong on a disk that all see
_MOST_FILE = 2 << 30  # bytes of one file of a trial
_LOOK_S = 0.5  # in which a look waits for news


def is_on_disk(data: str) -> bool:
    """Whether data are a file or a folder, and no name."""
    return Path(data).exists()


def stamp(data: str) -> str:
    """A name for what a file or a folder holds, by the sizes and times of its files."""
    whole = hashlib.blake2b(digest_size=8)
    root = Path(data)
    for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
        if path.is_file():
            known = path.stat()
            whole.update(f"{path.relative_to(root)}|{known.st_size}|{known.st_mtime_ns}\n".encode())
    return whole.hexdigest()


def pack(data: str) -> bytes:
    """A file or a folder in one archive; RunError for more than MOST_DATA."""
    root = Path(data)
    every = [path for path in sorted(root.rglob("*")) if path.is_file()] or [root]
    size = sum(path.stat().st_size for path in every)
    if size > MOST_DATA:
        raise RunError(
            f"{data} holds {size / 2**30:.1f} GiB; expected at most {MOST_DATA >> 30} to be sent "
            "to each machine. Put the study and the data on a disk that all machines see."
        )
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(root, root.name)
    return packed.getvalue()


def unpack(packed: bytes, folder: Path) -> Path:
    """The file or folder of an archive; unpacked once, whoever comes first."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as place:
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(place, filter="data")
            with contextlib.suppress(OSError):  # another process was first
                os.rename(place, folder)
                os.mkdir(place)  # what the block takes away
    return next(folder.iterdir())


def read_study(folder: Path) -> dict[str, Any]:
    """study.json of the study that a trial's folder is part of."""
    found: dict[str, Any] = disk.read_json(folder.parent.parent / "study.json")
    return found


def read_files(folder: Path, known: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """What the files of a trial hold, by name; of those that are not `known` as they are."""
    found = {}
    for name, stamped in _stamps_of(folder).items():
        if known is None or known.get(name) != stamped:
            with contextlib.suppress(FileNotFoundError):  # replaced in this moment
                found[name] = (folder / name).read_bytes()
    return found


def _stamps_of(folder: Path) -> dict[str, str]:
    """By name, what changes when a file of a trial does."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not _is_passing(name):
            with contextlib.suppress(FileNotFoundError):
                known = path.stat()
                found[name] = f"{known.st_size}-{known.st_mtime_ns}"
    return found


def write_files(folder: Path, files: Mapping[str, bytes | None]) -> None:
    """Write files by their names, atomically and outcome.json last; None removes one.

    RunError for a name that leads out of the folder, and for what is too large.
    """
    for name in sorted(files, key=lambda one: (one == "outcome.json", one)):
        content = files[name]
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts or not pure.parts:
            raise RunError(f"a machine sent a file {name[:80]!r}; expected one inside its folder.")
        path = folder.joinpath(*pure.parts)
        if content is None:
            disk.remove(path)
        elif len(content) > _MOST_FILE:
            raise RunError(f"a machine sent {len(content)} bytes as {name[:80]!r}; expected less.")
        else:
            disk.write_bytes(path, content)


def _is_passing(name: str) -> bool:
    """Whether a file is there for a moment only, or belongs to a machine."""
    return any(part.startswith(".") or part.endswith(".tmp") for part in name.split("/"))


class Carrier:
    """Does one trial on its machine; an actor of Ray."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path()
        self._place = tempfile.mkdtemp(prefix="receta-trial-")

    def begin(
        self,
        name: str,
        study: dict[str, Any],
        files: Mapping[str, bytes],
        stamps: tuple[str, str],
        data: bytes | None,
        test: bytes | None,
    ) -> None:
        """Write a trial of a study and begin its process.

        data, test: archives of what the study names so, and their stamps; None of a mere name.
        """
        from receta.studies import trial_process

        cache = disk.cache_root() / "studies"
        for field, stamped, packed in zip(("data", "test"), stamps, (data, test), strict=True):
            if packed is not None:
                study = {**study, field: str(unpack(packed, cache / stamped))}
        root = Path(self._place)
        self._folder = root / "trials" / name
        disk.write_json(root / "study.json", study)
        write_files(self._folder, files)
        with open(logs.open_log(self._folder), "ab") as said:
            self._process = subprocess.Popen(
                trial_process.command(self._folder, os.getpid()),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                process_group=0,
                env=trial_process.surroundings(),
            )

    def look(self, known: Mapping[str, str]) -> tuple[int | None, dict[str, bytes | None], Any]:
        """(exit code or None, files that are not `known` as they are, what is known then)."""
        if self._process is None:
            return 1, {}, {}
        until = time.monotonic() + _LOOK_S
        while self._process.poll() is None and time.monotonic() < until:
            time.sleep(_LOOK_S / 10)
        code = self._process.poll()  # first: what it wrote last is then seen below
        now = _stamps_of(self._folder)  # before they are read: what changes then is sent again
        changed: dict[str, bytes | None] = dict(read_files(self._folder, known))
        changed |= {name: None for name in known if name not in now}
        if code is not None:
            shutil.rmtree(self._place, ignore_errors=True)
        return code, changed, now

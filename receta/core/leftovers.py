"""What did processes leave half written that were killed, and is it ours to remove?

A temporary name carries its owner: `.NAME.PID-BOOT-START.tmp.SUFFIX`. A number of a process is
given again to another one, so its start goes with it, and the boot (with the container's table of
processes) in which both mean something. Only such names are ever removed, and none whose owner
lives.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_MARK = re.compile(r"\.(\d+)-([0-9a-f]{8})-(\d+)\.tmp(?:\.|$)")
_PLAIN = re.compile(r"^\..+\.(\d+)\.tmp(?:\.|$)")  # as earlier versions named them
# after which what another machine, or an earlier boot, left is taken for dead
_ELSEWHERE_S = 86_400.0
# folders looked at by this process, and whether below them too
_tidied: set[tuple[str, bool]] = set()


def mark() -> str:
    """What stands in a temporary name of this process."""
    return f"{os.getpid()}-{_boot()}-{_start(os.getpid())}.tmp"


def tidy(folder: Path, *, deep: bool = False) -> None:
    """Remove what dead processes left half written in a folder (deep: and below).

    Once in a process.
    """
    key = os.path.abspath(folder), deep
    if key in _tidied:
        return
    _tidied.add(key)
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if _is_dead(entry):
                _remove(Path(entry.path))
            elif deep and entry.is_dir(follow_symlinks=False):
                tidy(Path(entry.path), deep=True)


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """An empty folder for temporary files, gone in the end; those of killed processes go now."""
    root = Path(tempfile.gettempdir())
    tidy(root)
    with tempfile.TemporaryDirectory(prefix="receta.", suffix=f".{mark()}", dir=root) as folder:
        yield Path(folder)


def _is_dead(entry: os.DirEntry[str]) -> bool:
    """Whether this is a temporary name of ours whose owner does not live any more."""
    found, plain = _MARK.search(entry.name), _PLAIN.match(entry.name)
    if found is None and plain is None:
        return False
    try:
        known = entry.stat(follow_symlinks=False)
    except OSError:
        return False
    if known.st_uid != os.geteuid():
        return False
    if found is not None and found[2] == _boot():
        return _start(int(found[1])) != int(found[3])
    return time.time() - known.st_mtime > _ELSEWHERE_S


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()


@functools.cache
def _boot() -> str:
    """A word for this boot of this machine, and for the table of processes that this one sees."""
    words = []
    with contextlib.suppress(OSError):
        words.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8"))
        words.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.blake2b("\n".join(words).encode(), digest_size=4).hexdigest()


def _start(pid: int) -> int:
    """When a process began, in ticks since the boot; 0 for one that does not live."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[19]) if len(fields) > 19 and fields[0] not in "ZX" else 0

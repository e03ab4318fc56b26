"""Where may a trial write, whatever a stranger put at that place? Its folder and its log."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from receta.core.errors import RunError

_MOST = 1 << 20  # bytes of a log; what is longer keeps its end when the trial is begun again
_KEPT = 1 << 16


def open_log(folder: Path) -> int:
    """A descriptor of log.txt to append to, cut to its end where it has become long.

    What has its name and is no file, such as a link or a pipe, is taken away. RunError for a
    folder of that name.
    """
    path = folder / "log.txt"
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(path.lstat().st_mode):
            if path.is_dir() and not path.is_symlink():
                raise RunError(f"{path} is a folder; expected the log of a trial. Take it away.")
            path.unlink()
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    log = os.open(path, flags, 0o666)
    size = os.fstat(log).st_size
    if size > _MOST:
        kept = os.pread(log, _KEPT, size - _KEPT)
        os.ftruncate(log, 0)
        os.write(log, kept)
    return log


def read_last_line(folder: Path) -> str:
    """The last line of a log, which says why a process failed; '' without any."""
    log = open_log(folder)
    try:
        size = os.fstat(log).st_size
        said = os.pread(log, _KEPT, max(0, size - _KEPT)).decode("utf-8", "replace")
    finally:
        os.close(log)
    return next((line for line in reversed(said.splitlines()) if line.strip()), "")


def refuse_links(folder: Path) -> None:
    """RunError where a link stands for a folder of a study: what is written would go elsewhere."""
    for path in (folder.parent, folder, folder / "run"):
        if path.is_symlink():
            raise RunError(
                f"{path} is a link; expected a folder of the study itself. Take it away, or choose "
                "another folder with --out."
            )

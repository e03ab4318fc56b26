"""How far is pip, and how long did it take? `python .ci/install.py WHAT…` runs `pip install WHAT…`.

On a terminal one line moves; elsewhere there is a line at most every ten seconds. Called by
`make` before anything is installed, so it needs Python alone.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TextIO

_EVERY_S, _LINE_EVERY_S = 0.5, 10.0
_BAR = 20  # letters
_KEPT = 40  # of the last lines of pip, which are shown when it fails


class Installation:
    """What pip has said until now, read line by line; `words(seconds)` tells it in parts.

    present: how many packages stand in the environment, asked while pip installs them,
    for it says nothing then.
    """

    def __init__(self, present: Callable[[], int] = lambda: 0) -> None:
        self.present = present
        self.found: set[str] = set()
        self.now = "looking for packages"
        self.wanted = self.before = 0
        self.last: list[str] = []

    def hear(self, line: str) -> None:
        """Take one line of pip."""
        self.last = [*self.last, line][-_KEPT:]
        words = line.split()
        if line.startswith("Collecting "):
            self.found.add(re.split(r"[=<>!~\[;( ]", words[1])[0].lower())
        elif line.startswith("Requirement already satisfied: "):
            self.found.add(re.split(r"[=<>!~\[;( ]", words[3])[0].lower())
        elif words[:1] == ["Downloading"] and ".metadata" not in line and len(words) > 1:
            size = line[line.rfind("(") :] if "(" in line else ""
            self.now = f"downloading {words[1].rsplit('/', 1)[-1].split('-')[0]} {size}".strip()
        elif (
            words[:2] == ["Installing", "build"]
            or words[:1] == ["Preparing"]
            or words[:2] == ["Getting", "requirements"]
        ):
            self.now = "preparing receta"
        elif line.startswith("Installing collected packages: "):
            self.wanted, self.before = line.count(",") + 1, self.present()

    def words(self, seconds: float) -> list[str]:
        """How far it is: the weightiest part first."""
        took = said(seconds)
        if not self.wanted:
            return [took, *([f"{len(self.found)} packages found"] if self.found else []), self.now]
        done = max(0, min(self.wanted, self.present() - self.before))
        filled = _BAR * done // self.wanted
        return [
            took,
            f"{done} of {self.wanted} packages installed",
            f"[{'#' * filled}{'.' * (_BAR - filled)}]",
        ]


def said(seconds: float) -> str:
    """A duration in words.

    >>> said(9.4), said(130)
    ('9 s', '2 min 10 s')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def fitted(words: Iterable[str], width: int) -> str:
    """As many of the parts as fit into a line, none of them cut.

    >>> fitted(["9 s", "3 packages found", "downloading tensorflow (240.1 MB)"], 30)
    '9 s, 3 packages found'
    """
    line = ""
    for word in words:
        longer = f"{line}, {word}" if line else word
        line = longer if len(longer) < width else line
    return line


def show(
    lines: Iterator[str | None],
    progress: Installation,
    out: TextIO,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Show what is heard; None says that a moment passed without a word."""
    began = drawn = clock()
    terminal = out.isatty()
    for line in lines:
        if line is not None:
            progress.hear(line)
        now = clock()
        if now - drawn >= (_EVERY_S if terminal else _LINE_EVERY_S):
            drawn = now
            text = fitted(
                progress.words(now - began),
                shutil.get_terminal_size().columns if terminal else 10**6,
            )
            print(
                f"\r\033[K{text}" if terminal else text,
                end="" if terminal else "\n",
                file=out,
                flush=True,
            )
    if terminal:
        print("\r\033[K", end="", file=out, flush=True)


def heard(stream: Iterable[str]) -> Iterator[str | None]:
    """The lines of a stream as they come, and None for every moment without one."""
    waiting: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in stream:
            waiting.put(line.rstrip())
        waiting.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = waiting.get(timeout=_EVERY_S)
        except queue.Empty:
            yield None
            continue
        if line is None:
            return
        yield line


def packages() -> int:
    """How many packages stand in this environment."""
    return sum(1 for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))


def main(
    what: list[str],
    out: TextIO = sys.stdout,
    command: tuple[str, ...] = (sys.executable, "-m", "pip"),
) -> int:
    """Install and tell; the exit code of pip, with its last words where it failed."""
    began = time.monotonic()
    progress = Installation(packages)
    words = [*command, "install", "--disable-pip-version-check", "--progress-bar", "off", *what]
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore", "PYTHONUNBUFFERED": "1"}
    # What pip warns of is kept with its words: on a terminal it would break the line that moves.
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
    ) as pip:
        show(heard(pip.stdout or ()), progress, out)
    if pip.returncode:
        print("\n".join(progress.last), file=out)
        return pip.returncode
    print(
        f"Installed {progress.wanted} packages in {said(time.monotonic() - began)}.",
        file=out,
        flush=True,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""How is every file of a run entered in its list while it is written?

A file is entered *before* it takes its place, beside what stood there, so that a process that is
killed at any moment leaves the old file or the new one, and both are known.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from receta.core import disk, leftovers, sealing, seals


@contextlib.contextmanager
def keep_digests(
    folder: Path, advice: str, say: Callable[[str], None] = lambda text: None
) -> Iterator[None]:
    """While it lasts, whatever `receta.core.disk` writes into a run is entered in its list.

    Raises RunError before anything is written where a file there does not fit the list. The
    caller holds the folder (`disk.sole_user`).
    """
    if Path(os.path.abspath(folder)) in disk.keepers:  # by who called
        yield
        return
    leftovers.tidy(folder, deep=True)
    keeper = Keeper(folder, advice)
    if keeper.adopted:
        say(
            f"{folder} was begun by a version of receta that kept no digests: what lies there "
            "now is taken as it is."
        )
    disk.keepers[keeper.folder] = keeper
    try:
        yield
    finally:
        del disk.keepers[keeper.folder]
        keeper.settle()


class Keeper:
    """The list of a run that is being written."""

    def __init__(self, folder: Path, advice: str) -> None:
        self.folder = Path(os.path.abspath(folder))
        self._lock = threading.RLock()
        self.adopted = False
        listed, now = seals.look(folder, advice)
        if listed is None:  # of an earlier version, or new
            names = sorted(seals.name_files(folder, advice))
            self.adopted = "run.json" in names
            now = {name: seals.digest(folder / name) for name in names}
        self._digests: seals.Digests = {
            name: [found] for name, found in now.items() if found is not None
        }
        self._dirty = bool(self._digests) and self._digests != listed

    def before(self, path: Path, new: Path | None) -> None:
        """Enter what a file is going to be (None: gone), beside what it is."""
        name = self._name(path)
        if name is None or (new is None and name not in self._digests):
            return
        with self._lock:
            coming = None if new is None else seals.digest(new)
            may = self._digests.get(name, [None])
            if may != [coming]:
                self._digests[name] = [*dict.fromkeys([*may, coming])]
                self._write()

    def after(self, path: Path) -> None:
        """The file is what was entered last.

        That is written down with the next one, or in the end.
        """
        name = self._name(path)
        if name is None or name not in self._digests:
            return
        with self._lock:
            coming = self._digests[name][-1]
            self._dirty = self._dirty or len(self._digests[name]) > 1
            if coming is None:
                del self._digests[name]
            else:
                self._digests[name] = [coming]
                seals.remember(path, coming)

    def settle(self) -> None:
        """Write the list as the folder is now: nothing is on its way any more."""
        with self._lock:
            for name, may in list(self._digests.items()):
                # an error came between
                if len(may) > 1 and (found := seals.find_digest(self.folder / name)) in may:
                    self._digests[name], self._dirty = [found], True
                    if found is None:
                        del self._digests[name]
            if self._dirty and self.folder.is_dir():
                self._write()

    def _write(self) -> None:
        plain = {"format": seals.FORMAT, "files": dict(sorted(self._digests.items()))}
        disk.write_bytes(self.folder / seals.MANIFEST, sealing.seal_json(plain))
        self._dirty = False

    def _name(self, path: Path) -> str | None:
        """The name of a file in this run's list; None of one that is not in it."""
        name = path.relative_to(self.folder).as_posix()
        return name if seals.belongs(name) else None

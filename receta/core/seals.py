"""Was a file of a run or a bundle spoilt, edited or swapped since receta wrote it?

A run keeps digests.json: the SHA-256 of every file, and a seal over the list itself. While a
run is `kept`, each file is entered *before* it takes its place, beside what stood there, so that
a process that is killed at any moment leaves the old file or the new one, and both are known.
A bundle is written once; its digests stand in bundle.json, under a seal of the same kind.
This finds damage and carelessness. Who wants to deceive writes a new seal: what is read
is judged all the same (`receta.core.shapes`).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from receta.core import disk, leftovers, outside, shapes
from receta.core.errors import RunError

MANIFEST = "digests.json"
SEAL = "seal"
FORMAT = 1  # of digests.json

# What receta reads in a run: such a file that the list does not name is of another run.
READ = frozenset({
    "calibration.json", "checks.json", "clock.json", "data.json", "decision.json",
    "decisions.json", "findings.json", "head.npz", "history.csv", "likeness.json", "log.txt",
    "model.keras", "quarantine.json", "recipe.toml", "result.json", "run.json", "rung.json",
    "scores.json", "split.json", "state.npz",
    # of format 1
    "augment.json", "examples.json", "pace.json", "plan.json", "rate.json", "size.json",
    "transfer.json",
})  # fmt: skip
MAY_GO = frozenset({"state.npz"})  # without it a training begins anew and ends with the same bits
# folders in a run that are sealed otherwise, or checked by their own format
_APART = ("exports", "tensorboard")
_RETRIES = 5  # while another process writes into the folder that is read
_END = re.compile(rb'"seal": "([0-9a-f]{64})"\n\}\n\Z')

# what a file may be: one digest, or two while it is replaced; None: not there
Digests = dict[str, list[str | None]]
# by device, inode, size and times: no file is hashed twice in a process
_known: dict[tuple[int, ...], str] = {}


def sealed(plain: dict[str, Any]) -> bytes:
    """A JSON text whose last entry is a digest over all the rest of it."""
    text = disk.json_text({**plain, SEAL: "0" * 64}).encode()
    return (
        text[: -len(f'{"0" * 64}"\n}}\n')] + hashlib.sha256(text).hexdigest().encode() + b'"\n}\n'
    )


def unsealed(content: bytes, path: Path, advice: str, *, always: bool = False) -> tuple[Any, bool]:
    """(value, whether it is sealed) of a JSON text; RunError where its seal does not fit.

    always: whether one without a seal is an error too; else that is of an earlier version.
    """
    end = _END.search(content)
    if end is not None:
        blank = content[: end.start(1)] + b"0" * 64 + content[end.end(1) :]
        if hashlib.sha256(blank).hexdigest().encode() != end[1]:
            raise RunError(
                f"{path} was damaged or edited since receta wrote it (its seal does not fit); "
                f"expected it as it was. {advice}"
            )
    value = outside.parse_json(
        content, path, most=disk.MOST_JSON, unique=True, advice=advice, kind=RunError
    )
    torn = end is None and (
        always or (isinstance(value, dict) and bool({SEAL, "digests"} & value.keys()))
    )
    if torn:
        raise RunError(
            f"{path} was damaged or edited since receta wrote it (its seal is gone); expected it "
            f"as it was. {advice}"
        )
    return value, end is not None


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with outside.open_file(path) as file:
        key = _identity(os.fstat(file.fileno()))
        found = _known.get(key)
        if found is None:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            if len(_known) > 100_000:
                _known.clear()
            _known[key] = found
    return found


def inside(folder: Path, name: str, advice: str = "") -> Path:
    """The path of a file in a folder, by its name there; RunError for one that leads out of it."""
    pure = PurePosixPath(name)
    plain = (
        name
        and "\0" not in name
        and "\\" not in name
        and not pure.is_absolute()
        and ".." not in pure.parts
    )
    path = folder / name if plain else folder
    if not plain or not path.resolve().is_relative_to(folder.resolve()):
        raise RunError(
            (
                f"{folder} names {name[:200]!r}, which leads out of the folder; expected files "
                f"inside it. {advice}"
            ).rstrip()
        )
    return path


def compared(folder: Path, digests: dict[str, str], advice: str) -> None:
    """RunError for the first file of a folder that is gone or not as its digest says."""
    for name, wanted in digests.items():
        path = inside(folder, name, advice)
        found = _found(path)
        if found != wanted:
            raise RunError(_difference(path, found, [wanted], advice))


def check(folder: Path, advice: str, *, only: Iterable[str] | None = None) -> bool:
    """Whether a run keeps digests, after looking whether its files fit them.

    RunError where one does not.

    only: names of the files to look at, instead of all.
    """
    return _looked_at(folder, advice, only)[0] is not None


def _looked_at(
    folder: Path, advice: str, only: Iterable[str] | None = None
) -> tuple[Digests | None, dict[str, str | None]]:
    """(the list, what the files are); None for a run without a list.

    RunError where they do not fit.
    """
    before: bytes | None = None
    for attempt in range(_RETRIES + 1):
        content = _content(folder)
        if content is None:
            break
        try:
            listed = _listed(content, folder, advice)
            return listed, _compare(folder, listed, advice, only)
        except RunError:
            if content == before or attempt == _RETRIES:  # nobody writes there meanwhile
                raise
        before = content
    _refuse_lost(folder, advice)
    return None, {}


def _refuse_lost(folder: Path, advice: str) -> None:
    """RunError where a run says that it has a list, and there is none."""
    if (folder / "run.json").is_file():
        about = disk.read_json(folder / "run.json")
        if isinstance(about, dict) and about.get("sealed"):
            raise RunError(
                f"{folder / MANIFEST} is missing; expected the list of the run's files. {advice}"
            )
    for _ in _files(folder, advice):  # no link may lead out, list or not
        pass


@contextlib.contextmanager
def kept(
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
        listed, now = _looked_at(folder, advice)
        if listed is None:  # of an earlier version, or new
            names = sorted(_files(folder, advice))
            self.adopted = "run.json" in names
            now = {name: digest(folder / name) for name in names}
        self._digests: Digests = {name: [found] for name, found in now.items() if found is not None}
        self._dirty = bool(self._digests) and self._digests != listed

    def before(self, path: Path, new: Path | None) -> None:
        """Enter what a file is going to be (None: gone), beside what it is."""
        name = self._name(path)
        if name is None or (new is None and name not in self._digests):
            return
        with self._lock:
            coming = None if new is None else digest(new)
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
                _known[_identity(path.stat())] = coming

    def settle(self) -> None:
        """Write the list as the folder is now: nothing is on its way any more."""
        with self._lock:
            for name, may in list(self._digests.items()):
                # an error came between
                if len(may) > 1 and (found := _found(self.folder / name)) in may:
                    self._digests[name], self._dirty = [found], True
                    if found is None:
                        del self._digests[name]
            if self._dirty and self.folder.is_dir():
                self._write()

    def _write(self) -> None:
        plain = {"format": FORMAT, "files": dict(sorted(self._digests.items()))}
        disk.write_bytes(self.folder / MANIFEST, sealed(plain))
        self._dirty = False

    def _name(self, path: Path) -> str | None:
        """The name of a file in this run's list; None of one that is not in it."""
        name = path.relative_to(self.folder).as_posix()
        return name if _belongs(name) else None


def _content(folder: Path) -> bytes | None:
    try:
        return outside.read_file(folder / MANIFEST, disk.MOST_JSON)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RunError(
            f"{folder / MANIFEST} cannot be read ({error.strerror}); expected the list of the "
            "run's files. Mend that, then repeat."
        ) from error


def _listed(content: bytes, folder: Path, advice: str) -> Digests:
    path = folder / MANIFEST
    value, _ = unsealed(content, path, advice, always=True)
    if said := shapes.mismatch(value, {"format": int, "files": {str: [(str, None)]}}):
        raise RunError(f"{path} is damaged ({said}). {advice}")
    if value["format"] != FORMAT:
        raise RunError(
            f"{path} is of format {value['format']}; expected {FORMAT}. Use the version of "
            f"receta that wrote it. {advice}"
        )
    listed: Digests = value["files"]
    return listed


def _compare(
    folder: Path, listed: Digests, advice: str, only: Iterable[str] | None
) -> dict[str, str | None]:
    """What the listed files are, where all are as the list says."""
    names = listed.keys() if only is None else listed.keys() & set(only)
    now: dict[str, str | None] = {}
    for name in sorted(names):
        path = inside(folder, name, advice)
        found = now[name] = _found(path)
        if found not in listed[name] and not (found is None and path.name in MAY_GO):
            raise RunError(_difference(path, found, listed[name], advice))
    for name in (
        sorted(_files(folder, advice))
        if only is None
        else [one for one in only if (folder / one).exists()]
    ):
        if name not in listed and PurePosixPath(name).name in READ:
            raise RunError(
                f"{folder / name} is not of this run ({MANIFEST} does not name it); expected its "
                f"own files. {advice}"
            )
    return now


def _files(folder: Path, advice: str) -> Iterator[str]:
    """Names of the files that receta writes into a run.

    RunError for a link that leads out of it.
    """
    for place, inner, names in os.walk(folder):
        inner[:] = [name for name in inner if not name.startswith(".") and name not in _APART]
        for name in (*inner, *names):
            path = Path(place, name)
            plain = path.relative_to(folder).as_posix()
            if path.is_symlink():
                inside(folder, plain, advice)
            if name not in inner and _belongs(plain):
                yield plain


def _belongs(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return name != MANIFEST and not any(part.startswith(".") or part in _APART for part in parts)


def _found(path: Path) -> str | None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would never end
            return "no plain file"
        return digest(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise RunError(
            f"{path} cannot be read ({error.strerror}); expected it as receta wrote it. Mend "
            "that, then repeat."
        ) from error


def _difference(path: Path, found: str | None, wanted: list[str | None], advice: str) -> str:
    if found is None:
        return f"{path} is missing; expected it as receta wrote it. {advice}"
    known = next((one for one in wanted if one), None)
    digests = f"SHA-256 {found[:12]}" + (f", expected {known[:12]}" if known else "")
    edited = (
        " Settings are no part of a run that one may edit: give them with --recipe."
        if path.name == "recipe.toml"
        else ""
    )
    return (
        f"{path} was damaged or edited since receta wrote it ({digests}); expected it as it "
        f"was. {advice}{edited}"
    )


def _identity(known: os.stat_result) -> tuple[int, ...]:
    return known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns, known.st_ctime_ns

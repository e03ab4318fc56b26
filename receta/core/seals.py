"""Was a file of a run or a bundle spoilt, edited or swapped since receta wrote it?

A run keeps digests.json: the SHA-256 of every file, and a seal over the list itself
(`receta.core.keeping` writes it). A bundle is written once; its digests stand in bundle.json,
under a seal of the same kind.
This finds damage and carelessness. Who wants to deceive writes a new seal: what is read
is judged all the same (`receta.core.shapes`).
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from receta.core import disk, outside, sealing, shapes
from receta.core.errors import RunError

MANIFEST = "digests.json"
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
# folders in a run that are sealed otherwise, or checked by their own format; in `together` other
# processes write, and nothing in it can hold code
_APART = ("exports", "tensorboard", "together")
_RETRIES = 5  # while another process writes into the folder that is read

# what a file may be: one digest, or two while it is replaced; None: not there
Digests = dict[str, list[str | None]]
# by device, inode, size and times: no file is hashed twice in a process
_known: dict[tuple[int, ...], str] = {}


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


def remember(path: Path, known: str) -> None:
    """The digest of a file as it is now, so that it is not computed."""
    _known[_identity(path.stat())] = known


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


def refuse_changes(folder: Path, digests: dict[str, str], advice: str) -> None:
    """RunError for the first file of a folder that is gone or not as its digest says."""
    for name, wanted in digests.items():
        path = inside(folder, name, advice)
        found = find_digest(path)
        if found != wanted:
            raise RunError(_difference(path, found, [wanted], advice))


def check(folder: Path, advice: str, *, only: Iterable[str] | None = None) -> bool:
    """Whether a run keeps digests, after looking whether its files fit them.

    RunError where one does not.

    only: names of the files to look at, instead of all.
    """
    return look(folder, advice, only)[0] is not None


def look(
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
            listed = _read_list(content, folder, advice)
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
    for _ in name_files(folder, advice):  # no link may lead out, list or not
        pass


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


def _read_list(content: bytes, folder: Path, advice: str) -> Digests:
    path = folder / MANIFEST
    value, _ = sealing.unseal_json(content, path, advice, always=True)
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
        found = now[name] = find_digest(path)
        if found not in listed[name] and not (found is None and path.name in MAY_GO):
            raise RunError(_difference(path, found, listed[name], advice))
    for name in (
        sorted(name_files(folder, advice))
        if only is None
        else [one for one in only if (folder / one).exists()]
    ):
        if name not in listed and PurePosixPath(name).name in READ:
            raise RunError(
                f"{folder / name} is not of this run ({MANIFEST} does not name it); expected its "
                f"own files. {advice}"
            )
    return now


def name_files(folder: Path, advice: str) -> Iterator[str]:
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
            if name not in inner and belongs(plain):
                yield plain


def belongs(name: str) -> bool:
    """Whether the list of a run names such a file."""
    parts = PurePosixPath(name).parts
    return name != MANIFEST and not any(part.startswith(".") or part in _APART for part in parts)


def find_digest(path: Path) -> str | None:
    """The digest of a file, None where it is gone; RunError for one that cannot be read."""
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

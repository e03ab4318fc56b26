"""May this path bring code of its own along? One rule for every door.

A SavedModel holds a graph that may read and write files; a Lambda layer or a layer of somebody's
own is Python. What holds such asks for `--trust`, wherever its path comes from: a file, a
bundle, a run, a recipe. What receta wrote itself on this machine is known by its digest in
the cache, and is not asked about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from receta.core import disk, seals
from receta.core.errors import InputError

ADVICE = "If you know where it is from, repeat the command with --trust."
_granted: set[Path] = set()  # by the user, in this process


def grant(path: Path) -> None:
    """The user says that what lies at this path may hold code."""
    _granted.add(path.resolve())


def ask(path: Path, holds: str, *, trusted: bool = False, digest: str = "") -> None:
    """InputError unless the user trusts a path, or what lies there was written on this machine.

    holds: what it is and may do: "a SavedModel, whose graph may read files here". digest: of what
    lies there.
    """
    if not (trusted or path.resolve() in _granted or (digest and _note(digest).exists())):
        raise InputError(
            f"{path} is {holds}, and it was not written on this machine; expected plain layers. "
            f"{ADVICE}"
        )


GRAPH = "a SavedModel, whose graph may read and write files here"


def written_here(path: Path) -> bool:
    """Whether receta wrote this file on this machine."""
    return _note(seals.digest(path)).exists()


def remember(path: Path) -> None:
    """Note that receta wrote this file here and now."""
    remember_digest(seals.digest(path), path)


def remember_like(path: Path, origin: Path) -> None:
    """Note a file that was made out of another one, if that was written here."""
    if written_here(origin):
        remember(path)


def remember_digest(digest: str, path: Path) -> None:
    """Note that what has this digest was written here and now."""
    disk.write_text(_note(digest), str(path.absolute()))


def of_files(digests: Mapping[str, str]) -> str:
    """One digest of several files, by name."""
    text = "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _note(digest: str) -> Path:
    return disk.cache_root() / "written_here" / digest

"""Which folder may a bundle be written into, and how do its files come there at once?"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from receta.core import disk, leftovers, sealing, seals
from receta.core.errors import (
    RecetaError,
    RunError,
)
from receta.predictors.bundle import Bundle
from receta.predictors.manifest import FORMAT, MANIFEST

_BEFORE = f".{MANIFEST}.before"  # the older manifest, while the files of a bundle are replaced


def refuse_other_files(folder: Path, name: str) -> None:
    """Refuse a folder that holds anything but an older bundle of this target and variant."""
    if not folder.exists():
        return
    with disk.writable(folder):
        names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    if not names:
        return
    cut_off = (folder / _BEFORE).is_file() and MANIFEST not in names
    if MANIFEST not in names and not cut_off:
        raise RecetaError(
            f"{folder} holds other files ({', '.join(sorted(names)[:3])}); expected a new or empty "
            f"folder, or a bundle of {name}. Choose another one."
        )
    old = disk.read_json(folder / (_BEFORE if cut_off else MANIFEST))
    held = (
        ":".join(filter(None, (str(old.get("target")), old.get("variant"))))
        if isinstance(old, dict)
        else None
    )
    if held != name or old.get("format") != FORMAT:
        raise RunError(
            f"{folder} holds another bundle (target {held}); expected one of {name}. Choose "
            "another folder."
        )
    if cut_off:  # files of the older and of the newer one stand there
        return
    own = {MANIFEST, *(PurePosixPath(file).parts[0] for file in map(str, old.get("files", ())))}
    # SavedModel makes folders that stay empty
    strange = sorted(
        name
        for name in names - own
        if not (folder / name).is_dir() or any((folder / name).iterdir())
    )
    if strange:
        raise RecetaError(
            f"{folder} holds other files ({', '.join(strange[:3])}) beside its bundle; expected "
            "none. Choose another folder."
        )


@contextlib.contextmanager
def make_beside(folder: Path) -> Iterator[Path]:
    """A temporary folder on the same disk, gone in the end."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    leftovers.tidy(folder.parent)
    temporary = folder.with_name(f".{folder.name}.{leftovers.mark()}")
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def publish(temporary: Path, folder: Path, bundle: Bundle) -> dict[str, str]:
    """Bring the files to where they belong, the manifest last; returns their digests."""
    digests = {name: seals.digest(temporary / name) for name in bundle.files}
    known = None if bundle.likeness is None else bundle.likeness.to_json()
    plain = {**bundle.to_json(), "likeness": known, "digests": digests}
    disk.write_bytes(temporary / MANIFEST, sealing.seal_json(plain))
    for name in (*bundle.files, MANIFEST):
        with open(temporary / name, "rb") as handle:
            os.fsync(handle.fileno())
    if not folder.exists():
        os.replace(temporary, folder)
        return digests
    if (folder / MANIFEST).exists():
        # from here to the end it is no bundle, rather than a mixed one
        os.replace(folder / MANIFEST, folder / _BEFORE)
    old = (
        disk.read_json(folder / _BEFORE, {"files": [str]})["files"]
        if (folder / _BEFORE).exists()
        else []
    )
    for name in set(old) - set(bundle.files):
        seals.inside(folder, name).unlink(missing_ok=True)
    for name in (*bundle.files, MANIFEST):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(temporary / name, folder / name)
    (folder / _BEFORE).unlink(missing_ok=True)
    return digests

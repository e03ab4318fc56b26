"""How does a test change what stands in a run or a bundle, as an attacker would who writes new seals?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from receta.core import disk, sealing, seals


def seal_run(folder: Path) -> None:
    """Enter the files of a run in its list as they are now."""
    files = {name: [seals.digest(folder / name)] for name in seals.name_files(folder, "")}
    disk.write_bytes(
        folder / seals.MANIFEST, sealing.seal_json({"format": seals.FORMAT, "files": files})
    )


def seal_bundle(folder: Path, **changes: Any) -> None:
    """Write bundle.json anew, with changes, over the files as they are now."""
    plain = {
        name: value
        for name, value in disk.read_json(folder / "bundle.json").items()
        if name not in ("digests", sealing.SEAL)
    }
    plain |= changes
    digests = {
        name: seals.digest(folder / name) for name in plain["files"] if (folder / name).is_file()
    }
    disk.write_bytes(folder / "bundle.json", sealing.seal_json({**plain, "digests": digests}))

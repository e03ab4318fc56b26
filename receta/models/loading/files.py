"""What stands in a network's file or folder, read without Keras and within bounds?

Four forms: an archive (.keras), the same unpacked (a folder of Keras 3), HDF5, and an
architecture (.json) with its weights beside it. They are told by their content: a suffix may lie.
"""

from __future__ import annotations

import json
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from receta.core import disk, outside
from receta.core.errors import InputError
from receta.models.loading import foreign, hdf5

CONFIG, METADATA, WEIGHTS, ASSETS = "config.json", "metadata.json", "model.weights.h5", "assets/"
_MOST_MEMBERS = 10_000
_MOST_ASSET = 256 * 2**20  # a vocabulary

Form = Literal["archive", "folder", "hdf5", "architecture"]


@dataclass(frozen=True)
class Written:
    """A network as it was written: its form, its configuration, and which Keras wrote it.

    config: None of an HDF5 file that holds weights alone. version: "" where nothing says it.
    """

    path: Path
    form: Form
    config: Any
    version: str

    @property
    def of_keras2(self) -> bool:
        """Whether Keras 2, or 1, wrote it."""
        return self.version.startswith(("1.", "2."))


def is_folder(path: Path) -> bool:
    """Whether a folder is a network of Keras 3, unpacked."""
    return (path / CONFIG).is_file() and ((path / WEIGHTS).is_file() or (path / METADATA).is_file())


def read(path: Path) -> Written:
    """What a file or a folder says of its network; InputError in one line for what is none."""
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise InputError(
            f"{path} is no file; expected a saved network (FILE.keras, .h5, .json). Check the path."
        )
    with (
        outside.reading(path, "a file that can be read", "Check its rights."),
        open(path, "rb") as handle,
    ):
        handle.read(1)
    if path.suffix.lower() == ".json":
        return _architecture(path)
    if hdf5.is_hdf5(path):
        return _whole(path)
    if zipfile.is_zipfile(path):
        return _archive(path)
    raise foreign.refuse(path, "ZIP" if path.suffix.lower() == ".keras" else "HDF5")


def lay_out(written: Written, config: Any, folder: Path) -> None:
    """Write a network into an empty folder, as Keras reads it: only what was looked at."""
    # Keras takes Infinity, which disk.write_json does not
    disk.write_text(folder / CONFIG, json.dumps(config))
    disk.write_json(folder / METADATA, {"keras_version": written.version})
    if written.form == "folder":
        (folder / WEIGHTS).symlink_to((written.path / WEIGHTS).absolute())
        for asset in _assets_beside(written.path):
            _copy(written.path / asset, folder / asset)
        return
    with (
        outside.reading(written.path, "a sound ZIP archive"),
        zipfile.ZipFile(written.path) as archive,
        disk.room_on_disk(folder),
    ):
        if WEIGHTS not in archive.namelist():
            other = next(
                (name for name in archive.namelist() if name.startswith("model.weights")), "none"
            )
            raise InputError(
                f"{written.path} holds weights as {other[:80]}; expected {WEIGHTS}. Save it again, "
                "without weights_format."
            )
        for info in _members(archive, written.path):
            if info.filename == WEIGHTS or info.filename.startswith(ASSETS):
                place = folder / info.filename
                place.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as source, open(place, "wb") as target:
                    shutil.copyfileobj(source, target, 2**20)


def weights(written: Written, folder: Path) -> Path:
    """The HDF5 file with a network's weights, after `lay_out`."""
    if written.form == "hdf5":
        return written.path
    return _beside(written.path) if written.form == "architecture" else folder / WEIGHTS


def weights_in(path: Path) -> bytes:
    """The HDF5 file with the weights that stands in an archive."""
    with outside.reading(path, "a ZIP archive of Keras"), zipfile.ZipFile(path) as archive:
        found = next((info for info in _members(archive, path) if info.filename == WEIGHTS), None)
        if found is None:
            raise InputError(
                f"{path} holds no {WEIGHTS}; expected a network that Keras saved. Save it again."
            )
        return archive.read(found)


def _whole(path: Path) -> Written:
    version, text = hdf5.attribute(path, "keras_version", "model_config")
    if text is None:
        return Written(path, "hdf5", None, _version(version))
    return Written(
        path,
        "hdf5",
        outside.parse_json(str(text), f"{path}: model_config", finite=False),
        _version(version),
    )


def _architecture(path: Path) -> Written:
    if path.stat().st_size > outside.MOST_JSON:
        raise InputError(
            f"{path} has {path.stat().st_size >> 20} MB; expected an architecture of at most "
            f"{outside.MOST_JSON >> 20} MB."
        )
    config = outside.parse_json(path.read_bytes(), path, finite=False)
    if not isinstance(config, dict) or "class_name" not in config:
        raise InputError(
            f"{path} holds no network (it has no class_name); expected what to_json() of Keras "
            "writes. Name the file of the network."
        )
    return Written(path, "architecture", config, _version(config.get("keras_version")))


def _archive(path: Path) -> Written:
    with outside.reading(path, "a ZIP archive of Keras"), zipfile.ZipFile(path) as archive:
        names = {info.filename for info in _members(archive, path)}
        if CONFIG not in names:
            raise foreign.refuse(path, "ZIP")
        read = {
            name: outside.read_member(archive, name, path, most=outside.MOST_JSON)
            for name in (CONFIG, METADATA)
            if name in names
        }
    return _of_json(path, "archive", read[CONFIG], read.get(METADATA))


def _folder(path: Path) -> Written:
    if not (path / WEIGHTS).is_file():
        raise InputError(
            f"{path} has no {WEIGHTS}; expected a network of Keras 3, unpacked ({CONFIG}, "
            f"{METADATA}, {WEIGHTS})."
        )
    read = {}
    for name in (CONFIG, METADATA):
        if (path / name).is_file():
            if (path / name).stat().st_size > outside.MOST_JSON:
                raise InputError(
                    f"{path / name} has more than {outside.MOST_JSON >> 20} MB; expected what "
                    "Keras writes. Save it again."
                )
            read[name] = (path / name).read_bytes()
    return _of_json(path, "folder", read[CONFIG], read.get(METADATA))


def _of_json(path: Path, form: Form, config: bytes, metadata: bytes | None) -> Written:
    told = outside.parse_json(metadata, f"{path}: {METADATA}") if metadata is not None else {}
    return Written(
        path,
        form,
        outside.parse_json(config, f"{path}: {CONFIG}", finite=False),
        _version(told.get("keras_version") if isinstance(told, dict) else ""),
    )


def _version(told: Any) -> str:
    return told if isinstance(told, str) and re.fullmatch(r"\d+\.[\w.+-]{1,40}", told) else ""


def _members(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """The members of an archive that Keras reads; InputError where one may not be unpacked."""
    infos = archive.infolist()
    if len(infos) > _MOST_MEMBERS:
        raise InputError(
            f"{path} holds {len(infos):,} files; expected a network's few. Save it again."
        )
    seen: set[str] = set()
    taken = []
    for info in infos:
        name, kind = info.filename, stat.S_IFMT(info.external_attr >> 16)
        parts = name.replace("\\", "/").split("/")
        if (
            name.startswith(("/", "\\"))
            or ".." in parts
            or ":" in parts[0]
            or (kind and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)))
        ):
            raise InputError(
                f"{path} holds {name[:80]!r}, which leads out of it or is no plain file; expected "
                "what Keras saves. Save it again."
            )
        if name in seen:
            raise InputError(
                f"{path} holds {name[:80]!r} twice; expected each file once. Save it again."
            )
        seen.add(name)
        if name in (CONFIG, METADATA, WEIGHTS) or (name.startswith(ASSETS) and not info.is_dir()):
            most = path.stat().st_size * outside.MOST_GROWTH + outside.FREE_GROWTH
            outside.refuse_bomb(info, path, most={WEIGHTS: most}.get(name, _MOST_ASSET))
            taken.append(info)
    total, most = (
        sum(info.file_size for info in taken),
        path.stat().st_size * outside.MOST_GROWTH + outside.FREE_GROWTH,
    )
    if total > most:
        raise InputError(
            f"{path} unpacks to {total / 1e6:,.0f} MB, expected at most {most / 1e6:,.0f} MB of "
            "its size. Save it again."
        )
    return taken


def _assets_beside(folder: Path) -> Iterator[str]:
    """Plain files in a folder's assets; links would lead out of it."""
    for place in sorted((folder / ASSETS).rglob("*")):
        if place.is_symlink() or not (place.is_file() or place.is_dir()):
            raise InputError(
                f"{place} is a link; expected plain files. Copy what it stands for to its place."
            )
        if place.is_file():
            if place.stat().st_size > _MOST_ASSET:
                raise InputError(
                    f"{place} has more than {_MOST_ASSET >> 20} MB; expected a vocabulary. Save "
                    "the network again."
                )
            yield str(place.relative_to(folder))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _beside(path: Path) -> Path:
    """The file of weights that stands beside an architecture."""
    tried = [path.with_suffix(".weights.h5"), path.with_suffix(".h5"), path.with_name(WEIGHTS)]
    found = [one for one in dict.fromkeys(tried) if one.is_file()]
    if not found:
        raise InputError(
            f"{path} has no weights beside it; expected {' or '.join(one.name for one in tried)}. "
            "Put them there."
        )
    return found[0]

"""How is a folder read that `receta clean` wrote: other data, and the steps that clean them?

The folder holds clean.json and no data: where the original is, what it was, and every
step with its reason. Each load reads the original anew and takes the steps again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from receta.core import disk, outside
from receta.core.amounts import counted
from receta.core.errors import InputError, RecetaError
from receta.core.progress import Progress, Quiet, Unasked
from receta.data import steps
from receta.data.dataset import Dataset, Source, content_digest, fingerprint
from receta.data.derived import flatten
from receta.data.image import Unreadable
from receta.data.series import Series
from receta.data.table import Table
from receta.sources import Options

AFTER = "keras_data"  # before every reader of folders
READS = "a folder that receta clean wrote (clean.json)"
FORM = "folder with `clean.json`"
FACTS = "what [receta clean](cleaning.md) wrote"
USES = tuple(field.name for field in dataclasses.fields(Options))
FILE = "clean.json"
SCHEMA = 1


@dataclasses.dataclass(frozen=True)
class Manifest:
    """What clean.json says.

    data, test: the original, as absolute paths or names. options: those it was loaded
    with. original: its n, stamp and fingerprint. calls: what each call of clean did.
    """

    data: str
    test: str | None
    options: dict[str, Any]
    original: dict[str, Any]
    calls: tuple[dict[str, Any], ...] = ()
    undone: tuple[dict[str, Any], ...] = ()

    @property
    def steps(self) -> list[steps.Step]:
        """All steps of all calls, in order."""
        return [step for call in self.calls for entry in call["entries"] for step in entry["steps"]]

    def write(self, folder: Path) -> None:
        """Write clean.json atomically."""
        plain = {"receta": "clean", "schema": SCHEMA, **dataclasses.asdict(self)}
        disk.write_json(folder / FILE, plain)


def read(folder: str | Path) -> Manifest:
    """The manifest of a folder; InputError in one line where it is spoilt."""
    path = Path(folder) / FILE
    with outside.reading(path, "what receta clean wrote", "Restore it, or clean anew."):
        plain = outside.parse_json(path.read_bytes(), path)
    if not isinstance(plain, dict) or plain.get("receta") != "clean":
        raise InputError(
            f"{path} is not of receta clean; expected its manifest under that name. Rename the "
            "file, or name other data."
        )
    if plain.get("schema") != SCHEMA:
        raise InputError(
            f"{path} has schema {plain.get('schema')!r}; expected {SCHEMA}. Read it with the "
            "receta that wrote it, or clean anew."
        )
    with outside.reading(
        path, "what receta clean wrote", "It is spoilt: restore it, or clean anew."
    ):
        return _check_manifest(plain)


def _check_manifest(plain: Mapping[str, Any]) -> Manifest:
    options, test = dict(plain["options"]), plain["test"]
    if not isinstance(plain["data"], str) or not (test is None or isinstance(test, str)):
        raise TypeError("data and test should be texts")
    strange = set(options) - set(USES)
    if strange:
        raise ValueError(f"unknown option {sorted(strange)[0]!r}")
    if isinstance(options.get("shape"), list):
        options["shape"] = tuple(options["shape"])
    original = {
        "n": int(plain["original"]["n"]),
        "stamp": str(plain["original"]["stamp"]),
        "fingerprint": str(plain["original"]["fingerprint"]),
    }
    for call in plain["calls"]:
        str(call["when"])
        for entry in call["entries"]:
            if not isinstance(entry["code"], str) or not isinstance(entry["steps"], list):
                raise TypeError("an entry without its code or steps")
    return Manifest(
        plain["data"],
        test,
        options,
        original,
        tuple(plain["calls"]),
        tuple(plain.get("undone", ())),
    )


def original(
    folder: str | Path,
    manifest: Manifest,
    *,
    group: str | None = None,
    progress: Progress = Unasked(),
) -> Dataset:
    """The data that a manifest cleans, as they were then.

    Raises InputError in one line when they are gone or have changed.
    """
    from receta.sources import read

    path = Path(folder) / FILE
    for place in filter(None, (manifest.data, manifest.test)):
        if os.path.isabs(place) and not os.path.exists(place):
            raise InputError(
                f"{path} cleans {place}, which does not exist; expected the original data there. "
                f"Put them back, or clean them anew from where they are now."
            )
    _require_end(path, manifest)
    options = {**manifest.options, **({"group": group} if group is not None else {})}
    try:
        data = read(manifest.data, manifest.test, Options(**options), progress)
    except TypeError as error:  # an option of the right name and the wrong kind
        raise InputError(
            f"{path} has spoilt options ({error}); expected what receta clean wrote. Restore it, "
            "or clean anew."
        ) from None
    if (
        data.source.stamp() == manifest.original["stamp"]
        or whole_fingerprint(data) == manifest.original["fingerprint"]
    ):
        return data
    raise InputError(
        f"{path} cleans {manifest.data}, which has changed since ({manifest.original['n']} "
        f"examples then, {len(data)} now); "
        f"expected the same data. Put them back, or clean them anew with another --out."
    )


def whole_fingerprint(data: Dataset) -> str:
    """Text that changes when any example does, also where a file cannot be read."""
    if isinstance(data.source, (Table, Series)):
        return _of_columns(data)

    def digest(row: int) -> bytes:
        try:
            return content_digest(data.source.raw(row))
        except Unreadable:
            return b""  # as receta.pixels notes it

    return fingerprint(data, (digest(int(row)) for row in data.rows))


def _of_columns(data: Dataset) -> str:
    """Column by column: by rows 27,455 x 785 cells take seconds more."""
    source: Any = data.source
    digest = hashlib.blake2b(digest_size=16)
    names = [
        *data.class_names,
        "",
        *source.ids,
        "",
        *(source.parts or ()),
        "",
        *(source.groups or ()),
    ]
    digest.update("\x1f".join(names).encode("utf-8", "surrogateescape"))
    if isinstance(source, Table):
        arrays = [source.targets, *(column.values for column in source.columns)]
        said: list[object] = [
            (column.name, column.kind, column.categories, sorted(column.junk.items()))
            for column in source.columns
        ]
    else:
        arrays = [
            source.values,
            *([] if source.times is None else [source.times]),
            source.file_order,
        ]
        said = [source.channel_names, source.window, source.horizon, sorted(source.junk.items())]
        if len(source.names) > 1:
            said += [source.names, source.ends.tolist()]
    digest.update(repr((source.kind, said)).encode("utf-8", "surrogateescape"))
    for array in arrays:
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).view(np.uint8).data)
    return digest.hexdigest()


def _require_end(path: Path, manifest: Manifest) -> None:
    """Cleaned data may be cleaned again elsewhere, but not in a circle."""
    seen = {os.path.realpath(path)}
    waiting = [manifest.data, manifest.test]
    while waiting:
        place = waiting.pop()
        if place is None or not accepts(place, Options()):
            continue
        file = os.path.realpath(os.path.join(place, FILE))
        if file in seen:
            raise InputError(
                f"{path} cleans data that come from itself ({place}); expected an original. "
                "Clean anew from the originals."
            )
        seen.add(file)
        other = read(place)
        waiting += [other.data, other.test]


def accepts(place: str, options: Options) -> bool:
    """A folder with clean.json in it."""
    return os.path.isfile(os.path.join(place, FILE))


def cleaned(place: str, options: Options, progress: Progress) -> Source:
    """The original with all steps taken; raises InputError if they do not fit it."""
    manifest = read(place)
    for name, value in options.words().items():
        # What bad rows are was settled when the data were cleaned; some verbs always say
        # quarantine.
        if name not in ("group", "bad_rows") and manifest.options.get(name) != value:
            raise InputError(
                f"--{name.replace('_', '-')} {value} was not said when {place} was cleaned; "
                "expected the options of that time, "
                f"which are kept there. Leave it out, or clean anew with it."
            )
    if manifest.options.get("allow_private") and not options.allow_private:
        raise InputError(
            f"{os.path.join(place, FILE)} says --allow-private, and may come from somebody else; "
            "expected you to say it. Repeat with "
            f"--allow-private if the addresses are of your own servers."
        )
    data = original(place, manifest, group=options.group, progress=progress)
    before = data.left_out
    try:
        data = steps.apply(data, manifest.steps)
    except RecetaError as error:
        raise InputError(f"{os.path.join(place, FILE)}: {error}") from None
    if not len(data):
        raise InputError(
            f"{place} leaves out every example; expected some to stay. Take steps back with "
            "receta clean --undo."
        )
    digest = hashlib.blake2b(json.dumps(manifest.steps, sort_keys=True).encode(), digest_size=16)
    digest.update(data.source.stamp().encode("utf-8", "surrogateescape"))
    made: Any = flatten(data, f"cleaned({place!r}", digest.hexdigest())
    made.notes = (
        f"{place} is {manifest.data} with {counted(len(manifest.steps), 'steps')} of receta clean",
        *data.notes,
    )
    made.left_before = before  # what the original lacks without any cleaning
    return made


def sample(folder: Path) -> str:
    """Write pictures and a folder that leaves one of them out; return the latter."""
    from receta.sources import image_folder

    place = image_folder.sample(folder / "pictures")
    copy = Path(place) / "cat" / "copy.png"
    copy.write_bytes((Path(place) / "cat" / "0.png").read_bytes())
    data = Dataset.of(image_folder.image_folder(place, Options(), Quiet()))
    was = {"n": len(data), "stamp": data.source.stamp(), "fingerprint": whole_fingerprint(data)}
    entry = {
        "code": "duplicate",
        "method": "leave_out",
        "n": 1,
        "unit": "examples",
        "what": "left out 1 example",
        "why": "",
        "steps": [{"do": "leave_out", "reasons": {"cat/copy.png": "duplicate of cat/0.png"}}],
    }
    out = folder / "clean"
    out.mkdir()
    calls = ({"when": "2026-01-01T00:00:00+00:00", "entries": [entry]},)
    Manifest(os.path.abspath(place), None, {}, was, calls).write(out)
    return str(out)

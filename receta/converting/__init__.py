"""How are data of any kind written in another form? The shelf of formats, and its door `convert`.

A format is one file: a function of its own name writes a data set under a temporary
name. Nobody has to believe it: what was written is loaded again and compared before it
gets its name.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from receta.converting._contract import Format, Written
from receta.core import disk, leftovers
from receta.core.errors import InputError, RecetaError
from receta.core.progress import Progress, Unasked
from receta.core.registry import Shelf
from receta.data.dataset import Dataset, Quarantined
from receta.data.image import Unreadable

__all__ = ["SHELF", "Converted", "Format", "Written", "convert"]

SHELF = Shelf("receta.converting", "format", contract=Format)
_COMPARED = 64  # examples whose contents are read back; classes and parts are compared of all


@dataclass(frozen=True)
class Converted:
    """What was written: where, how many, how to load it, and what was left out.

    options: what `load` must be told to read it, such as the target of a table.
    """

    place: Path
    format: str
    n: int
    options: dict[str, Any]
    left_out: tuple[Quarantined, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        quarantined = [{"id": gone.id, "reason": gone.reason} for gone in self.left_out]
        return {
            "out": str(self.place),
            "format": self.format,
            "n": self.n,
            "options": self.options,
            "quarantined": quarantined,
        }


def convert(
    data: Dataset,
    to: str,
    out: str | Path,
    *,
    size: tuple[int, int] | None = None,
    progress: Progress = Unasked(),
) -> Converted:
    """Write data in another form; what `load` makes of it is the same.

    to: a format on the shelf. out: a new file or folder. size: (height, width) in pixels
    that every picture is brought to; without it pictures stay byte for byte what they
    are, where the format can hold files. What cannot be read is left out and named.
    Raises InputError when the format cannot hold the data, or `out` is taken.
    """
    module, out = SHELF.module(to), Path(out)
    if data.kind not in module.KINDS:
        able = [name for name in SHELF.names() if data.kind in SHELF.module(name).KINDS]
        raise InputError(
            f"{to} cannot hold {data.noun.whole}; expected one of "
            f"{', '.join(able) or 'no format yet'}. Choose another --to."
        )
    if data.task not in module.TASKS:
        raise InputError(
            f"{to} cannot hold pictures with several labels yet; expected one class each. Keep "
            "them as they are."
        )
    if size is not None and not data.is_seen:
        raise InputError(
            f"--size means nothing to {data.noun.whole}; expected it with pictures only. Leave "
            "it out."
        )
    inside = getattr(data.source, "root", None) or _folder_of(data)
    if inside and out.resolve().is_relative_to(Path(inside).resolve()):
        raise InputError(
            f"{out} lies inside the data; expected another place, since your files stay as they "
            "are. Choose another OUT."
        )
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise InputError(
            f"{out} exists already; expected a new name, since nothing is overwritten. Choose "
            "another OUT."
        )
    if module.SUFFIX and out.suffix.lower() != module.SUFFIX:
        raise InputError(
            f"{out} is no name for {to}; expected one that ends with {module.SUFFIX}. Call it "
            f"{out.name}{module.SUFFIX}."
        )
    # no dot before it: readers skip hidden files
    temporary = out.with_name(f"{out.stem}.{leftovers.mark()}{out.suffix}")
    try:
        with disk.room_on_disk(out), disk.writable(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            leftovers.tidy(out.parent)
            with progress.bar(f"writing {to}", len(data), data.noun.units) as bar:
                written: Written = SHELF.function(to)(data, temporary, size, bar)
            kept = data.without(written.lost)
            options = module.options(data)
            _same(kept, temporary, options, written.ids, size)
            if out.is_dir():
                out.rmdir()
            os.replace(temporary, out)
    finally:
        if temporary.is_dir():
            shutil.rmtree(temporary, ignore_errors=True)
        else:
            temporary.unlink(missing_ok=True)
    return Converted(out, to, len(kept), options, kept.left_out)


def _folder_of(data: Dataset) -> str | None:
    """The folder that a source reads, out of what it calls itself."""
    found = re.match(r"\w+\('([^']+)'", repr(data.source))
    return found[1] if found and os.path.isdir(found[1]) else None


def _same(
    data: Dataset,
    written: Path,
    options: dict[str, Any],
    ids: tuple[str, ...],
    size: tuple[int, int] | None,
) -> None:
    """RecetaError unless what was written loads as the same data."""
    from receta.sources import load

    if not len(data):
        raise InputError(
            "none of the examples can be read; expected data to convert. Look at the files, or "
            "name others."
        )
    again = load(written, **options)
    position = {name: row for row, name in enumerate(again.ids)}
    order = [position.get(name, -1) for name in ids] if ids else list(range(len(again)))
    different = (
        ""
        if len(again) == len(order) == len(data)
        else f"{len(again)} instead of {len(data)} examples"
    )
    if not different and -1 in order:
        different = "other ids"
    if not different:
        if data.class_names:
            wanted = [data.named(row) for row in range(len(data))]
            found = [again.named(row) for row in order]
            different = "" if wanted == found else "other labels"
        elif not np.array_equal(data.targets, again.targets[order], equal_nan=True):
            different = "other values"
        if len(set(data.parts)) > 1 and data.parts != tuple(again.parts[row] for row in order):
            different = "other parts"
    if not different:
        for row in np.unique(np.linspace(0, len(data) - 1, _COMPARED).astype(int)):
            try:
                one, other = _content(data, int(row)), _content(again, order[row])
            except Unreadable:
                continue
            if size is None and not np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
                different = f"another content of {data.ids[row]}"
                break
    if different:
        raise RecetaError(
            f"what was written reads back with {different}; expected the same data. Nothing was "
            "kept: choose another format, "
            f"and report this."
        )


def _content(data: Dataset, row: int) -> np.ndarray:
    """What an example holds; of a table its cells, for categories may be numbered otherwise."""
    if not data.has_columns:
        return data[row]
    junk = [column.junk.get(row) for column in data.columns if column.junk]
    return np.array([data.source.raw(int(data.rows[row])).decode(), str(junk)])  # type: ignore[union-attr]

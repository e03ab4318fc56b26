"""How are rows of numbers in a NumPy .npz read as a table: x (n, features) and y (n,)?

column_names, target_name, class_names, ids and parts may stand beside them; categories (a
JSON text: the names by column) and dates (names of columns in seconds since 1970) are what
`convert` writes, so that a table comes back as it was.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from receta.core import naming, outside
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.core.registry import nearest
from receta.data.table import Column, Table
from receta.sources import Options
from receta.sources.blocks import npz_members
from receta.sources.columns import target_choice
from receta.sources.parts import part_names

AFTER = "image_list"  # before arrays, which reads the same suffix but needs no --target
READS = "a .npz of rows x (n, features) and y (n,) with --target y"
FORM = "`.npz` with `--target COLUMN`"
FACTS = "a table in arrays: `x` and `y`, or a column by name"
USES = ("target", "task")
SAMPLE_OPTIONS = {"target": "y"}
VERSION = 1
_ROWS, _TARGETS = ("x", "features", "data"), ("y", "target", "targets", "labels")
_PARTS = ("", "train", "validation", "val", "test")
_BESIDE = ("column_names", "target_name", "class_names", "ids", "parts", "categories", "dates")


def accepts(place: str, options: Options) -> bool:
    """A file called .npz, once a target is named."""
    return options.target is not None and place.lower().endswith(".npz") and os.path.isfile(place)


def table_arrays(place: str, options: Options, progress: Progress) -> Table:
    """Rows and targets of all parts; raises InputError if they do not fit."""
    with (
        outside.reading(place, "a .npz of plain arrays", "Save it again."),
        zipfile.ZipFile(place) as archive,
    ):
        members = npz_members.members_of(place, archive)
        held = {name: member.values(archive) for name, member in members.items() if _is_used(name)}
    both = [(part, _one(held, _ROWS, part), _one(held, _TARGETS, part)) for part in _PARTS]
    pieces = [(part, x, y) for part, x, y in both if x is not None and y is not None]
    if not pieces:
        raise InputError(
            f"{place} has the arrays {naming.first_few(members, 10) or 'none'}; expected x of "
            "shape (n, features) and y of "
            f"shape (n,). Rename them, or leave --target out if they are pictures."
        )
    for _, x, y in pieces:
        _fit(place, x, y)
    if len({x.shape[1] for _, x, _ in pieces}) > 1:
        raise InputError(
            f"{place}: its parts have different numbers of columns; expected the same in all. "
            "Save it again."
        )
    rows = np.concatenate([x for _, x, _ in pieces]).astype(np.float64)
    target_name = str(held.get("target_name", "y"))
    if options.target not in (target_name, "-1", *_TARGETS):
        near = nearest(str(options.target), [target_name])
        raise InputError(
            f"{place} has no target {options.target!r}; expected {target_name!r}.{near} Name "
            "that one."
        )
    target = _target(held, target_name, np.concatenate([y.reshape(-1) for _, _, y in pieces]))
    found = target_choice.read_targets(place, target, options.task)
    if found.missing:
        raise InputError(
            f"{place}: {len(found.missing)} of {len(rows)} rows have no target "
            f"({next(iter(found.missing.values()))}); expected one a row. "
            f"Leave those rows out."
        )
    said = [name for part, x, _ in pieces for name in [_part(part)] * len(x)]
    parts = held["parts"].astype(str).tolist() if _is_list(held, "parts", len(rows)) else said
    ids = (
        held["ids"].astype(str).tolist()
        if _is_list(held, "ids", len(rows))
        else [f"row-{row + 1}" for row in range(len(rows))]
    )
    return Table(
        f"table_arrays({place!r}",
        _columns(place, held, rows),
        found.targets,
        task=found.task,
        target_name=target_name,
        ids=naming.unique(ids)
        if len(set(ids)) == len(ids)
        else [f"row-{row + 1}" for row in range(len(rows))],
        version=naming.file_stamp([place], VERSION, options),
        class_names=found.class_names,
        parts=part_names.settle_parts(place, parts, found.targets, found.class_names),
    )


def sample(folder: Path) -> str:
    """Write eight rows of two classes and return the DATA argument."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "rows.npz"
    np.savez(place, x=np.arange(24.0).reshape(8, 3), y=np.array(["cat", "dog"] * 4))
    return str(place)


def _is_used(name: str) -> bool:
    return name in _BESIDE or name.lower() in {
        f"{one}_{part}" if part else one for one in (*_ROWS, *_TARGETS) for part in _PARTS
    }


def _one(held: dict[str, np.ndarray], known: tuple[str, ...], part: str) -> np.ndarray | None:
    wanted = {f"{name}_{part}" if part else name for name in known}
    return next((values for name, values in held.items() if name.lower() in wanted), None)


def _part(name: str) -> str:
    return "validation" if name == "val" else name


def _fit(place: str, x: np.ndarray, y: np.ndarray) -> None:
    if x.ndim != 2 or x.dtype.kind not in "buif" or not len(x):
        raise InputError(
            f"{place}: x of shape {x.shape} and type {x.dtype} holds no rows of numbers; "
            "expected (n, features). Reshape it, or "
            f"leave --target out if it holds pictures."
        )
    if y.reshape(-1).shape != (len(x),) or y.dtype.kind not in "buifUS":
        raise InputError(
            f"{place}: y of shape {y.shape} and type {y.dtype} does not fit {len(x)} rows; "
            "expected one number or text a row."
        )


def _target(held: dict[str, np.ndarray], name: str, values: np.ndarray) -> Column:
    names, whole = held.get("class_names"), values.dtype.kind in "iu" and len(values) > 0
    if (
        names is not None
        and names.ndim == 1
        and whole
        and 0 <= values.min() <= values.max() < len(names)
    ):
        values = names.astype(str)[values]
    if values.dtype.kind in "US":
        texts, codes = np.unique(values.astype(str), return_inverse=True)
        return Column(name, "category", codes.astype(np.int32), tuple(texts.tolist()))
    return Column(name, "number", values.astype(np.float64))


def _columns(place: str, held: dict[str, np.ndarray], rows: np.ndarray) -> list[Column]:
    named = _is_list(held, "column_names", rows.shape[1])
    names = (
        held["column_names"].astype(str).tolist()
        if named
        else [f"x-{at + 1}" for at in range(rows.shape[1])]
    )
    try:
        categories: dict[str, Any] = outside.parse_json(
            str(held.get("categories", "{}")), f"{place}: categories"
        )
        dates = set(held["dates"].astype(str).tolist()) if "dates" in held else set()
        columns = zip(naming.unique(names), rows.T, strict=True)
        return [
            _column(name, values, categories.get(name), name in dates) for name, values in columns
        ]
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        raise InputError(
            f"{place}: its categories or dates are damaged ({error}); expected what receta "
            "convert wrote. Convert again."
        ) from error


def _column(name: str, values: np.ndarray, categories: list[str] | None, is_date: bool) -> Column:
    missing = np.isnan(values)
    if categories is not None:
        codes = np.where(missing, -1, values).astype(np.int32)
        if codes.max(initial=-1) >= len(categories):
            raise ValueError(
                f"column {name!r} holds {codes.max()}, of {len(categories)} categories"
            )
        return Column(name, "category", codes, tuple(map(str, categories)))
    if is_date:
        seconds = np.where(missing, 0, values).astype(np.int64).astype("datetime64[s]")
        seconds[missing] = np.datetime64("NaT")
        return Column(name, "date", seconds)
    return Column(name, "number", np.ascontiguousarray(values))


def _is_list(held: dict[str, np.ndarray], name: str, n: int) -> bool:
    return name in held and held[name].shape == (n,) and held[name].dtype.kind == "U"

"""How are pictures and tables written as arrays: x_train, y_train, class_names in one .npz?"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from receta.converting import Written
from receta.converting._pictures import common_shape
from receta.core.errors import InputError
from receta.core.progress import Bar
from receta.data import image
from receta.data.dataset import PARTS, Dataset
from receta.data.image import Unreadable
from receta.data.table import Table

ABOUT = (
    "arrays x and y (x_train, x_test ... where the data name parts), ids and names, of "
    "pictures or a table"
)
KINDS = ("images", "table")
SUFFIX = ".npz"


def npz(data: Dataset, out: Path, size: tuple[int, int] | None, bar: Bar) -> Written:
    """Write uint8 arrays, picture by picture; of a table numbers, and what they mean."""
    if isinstance(data.source, Table):
        return _table(data, data.source, out, bar)
    shape = common_shape(data, size)
    lost = {
        one: reason
        for position, one in enumerate(data.ids)
        if (reason := _reason(data, position, shape, bar))
    }
    kept = data.without(lost)
    named = len({part for part in data.parts if part}) > 1
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for part in PARTS if named else ("",):
            rows = np.array(
                [row for row, own in enumerate(kept.parts) if (own or "train") == part or not part],
                np.int64,
            )
            if not len(rows):
                continue
            ending = f"_{part}" if part else ""
            with archive.open(f"x{ending}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array_header_1_0(
                    member, {"descr": "|u1", "fortran_order": False, "shape": (len(rows), *shape)}
                )
                for row in rows:
                    member.write(_pixels(kept, int(row), shape).tobytes())
            _add(archive, f"y{ending}", kept.targets[rows])
            _add(archive, f"ids{ending}", np.array([kept.ids[row] for row in rows]))
        _add(archive, "class_names", np.array(data.class_names))
    return Written(lost, kept.ids)


def options(data: Dataset) -> dict[str, Any]:
    """The target of a table; pictures need nothing to be said."""
    return (
        {"target": data.source.target_name, "task": data.task}
        if isinstance(data.source, Table)
        else {}
    )


def _table(data: Dataset, source: Table, out: Path, bar: Bar) -> Written:
    junk = [column.name for column in data.columns if column.junk]
    if junk:
        raise InputError(
            f"{len(junk)} columns hold cells that are no numbers, such as {junk[0]!r}; expected "
            "numbers, for an array has one type. "
            "Clean them first (receta clean DATA --fix junk_cells --out OUT), or convert to "
            "parquet."
        )
    precise = [
        column.name
        for column in data.columns
        if column.kind == "date" and column.values.dtype != np.dtype("datetime64[s]")
    ]
    if precise:
        raise InputError(
            f"column {precise[0]!r} holds times finer than seconds; expected seconds in arrays. "
            "Convert to parquet."
        )
    columns = [column.numbers() for column in data.columns]
    categories = {
        column.name: list(column.categories) for column in data.columns if column.kind == "category"
    }
    arrays = {
        "x": np.stack(columns, axis=1) if columns else np.empty((len(data), 0)),
        "y": np.array(data.class_names)[data.targets] if data.class_names else data.targets,
        "column_names": np.array([column.name for column in data.columns], np.str_),
        "target_name": np.array(source.target_name),
        "categories": np.array(json.dumps(categories)),
        "ids": np.array(data.ids),
        "dates": np.array(
            [column.name for column in data.columns if column.kind == "date"], np.str_
        ),
    }
    if len(set(data.parts)) > 1:
        arrays["parts"] = np.array([part or "train" for part in data.parts])
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, values in arrays.items():
            _add(archive, name, values)
    bar.advance(len(data))
    return Written({}, data.ids)


def _reason(data: Dataset, position: int, shape: tuple[int, int, int], bar: Bar) -> str:
    """Why a picture cannot be decoded, or ''; one that is stored as pixels can."""
    bar.advance()
    if not isinstance(data.source.raw(int(data.rows[position])), np.ndarray):
        try:
            _pixels(data, position, shape)
        except Unreadable as error:
            return str(error)
    return ""


def _pixels(data: Dataset, position: int, shape: tuple[int, int, int]) -> np.ndarray:
    stored = data.source.raw(int(data.rows[position]))
    if isinstance(stored, np.ndarray):
        return stored if stored.shape == shape else image.resize(stored, shape[:2], shape[2])
    whole = image.decode(stored)
    return whole if whole.shape == shape else image.decode(stored, shape[:2], shape[2])


def _add(archive: zipfile.ZipFile, name: str, values: np.ndarray) -> None:
    stream = io.BytesIO()
    np.save(stream, values, allow_pickle=False)
    archive.writestr(f"{name}.npy", stream.getvalue())

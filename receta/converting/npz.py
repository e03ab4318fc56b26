"""How are pictures written as arrays: x_train, y_train, class_names in one .npz?"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from receta.converting import Written
from receta.converting._pictures import common_shape
from receta.core import image
from receta.core.dataset import PARTS, Dataset
from receta.core.image import Unreadable
from receta.core.progress import Bar

ABOUT = "arrays x and y (x_train, x_test ... where the data name parts), ids and class_names in one file"
KINDS = ("images",)
SUFFIX = ".npz"


def npz(data: Dataset, out: Path, size: tuple[int, int] | None, bar: Bar) -> Written:
    """Write uint8 arrays, picture by picture."""
    shape = common_shape(data, size)
    lost = {one: reason for position, one in enumerate(data.ids) if (reason := _reason(data, position, shape, bar))}
    kept = data.without(lost)
    named = len({part for part in data.parts if part}) > 1
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for part in PARTS if named else ("",):
            rows = np.array([row for row, own in enumerate(kept.parts) if (own or "train") == part or not part], np.int64)
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
    """Nothing must be said to load such a file."""
    return {}


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

"""How are the numbers that calibrate a network read from .npz, .npy and .csv?"""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core import outside
from receta.core.errors import InputError
from receta.predictors.described import Input

if TYPE_CHECKING:
    from receta.exporters.subjects.subject import Subject

_MOST = 512 * 2**20  # bytes of one array, unpacked
# the first one there counts
_ROWS = ("x", "x_test", "x_validation", "x_val", "x_train", "inputs", "data", "features")
_ANSWERS = ("y", "y_test", "y_validation", "y_val", "y_train", "targets", "labels")


def read_numbers(
    place: Path, kind: str, subject: Subject
) -> tuple[list[np.ndarray], np.ndarray | None] | None:
    """Rows as they go into the network.

    None where a file of arrays, or of a list, is one of pictures.
    """
    with outside.reading(f"--calibrate {place}", "arrays of plain numbers"):
        if kind == ".npz":
            return _archive(place, subject)
        if kind == ".npy":
            return _fitting(
                place,
                [(_load(place.open("rb"), place.stat().st_size, place.name), "its array")],
                subject,
            ), None
        return _sheet(place, subject, "\t" if kind == ".tsv" else ",")


def _archive(place: Path, subject: Subject) -> tuple[list[np.ndarray], np.ndarray | None] | None:
    inputs = subject.inputs
    with zipfile.ZipFile(place) as archive:
        names = {
            name.removesuffix(".npy"): name for name in archive.namelist() if name.endswith(".npy")
        }

        def array(key: str) -> np.ndarray:
            content = outside.read_member(archive, names[key], place, most=_MOST)
            return _load(io.BytesIO(content), len(content), key)

        keys = [_key(one.name, names, alone=len(inputs) == 1) for one in inputs]
        if None in keys:
            raise InputError(
                f"--calibrate {place} has the arrays {', '.join(names) or 'none'}; expected "
                f"{' and '.join(say_wanted(inputs))}, as the network takes them. Name them so."
            )
        arrays = [(array(key), f"{key!r}") for key in keys if key is not None]
        if len(inputs) == 1 and inputs[0].pictures and not _fits(arrays[0][0], inputs[0]):
            return None  # pictures of another size, which are read as such
        columns = _fitting(place, arrays, subject)
        answers = next(
            (key for key in _ANSWERS if key in names and key[1:] == (keys[0] or "")[1:]),
            "y" if "y" in names else None,
        )
        targets = None if answers is None else array(answers)
    if targets is not None and (targets.ndim == 0 or len(targets) != len(columns[0])):
        given = len(targets) if targets.ndim else 0
        raise InputError(
            f"--calibrate {place} has {given} answers for {len(columns[0])} rows; expected one a "
            "row. Save them again."
        )
    return columns, targets


def _key(name: str, names: dict[str, str], *, alone: bool) -> str | None:
    """The array that holds an input; of one that stands alone the only one does too."""
    known = (name, *(_ROWS if alone else ()))
    others = [key for key in names if key not in _ANSWERS]
    return next(
        (key for key in known if key in names), others[0] if alone and len(others) == 1 else None
    )


def say_wanted(inputs: Sequence[Input]) -> list[str]:
    """Each input of a network as messages name it: its name and its shape."""

    def shape(taken: Input) -> str:
        return f"(n, {', '.join('any' if side is None else str(side) for side in taken.shape)})"

    return [f"{'x' if len(inputs) == 1 else taken.name} {shape(taken)}" for taken in inputs]


def _load(stream: Any, size: int, name: str) -> np.ndarray:
    """An array of numbers, whose header says no more than is there; pickled objects are refused."""
    with stream:
        version = np.lib.format.read_magic(stream)
        reader = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = reader(stream)
        expected = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or dtype.kind not in "biuf":
            raise InputError(
                f"--calibrate: array {name!r} holds {dtype}; expected plain numbers. Save them "
                "as such."
            )
        if expected > _MOST or expected != size - stream.tell():
            raise InputError(
                f"--calibrate: array {name!r} says {expected / 1e6:.3g} MB, and "
                f"{(size - stream.tell()) / 1e6:.3g} MB are there; expected the same, and "
                f"{_MOST / 1e6:.0f} MB at most. Save it anew, or fewer rows: some hundreds do."
            )
        stream.seek(0)
        return np.lib.format.read_array(stream, allow_pickle=False)


def _fits(values: np.ndarray, taken: Input) -> bool:
    """Whether its rows have the shape of an input."""
    return values.ndim == len(taken.shape) + 1 and all(
        side in (None, one) for side, one in zip(taken.shape, values.shape[1:], strict=True)
    )


def _fitting(
    place: Path, arrays: Sequence[tuple[np.ndarray, str]], subject: Subject
) -> list[np.ndarray]:
    """Arrays of the shapes and types of the inputs, equally long."""
    inputs, columns = subject.inputs, []
    for (values, said), taken, wanted in zip(arrays, inputs, say_wanted(inputs), strict=True):
        if values.ndim == len(taken.shape) and taken.shape[-1:] == (1,):
            # grey pictures and series of one number leave their last axis away
            values = values[..., None]
        if not _fits(values, taken):
            raise InputError(
                f"--calibrate {place}: {said} has the shape {values.shape}; expected {wanted}. "
                "Save the rows as the network takes them."
            )
        if not np.isfinite(values).all():
            raise InputError(
                f"--calibrate {place}: {said} holds what is not finite; expected numbers. Leave "
                "such rows out."
            )
        _within(place, values, said, taken)
        if (
            taken.highest == 1
            and taken.name in subject.evidence.untold
            and values.dtype.kind in "iu"
            and values.max() > 1
        ):
            raise InputError(
                f"--calibrate {place}: {said} holds whole pixels up to {values.max()}, and nothing "
                "tells which values the network was trained on; expected --pixels as well, or the "
                "values themselves as floats. Give --pixels 0..1 (or 0..255, -1..1)."
            )
        columns.append(values.astype(taken.dtype))
    if len({len(one) for one in columns}) > 1:
        raise InputError(
            f"--calibrate {place} has {', '.join(str(len(one)) for one in columns)} rows; "
            "expected as many for every input."
        )
    return columns


def _within(place: Path, values: np.ndarray, said: str, taken: Input) -> None:
    """Refuse values that the type of an input cannot hold, or that are pixels of another scale."""
    whole = (
        np.dtype(taken.dtype).kind in "iu"
        and values.dtype.kind == "f"
        and bool((values != np.round(values)).any())
    )
    limits = np.iinfo(taken.dtype) if np.dtype(taken.dtype).kind in "iu" else None
    outside_type = (
        limits is not None
        and values.size
        and (values.min() < limits.min or values.max() > limits.max)
    )
    dim = taken.dtype == "uint8" and values.size and values.max() <= 1 and values.dtype.kind == "f"
    if whole or outside_type or dim:
        raise InputError(
            f"--calibrate {place}: {said} holds {values.dtype} from {values.min():.4g} to "
            f"{values.max():.4g}; expected "
            f"{taken.dtype}{' pixels of 0 to 255' if taken.highest else ''}, as the network takes "
            f"them. Save them so{', or leave --pixels away' if taken.dtype == 'uint8' else ''}."
        )


def _sheet(
    place: Path, subject: Subject, separator: str
) -> tuple[list[np.ndarray], np.ndarray | None] | None:
    """Rows of a CSV of plain numbers; a column more is the answer where its head says so."""
    inputs = subject.inputs
    if len(inputs) > 1 or None in inputs[0].shape:
        raise InputError(
            f"--calibrate {place} is one sheet; expected a .npz with "
            f"{' and '.join(say_wanted(inputs))}. Save the rows so."
        )
    if place.stat().st_size > _MOST:
        size = place.stat().st_size / 1e6
        raise InputError(
            f"--calibrate {place} has {size:.0f} MB; expected {_MOST / 1e6:.0f} at most. Some "
            "hundred rows do."
        )
    wanted = math.prod(int(side or 1) for side in inputs[0].shape)
    with place.open(encoding="utf-8-sig", newline="") as handle:
        lines = (line for line in csv.reader(handle, delimiter=separator) if line)
        first = next(lines, [])
        head = None if all(map(_is_number, first)) else [name.strip().lower() for name in first]
        width = len(first)
        answer = next(
            (
                at
                for at, name in enumerate(head or ())
                if name in _ANSWERS or name in ("label", "target", "class")
            ),
            None,
        )
        if width - (answer is not None) != wanted:
            if inputs[0].pictures:
                return None  # a list of files, or pixels in a row
            named = "" if answer is None else f", one of them {first[answer]!r}"
            raise InputError(
                f"--calibrate {place} has {width} columns{named}; expected {wanted} of numbers, "
                "as the network takes them, and where there "
                f"are answers one called y. Leave the others out."
            )
        table = [_cells(place, number, line, width) for number, line in enumerate(lines, start=2)]
    if head is None:
        table.insert(0, _cells(place, 1, first, width))
    values = np.array(table, np.float64).reshape(len(table), width)
    targets = None if answer is None else values[:, answer]
    rows = values if answer is None else np.delete(values, answer, axis=1)
    return _fitting(place, [(rows.reshape(len(rows), *inputs[0].shape), "it")], subject), targets


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _cells(place: Path, number: int, line: Sequence[str], width: int) -> list[float]:
    if len(line) != width or not all(map(_is_number, line)):
        odd = next((cell for cell in line if not _is_number(cell)), "")
        why = (
            f"has {len(line)} cells, the first line {width}"
            if len(line) != width
            else f"holds {odd[:40]!r}"
        )
        raise InputError(
            f"--calibrate {place}: line {number} {why}; expected plain numbers in every cell. "
            "Mend it, or leave it out."
        )
    return [float(cell) for cell in line]

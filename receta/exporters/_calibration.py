"""Which real rows does --calibrate bring, to calibrate and to judge a smaller variant on?

Pictures come from whatever `receta.sources` reads, decoded to the size that the network takes.
Rows of numbers come as they go into the network: .npy, .npz (x, and y where there are answers) or
a CSV of plain numbers. An array whose rows have the shape of the input is such rows, also where
that is the shape of a picture.
"""

from __future__ import annotations

import csv
import io
import math
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core import outside
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.core.seeds import rng
from receta.core.targets import SETS
from receta.exporters._bundle import Input
from receta.exporters._lists import unlisted
from receta.exporters._parity import Batch, Inputs

if TYPE_CHECKING:
    from receta.exporters._subject import Subject

LEAST = 20  # rows: with fewer, half of them are no range and half no proof
_MOST = 512 * 2**20  # bytes of one array, unpacked
_JUDGED = 2000  # rows at most: a share of accuracy is then known to 2 % at worst
_MANY = 256  # that are asked at once
_ROWS = ("x", "x_test", "x_validation", "x_val", "x_train", "inputs", "data", "features")  # the first one there counts
_ANSWERS = ("y", "y_test", "y_validation", "y_val", "y_train", "targets", "labels")


@dataclass(frozen=True)
class Rows:
    """Real rows for every input, some to calibrate on and others to judge on; targets: of the latter, where known."""

    name: str
    columns: tuple[np.ndarray, ...]
    calibrating: np.ndarray
    judging: np.ndarray
    targets: np.ndarray | None
    untold: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The words for them."""
        return f"rows of {self.name}"

    def probes(self, n: int) -> Inputs:
        """n rows from all over what is judged on; repeats some where there are fewer."""
        return self._taken(self.judging[np.linspace(0, len(self.judging) - 1, n).astype(int)])

    def parts(self) -> Iterator[tuple[str, Iterator[Batch]]]:
        """One part, which decides."""
        yield self.source, self._batches()

    def rows(self, n: int) -> Inputs:
        """At most n rows, none of which is judged on."""
        return self._taken(self.calibrating[:n])

    def _batches(self) -> Iterator[Batch]:
        for start in range(0, len(self.judging), _MANY):
            stop = start + _MANY
            yield self._taken(self.judging[start:stop]), None if self.targets is None else self.targets[start:stop]

    def _taken(self, rows: np.ndarray) -> Inputs:
        return unlisted([one[rows] for one in self.columns])


def rows(place: str | Path, subject: Subject, progress: Progress) -> Rows:
    """The rows of DATA for a network; raises InputError where they do not fit its inputs."""
    outputs = _answering(subject)
    kind = Path(place).suffix.lower()
    found = None
    if kind in (".npy", ".npz", ".csv", ".tsv"):
        if not Path(place).is_file():
            raise InputError(f"--calibrate {place} does not exist; expected a file of rows. Check the path.")
        found = _numbers(Path(place), kind, subject)
    if found is None:
        found = _pictures(place, subject, outputs, progress)
    columns, targets = found
    n = len(columns[0])
    if n < LEAST:
        raise InputError(f"--calibrate {place} holds {n} rows; expected at least {LEAST}, half of which judge. Give more.")
    order = rng(0, "calibrate", "rows").permutation(n)
    calibrating, judging = order[: n // 2], np.sort(order[n // 2 :][:_JUDGED])
    return Rows(Path(place).name, tuple(columns), calibrating, judging, _answers(targets, outputs, judging))


def _answering(subject: Subject) -> int:
    """How many classes or labels the one output names; 0 where it names none."""
    (first, *others) = subject.outputs
    return int(first.shape[-1] or 0) if not others and first.gives != "values" and len(first.shape) == 1 else 0


def _answers(targets: np.ndarray | None, outputs: int, judging: np.ndarray) -> np.ndarray | None:
    """Classes (n,) or labels (n, outputs) of what is judged; None where they are neither."""
    if targets is None or not outputs:
        return None
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    binary = targets.dtype.kind in "biuf" and bool(np.isin(targets, (0, 1)).all())
    if targets.ndim == 2 and targets.shape[1] == outputs > 1 and binary:
        chosen = targets[judging]
        one_each = bool((targets.sum(axis=1) == 1).all())
        return chosen.argmax(axis=1).astype(np.int64) if one_each else np.asarray(chosen, SETS)
    whole = targets.ndim == 1 and targets.dtype.kind in "biuf" and bool((targets == np.round(targets)).all())
    if not whole or targets.min() < 0 or targets.max() >= max(outputs, 2):
        return None
    return np.asarray(targets[judging], np.int64)


def _pictures(place: str | Path, subject: Subject, outputs: int, progress: Progress) -> tuple[list[np.ndarray], np.ndarray | None]:
    """Pictures as the network takes them, and their classes among its own."""
    from receta.pixels import decode
    from receta.sources import load

    inputs, class_names = subject.inputs, subject.class_names
    taken = inputs[0]
    if len(inputs) > 1 or len(taken.shape) != 3 or None in taken.shape or taken.shape[2] not in (1, 3):
        shapes = ", ".join(f"{one.name} {one.shape}" for one in inputs)
        raise InputError(
            f"--calibrate {place} is read as pictures, and the network takes {shapes}; expected a .npz with an array for each "
            f"input ({', '.join(_wanted(inputs))}), a .npy or a CSV of plain numbers. Save the rows so."
        )
    if not taken.pictures:
        raise InputError(
            f"--calibrate {place} holds pixels of 0 to 255, and nothing tells which values the network was trained on; expected "
            f"--pixels as well. Give --pixels 0..1 (or 0..255, -1..1), or a .npz of the values themselves."
        )
    data = load(place)
    if data.kind != "images":
        raise InputError(f"--calibrate {place} holds no pictures ({data.kind}), and the network takes some. Name pictures.")
    height, width, channels = (int(side or 0) for side in taken.shape)
    pixels = decode(data, (height, width), channels, fit=subject.fit, scale=subject.scale, progress=progress)
    data = pixels.readable(data)
    at = rng(0, "calibrate", "pictures").permutation(len(data))[: 2 * _JUDGED]
    values = pixels.take(data.rows[at]).astype(taken.dtype, copy=False)
    return [values], _matched(data, class_names, outputs, at)


def _matched(data: Any, class_names: Sequence[str], outputs: int, at: np.ndarray) -> np.ndarray | None:
    """Classes among the network's own, by name; in their order where it has no names of its own."""
    if data.task != "classes":
        return None
    plain = tuple(class_names) == tuple(map(str, range(len(class_names))))
    if plain and len(data.class_names) == max(outputs, 2):
        return np.asarray(data.targets[at])
    if set(data.class_names) <= set(class_names):
        where = np.array([list(class_names).index(name) for name in data.class_names])
        return np.asarray(where[data.targets[at]])
    return None


# Plain numbers


def _numbers(place: Path, kind: str, subject: Subject) -> tuple[list[np.ndarray], np.ndarray | None] | None:
    """Rows as they go into the network; None where a file of arrays, or of a list, is one of pictures."""
    with outside.reading(f"--calibrate {place}", "arrays of plain numbers"):
        if kind == ".npz":
            return _archive(place, subject)
        if kind == ".npy":
            return _fitting(place, [(_loaded(place.open("rb"), place.stat().st_size, place.name), "its array")], subject), None
        return _sheet(place, subject, "\t" if kind == ".tsv" else ",")


def _archive(place: Path, subject: Subject) -> tuple[list[np.ndarray], np.ndarray | None] | None:
    inputs = subject.inputs
    with zipfile.ZipFile(place) as archive:
        names = {name.removesuffix(".npy"): name for name in archive.namelist() if name.endswith(".npy")}

        def array(key: str) -> np.ndarray:
            content = outside.read_member(archive, names[key], place, most=_MOST)
            return _loaded(io.BytesIO(content), len(content), key)

        keys = [_key(one.name, names, alone=len(inputs) == 1) for one in inputs]
        if None in keys:
            raise InputError(
                f"--calibrate {place} has the arrays {', '.join(names) or 'none'}; expected {' and '.join(_wanted(inputs))}, as the "
                f"network takes them. Name them so."
            )
        arrays = [(array(key), f"{key!r}") for key in keys if key is not None]
        if len(inputs) == 1 and inputs[0].pictures and not _fits(arrays[0][0], inputs[0]):
            return None  # pictures of another size, which are read as such
        columns = _fitting(place, arrays, subject)
        answers = next((key for key in _ANSWERS if key in names and key[1:] == (keys[0] or "")[1:]), "y" if "y" in names else None)
        targets = None if answers is None else array(answers)
    if targets is not None and (targets.ndim == 0 or len(targets) != len(columns[0])):
        given = len(targets) if targets.ndim else 0
        raise InputError(f"--calibrate {place} has {given} answers for {len(columns[0])} rows; expected one a row. Save them again.")
    return columns, targets


def _key(name: str, names: dict[str, str], *, alone: bool) -> str | None:
    """The array that holds an input; of one that stands alone the only one does too."""
    known = (name, *(_ROWS if alone else ()))
    others = [key for key in names if key not in _ANSWERS]
    return next((key for key in known if key in names), others[0] if alone and len(others) == 1 else None)


def _wanted(inputs: Sequence[Input]) -> list[str]:
    def shape(taken: Input) -> str:
        return f"(n, {', '.join('any' if side is None else str(side) for side in taken.shape)})"

    return [f"{'x' if len(inputs) == 1 else taken.name} {shape(taken)}" for taken in inputs]


def _loaded(stream: Any, size: int, name: str) -> np.ndarray:
    """An array of numbers, whose header says no more than is there; pickled objects are refused."""
    with stream:
        version = np.lib.format.read_magic(stream)
        reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = reader(stream)
        expected = math.prod(shape) * dtype.itemsize
        if dtype.hasobject or dtype.kind not in "biuf":
            raise InputError(f"--calibrate: array {name!r} holds {dtype}; expected plain numbers. Save them as such.")
        if expected > _MOST or expected != size - stream.tell():
            raise InputError(
                f"--calibrate: array {name!r} says {expected / 1e6:.3g} MB, and {(size - stream.tell()) / 1e6:.3g} MB are there; "
                f"expected the same, and {_MOST / 1e6:.0f} MB at most. Save it anew, or fewer rows: some hundreds do."
            )
        stream.seek(0)
        return np.lib.format.read_array(stream, allow_pickle=False)


def _fits(values: np.ndarray, taken: Input) -> bool:
    """Whether its rows have the shape of an input."""
    return values.ndim == len(taken.shape) + 1 and all(side in (None, one) for side, one in zip(taken.shape, values.shape[1:], strict=True))


def _fitting(place: Path, arrays: Sequence[tuple[np.ndarray, str]], subject: Subject) -> list[np.ndarray]:
    """Arrays of the shapes and types of the inputs, equally long."""
    inputs, columns = subject.inputs, []
    for (values, said), taken, wanted in zip(arrays, inputs, _wanted(inputs), strict=True):
        if values.ndim == len(taken.shape) and taken.shape[-1:] == (1,):
            values = values[..., None]  # grey pictures and series of one number leave their last axis away
        if not _fits(values, taken):
            raise InputError(
                f"--calibrate {place}: {said} has the shape {values.shape}; expected {wanted}. Save the rows as the network takes them."
            )
        if not np.isfinite(values).all():
            raise InputError(f"--calibrate {place}: {said} holds what is not finite; expected numbers. Leave such rows out.")
        _within(place, values, said, taken)
        if taken.highest == 1 and taken.name in subject.evidence.untold and values.dtype.kind in "iu" and values.max() > 1:
            raise InputError(
                f"--calibrate {place}: {said} holds whole pixels up to {values.max()}, and nothing tells which values the network was "
                f"trained on; expected --pixels as well, or the values themselves as floats. Give --pixels 0..1 (or 0..255, -1..1)."
            )
        columns.append(values.astype(taken.dtype))
    if len({len(one) for one in columns}) > 1:
        raise InputError(f"--calibrate {place} has {', '.join(str(len(one)) for one in columns)} rows; expected as many for every input.")
    return columns


def _within(place: Path, values: np.ndarray, said: str, taken: Input) -> None:
    """Refuse values that the type of an input cannot hold, or that are pixels of another scale."""
    whole = np.dtype(taken.dtype).kind in "iu" and values.dtype.kind == "f" and bool((values != np.round(values)).any())
    limits = np.iinfo(taken.dtype) if np.dtype(taken.dtype).kind in "iu" else None
    outside_type = limits is not None and values.size and (values.min() < limits.min or values.max() > limits.max)
    dim = taken.dtype == "uint8" and values.size and values.max() <= 1 and values.dtype.kind == "f"
    if whole or outside_type or dim:
        raise InputError(
            f"--calibrate {place}: {said} holds {values.dtype} from {values.min():.4g} to {values.max():.4g}; expected {taken.dtype}"
            f"{' pixels of 0 to 255' if taken.highest else ''}, as the network takes them. Save them so"
            f"{', or leave --pixels away' if taken.dtype == 'uint8' else ''}."
        )


def _sheet(place: Path, subject: Subject, separator: str) -> tuple[list[np.ndarray], np.ndarray | None] | None:
    """Rows of a CSV of plain numbers; a column more is the answer where its head says so."""
    inputs = subject.inputs
    if len(inputs) > 1 or None in inputs[0].shape:
        raise InputError(f"--calibrate {place} is one sheet; expected a .npz with {' and '.join(_wanted(inputs))}. Save the rows so.")
    if place.stat().st_size > _MOST:
        size = place.stat().st_size / 1e6
        raise InputError(f"--calibrate {place} has {size:.0f} MB; expected {_MOST / 1e6:.0f} at most. Some hundred rows do.")
    wanted = math.prod(int(side or 1) for side in inputs[0].shape)
    with place.open(encoding="utf-8-sig", newline="") as handle:
        lines = (line for line in csv.reader(handle, delimiter=separator) if line)
        first = next(lines, [])
        head = None if all(map(_is_number, first)) else [name.strip().lower() for name in first]
        width = len(first)
        answer = next((at for at, name in enumerate(head or ()) if name in _ANSWERS or name in ("label", "target", "class")), None)
        if width - (answer is not None) != wanted:
            if inputs[0].pictures:
                return None  # a list of files, or pixels in a row
            named = "" if answer is None else f", one of them {first[answer]!r}"
            raise InputError(
                f"--calibrate {place} has {width} columns{named}; expected {wanted} of numbers, as the network takes them, and where there "
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
        why = f"has {len(line)} cells, the first line {width}" if len(line) != width else f"holds {odd[:40]!r}"
        raise InputError(f"--calibrate {place}: line {number} {why}; expected plain numbers in every cell. Mend it, or leave it out.")
    return [float(cell) for cell in line]

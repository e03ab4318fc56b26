"""Which real rows does --calibrate bring, to calibrate and to judge a smaller variant on?

Pictures come from whatever `receta.sources` reads, decoded to the size that the network takes.
Rows of numbers come as they go into the network: .npy, .npz (x, and y where there are answers) or
a CSV of plain numbers. An array whose rows have the shape of the input is such rows, also where
that is the shape of a picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import tasks
from receta.core.errors import InputError
from receta.core.progress import Progress
from receta.core.seeds import rng
from receta.core.targets import SETS
from receta.data.examples import readable
from receta.exporters.parity.evidence import Batch, Inputs
from receta.predictors.lists import from_list

if TYPE_CHECKING:
    from receta.exporters.subjects.subject import Subject
from receta.exporters.evidence.calibration_files import read_numbers, say_wanted

LEAST = 20  # rows: with fewer, half of them are no range and half no proof
_JUDGED = 2000  # rows at most: a share of accuracy is then known to 2 % at worst
_MANY = 256  # that are asked at once


@dataclass(frozen=True)
class Rows:
    """Real rows for every input, some to calibrate on and others to judge on.

    targets: of the latter, where known.
    """

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
        return self._take(self.judging[np.linspace(0, len(self.judging) - 1, n).astype(int)])

    def parts(self) -> Iterator[tuple[str, Iterator[Batch]]]:
        """One part, which decides."""
        yield self.source, self._batches()

    def rows(self, n: int) -> Inputs:
        """At most n rows, none of which is judged on."""
        return self._take(self.calibrating[:n])

    def _batches(self) -> Iterator[Batch]:
        for start in range(0, len(self.judging), _MANY):
            stop = start + _MANY
            yield (
                self._take(self.judging[start:stop]),
                None if self.targets is None else self.targets[start:stop],
            )

    def _take(self, rows: np.ndarray) -> Inputs:
        return from_list([one[rows] for one in self.columns])


def rows(place: str | Path, subject: Subject, progress: Progress) -> Rows:
    """The rows of DATA for a network; raises InputError where they do not fit its inputs."""
    outputs = _answering(subject)
    kind = Path(place).suffix.lower()
    found = None
    if kind in (".npy", ".npz", ".csv", ".tsv"):
        if not Path(place).is_file():
            raise InputError(
                f"--calibrate {place} does not exist; expected a file of rows. Check the path."
            )
        found = read_numbers(Path(place), kind, subject)
    if found is None:
        found = _pictures(place, subject, outputs, progress)
    columns, targets = found
    n = len(columns[0])
    if n < LEAST:
        raise InputError(
            f"--calibrate {place} holds {n} rows; expected at least {LEAST}, half of which "
            "judge. Give more."
        )
    order = rng(0, "calibrate", "rows").permutation(n)
    calibrating, judging = order[: n // 2], np.sort(order[n // 2 :][:_JUDGED])
    return Rows(
        Path(place).name, tuple(columns), calibrating, judging, _answers(targets, outputs, judging)
    )


def _answering(subject: Subject) -> int:
    """How many classes or labels the one output names; 0 where it names none."""
    (first, *others) = subject.outputs
    return (
        int(first.shape[-1] or 0) if not others and first.is_share and len(first.shape) == 1 else 0
    )


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
    whole = (
        targets.ndim == 1
        and targets.dtype.kind in "biuf"
        and bool((targets == np.round(targets)).all())
    )
    if not whole or targets.min() < 0 or targets.max() >= max(outputs, 2):
        return None
    return np.asarray(targets[judging], np.int64)


def _pictures(
    place: str | Path, subject: Subject, outputs: int, progress: Progress
) -> tuple[list[np.ndarray], np.ndarray | None]:
    """Pictures as the network takes them, and their classes among its own."""
    from receta.pixels import decode
    from receta.sources import load

    inputs, class_names = subject.inputs, subject.class_names
    taken = inputs[0]
    if (
        len(inputs) > 1
        or len(taken.shape) != 3
        or None in taken.shape
        or taken.shape[2] not in (1, 3)
    ):
        shapes = ", ".join(f"{one.name} {one.shape}" for one in inputs)
        raise InputError(
            f"--calibrate {place} is read as pictures, and the network takes {shapes}; expected a "
            f".npz with an array for each input ({', '.join(say_wanted(inputs))}), a .npy or a CSV "
            "of plain numbers. Save the rows so."
        )
    if not taken.pictures:
        raise InputError(
            f"--calibrate {place} holds pixels of 0 to 255, and nothing tells which values the "
            "network was trained on; expected --pixels as well. Give --pixels 0..1 (or 0..255, "
            "-1..1), or a .npz of the values themselves."
        )
    data = load(place)
    if not data.is_seen:
        raise InputError(
            f"--calibrate {place} holds no pictures ({data.kind}), and the network takes some. "
            "Name pictures."
        )
    height, width, channels = (int(side or 0) for side in taken.shape)
    pixels = decode(
        data, (height, width), channels, fit=subject.fit, scale=subject.scale, progress=progress
    )
    data = readable(data, pixels)
    at = rng(0, "calibrate", "pictures").permutation(len(data))[: 2 * _JUDGED]
    values = pixels.take(data.rows[at]).astype(taken.dtype, copy=False)
    return [values], _match_classes(data, class_names, outputs, at)


def _match_classes(
    data: Any, class_names: Sequence[str], outputs: int, at: np.ndarray
) -> np.ndarray | None:
    """Classes among the network's own, by name; in their order where it has no names of its own."""
    if not tasks.of(data.task).IS_EXCLUSIVE:
        return None
    plain = tuple(class_names) == tuple(map(str, range(len(class_names))))
    if plain and len(data.class_names) == max(outputs, 2):
        return np.asarray(data.targets[at])
    if set(data.class_names) <= set(class_names):
        where = np.array([list(class_names).index(name) for name in data.class_names])
        return np.asarray(where[data.targets[at]])
    return None

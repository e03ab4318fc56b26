"""What is a data set: a view of rows on a source, with a target each?"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, Self, runtime_checkable

import numpy as np

from receta.core import targets as written
from receta.core.scale import USUAL, Scale
from receta.core.shown import Shown
from receta.data import image
from receta.data.nouns import NOUNS, Noun
from receta.data.origin import NOWHERE, Origin

if TYPE_CHECKING:
    from receta.data.table import Column

PARTS = ("train", "validation", "test")
_TYPES = {"classes": np.int64, "labels": np.int8, "values": np.float64, "quantiles": np.float64}
# texts: one text, of any length
Kind = Literal["images", "table", "series", "texts"]
Task = Literal["classes", "labels", "values", "quantiles"]


@runtime_checkable
class Source(Protocol):
    """Where examples come from: deterministic, thread-safe, picklable.

    kind: images, table, series or texts. task: classes, labels (several, or none), or
    values to be predicted. ids: one unique text a row. targets: (n,) int64, index into
    class_names; with labels (n, class_names) int8 of 0 and 1; with values
    (n,) or (n, horizon) float64, and no class_names. parts: per row one of train, validation, test
    or "" (not said); None if the data say nothing. groups: per row whose example it is (a person);
    None if not asked for. notes: what was taken for what, one line each.
    """

    kind: Kind
    task: Task
    ids: Sequence[str]
    targets: np.ndarray
    class_names: tuple[str, ...]
    parts: Sequence[str] | None
    groups: Sequence[str] | None
    notes: Sequence[str]

    def __len__(self) -> int: ...

    def raw(self, row: int) -> bytes | np.ndarray:
        """What is stored: an encoded file or row, or an array of values."""

    def __getitem__(self, row: int) -> np.ndarray:
        """(height, width, channels) uint8, (features,), (steps, channels) or (steps,)."""

    def stamp(self) -> str:
        """Changes when the files do (names, sizes, times), without reading them."""


@dataclass(frozen=True)
class Quarantined:
    """An example that cannot be used, and why."""

    id: str
    reason: str


class Images:
    """Base of image sources: decoding and sizes come with `raw`.

    A subclass sets ids, targets, class_names (parts, groups) and defines raw and stamp.
    """

    kind: Kind = "images"
    task: Task = "classes"
    ids: Sequence[str]
    targets: np.ndarray
    class_names: tuple[str, ...]
    parts: Sequence[str] | None = None
    groups: Sequence[str] | None = None
    notes: Sequence[str] = ()  # what was taken for what, one line each: `load` tells them
    scale: Scale = USUAL  # how more than 8 bits become 8

    def __len__(self) -> int:
        return len(self.ids)

    def raw(self, row: int) -> bytes | np.ndarray:
        """What is stored for a row: encoded bytes or a uint8 array."""
        raise NotImplementedError

    def stamp(self) -> str:
        """Changes when the files do (names, sizes, times), without reading them."""
        raise NotImplementedError

    def __getitem__(self, row: int) -> np.ndarray:
        """Image of a row at its own size: (height, width, channels) uint8."""
        stored = self.raw(row)
        return stored if isinstance(stored, np.ndarray) else image.decode(stored, scale=self.scale)


@dataclass(frozen=True, repr=False)
class Dataset(Shown):
    """A view on a source: some of its rows, each with a target.

    rows: (n,) int64 into the source, ascending.
    targets: (n,) int64 class indices, (n, labels) int8, or float64 values.
    left_out: what an earlier step took out of this view, and why.
    notes: what was taken for what when the data were read, one line each.
    origin: where they were read from.
    """

    source: Source
    rows: np.ndarray
    targets: np.ndarray
    left_out: tuple[Quarantined, ...] = ()
    notes: tuple[str, ...] = ()
    origin: Origin = NOWHERE

    def __repr__(self) -> str:
        things = f"{len(self):,} {self.noun.one}{'s' * (len(self) != 1)}"
        names = len(self.class_names)
        targets = f"{names:,} {self.task}" if names else self.task
        left = f", {len(self.left_out):,} left out" if self.left_out else ""
        notes = "".join(f"\n  {note}" for note in self.notes[:3])
        return f"Dataset({things}, {targets}{left}; {self.source!r:.120}){notes}"

    @classmethod
    def of(cls, source: Source) -> Dataset:
        """All rows of a source."""
        targets = np.asarray(source.targets, _TYPES[source.task])
        return cls(source, np.arange(len(source), dtype=np.int64), targets)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, position: int) -> np.ndarray:
        """Example at a position of this view; an image at its own size."""
        return self.source[int(self.rows[position])]

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[position] for position in range(len(self)))

    @property
    def kind(self) -> Kind:
        """images, table, series or texts."""
        return self.source.kind

    @property
    def place(self) -> str:
        """How a command line names the data, quoted; '' where nobody named them."""
        return self.origin.tell_place(with_bad_rows=bool(self.left_out))

    @property
    def noun(self) -> Noun:
        """What its examples are called."""
        return NOUNS[self.kind]

    @property
    def in_time(self) -> bool:
        """Whether examples follow each other in time and overlap, as windows of a series do."""
        return self.noun.in_time

    @property
    def is_seen(self) -> bool:
        """Whether examples are pictures."""
        return self.noun.is_seen

    @property
    def has_columns(self) -> bool:
        """Whether examples are rows of a table."""
        return self.noun.has_columns

    @property
    def task(self) -> Task:
        """classes to tell apart, labels to be said, or values to predict."""
        return self.source.task

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the class indices."""
        return self.source.class_names

    @functools.cached_property
    def columns(self) -> tuple[Column, ...]:
        """The features of a table on the rows of this view; () of other kinds."""
        whole: tuple[Column, ...] = self.source.columns if self.has_columns else ()  # type: ignore[attr-defined]
        return tuple(column.take(self.rows) for column in whole)

    @property
    def channels(self) -> tuple[Column, ...]:
        """Columns of a table, or the channels of a whole series step by step; () of other kinds."""
        return self.source.channels() if self.in_time else self.columns  # type: ignore[attr-defined]

    @functools.cached_property
    def ids(self) -> tuple[str, ...]:
        """One unique text an example."""
        ids = self.source.ids
        return tuple(ids[row] for row in self.rows)

    @functools.cached_property
    def parts(self) -> tuple[str, ...]:
        """Per example the part that the data themselves name, or ''."""
        parts = self.source.parts
        return tuple(parts[row] for row in self.rows) if parts is not None else ("",) * len(self)

    @functools.cached_property
    def groups(self) -> tuple[str, ...] | None:
        """Per example the group that must stay in one part, if asked for."""
        groups = self.source.groups
        return None if groups is None else tuple(groups[row] for row in self.rows)

    def take(self, keep: np.ndarray | Sequence[int]) -> Self:
        """A smaller view: positions or a boolean mask of what to keep."""
        keep = np.asarray(keep)
        chosen = np.flatnonzero(keep) if keep.dtype == bool else keep.astype(np.int64)
        return dataclasses.replace(self, rows=self.rows[chosen], targets=self.targets[chosen])

    def without(self, reasons: dict[str, str]) -> Self:
        """A smaller view without the ids given; each with the reason why."""
        if not reasons:
            return self
        kept = self.take(np.array([name not in reasons for name in self.ids], bool))
        gone = tuple(Quarantined(name, reasons[name]) for name in self.ids if name in reasons)
        return dataclasses.replace(kept, left_out=self.left_out + gone)

    def counts(self) -> np.ndarray:
        """(classes,) int64: how many examples each class or label has; () with values."""
        return written.counts(self.targets, len(self.class_names))

    def named(self, position: int) -> str:
        """The class of an example, or its labels, for people."""
        return written.name_target(self.targets[position], self.class_names)

    @functools.cached_property
    def fingerprint(self) -> str:
        """Text that changes when an id, a target or any content does.

        Reads everything once; a decoded cache knows the contents already.
        """
        return fingerprint(self, (content_digest(self.source.raw(int(row))) for row in self.rows))


@dataclass(frozen=True, repr=False)
class Splits(Shown):
    """The three parts that training, choosing and judging use."""

    train: Dataset
    validation: Dataset
    test: Dataset

    def __repr__(self) -> str:
        return (
            f"Splits({', '.join(f'{name} {len(part):,}' for name, part in self.named().items())})"
        )

    def __iter__(self) -> Iterator[Dataset]:
        return iter((self.train, self.validation, self.test))

    def named(self) -> dict[str, Dataset]:
        """The parts by name, in the order train, validation, test."""
        return dict(zip(PARTS, self, strict=True))

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names in the order of the class indices."""
        return self.train.class_names

    def union(self) -> Dataset:
        """All three as one view."""
        rows = np.concatenate([part.rows for part in self])
        targets = np.concatenate([part.targets for part in self])
        order = np.argsort(rows, kind="stable")
        return dataclasses.replace(self.train, rows=rows[order], targets=targets[order])


def content_digest(stored: bytes | np.ndarray) -> bytes:
    """16 bytes that stand for what is stored for one example.

    SHA-256, for which processors have instructions: twice as fast as BLAKE2b (LOG.md).
    """
    if isinstance(stored, np.ndarray):
        digest = hashlib.sha256(str(stored.shape).encode(), usedforsecurity=False)
        digest.update(np.ascontiguousarray(stored).data)
    else:
        digest = hashlib.sha256(stored, usedforsecurity=False)
    return digest.digest()[:16]


def fingerprint(data: Dataset, digests: Iterable[bytes]) -> str:
    """32 hexadecimal digits over ids, class names and contents, in order."""
    whole = hashlib.blake2b(digest_size=16)
    whole.update("\x1f".join(data.class_names).encode())
    for name, target, digest in zip(data.ids, data.targets, digests, strict=True):
        whole.update(f"\x1e{name}\x1f{written.spell_target(target)}\x1f".encode())
        whole.update(digest)
    return whole.hexdigest()

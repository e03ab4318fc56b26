"""Which small sources do tests of the later rooms use, so that they need no files?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from receta.data import image, image_formats
from receta.data.dataset import PARTS, Dataset, Images, content_digest


class Rows(Images):
    """A source of rows that are only named: enough to split and to count."""

    def __init__(
        self,
        targets: Sequence[int] | np.ndarray,
        *,
        ids: Sequence[str] | None = None,
        parts: Sequence[str] | None = None,
        groups: Sequence[str] | None = None,
        class_names: Sequence[str] | None = None,
    ) -> None:
        self.targets = np.asarray(targets, np.int64)
        self.ids = (
            list(ids) if ids is not None else [f"{row:06}.png" for row in range(len(self.targets))]
        )
        classes = int(self.targets.max(initial=-1)) + 1
        self.class_names = (
            tuple(class_names)
            if class_names is not None
            else tuple(f"c{i}" for i in range(classes))
        )
        self.parts, self.groups = parts, groups

    def raw(self, row: int) -> np.ndarray:
        """A picture of 2 x 2 that differs from row to row."""
        return np.frombuffer(int(row).to_bytes(4, "little"), np.uint8).reshape(2, 2, 1)

    def stamp(self) -> str:
        return f"{len(self)} rows"


class Folder(Images):
    """A plain reader of image folders: [part/]class/picture, groups by a pattern."""

    def __init__(self, folder: str | Path, group: str | None = None) -> None:
        self.folder = Path(folder)
        files = sorted(
            path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file()
        )
        self.ids = [path.as_posix() for path in files]
        self.class_names = tuple(sorted({path.parts[-2] for path in files}))
        self.targets = np.array(
            [self.class_names.index(path.parts[-2]) for path in files], np.int64
        )
        self.parts = [path.parts[0] if path.parts[0] in PARTS else "" for path in files]
        if group is not None:
            self.groups = [
                found[1] if (found := re.search(group, one)) else one for one in self.ids
            ]

    def raw(self, row: int) -> bytes:
        """The bytes of the file."""
        return (self.folder / self.ids[row]).read_bytes()

    def stamp(self) -> str:
        return str(self.folder)


class Arrays(Rows):
    """A source of pictures that are given: (height, width, channels) uint8 or bytes."""

    def __init__(
        self, pictures: Sequence[np.ndarray | bytes], targets: Sequence[int], **names: Sequence[str]
    ) -> None:
        super().__init__(targets, **names)
        self.pictures = list(pictures)

    def raw(self, row: int) -> np.ndarray | bytes:  # type: ignore[override]
        """The picture as it was given."""
        return self.pictures[row]


@dataclass
class FakePixels:
    """What audits read of receta.pixels.Pixels, decoded here and now at one small size."""

    data: Dataset
    size: tuple[int, int] = (8, 8)
    reasons: dict[int, str] = field(init=False, default_factory=dict)
    digests: np.ndarray = field(init=False)
    pixel_digests: np.ndarray = field(init=False)
    sizes: np.ndarray = field(init=False)
    formats: np.ndarray = field(init=False)
    n_bytes: np.ndarray = field(init=False)
    tints: np.ndarray = field(init=False)
    small: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        n = len(self.data.source)
        self.digests, self.pixel_digests = np.zeros(n, "S32"), np.zeros(n, "S32")
        self.sizes = np.zeros((n, 2), np.int32)
        self.formats, self.n_bytes, self.tints = (
            np.zeros(n, "S4"),
            np.zeros(n, np.int64),
            np.zeros(n, np.uint8),
        )
        self.small = np.zeros((n, *self.size, 3), np.uint8)
        for row in map(int, self.data.rows):
            stored = self.data.source.raw(row)
            self.digests[row] = content_digest(stored).hex().encode()
            if isinstance(stored, bytes):
                self.formats[row], self.n_bytes[row] = (
                    image_formats.format_of(stored).encode(),
                    len(stored),
                )
            try:
                whole = stored if isinstance(stored, np.ndarray) else image.decode(stored)
            except image.Unreadable as error:
                self.reasons[row] = str(error)
                continue
            small = image.resize(np.ascontiguousarray(whole), self.size, 3)
            self.pixel_digests[row] = content_digest(np.ascontiguousarray(small)).hex().encode()
            self.sizes[row] = whole.shape[:2]
            self.small[row] = small

    @property
    def decoded(self) -> np.ndarray:
        return np.array(
            [row for row in map(int, self.data.rows) if row not in self.reasons], np.int64
        )

    @property
    def shape(self) -> tuple[int, int, int]:
        return (*self.size, 3)

    def take(self, rows: np.ndarray) -> np.ndarray:
        return self.small[rows]

    def measured(self, name, measure, dtype, *, version=1, progress=None) -> np.ndarray:
        found = np.zeros(len(self.small), dtype)
        found[self.decoded] = measure(self.small[self.decoded])
        return found

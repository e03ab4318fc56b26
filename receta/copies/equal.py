"""Which rows hold the same picture, pixel by pixel; the same row of a table or the same text?"""

from __future__ import annotations

import weakref
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.copies.same_rows import made_by_chance, same_rows
from receta.data.dataset import Dataset, content_digest
from receta.data.image import Unreadable
from receta.probing.rows import labels, readable

if TYPE_CHECKING:
    from receta.pixels import Pixels

_POOLED = 4  # cells a side
_GREY = np.dtype([("grey", np.float32, (_POOLED**2,))])
_last: list[tuple[Any, bytes, tuple[list[list[int]], str]]] = []  # of the last view asked about
_NEAREST, _APART = 8, 6.0  # JPEGs looked at for a picture, within 1.5 of 255 in every cell


def equal_sets(data: Dataset, pixels: Pixels | None) -> tuple[list[list[int]], str]:
    """Sets of equal examples, and a remark where equal ones are no copies.

    Rows of few different values are equal by chance: then there are no sets.
    """
    return _find_equal(data, pixels) if pixels is not None else _remember(data)


def _remember(data: Dataset) -> tuple[list[list[int]], str]:
    """Sets of equal rows or texts; three audits and the split ask for those of one view."""
    rows = data.rows.tobytes()
    if _last and _last[0][0]() is data.source and _last[0][1] == rows:
        return _last[0][2]
    found = _find_equal(data, None)
    _last[:] = [(weakref.ref(data.source), rows, found)]
    return found


def _find_equal(data: Dataset, pixels: Pixels | None) -> tuple[list[list[int]], str]:
    sets = same_content(data, pixels)
    if not made_by_chance(data, sets):
        return sets, ""
    n = sum(len(same) for same in sets)
    return (
        [],
        f"{n} of {len(data)} rows equal another, as many as chance makes of so few different "
        "values",
    )


def find_twins(data: Dataset) -> list[list[int]]:
    """Sets of positions of rows that are equal and have one label, but not by chance."""
    label = labels(data)
    twins: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, same in enumerate(equal_sets(data, None)[0]):
        for position in same:
            twins[number, int(label[position])].append(position)
    return [same for same in twins.values() if len(same) > 1]


def same_content(data: Dataset, pixels: Pixels | None) -> list[list[int]]:
    """Sets of positions that hold the same picture, pixel by pixel; the same row or text.

    Found by the digests of the small cached pixels. Different files that agree there are
    decoded at their own size and compared, for two pictures may look alike when small.
    """
    if pixels is None:
        return same_rows(data)
    _, which, counts = np.unique(
        pixels.pixel_digests[data.rows], return_inverse=True, return_counts=True
    )
    alike: dict[object, list[int]] = defaultdict(list)
    for position in np.flatnonzero((counts[which] > 1) & readable(data, pixels)).tolist():
        alike[which[position], *pixels.sizes[data.rows[position]].tolist()].append(position)
    stored = pixels.digests[data.rows]
    sets = [
        confirmed
        for some in alike.values()
        for confirmed in _confirm(data, some, stored)
        if len(confirmed) > 1
    ]
    return _join(sets, _across_decoders(data, pixels))


def _across_decoders(data: Dataset, pixels: Pixels) -> list[tuple[int, int]]:
    """Pairs of a JPEG and a picture of another format that decode to the same pixels.

    JPEGs are brought to the small size while they are decoded, others afterwards, so their
    small pictures differ by a little: candidates are the nearest by 16 averages of grey.
    """
    known = readable(data, pixels)
    formats = pixels.formats[data.rows]
    jpegs, others = (
        np.flatnonzero(known & (formats == b"JPEG")),
        np.flatnonzero(known & (formats != b"JPEG") & (formats != b"")),
    )
    if not len(jpegs) or not len(others):
        return []
    from scipy.spatial import cKDTree

    pooled = pixels.measured("pooled", _pool, _GREY)["grey"]
    sizes = pixels.sizes[data.rows]
    _, near = cKDTree(pooled[data.rows[jpegs]]).query(
        pooled[data.rows[others]], k=min(_NEAREST, len(jpegs)), distance_upper_bound=_APART
    )
    pairs = []
    for other, found in zip(others.tolist(), near.reshape(len(others), -1), strict=True):
        for jpeg in jpegs[found[found < len(jpegs)]].tolist():
            try:
                if (sizes[jpeg] == sizes[other]).all() and np.array_equal(data[jpeg], data[other]):
                    pairs.append((jpeg, other))
            except Unreadable:  # readable when small only
                continue
    return pairs


def _pool(pictures: np.ndarray) -> np.ndarray:
    """(k,) records of 16 averages of grey in a grid of 4 x 4."""
    grey = pictures.mean(axis=3, dtype=np.float32)
    rows = np.array_split(grey, _POOLED, axis=1)
    cells = [
        part.mean(axis=(1, 2)) if part.size else np.zeros(len(grey), np.float32)
        for row in rows
        for part in np.array_split(row, _POOLED, axis=2)
    ]
    records = np.zeros(len(pictures), _GREY)
    records["grey"] = np.stack(cells, axis=1)
    return records


def _join(sets: list[list[int]], pairs: list[tuple[int, int]]) -> list[list[int]]:
    """The sets with those joined that a pair connects."""
    if not pairs:
        return sets
    of: dict[int, list[int]] = {position: same for same in sets for position in same}
    for one, other in pairs:
        first, second = of.setdefault(one, [one]), of.setdefault(other, [other])
        if first is not second:
            first += second
            of |= dict.fromkeys(second, first)
    return sorted({id(same): sorted(same) for same in of.values()}.values())


def _confirm(data: Dataset, alike: list[int], stored: np.ndarray) -> list[list[int]]:
    by_file: dict[bytes, list[int]] = defaultdict(list)
    for position in alike:
        by_file[stored[position]].append(position)
    if len(by_file) == 1:
        return [alike]
    by_picture: dict[bytes, list[int]] = defaultdict(list)
    for file, positions in by_file.items():
        try:
            picture = content_digest(data[positions[0]])
        except Unreadable:  # readable when small only: the same file may still be there twice
            picture = file
        by_picture[picture] += positions
    return [sorted(positions) for positions in by_picture.values()]


def link(some: list[int], others: list[int]) -> list[tuple[int, int]]:
    """As few pairs of one of each as name every position."""
    return [(one, others[0]) for one in some] + [(some[0], other) for other in others[1:]]

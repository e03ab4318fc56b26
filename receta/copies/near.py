"""Which name has each pair of near-copies: a leak, a conflict or a duplicate?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from receta import tasks
from receta.copies.alike import Alike, Link, alike
from receta.data.dataset import Dataset
from receta.probing.rows import labels, own_parts

if TYPE_CHECKING:
    from receta.pixels import Pixels

TURNED = ("mirrored", "rotated")
_NAMED = 200  # turned pairs that `show_distances` lists


@dataclass(frozen=True)
class Near:
    """Links by name; ends are positions, of exact copies in one part and label the first."""

    leaks: tuple[Link, ...]
    conflicts: tuple[Link, ...]
    duplicates: tuple[Link, ...]
    bound: float


def near(data: Dataset, pixels: Pixels) -> Near:
    """All near-copies of a view, each pair under one name.

    In two parts a leak, in one part with two labels a conflict, else a duplicate. A picture
    that is mirrored or rotated may well have another label (b and d, 6 and 9): such pairs
    have no name.
    """
    found = alike(data, pixels)
    parts = own_parts(data)
    label = labels(data)
    if not tasks.of(data.task).IS_COUNTED:
        label = np.zeros(len(data), np.int64)
    ends = {end: _cells(end, found, parts, label) for end in found.same}
    leaks, conflicts, duplicates = [], [], []
    for link in found.links:
        for one in ends[link.one]:
            for other in ends[link.other]:
                if label[one] != label[other] and link.how in TURNED:
                    continue
                earlier, later = sorted((one, other), key=lambda end: (parts[end], end))
                pair = Link(earlier, later, link.distance, link.how)
                if parts[one] != parts[other]:
                    leaks.append(pair)
                elif label[one] != label[other]:
                    conflicts.append(pair)
                else:
                    duplicates.append(pair)
    return Near(tuple(leaks), tuple(conflicts), tuple(duplicates), found.bound)


def _cells(end: int, found: Alike, parts: np.ndarray, label: np.ndarray) -> list[int]:
    """Of a picture's exact copies the first in each part and label."""
    first: dict[tuple[int, int], int] = {}
    for position in found.same[end]:
        first.setdefault((int(parts[position]), int(label[position])), position)
    return list(first.values())


def pairs_of(data: Dataset, links: tuple[Link, ...]) -> tuple[tuple[str, str], ...]:
    """The ids of links."""
    return tuple((data.ids[link.one], data.ids[link.other]) for link in links)


def ways(links: tuple[Link, ...]) -> str:
    """', of these 3 mirrored' and the like, or ''."""
    counts = Counter(link.how for link in links if link.how)
    named = " and ".join(f"{n} {how}" for how, n in sorted(counts.items()))
    return f", of these {named}" if named else ""


def show_distances(data: Dataset, links: tuple[Link, ...], bound: float) -> dict[str, Any]:
    """Distances for the report: the bound, the largest, how many in each way, and which are
    turned.
    """
    turned = [link for link in links if link.how in TURNED][:_NAMED]
    return {
        "distance_bound": bound,
        "largest_distance": max(link.distance for link in links),
        "ways": dict(sorted(Counter(link.how or "as it is" for link in links).items())),
        "turned": [[data.ids[link.one], data.ids[link.other], link.how] for link in turned],
    }

"""Which rows does a look at the data take in, and what are they called?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from receta.core.targets import counts
from receta.data.dataset import PARTS, Dataset

if TYPE_CHECKING:
    from receta.pixels import Pixels


def noun(data: Dataset) -> str:
    """What an example is called: images, rows, texts or windows."""
    return data.noun.units


def labels(data: Dataset) -> np.ndarray:
    """(n,) int64, equal where the targets are: classes, the same labels, or the same value."""
    axis = None if data.targets.ndim == 1 else 0
    _, which = np.unique(data.targets, axis=axis, return_inverse=True)
    return which.reshape(-1).astype(np.int64)


def readable(data: Dataset, pixels: Pixels | None) -> np.ndarray:
    """(n,) bool: which examples could be decoded; all that are no pictures."""
    if pixels is None:
        return np.ones(len(data), bool)
    return ~np.isin(data.rows, list(pixels.reasons))


def why_unread(data: Dataset, pixels: Pixels, *, cut: bool) -> dict[str, str]:
    """Reasons, by id, of pictures that end too early (cut), or that are unreadable otherwise."""
    bad = pixels.reasons
    reasons = {
        name: bad[row] for name, row in zip(data.ids, data.rows.tolist(), strict=True) if row in bad
    }
    return {name: reason for name, reason in reasons.items() if _is_cut(reason) == cut}


def _is_cut(reason: str) -> bool:
    # as data.image says it
    return reason.startswith("truncated") or "cut off before its header ends" in reason


def own_parts(data: Dataset) -> np.ndarray:
    """(n,) position in PARTS of the data's own part; 0 where none is said."""
    return np.array([PARTS.index(name) if name else 0 for name in data.parts], np.int64)


def training_counts(data: Dataset, pixels: Pixels | None) -> np.ndarray:
    """(classes,) readable examples outside own validation and test parts, of labels each.

    () with values.
    """
    kept = readable(data, pixels) & (own_parts(data) == 0)
    return counts(data.targets[kept], len(data.class_names))

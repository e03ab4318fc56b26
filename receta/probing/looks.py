"""How does every picture look: its brightness, what it holds, its edges and its colours?

Measured once for all audits of single pictures, on the small cached ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing.rows import readable

if TYPE_CHECKING:
    from receta.pixels import Pixels

# darkest, dark, light: brightness (0 to 255) below which 1, 5 and 99 % of the pixels lie; mean:
# their mean; burnt: how many of those that are not black are white; bits: entropy of the
# brightness; edge: what 99 % of the second differences stay below; coloured: share of pixels whose
# colours are further apart than GREY.
LOOKS = np.dtype(
    [
        ("darkest", "u1"),
        ("dark", "u1"),
        ("light", "u1"),
        ("mean", "f4"),
        ("burnt", "f4"),
        ("bits", "f4"),
        ("edge", "f4"),
        ("coloured", "f4"),
    ]
)
_BLACK, _WHITE = 16, 250  # of 255: BT.601's black, and white but for rounding
# of 255: `pixels.network_size` takes pictures for grey up to this gap, and rounding makes no larger
# one
GREY = 2
_SIDE = 96  # where edges are measured: bounds were set at the size that photos are kept at
_SHOWN = 100  # values a finding carries; all ids are named anyway
_LUMA = (77, 150, 29)  # BT.601 in 256ths


def looks(data: Dataset, pixels: Pixels) -> tuple[np.ndarray, np.ndarray]:
    """((k,) positions of the readable pictures, (k,) LOOKS of each)."""
    positions = np.flatnonzero(readable(data, pixels))
    return positions, pixels.measured("looks", measure, LOOKS, version=1)[data.rows[positions]]


def measure(chunk: np.ndarray) -> np.ndarray:
    """(k,) LOOKS of (k, height, width, channels) uint8."""
    found = np.zeros(len(chunk), LOOKS)
    if not chunk.size:
        return found
    n = chunk.shape[1] * chunk.shape[2]
    if chunk.shape[3] == 1:
        grey = np.ascontiguousarray(chunk[..., 0])
    else:
        # planes: ten times as fast to reckon with
        red, green, blue = np.ascontiguousarray(np.moveaxis(chunk, -1, 0))
        gap = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
        found["coloured"] = np.count_nonzero(gap > GREY, axis=(1, 2)) / n
        wide = red * np.uint16(_LUMA[0])
        wide += green * np.uint16(_LUMA[1])
        wide += blue * np.uint16(_LUMA[2])
        grey = (wide >> 8).astype(np.uint8)
    counts = np.array([np.bincount(one.reshape(-1), minlength=256) for one in grey])
    below = counts.cumsum(axis=1)
    for name, share in (("darkest", 0.01), ("dark", 0.05), ("light", 0.99)):
        found[name] = (below < share * n).sum(axis=1)
    found["mean"] = counts @ np.arange(256) / n
    found["burnt"] = counts[:, _WHITE:].sum(axis=1) / np.maximum(
        counts[:, _BLACK + 1 :].sum(axis=1), 1
    )
    shares = counts / n
    found["bits"] = (shares * np.log2(np.where(counts > 0, n / np.maximum(counts, 1), 1))).sum(
        axis=1
    )
    found["edge"] = _edges(grey)
    return found


def _edges(grey: np.ndarray) -> np.ndarray:
    """(k,) 99th percentile of the absolute Laplacian of (k, height, width) uint8."""
    # kept larger than usual, edges are softer: looked at from afar
    times = max(1, min(grey.shape[1:]) // (_SIDE - 16))
    values = grey.astype(np.int16)
    if times > 1:
        height, width = grey.shape[1] // times, grey.shape[2] // times
        cut = grey[:, : height * times, : width * times].reshape(-1, height, times, width, times)
        values = cut.mean((2, 4), dtype=np.float32).astype(np.int16)
    if min(values.shape[1:]) < 3:
        return np.full(len(grey), 255)
    steep = values[:, 1:-1, 1:-1] << 2
    for side in (
        values[:, :-2, 1:-1],
        values[:, 2:, 1:-1],
        values[:, 1:-1, :-2],
        values[:, 1:-1, 2:],
    ):
        steep -= side
    np.minimum(np.abs(steep, out=steep), 255, out=steep)
    plain = steep.astype(np.uint8).reshape(len(steep), -1)
    below = np.array([np.bincount(one, minlength=256).cumsum() for one in plain])
    return (below < 0.99 * plain.shape[1]).sum(axis=1)


@dataclass(frozen=True)
class Spoilt:
    """The pictures that an audit names: (k,) positions, (k,) numbers or words of each, and what
    those are.
    """

    positions: np.ndarray
    values: np.ndarray
    what: str


def finding(
    check: str, data: Dataset, spoilt: Spoilt, *, expected: str, advice: str
) -> list[Finding]:
    """The one finding of an audit of single pictures."""
    if not len(spoilt.positions):
        return [Finding(check, "ok", 0, "images", expected)]
    ids = tuple(data.ids[position] for position in spoilt.positions.tolist())
    shown = {
        name: value if isinstance(value, str) else round(float(value), 3)
        for name, value in zip(ids[:_SHOWN], spoilt.values.tolist()[:_SHOWN], strict=True)
    }
    where = f"{len(ids)} of {len(data)}; the first is {ids[0]}: {spoilt.what} {shown[ids[0]]}"
    return [
        Finding(check, "warn", len(ids), "images", expected, where, ids, advice=advice, shown=shown)
    ]

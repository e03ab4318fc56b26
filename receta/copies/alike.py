"""Which pictures are near-copies of each other, in which way, and by which bound?"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from receta.copies import thumbs
from receta.copies.aligned import FARTHEST, align_places, distances, measure_in_view, place_of
from receta.copies.candidates import candidates
from receta.copies.equal import same_content
from receta.core import disk
from receta.core.errors import RecetaError
from receta.data.dataset import Dataset
from receta.probing.rows import readable

if TYPE_CHECKING:
    from receta.pixels import Pixels

# pixels; a smaller picture is too coarse to tell a mirrored copy from another drawing
SMALLEST_TURNED = 32
SMALLEST_CROPPED = 24
# of fewer pixels all of a kind are alike, and only copies saved anew can be told
SMALLEST_COMPARED = 24
# Where twice the distance holds so many times more pairs, the bound does not lie in a gap between
# copies and others, but in the midst of pictures that are alike by nature (Fashion-MNIST): there it
# is drawn in until it does.
MOST_GROWTH = 3.0
# copies saved anew by JPEG at quality 50 lie below it (median 0.003 to 0.005; LOG.md)
STRICTEST = FARTHEST / 16
# pairs beyond a bound, as shares of the pictures: so few say nothing, so many are the rule
STRAYS, CROWD = 0.002, 0.05
_TRIED = 2  # candidates of a picture that are aligned before they are given up
_WORTH_ALIGNING = 0.75
_VERSION = 1  # of what is found: raised when the search changes, so that kept results give way


@dataclass(frozen=True)
class Link:
    """Two positions whose pictures are near-copies; `how` is '', cropped, mirrored, rotated."""

    one: int
    other: int
    distance: float
    how: str


@dataclass(frozen=True)
class Alike:
    """What was found: links between positions, and the distance that bounds them.

    same: by a position that stands in links, those of all its exact copies, itself first.
    """

    links: tuple[Link, ...]
    bound: float
    same: Mapping[int, Sequence[int]]


@dataclass(frozen=True)
class _Pictures:
    """What is searched; equal when the pictures are, whatever their names and labels."""

    digest: bytes
    data: Dataset = field(compare=False)
    pixels: Pixels = field(compare=False)


def alike(data: Dataset, pixels: Pixels) -> Alike:
    """Near-copies among the readable pictures of a view, exact copies apart.

    Of pictures that are the same pixel by pixel the first stands for all. Three audits
    ask, one search answers.
    """
    rows = data.rows
    digest = hashlib.blake2b(rows.tobytes(), digest_size=16)
    digest.update(np.ascontiguousarray(pixels.digests[rows]).tobytes())
    digest.update(np.ascontiguousarray(pixels.pixel_digests[rows]).tobytes())
    digest.update(repr(pixels.shape).encode())
    return _alike(_Pictures(digest.digest(), data, pixels))


@functools.lru_cache(maxsize=1)
def _alike(pictures: _Pictures) -> Alike:
    """The search, or what an earlier one in this cache has found in the same pictures."""
    path = disk.cache_root() / "alike" / f"{pictures.digest.hex()}-{_VERSION}.json"
    # none, or damaged: searched anew
    with contextlib.suppress(RecetaError, ValueError, KeyError, TypeError):
        kept = disk.read_json(path)
        links = tuple(
            Link(int(one), int(other), float(distance), str(how))
            for one, other, distance, how in kept["links"]
        )
        return Alike(links, float(kept["bound"]), {end: ends for end, *ends in kept["same"]})
    found = _search(pictures.data, pictures.pixels)
    with contextlib.suppress(RecetaError):  # a full disk: no loss but time
        disk.write_json(
            path,
            {
                "links": [(link.one, link.other, link.distance, link.how) for link in found.links],
                "bound": float(found.bound),
                "same": [(int(end), *map(int, ends)) for end, ends in found.same.items()],
            },
            indent=None,
        )
    return found


def _search(data: Dataset, pixels: Pixels) -> Alike:
    looked_at = readable(data, pixels)
    same = {first: [first, *copies] for first, *copies in same_content(data, pixels)}
    for first in same:
        looked_at[same[first][1:]] = False
    small = thumbs.thumbs(pixels)
    looked_at &= thumbs.contrast(small)[data.rows] >= thumbs.FAINTEST
    positions = np.flatnonzero(looked_at)
    small = small[data.rows[positions]]
    own = min(pixels.shape[:2])
    pairs, views, names = candidates(
        small, turns=own >= SMALLEST_TURNED, crops=own >= SMALLEST_CROPPED
    )
    far = _compare(small, pairs, views, names)
    bound = _in_a_gap(far, len(small)) if own >= SMALLEST_COMPARED else STRICTEST
    near = np.flatnonzero(far <= bound)
    ends = np.sort(positions[pairs[near]], axis=1)
    links = [
        Link(one, other, round(distance, 4), names[view].name)
        for (one, other), distance, view in zip(
            ends.tolist(), far[near].tolist(), views[near].tolist(), strict=True
        )
    ]
    linked = {end for link in links for end in (link.one, link.other)}
    return Alike(
        tuple(sorted(links, key=lambda link: (link.one, link.other))),
        bound,
        {end: same.get(end, [end]) for end in linked},
    )


def _compare(
    small: np.ndarray, pairs: np.ndarray, views: np.ndarray, names: list[thumbs.View]
) -> np.ndarray:
    """(m,) distance of every pair of candidates, in its view, aligned where that helps."""
    far = np.full(len(pairs), 2, np.float32)
    for number, view in enumerate(names):
        for some in _pieces(np.flatnonzero(views == number)):
            far[some] = measure_in_view(
                small[pairs[some, 0]],
                small[pairs[some, 1]],
                thumbs.WHOLE if view in thumbs.HALVES else view,
            )
    if small.shape[1] < SMALLEST_CROPPED or _is_crowded(far, len(small)):
        return far
    by_half = np.array([view in thumbs.HALVES for view in names])[views]
    nearest = _first_of_each(
        pairs, np.flatnonzero((far > FARTHEST / 2) & (far < _WORTH_ALIGNING)), far
    )
    # A bright mark on a dark picture hides how near the rest is: there the order of the halves'
    # spectra tells.
    marked = _first_of_each(
        pairs, np.flatnonzero((far > FARTHEST / 2) & by_half), np.arange(len(pairs))
    )
    places = np.array(
        [place_of(thumbs.WHOLE if view in thumbs.HALVES else view) for view in names], np.float32
    )[views]
    turns = np.array([view.turn for view in names])[views]
    for which, align in ((np.union1d(nearest, marked), False), (nearest, True)):
        for turn in np.unique(turns[which]):
            for some in _pieces(which[(turns[which] == turn) & (far[which] > FARTHEST / 2)]):
                one, other = (
                    thumbs.turn_pictures(small[pairs[some, 0]], int(turn)),
                    small[pairs[some, 1]],
                )
                # As they lie whole, too: a watermark may look like a crop.
                place = (
                    align_places(one, other, places[some])
                    if align
                    else np.repeat(place_of(thumbs.WHOLE)[None], len(some), axis=0)
                )
                far[some] = np.minimum(far[some], distances(one, other, place))
    return far


def _pieces(which: np.ndarray) -> list[np.ndarray]:
    """Pairs in pieces of 8192, of which the pictures fill 38 MB."""
    return [which[start : start + 8192] for start in range(0, len(which), 8192)]


def _first_of_each(pairs: np.ndarray, which: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Of some pairs the first few of every first picture, in the order of a measure."""
    order = which[np.lexsort((by[which], pairs[which, 0]))]
    one = pairs[order, 0]
    return order[np.arange(len(order)) - np.searchsorted(one, one) < _TRIED]


def _is_crowded(far: np.ndarray, n: int) -> bool:
    """Whether pairs are many and grow with every doubling of the distance.

    As they do where all are alike by nature: aligned they would only be more so.
    """
    counts = [int(np.count_nonzero(far <= bound)) for bound in FARTHEST * 2.0 ** np.arange(-1, 3)]
    grows = all(more > MOST_GROWTH * fewer for fewer, more in itertools.pairwise(counts))
    return grows and counts[2] > CROWD * n


def _in_a_gap(far: np.ndarray, n: int) -> float:
    """The largest distance up to FARTHEST around which pairs are few."""
    ascending = np.sort(far)
    for bound in np.geomspace(FARTHEST, STRICTEST, 9):
        inside, about = np.searchsorted(ascending, [bound, 2 * bound], side="right")
        if about - inside <= max(3, STRAYS * n, (MOST_GROWTH - 1) * inside):
            return round(float(bound), 4)
    return STRICTEST

"""Which range of values do the files of pictures use, and on what do transparent ones lie?

A sample of the files tells whether any has more than 8 bits; then all are looked at, once:
the highest value of all decides, and is kept in the cache.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from receta.core import disk
from receta.core.errors import RunError
from receta.core.progress import Progress
from receta.core.scale import OVERSHOOT, USUAL, WHITES, Scale, find_white, read_as
from receta.data import image
from receta.data.dataset import Images
from receta.sources.blocks.stack import Stack

VERSION = 1  # of what is kept: raise it when it changes
# files of a data set: of a kind that one in fifty has, one is among them in 98 of 100 cases
_SAMPLED = 200
_SMALL = 16  # of 255: what is brighter is a picture of 8 bits, if a dark one
_FULL = 16_384  # from this value on nothing but 16 bits fits


def settle(sources: Sequence[Images], progress: Progress) -> None:
    """Give sources that belong together the one scale that fits all their files, with a note of
    it.
    """
    every = [source for source in sources if source.kind == "images"]
    _settle_small(every)
    sample = [
        content
        for source in every
        for content in _contents(source, max(1, len(source) // _SAMPLED))
    ]
    seen = [_traits(content) for content in sample]
    deep, transparent = any(one[0] for one in seen), any(one[1] for one in seen)
    if not deep and not transparent:
        return
    key = f"{VERSION}{image.DECODER_VERSION}{[source.stamp() for source in every]}"
    path = (
        disk.cache_root()
        / "ranges"
        / f"{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}.json"
    )
    known = _read_ranges(path)
    if known is None:
        known = {
            **(_find_ranges(every, progress) if deep else {}),
            **(_grounds(sample) if transparent else {}),
        }
        disk.write_json(path, known)
    scale, notes = _tell_scale(known)
    for source in every:
        source.scale = dataclasses.replace(scale, arrays=source.scale.arrays)
    every[0].notes = [*every[0].notes, *notes]


def _settle_small(sources: Sequence[Images]) -> None:
    """Arrays of bytes whose highest value of all is that of a mask or of a few grey levels use
    these as 0 to 255.
    """
    stacks = [source for source in sources if isinstance(source, Stack) and not source.scale.arrays]
    most = 0
    for stack in stacks:
        most = max(most, stack.highest(_SMALL))
        if most > _SMALL:
            return
    if stacks and most and len(stacks) == len(sources):
        for stack in stacks:
            stack.scale, stack.small_range = Scale(arrays=find_white(most)), True
        stacks[0].notes = [
            *stacks[0].notes,
            f"pixels whose highest value of all is {most}: read as {read_as(find_white(most))}",
        ]


def _contents(source: Images, step: int) -> Iterator[bytes]:
    """Encoded files of every so many rows; none of arrays, and none that cannot be read."""
    for row in range(0, len(source), step):
        try:
            stored = source.raw(row)
        except image.Unreadable:
            continue
        if isinstance(stored, np.ndarray):
            return
        yield stored


def _traits(content: bytes) -> tuple[bool, bool]:
    try:
        return image.traits(content)
    except image.Unreadable:
        return False, False


def _tell_scale(known: dict[str, list[float]]) -> tuple[Scale, list[str]]:
    """What follows from the lowest and highest values and from transparent pictures, and the
    lines that say so.
    """
    scale, notes = USUAL, []
    if "whole" in known:
        low, high = known["whole"]
        scale = Scale(white=find_white(high))
        # all above is one to what follows, and not looked for
        top = f"{high:g}" if high < _FULL else f"{_FULL} or more"
        notes.append(
            f"pictures of more than 8 bits, whose highest value is {top}: read as "
            f"{read_as(scale.white)}"
        )
        if low < 0 or high > WHITES[-1]:
            notes[-1] = (
                f"pictures of more than 8 bits with values from {low:g} to {high:g}: those "
                "beyond 0 to 65535 are left out"
            )
    if "floats" in known:
        low, high = known["floats"]
        unit = high <= 1 + OVERSHOOT and low >= -OVERSHOOT
        scale = dataclasses.replace(scale, floats=1 if unit else 255)
        beyond = ", what lies beyond is cut off" if unit and (low < 0 or high > 1) else ""
        notes.append(
            f"pictures of floating numbers from {low:.8g} to {high:.8g}: read as 0 to "
            f"{scale.floats}{beyond}"
        )
    light, n = known.get("light", (0, 0))
    if light:
        seen = (
            "every transparent picture"
            if light == n
            else f"{light:g} of {n:g} transparent pictures"
        )
        over = (
            "transparency is laid over black"
            if light > n / 2
            else "those are laid over black, the others over white"
        )
        scale = dataclasses.replace(scale, ground=0 if light > n / 2 else 255)
        notes.append(f"{seen} that was looked at would be blank on white: {over}")
    return scale, notes


def _read_ranges(path: os.PathLike[str]) -> dict[str, list[float]] | None:
    try:
        found = disk.read_json(path)  # type: ignore[arg-type]
    except RunError:
        return None
    pairs = found.values() if isinstance(found, dict) else [None]
    return (
        found
        if all(
            isinstance(one, list) and [type(value) for value in one] == [float, float]
            for one in pairs
        )
        else None
    )


def _find_ranges(sources: Sequence[Images], progress: Progress) -> dict[str, list[float]]:
    """Lowest and highest value by kind.

    Ends early once nothing can change what follows from them.
    """
    found: dict[str, list[float]] = {}
    lock, full = threading.Lock(), threading.Event()

    def look(source: Images, row: int) -> int:
        if full.is_set():
            return 1
        try:
            stored = source.raw(row)
            one = None if isinstance(stored, np.ndarray) else image.value_range(stored)
        except image.Unreadable:
            return 1
        if one is not None:
            kind, low, high = one
            with lock:
                before = found.get(kind, [np.inf, -np.inf])
                if np.isfinite([low, high]).all():
                    found[kind] = [min(before[0], float(low)), max(before[1], float(high))]
                if set(found) == {"whole"} and _FULL <= found["whole"][1] <= WHITES[-1]:
                    full.set()
        return 1

    n = sum(map(len, sources))
    with (
        progress.bar("looking at values", n, "images") as bar,
        ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool,
    ):
        for source in sources:
            for done in pool.map(look, [source] * len(source), range(len(source))):
                bar.advance(done)
    return found


def _grounds(sample: Sequence[bytes]) -> dict[str, list[float]]:
    """How many transparent pictures would be blank on white, and how many there are."""
    grounds = []
    for content in sample:
        try:
            grounds.append(image.ground_of(content) if image.traits(content)[1] else None)
        except image.Unreadable:
            continue
    return {
        "light": [float(grounds.count(0)), float(sum(ground is not None for ground in grounds))]
    }

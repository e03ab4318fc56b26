"""Which pictures stand there more than once, nearly the same, under one label?"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from receta.audits.made_up import tiny_folders
from receta.copies.alike import Link
from receta.copies.grouping import grouping
from receta.copies.near import near, pairs_of, show_distances, ways
from receta.core.finding import Finding
from receta.data.dataset import PARTS, Dataset

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "duplicate"
QUESTION = "Are there pictures that are nearly the same?"
FINDS = "near-copies within a part; where many are, it says which `--group` keeps them together"
WARNS = "any"
UNIT = "images"
SECONDS_EACH = 0.8e-3  # of the search that near_* share: 55 s for Fashion-MNIST (LOG.md)
BOUND = 0  # a copy adds little, and a split may put it into the test part
# From here on it is no accident of collecting, but how the pictures came about: takes of a scene,
# frames of a film.
# Of five pictures that a split draws for the test part, one then has a near-copy in train.
MANY = 0.2
_NUMBER = re.compile(r"[0-9]+")


def near_duplicate(data: Dataset, pixels: Pixels) -> list[Finding]:
    """The same picture saved anew, resized, cropped, brighter, marked or turned.

    Inside one part, with one label. Measured, and in `ids`: as few pictures as must go so
    that no two near-copies are left. `pairs`: (one that stays, its near-copy): each was
    compared itself, so no chain of small steps joins what differs. Pictures that are equal
    pixel by pixel are `duplicate`. Near-copies within a group, where groups are named, are
    kept together by every split, and are no finding.
    """
    found = near(data, pixels)
    links = found.duplicates
    inside = 0
    if data.groups is not None:
        across = tuple(link for link in links if data.groups[link.one] != data.groups[link.other])
        inside, links = len(links) - len(across), across
    together = (
        f"{inside} pairs of near-copies lie within groups, and stay together" if inside else ""
    )
    if not links:
        return [Finding("near_duplicate", "ok", 0, UNIT, str(BOUND), together)]
    copies = _copies(links)
    concerned = {end for link in links for end in (link.one, link.other)}
    share = len(concerned) / len(data)
    n_sets = len({link.one for link in copies})
    copy = "near-copy" if len(copies) == 1 else "near-copies"
    where = (
        f"{len(copies)} {copy} of {n_sets} image{'s' * (n_sets > 1)}, out of "
        f"{len(data)}{ways(copies)}"
    )
    if share >= MANY:
        where += f"; {share:.0%} of all images have a near-copy"
    if together:
        where += f"; {together}"
    return [
        Finding(
            "near_duplicate",
            "warn",
            len(copies),
            UNIT,
            str(BOUND),
            where,
            tuple(data.ids[link.other] for link in copies),
            pairs_of(data, copies),
            _advice(data, links, share),
            {**show_distances(data, copies, found.bound), "share": round(share, 4)},
        )
    ]


def _copies(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """(one that stays, its copy): every picture stays that is no near-copy of one that stays.

    In the order of positions, each copy with the nearest of those that stay before it.
    """
    before: dict[int, list[Link]] = defaultdict(list)
    for link in links:
        before[link.other].append(link)
    gone: dict[int, Link] = {}
    for copy in sorted(before):
        staying = [link for link in before[copy] if link.one not in gone]
        if staying:
            gone[copy] = min(staying, key=lambda link: (link.distance, link.one))
    return tuple(gone.values())


def _advice(data: Dataset, links: tuple[Link, ...], share: float) -> str:
    if share < MANY or data.groups is not None:
        return (
            "A split may put one of them into train and the other into test. Look at the pairs, "
            "and leave the copies "
            "out (receta clean --fix near_duplicate)."
        )
    leak = "They are takes of the same, and a random split would leak them into the test part"
    pattern = grouping(data, [(link.one, link.other) for link in links])
    # rows: none says of what it is a take
    if not pattern and len({_NUMBER.sub("", name, count=1) for name in data.ids}) <= len(PARTS):
        return (
            f"{leak}: leave the copies out (receta clean --fix near_duplicate), or name a "
            "test part of other takes (--test)."
        )
    say = (
        f"--group '{pattern}'"
        if pattern
        else "--group REGEX (which finds in every id whose picture it is, or of which scene)"
    )
    return (
        f"{leak}: keep takes together with {say}, or leave the copies out (receta clean --fix "
        "near_duplicate)."
    )


def innocent(folder: Path) -> str:
    """Write different pictures, an exact copy, and a near-copy in the test part."""
    return tiny_folders.write_scaled(
        folder,
        {
            "train/cat/1.png": (1, 1),
            "train/cat/again.png": (1, 1),
            "train/dog/1.png": (2, 1),
            "train/dog/2.png": (3, 1),
            "test/cat/9.png": (1, 0.8),
            "test/dog/1.png": (4, 1),
        },
    )


def culprit(folder: Path) -> str:
    """Write a picture that stands there thrice, each time a little darker."""
    return tiny_folders.write_scaled(
        folder,
        {
            "cat/1.png": (1, 1),
            "cat/2.png": (1, 0.9),
            "cat/3.png": (1, 0.8),
            "dog/1.png": (2, 1),
            "dog/2.png": (3, 1),
        },
    )

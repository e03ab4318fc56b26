"""Which files do the names in a list mean, written as they are, and why are some not there?

A name is sought as it stands, below the list's folder. Where it is not there, what people and
programs do to paths is undone: backslashes, another case, %20, absolute paths, the folders of
another machine, names alone, a lost suffix, lost zeros. Only files below the list's folder are
ever meant, and only where one alone fits.
"""

from __future__ import annotations

import functools
import os
import re
import unicodedata
import urllib.parse
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from receta.core import naming
from receta.data import files
from receta.sources.lists.path_tails import (
    common_tail,
    find_inside,
    is_below,
    longest_tails,
    parts_in,
    usual_folder,
)
from receta.sources.trees.picture_names import fold, is_picture, stem_of

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_DRIVE = re.compile(r"[A-Za-z]:/")
_LEAST_SHARE = 0.1  # of all names must have lost the same folders in front
_MOST_PLACES = 20
# How a name differs from the file's, as it is told.
SLASHES, CODED = "backslashes for slashes", "URL-encoded"
INSIDE, MOVED, BELOW = (
    "absolute paths inside of the folder",
    "other folders in front",
    "the files lie some folders down",
)
TIED = "of several folders the one that is called as those of pictures are"
CASE, ACCENTS, BARE, ZEROS = (
    "other case",
    "accents in another Unicode form",
    "without their suffix",
    "without the zeros in front",
)
Kind = Literal["absent", "nameless", "outside", "address", "several", "suffix"]


@dataclass(frozen=True)
class Match:
    """The file that a name means, relative to the list's folder, or why there is none."""

    path: str = ""
    ways: tuple[str, ...] = ()  # how the name differs
    why: str = ""
    kind: Kind = "absent"  # of why
    lost: str | None = (
        None  # folders that were taken away in front, '' where some were only put there
    )
    put: str = ""


class Files:
    """The files below a folder; they are only listed once a name is not there as it stands."""

    def __init__(self, here: str) -> None:
        self.here = here

    def is_there(self, path: str) -> bool:
        """Whether there is a file at a path, relative to the folder."""
        try:
            return bool(path) and os.path.isfile(os.path.join(self.here, path))
        except ValueError:  # a null byte
            return False

    def find(self, written: str) -> Match:
        """The file that a written name means; each step undoes one thing more."""
        name = written.strip()
        if not name or "\0" in name:
            return Match(why="has no file name", kind="nameless")
        direct = os.path.normpath(name)
        if is_below(direct) and self.is_there(direct):
            return Match(direct)
        if _ADDRESS.match(name) and not name.startswith("file:"):
            return Match(why=f"names the address {_show_name(name)}, no file", kind="address")
        name, ways = self._plain(name)
        if name.startswith(".."):
            why = f"names {_show_name(written)}, which lies outside of the list's folder"
            return Match(why=why, kind="outside")
        if not os.path.isabs(name) and self.is_there(name):
            return Match(name, ways)
        return self._near(written, name, ways)

    def _plain(self, name: str) -> tuple[str, tuple[str, ...]]:
        """A name with slashes, decoded, relative where it lies inside."""
        ways: list[str] = []
        if name.startswith("file://"):
            name = name.removeprefix("file://")
        if "\\" in name:
            name = name.replace("\\", "/")
            ways.append(SLASHES)
        if re.search("%[0-9A-Fa-f]{2}", name):
            name = urllib.parse.unquote(name)
            ways.append(CODED)
        if name.startswith("/"):
            inside = find_inside(name, self.here)
            if inside:
                return inside, (*ways, INSIDE)
        name = os.path.normpath(name)
        return name, tuple(ways)

    def _near(self, written: str, name: str, ways: tuple[str, ...]) -> Match:
        """The one file whose path ends as the name does, in any case, with or without its
        suffix.
        """
        index = self._index
        steps = [step for step in _DRIVE.sub("/", name).split("/") if step and step != "~"]
        if not steps:
            return Match(why=f"names {_show_name(written)}, which is no file")
        last = fold(steps[-1])
        found = index.by_name.get(last, [])
        how: tuple[str, ...] = ()
        if not found and not is_picture(last):
            found, how = index.by_stem.get(last, []), (BARE,)
            number = re.fullmatch(r"([0-9]+)(?:\.0)?", last)
            if not found and number:
                found, how = index.by_number.get(int(number[1]), []), (BARE, ZEROS)
        elif not found:
            stem, dot, suffix = last.rpartition(".")
            if dot and stem.isdecimal() and stem.isascii():
                found = [
                    at
                    for at in index.by_number.get(int(stem), [])
                    if fold(index.paths[at]).endswith(f".{suffix}")
                ]
                how = (ZEROS,)
        is_rooted = os.path.isabs(name) or bool(_DRIVE.match(name))
        if not found and is_rooted:
            return _strange(written)
        if not found:
            return self._absent(written, steps)
        best = longest_tails([index.paths[at] for at in found], steps[:-1])
        if len(best) > 1 and (usual := usual_folder(best)):
            best, ways = [usual], (*ways, TIED)
        if len(best) > 1:
            both = naming.first_few(map(naming.printable, sorted(best)), 2)
            why = f"names {_show_name(written)}, which fits {len(best)} files ({both})"
            return Match(why=why, kind="several")
        return self._match(best[0], steps, ways + how, is_rooted=is_rooted)

    def _match(
        self, path: str, steps: list[str], ways: tuple[str, ...], *, is_rooted: bool
    ) -> Match:
        there = path.split("/")
        n = (
            common_tail(there, steps)
            if not {BARE, ZEROS} & {*ways}
            else 1 + common_tail(there[:-1], steps[:-1])
        )
        before, put = "/".join(steps[:-n]), "/".join(there[:-n])
        same = list(zip(there[-n:], steps[-n:], strict=True))
        if BARE in ways or ZEROS in ways:
            same.pop()
        odd = [(one, other) for one, other in same if one != other]
        if odd:
            nfc = all(
                unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
                for one, other in odd
            )
            ways += (ACCENTS if nfc else CASE,)
        if before or is_rooted:
            # pictures of training are not to be had from those for testing
            if put and parts_in(before) != parts_in(put):
                return Match(
                    why=f"names {_show_name('/'.join(steps))}, but only {_show_name(path)} is there"
                )
            return Match(path, (*ways, MOVED), lost=f"/{before}" if is_rooted else before, put=put)
        return Match(path, (*ways, BELOW), lost="", put=put) if put else Match(path, ways)

    def _absent(self, written: str, steps: list[str]) -> Match:
        stem = stem_of(fold(steps[-1]))
        other = self._index.by_stem.get(stem, [])
        if other and len(stem) < len(steps[-1]):
            there = _show_name(self._index.paths[other[0]])
            return Match(
                why=f"names {_show_name(written)}, but {there} has another suffix", kind="suffix"
            )
        return Match(why=f"names {_show_name(written)}, which is not there")

    @functools.cached_property
    def _index(self) -> _Index:
        return _Index(files.walk(self.here).pictures)


class _Index:
    """Pictures by what may be left of their names."""

    def __init__(self, paths: list[str]) -> None:
        self.paths = paths
        self.by_name: dict[str, list[int]] = defaultdict(list)
        self.by_stem: dict[str, list[int]] = defaultdict(list)
        self.by_number: dict[int, list[int]] = defaultdict(list)
        for at, path in enumerate(paths):
            name = fold(path.rpartition("/")[2])
            stem = stem_of(name)
            self.by_name[name].append(at)
            self.by_stem[stem].append(at)
            if stem.isdecimal() and stem.isascii():
                self.by_number[int(stem)].append(at)


@dataclass(frozen=True)
class Found:
    """The file of every name of a column, and how most of them had to be read."""

    matches: list[Match]
    told: str  # how the names are written, '' for as they stand
    missing: list[int]  # positions of those without a file


def find_files(below: Files, names: Sequence[str]) -> Found:
    """The file of every name; folders in front are taken away only where many have lost them.

    A single path that ends like another file says nothing: it is missing.
    """
    matches = [below.find(name) for name in names]
    usual = _usual(names, matches)
    matches = [
        _strange(name) if match.lost is not None and match.lost not in usual else match
        for name, match in zip(names, matches, strict=True)
    ]
    ways = Counter(way for match in matches if match.path for way in match.ways)
    told = ", ".join(_in_words(way, matches) for way, _ in ways.most_common())
    return Found(matches, told, [at for at, match in enumerate(matches) if not match.path])


def _in_words(way: str, matches: Sequence[Match]) -> str:
    """How names are written, with the folders that were taken away or put in front."""
    if way == MOVED:
        return (
            f"{way}: {_show_name(next(match.lost or '' for match in matches if way in match.ways))}"
        )
    places = {match.put for match in matches if way in match.ways}
    return (
        f"the files lie in {_show_name(places.pop())}" if way == BELOW and len(places) == 1 else way
    )


def _usual(names: Sequence[str], matches: Sequence[Match]) -> set[str]:
    """Folders in front whose names are mostly found without them."""
    lost = Counter(match.lost for match in matches if match.lost is not None)
    as_they_stand = sum(bool(match.path) and match.lost is None for match in matches)
    if not lost or 2 * as_they_stand >= len(matches):
        return set()
    plain = ["/" + _DRIVE.sub("/", name.strip().replace("\\", "/")).lstrip("/") for name in names]
    usual = set()
    for before, n in lost.most_common(_MOST_PLACES):
        start = f"/{before.strip('/')}/" if before.strip("/") else "/"
        begin = sum(name.startswith(start) for name in plain) - (
            as_they_stand if start == "/" else 0
        )
        if 2 * n > begin and n >= _LEAST_SHARE * len(names):
            usual.add(before)
    return usual


def _strange(written: str) -> Match:
    """Why a name is missing that only ends as a file does."""
    name = written.strip().replace("\\", "/")
    if os.path.isabs(name) or _DRIVE.match(name):
        why = f"names {_show_name(written)}, which lies outside of the list's folder"
        return Match(why=why, kind="outside")
    return Match(why=f"names {_show_name(written)}, which is not there")


def _show_name(name: str) -> str:
    return repr(naming.printable(name.strip()[:80]))

"""Which files below a folder are pictures, and what is passed over?

A file is a picture by its suffix, or by its first bytes whatever it is called. What a person
would take for a picture and receta does not read is named with the reason; all else is
counted by suffix. Folders that receta wrote itself are no data, wherever they lie.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from receta.core import disk
from receta.core.amounts import counted as counted
from receta.core.errors import InputError
from receta.data import image_formats
from receta.data.own_folders import MANIFESTS, MOST_MANIFEST, written_by_receta
from receta.data.unread_files import (
    ARCHIVES,
    PHOTOS,
    RAW,
    Unread,
    ending_of,
    spell_odd,
    suffix,
    why_unread,
)

MOST_FILES = 2_000_000  # 1 GB of names (LOG.md); ImageNet has 1.3 million pictures
MOST_DEPTH = 64  # folders inside each other
MOST_LINKS = 8  # symbolic links to folders inside each other
MOST_LINKED = 100_000  # folders reached through links: links that lead to each other multiply
_JUNK = frozenset(
    {
        "__macosx",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "@eadir",
        "$recycle.bin",
        "__pycache__",
        "lost+found",
    }
)
LISTS = (".csv", ".tsv")


@dataclass
class Found:
    """What lies below a folder or in an archive; paths with '/'.

    odd: pictures whose name does not say so, by how the name ends. others: other files, by suffix.
    folders: all of them. ours: folders that receta wrote, and what they are. root: what the folder
    itself is of receta's. loops, outside: links that are not, and that are followed.
    """

    pictures: list[str] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    odd: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    archives: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    # folders that hold some file of any kind, themselves
    filled: set[str] = field(default_factory=set)
    ours: list[tuple[str, str]] = field(default_factory=list)
    root: str = ""
    loops: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def add(self, path: str, head: Callable[[], bytes]) -> bool:
        """Sort a file in; whether it is a picture. head: its first MAGIC_BYTES, asked for only
        if needed.
        """
        folder, _, name = path.rpartition("/")
        self.filled.add(folder)
        ending = ending_of(name)
        if ending in image_formats.SUFFIXES:
            self.pictures.append(path)
            return True
        first = b"" if ending in RAW else head()
        kind = image_formats.format_of(first)
        if image_formats.is_readable(kind):
            self.pictures.append(path)
            if PHOTOS.get(ending) != kind:
                self.odd[spell_odd(name)] += 1
            return True
        unread = why_unread(path, name.lower(), ending, kind, first)
        if unread is not None:
            self.unread.append(unread)
            return False
        self.others[suffix(name)] += 1
        if ending in ARCHIVES:
            self.archives.append(path)
        elif ending in LISTS:
            self.lists.append(path)
        return False

    def notes(self) -> list[str]:
        """What was passed over or taken for something, one line each."""
        said = []
        if self.odd:
            said.append(
                "known by their first bytes, not by their names: "
                f"{counted(self.odd.total(), 'pictures')} ({by_count(self.odd)})"
            )
        if self.others:
            more = (
                f"; {', '.join(map(repr, self.archives[:2]))} was not opened"
                if self.archives
                else ""
            )
            said.append(f"passed over, as they are no pictures: {by_count(self.others)}{more}")
        if self.ours:
            some = ", ".join(f"{path!r} ({what})" for path, what in sorted(self.ours)[:3])
            rest = f" and {len(self.ours) - 3} more" if len(self.ours) > 3 else ""
            said.append(f"passed over, as receta wrote them: {some}{rest}")
        bare = sorted(self._bare())
        if bare:
            some = ", ".join(
                f"{path!r}{'' if self._has_files(path) else ' (empty)'}" for path in bare[:5]
            )
            rest = f" and {len(bare) - 5} more" if len(bare) > 5 else ""
            said.append(f"{counted(len(bare), 'folders')} without a picture: {some}{rest}")
        if self.loops:
            said.append(
                f"links in a circle or to nothing, not followed: {len(self.loops)}, such as "
                f"{min(self.loops)!r}"
            )
        if self.outside:
            said.append(
                f"links that lead out of the folder, followed: {len(self.outside)}, such as "
                f"{min(self.outside)!r}"
            )
        return said

    def _bare(self) -> Iterator[str]:
        """The uppermost folders that hold no picture at any depth, and nothing of receta's."""
        holding = {""}
        for path in (
            *self.pictures,
            *(one.path for one in self.unread),
            *(f"{path}/" for path, _ in self.ours),
        ):
            folder = path.rpartition("/")[0]
            while folder not in holding:
                holding.add(folder)
                folder = folder.rpartition("/")[0]
        return (path for path in self.folders - holding if path.rpartition("/")[0] in holding)

    def _has_files(self, folder: str) -> bool:
        return folder in self.filled or any(path.startswith(f"{folder}/") for path in self.filled)


def is_junk(name: str) -> bool:
    """Whether a file or folder is what systems leave about.

    >>> is_junk(".DS_Store"), is_junk("__MACOSX"), is_junk("cat")
    (True, True, False)
    """
    # of Windows, in WSL
    return name.startswith(".") or name.lower() in _JUNK or name.endswith(":Zone.Identifier")


_OF_A_RUN = frozenset({"rungs", "exports", "bundles", "tensorboard"})


def walk(root: str) -> Found:
    """All files below a folder, sorted in; raises InputError for a tree without end.

    Only the kind that a folder notes is looked at: no file is asked for more than its first bytes,
    and that only where its name does not say what it is.
    """
    found = Found()
    real_root = os.path.realpath(root)
    cache = os.path.realpath(disk.cache_place())
    n, linked = 0, 0
    waiting: list[tuple[str, int, tuple[str, ...]]] = [("", 0, ())]
    while waiting:
        folder, depth, links = waiting.pop()
        here = os.path.join(root, folder) if folder else root
        entries = _entries(here)
        n += len(entries)
        if n > MOST_FILES:
            raise InputError(
                f"{root} holds more than {MOST_FILES:,} files; expected fewer. Name a folder "
                "further in."
            )
        names = {entry.name for entry in entries} & MANIFESTS
        what = written_by_receta(names, partial(_beginning_in, here)) if names else ""
        if os.path.realpath(here) == cache:
            what = "a cache"
        if not folder:
            found.root = what
        elif what:
            found.ours.append((folder, what))
            continue
        else:
            found.folders.add(folder)
        for entry in entries:
            name = entry.name
            if is_junk(name):
                continue
            path = f"{folder}/{name}" if folder else name
            if entry.is_dir(follow_symlinks=False):
                if not folder and what.startswith("a run") and name in _OF_A_RUN:
                    found.ours.append((name, what))
                    continue
                if depth + 1 > MOST_DEPTH:
                    raise InputError(
                        f"{here} nests deeper than {MOST_DEPTH} folders; expected fewer. Name a "
                        "folder further in."
                    )
                waiting.append((path, depth + 1, links))
            elif entry.is_symlink() and entry.is_dir():
                real, target = os.path.realpath(here), os.path.realpath(entry.path)
                if _loops(target, (*links, real)):
                    found.loops.append(path)
                    continue
                linked += 1
                if linked > MOST_LINKED:
                    raise InputError(
                        f"{root} holds links to folders that lead to each other without end; "
                        "expected few. Take them out."
                    )
                if not _is_below(target, real_root):
                    found.outside.append(path)
                waiting.append((path, depth + 1, (*links, real)))
            else:
                _add_file(found, entry, path, real_root)
    return found


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except PermissionError as error:
        raise InputError(
            f"{folder} may not be read (permission denied); expected folders that you may open. "
            f"Change its permissions (chmod -R u+rX), or name another folder."
        ) from error


def _add_file(found: Found, entry: os.DirEntry[str], path: str, real_root: str) -> None:
    is_link = entry.is_symlink()
    if not is_link and not entry.is_file(follow_symlinks=False):
        found.filled.add(path.rpartition("/")[0])
        if ending_of(entry.name) in image_formats.SUFFIXES:
            found.unread.append(Unread(path, "a pipe, socket or device"))
        else:
            found.others["pipe or device"] += 1
        return
    if is_link:
        target = os.path.realpath(entry.path)
        # A broken link named like a picture is kept: reading it tells the user that it is gone.
        if not os.path.exists(target) and ending_of(entry.name) not in image_formats.SUFFIXES:
            found.loops.append(path)
            return
        if not _is_below(target, real_root):
            found.outside.append(path)
    found.add(path, lambda: _beginning(entry.path, image_formats.MAGIC_BYTES))


def _beginning_in(folder: str, name: str) -> bytes:
    return _beginning(os.path.join(folder, name))


def _beginning(path: str, n: int = MOST_MANIFEST) -> bytes:
    try:
        # Without O_NONBLOCK a pipe would be waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, n)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _loops(target: str, passed: tuple[str, ...]) -> bool:
    """Whether a link leads back above a folder that led to it, or links lie too deep."""
    if len(passed) > MOST_LINKS:
        return True
    return any(_is_below(folder, target) for folder in passed)


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def by_count(kinds: Counter[str], most: int = 5, of: str = "") -> str:
    """How many there are of each kind, the largest first.

    >>> by_count(Counter({".txt": 3, ".json": 9, ".pdf": 1}), 2)
    '9 .json, 3 .txt, 1 of others'
    """
    ranked = sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(n for _, n in ranked[most:])
    return ", ".join(
        [
            *(f"{n} {of}{kind}" for kind, n in ranked[:most]),
            *([f"{rest} of others"] if rest else []),
        ]
    )

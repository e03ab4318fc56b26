"""What lies below a folder or in an archive: pictures, and what is passed over, and why?

A file is a picture by its suffix, or by its first bytes whatever it is called. What a person
would take for a picture and receta does not read is named with the reason; all else is
counted by suffix.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from receta.core.amounts import counted
from receta.data import image_formats
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

LISTS = (".csv", ".tsv")


@dataclass
class Listing:
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

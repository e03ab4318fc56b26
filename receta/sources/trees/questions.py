"""How is the user asked where the folders of a tree may be parts or classes?"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from receta.core import naming
from receta.core.errors import InputError
from receta.data.dataset import PARTS


@dataclass(frozen=True)
class Asking:
    """How the user is asked where two readings fit."""

    place: str
    lists: Sequence[str]

    def flat(self, named: dict[str, str], flat: Sequence[str]) -> InputError:
        """Folders that are called as parts are, some without a class folder inside."""
        advice = (
            pointer(self.place, self.lists)
            if self.lists
            else "Sort them so; if they are classes, give them other names."
        )
        parts = [part for part in PARTS if part in named.values()]
        tops = sorted(named, key=lambda top: (PARTS.index(named[top]), naming.natural(top)))
        return InputError(
            f"{self.place}: {_list_names(tops)} look like parts ({' and '.join(parts)}), but there "
            "are no class folders in "
            f"{'them' if len(flat) == len(named) else naming.first_few(flat, 3)}; expected one "
            f"folder a class in each. {advice}"
        )

    def beside(self, part: str, others: Sequence[str]) -> InputError:
        """A part with class folders, beside folders that hold pictures themselves."""
        return InputError(
            f"{self.place}: {part!r} holds class folders as a part does, but "
            f"{naming.first_few(others, 3)} beside it hold pictures as "
            f"classes do; expected one of the two. Name {os.path.join(self.place, part)} as "
            f"DATA, or rename {part!r} where it is a class."
        )

    def alike(self, part: str, others: Sequence[str], inner: Sequence[str]) -> InputError:
        """A folder that is called as a part is, beside one of another name with the same
        folders inside.
        """
        return InputError(
            f"{self.place}: {part!r} is called as a part is, and {naming.first_few(others, 3)} "
            "beside it holds the same folders "
            f"({naming.first_few(inner, 3)}): parts or classes; expected one of the two. Call "
            "them train and test, or give "
            f"{part!r} another name where it is a class."
        )

    def numbered(self, tops: Sequence[str], inner: Sequence[str]) -> InputError:
        """Folders that differ in a number alone, with the same folders inside: fold1, fold2."""
        return InputError(
            f"{self.place}: {naming.first_few(tops, 3)} differ in their number alone and hold "
            "the same folders "
            f"({naming.first_few(inner, 3)}): either may be the classes; expected one of the "
            "two. Name "
            f"{os.path.join(self.place, tops[0])} as DATA, or rename the upper ones."
        )

    def nested(self, tops: Sequence[str], inner: Sequence[str]) -> InputError:
        """Parts below folders that do not seem to be the classes."""
        return InputError(
            f"{self.place}: {naming.first_few(tops, 3)} hold parts, and those hold the folders "
            f"{naming.first_few(inner, 3)}: either may be "
            f"the classes; expected one of the two. Name {os.path.join(self.place, tops[0])} as "
            "DATA, or take the inner folders away."
        )


def _list_names(names: Sequence[str]) -> str:
    return " and ".join(map(repr, names)) if len(names) == 2 else naming.first_few(names, 4)


def pointer(place: str, lists: Sequence[str]) -> str:
    """What to do where the labels seem to stand in a list."""
    name = naming.printable(
        min(
            lists,
            key=lambda path: (
                path.count("/"),
                "train" not in path.lower(),
                naming.natural_path(path),
            ),
        )
    )
    if os.path.isfile(place):
        return f"The labels may stand in {name!r}: unpack {place} and name that list as DATA."
    return f"The labels may stand in {name!r}: name {os.path.join(place, name)} as DATA."

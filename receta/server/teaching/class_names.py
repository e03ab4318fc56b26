"""What may a class of pictures be called, so that its name can be a folder's?"""

from __future__ import annotations

import re

from receta.core.errors import InputError


class Unfit(InputError):
    """What a page asked for cannot be done; code: a word for programs that stays the same."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.code = code


LONGEST = 100  # characters of a class's name


_LONGEST_BYTES = 255  # of a name on the usual disks


# names of folders that a source takes for parts
_PARTS = ("train", "training", "validation", "valid", "val", "test", "testing")


def check_class_name(name: str) -> str:
    """The name with single spaces; raises Unfit for one that is no folder's."""
    name = " ".join(name.split())
    strange = (
        not name
        or len(name) > LONGEST
        or name.startswith(".")
        or not name.isprintable()
        or re.search(r'[/\\:*?"<>|]', name)
    )
    if strange or name.lower() in _PARTS or len(name.encode()) > _LONGEST_BYTES:
        raise Unfit(
            f"a class cannot be called {name[:LONGEST]!r}; expected 1 to {LONGEST} characters "
            "that may name a folder, none of "
            f'/ \\ : * ? " < > | and no dot in front, and none of {", ".join(_PARTS)}.',
            "class_name",
        )
    return name

"""In which order do people read names?"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence


def reading_order(names: Sequence[str]) -> list[int]:
    """Positions of names as a dictionary has them: accents and capitals count last, 2 before 10.

    Names that stand in an order of their own, as those of CIFAR-10 do, stay in it. Only what is
    shown to people is in this order: a class keeps its number, which models and files go by.

    >>> names = sorted(["Gato", "Zapatos", "perro 10", "perro 2", "Árbol"])
    >>> [names[place] for place in reading_order(names)]
    ['Árbol', 'Gato', 'perro 2', 'perro 10', 'Zapatos']
    """
    if list(names) != sorted(names):
        return list(range(len(names)))
    return sorted(range(len(names)), key=lambda place: _key(names[place]))


def in_reading_order(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Names with their counts, as people read them.

    >>> in_reading_order({"Gato": 2, "perro": 1, "Árbol": 3})
    [('Árbol', 3), ('Gato', 2), ('perro', 1)]
    """
    names = list(counts)
    return [(names[place], counts[names[place]]) for place in reading_order(names)]


def _key(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Letters without accents in lower case, and numbers by their size."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    parts = re.findall(r"\d+|\D+", bare)
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts], name

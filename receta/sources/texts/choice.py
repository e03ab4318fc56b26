"""Which column holds the texts, and which one their class?

A text has some words, of letters, and is hardly ever there twice. Names of columns decide where
several fit.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from receta.codecs.text_sheets import Head
from receta.core import naming
from receta.core.errors import InputError
from receta.data import image_formats
from receta.data.options import Options
from receta.data.words import find_words
from receta.sources.parts import part_columns

_MOST_COLUMNS = 8  # of a file that is one of texts though nobody says so
_FEWEST_WORDS = 4.0  # in the mean
_MOST_LOOKED_AT = 50  # words of a text
_LONGEST_MEAN = 20  # letters of a piece between spaces; a word of a text has about 5
_DIFFERENT = 0.5  # of the texts
_LETTERS = 0.6  # of the words; else they are numbers, or code
_TEXT_NAMES = (
    "text", "texto", "textos", "message", "mensaje", "sms", "review", "resena", "reseña", "tweet",
    "body", "content", "contenido", "sentence", "comment", "comentario", "document", "headline",
    "description", "descripcion", "descripción",
)  # fmt: skip
_CLASS_NAMES = (
    "label", "labels", "class", "target", "category", "sentiment", "y", "etiqueta", "clase",
    "categoria", "categoría", "sentimiento", "polarity", "topic", "tema",
)  # fmt: skip


def is_free_text(cells: Sequence[str]) -> bool:
    """Whether the cells of a column are texts, not names, numbers or paths.

    >>> is_free_text(["Are you coming tonight, or not?", "I shall be there at nine o'clock"])
    True
    >>> is_free_text(["photos/a cat.jpg", "photos/a dog.jpg"])
    False
    """
    held = [cell for cell in cells if cell.strip()]
    if not held or len(set(held)) < _DIFFERENT * len(held):
        return False
    if _are_pictures(held) or sum(map(_is_code, held)) > len(held) / 2:
        return False
    words = [find_words(cell[:2_000], _MOST_LOOKED_AT) for cell in held]
    n = sum(map(len, words))
    letters = sum(any(letter.isalpha() for letter in word) for some in words for word in some)
    return n >= _FEWEST_WORDS * len(held) and letters >= _LETTERS * n


def _is_code(cell: str) -> bool:
    """Whether a cell is of pieces of ASCII too long for words, such as base64, or an address.

    >>> _is_code("iVBORw0KGgo" * 9), _is_code("https://example.org/1")
    (True, True)
    >>> _is_code("Look at this: https://example.org/" + "a" * 30)
    False
    """
    pieces = cell.split()
    if not cell.isascii() or not pieces:
        return False
    is_address = len(pieces) == 1 and "://" in cell
    return is_address or sum(map(len, pieces)) > _LONGEST_MEAN * len(pieces)


def _are_pictures(cells: Sequence[str]) -> bool:
    """Whether cells are names of files, or addresses, of pictures."""
    endings = [os.path.splitext(cell.strip().lower())[1] for cell in cells if cell]
    return sum(ending in image_formats.SUFFIXES for ending in endings) > len(endings) / 2


def find_text(head: Head, options: Options) -> int | None:
    """Position of the column of texts, where a file is one of texts though nobody says so."""
    names, free = head.names, []
    taken = {options.target, options.label, options.group}
    if len(names) > _MOST_COLUMNS or len(names) < 2:
        return None
    for at, (name, cells) in enumerate(zip(names, head.cells, strict=True)):
        if name not in taken and is_free_text(cells):
            free.append(at)
    if not free or any(map(_are_pictures, head.cells)):
        return None
    return choose_text(head, free)


def choose_text(head: Head, free: Sequence[int]) -> int:
    """Of several columns of texts the one that is called so, else the one of the longest."""
    called = [at for at in free if head.names[at].strip().lower() in _TEXT_NAMES]
    return max(called or free, key=lambda at: sum(map(len, head.cells[at])))


def find_class(place: str, head: Head, text: int, options: Options) -> int | None:
    """Position of the column of classes; InputError where several fit, None where none does."""
    free = [
        at
        for at, name in enumerate(head.names)
        if at != text and name != options.group and not _is_index(head, at)
    ]
    free = [at for at in free if not part_columns.may_say_parts(head.names[at])] or free
    for name in _CLASS_NAMES:
        called = [at for at in free if head.names[at].strip().lower() == name]
        if called:
            return called[0]
    few = [at for at in free if len(set(head.cells[at])) <= max(2, len(head.cells[at]) / 2)]
    if len(few) == 1 or len(free) == 1:
        return (few or free)[0]
    if not few:
        return None
    shown = naming.first_few([head.names[at] for at in few], 8)
    raise InputError(
        f"{place} has {len(few)} columns that may hold the classes of its texts ({shown}); "
        "expected one. Name it with --target."
    )


def _is_index(head: Head, at: int) -> bool:
    """Whether a column only counts the rows."""
    cells = head.cells[at]
    unnamed = head.names[at].lower() in ("", "id", "unnamed: 0", "index", "__index_level_0__")
    return unnamed and len(set(cells)) == len(cells)

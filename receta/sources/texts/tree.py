"""How do .txt below some place become texts with classes, however their bytes are reached?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from receta.codecs.text_files import Decoder
from receta.core.errors import InputError
from receta.data import words
from receta.data.dataset import Quarantined
from receta.data.marks import Marks
from receta.data.texts import Texts, join_texts, refuse_empty
from receta.sources.trees.picture_tree import Tree, arrange_tree

Reader = Callable[[Decoder, str], tuple[str, str]]
"""(the text at a path, why it has none)."""


def read_texts(
    place: str, paths: Sequence[str], read: Reader, *, stamp: Callable[[Tree], str], name: str
) -> Texts:
    """The texts at some paths with '/', each of the class that its folder names.

    name: what the source is called. Raises InputError if they have no classes, or no text.
    """
    tree = arrange_tree(paths, place)
    decoder = Decoder(words.table().characters)
    texts, lost = [], {}
    for row, path in enumerate(tree.paths):
        text, why = read(decoder, path)
        texts.append(text)
        if why:
            lost[row] = why
    keep = np.setdiff1d(np.arange(len(texts)), list(lost))
    if not len(keep):
        first = next(iter(lost))
        raise InputError(
            f"none of the {len(texts)} texts in {place} can be read (first: {tree.ids[first]}: "
            f"{lost[first]}); expected text in UTF-8. Save them again."
        )
    refuse_empty(place, texts)
    strays = [*tree.strays, *(Quarantined(tree.ids[row], why) for row, why in lost.items())]
    marks = Marks(
        [tree.ids[row] for row in keep.tolist()],
        tree.targets[keep],
        tree.class_names,
        parts=None if tree.parts is None else [tree.parts[row] for row in keep.tolist()],
        strays=strays,
    )
    pages = join_texts(texts[row] for row in keep.tolist())
    source = Texts(f"{name}({place!r}", *pages, marks, stamp=stamp(tree))
    source.notes = (*(note.replace("picture", "text") for note in tree.notes), *decoder.notes())
    return source


def are_texts(names: Iterable[str], most: int) -> bool:
    """Whether most of the first names with '/' are .txt in folders."""
    texts = n = 0
    for name in names:
        n += 1
        texts += name.lower().endswith(".txt") and "/" in name
        if n >= most:
            break
    return texts > n / 2

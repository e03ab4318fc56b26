"""Which columns say what each row is for: training, validation or testing?

split, set, Usage ...      words: train, dev, PublicTest, entrenamiento, prueba ...
is_valid, is_test ...      yes or no
partition                  0, 1, 2, as CelebA and WILDS have it; 0 and 1 alone fit two readings
fold                       no part: it is left aside, and said

A column counts only where every cell is understood; one that looks so and does not is named.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from receta.core import naming
from receta.sources.parts import part_names
from receta.sources.parts.part_flags import ASKED, plain_word, read_flags, show_word
from receta.sources.parts.part_names import part_of

PLAIN = (
    "split",
    "part",
    "partition",
    "subset",
    "usage",
    "particion",
    "datasplit",
    "splitname",
    "traintest",
    "traintestsplit",
)
# Names that have other meanings too: they count once a cell is the word for a part.
VAGUE = (
    "set",
    "dataset",
    "phase",
    "mode",
    "stage",
    "purpose",
    "conjunto",
    "division",
    "fold",
    "type",
    "tipo",
    "fase",
)
FOLDS = ("fold", "folds", "kfold", "cvfold", "foldid", "cv")
_WORDS = {
    **dict.fromkeys(("train", "training", "trn", "entrenamiento", "entreno", "entrenar"), "train"),
    **dict.fromkeys(
        ("val", "valid", "validation", "dev", "development", "validacion", "validar"), "validation"
    ),
    **dict.fromkeys(
        ("test", "testing", "tst", "holdout", "heldout", "prueba", "pruebas", "privatetest"), "test"
    ),
}
_NUMBERS = {"0": "train", "1": "validation", "2": "test"}
_MOST_WORDS = 12  # different cells: more are no parts
_MOST_NOTES = 8
# of the cells of a column, without space around; an empty text where nothing stands
Counts = Counter[str]


@dataclass(frozen=True)
class PartColumns:
    """Columns that say parts, what their cells mean, and what is to be said of them."""

    columns: tuple[int, ...] = ()
    meanings: tuple[Mapping[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def part(self, cells: Sequence[str]) -> str:
        """The part of a row by its cells in these columns; '' where nothing is said.

        Several columns of yes and no: test goes before validation, and both before train.
        """
        found = {meaning[cell.strip()] for meaning, cell in zip(self.meanings, cells, strict=True)}
        return next((part for part in ("test", "validation", "train") if part in found), "")


def may_say_parts(name: str) -> bool:
    """Whether a column is called as those that say parts are.

    >>> may_say_parts("Usage"), may_say_parts("is_valid"), may_say_parts("colour")
    (True, True, False)
    """
    plain = plain_word(name)
    return plain in (*PLAIN, *VAGUE, *FOLDS) or re.sub("^(is|for)", "", plain) in ASKED


def few(cells: Iterable[str]) -> Counts | None:
    """How often each cell is there; None for more different ones than parts have."""
    counts: Counts = Counter()
    for cell in cells:
        counts[cell.strip()] += 1
        if len(counts) > _MOST_WORDS + 1:
            return None
    return counts


def find(
    names: Sequence[str],
    count: Callable[[int], Counts | None],
    skip: set[int],
    first: Callable[[int], str] = lambda _: "",
) -> PartColumns:
    """The columns that say parts, by their names and all their cells.

    count: how often each cell of a column is there; None where it holds too many
    different ones. skip: columns that have another use. first: a cell of a column, by which
    those of other names are tried.
    """
    notes: list[str] = []
    plain = {at: plain_word(name) for at, name in enumerate(names) if at not in skip}
    for at, name in plain.items():
        if name not in PLAIN and name not in VAGUE and name not in FOLDS:
            continue
        counts = count(at)
        meaning = _words(counts) if counts else None
        if meaning is not None and counts is not None:
            notes.append(_tell_meaning(names[at], meaning, counts))
            return PartColumns((at,), (meaning,), (*notes,))
        note = _passed_over(names[at], name, counts)
        if note and note not in notes[-1:] and len(notes) < _MOST_NOTES:
            notes.append(note)
    asked = {
        at: part for at, name in plain.items() if (part := ASKED.get(re.sub("^(is|for)", "", name)))
    }
    asked = dict(itertools.islice(asked.items(), _MOST_NOTES))
    found = read_flags(names, asked, plain, count, notes)
    if not found:
        for at in (at for at in plain if _word(first(at))):
            counts = count(at)
            meaning = _words(counts) if counts else None
            if meaning and counts and {"train", "test"} <= {*meaning.values()}:
                notes.append(_tell_meaning(names[at], meaning, counts))
                return PartColumns((at,), (meaning,), (*notes,))
    return PartColumns(tuple(found), tuple(found.values()), tuple(notes))


def fitting(
    found: PartColumns,
    names: Sequence[str],
    parts: list[str],
    targets: np.ndarray,
    class_names: Sequence[str],
) -> tuple[list[str] | None, tuple[str, ...]]:
    """The parts that columns say, None where nothing could be learnt from them, and the notes."""
    if not found.columns or len({*parts}) < 2:
        return None, found.notes
    is_train = [part in ("train", "") for part in parts]
    lacking = part_names.classes_without_training(is_train, targets, class_names)
    if any(is_train) and not lacking:
        return parts, found.notes
    what = (
        f"without {naming.first_few(map(naming.printable, lacking), 3)} in training"
        if any(is_train)
        else "without any for training"
    )
    listed = " and ".join(show_word(names[at]) for at in found.columns)
    return None, (
        *(note for note in found.notes if "says the parts" not in note),
        f"column {listed} says parts, but {what}: passed over",
    )


def _words(counts: Counts) -> dict[str, str] | None:
    """What each cell means; None where one of them means no part."""
    plain = {cell: plain_word(cell) for cell in counts}
    there = {cell: word for cell, word in plain.items() if word}
    if not there or len(there) > _MOST_WORDS:
        return None
    meaning = {cell: _word(cell) for cell in there}
    # FER2013: the public one was to choose by, where there is a private one
    if "publictest" in there.values():
        second = "privatetest" in there.values()
        meaning |= {
            cell: "validation" if second else "test"
            for cell, word in there.items()
            if word == "publictest"
        }
    numbers = {cell: naming.number_name(cell) for cell in there if naming.is_number(cell)}
    if (
        len(numbers) == len(there)
        and {*numbers.values()} == {*_NUMBERS}
        and counts.most_common(1)[0][0] in numbers
    ):
        by_number = {cell: _NUMBERS[number] for cell, number in numbers.items()}
        most = max(by_number, key=lambda cell: counts[cell])
        meaning = by_number if by_number[most] == "train" else {}
    if not meaning or not all(meaning.values()):
        return None
    return {**{cell: "" for cell in counts if not plain[cell]}, **meaning}


def _tell_meaning(name: str, meaning: Mapping[str, str], counts: Counts) -> str:
    rows: Counter[str] = Counter()
    for cell, n in counts.items():
        rows[meaning[cell]] += n
    shown = ", ".join(
        f"{part} {rows[part]:,}" for part in ("train", "validation", "test") if rows[part]
    )
    odd = [
        f"{show_word(cell)} is {part}"
        for cell, part in meaning.items()
        if part and not part_of(cell) and plain_word(cell) != part
    ]
    unsaid = f", {rows['']:,} say nothing" if rows[""] else ""
    explained = f" ({', '.join(odd[:3])})" if odd else ""
    return f"column {show_word(name)} says the parts: {shown}{unsaid}{explained}"


def _passed_over(name: str, plain: str, counts: Counts | None) -> str:
    """Why a column that is called like parts is none, or '' where that needs no word."""
    if plain in FOLDS:
        if counts and any(cell for cell in counts):
            n = sum(bool(cell) for cell in counts)
            return (
                f"column {show_word(name)} holds {n} folds, which are no parts (--group "
                f"{name} keeps each in one part)"
            )
        return ""
    if counts is None:
        return (
            f"column {show_word(name)} is no column of parts (it holds more than {_MOST_WORDS} "
            "texts): passed over"
            if plain in PLAIN
            else ""
        )
    there = [cell for cell in counts if cell]
    odd = [cell for cell in there if not _word(cell)]
    if not there or (plain in VAGUE and 2 * len(odd) > len(there)):
        return ""
    if all(naming.is_number(cell) for cell in there):
        numbers = " and ".join(sorted(there)[:2])
        return (
            f"column {show_word(name)} looks like parts, but which of {numbers} is for training "
            "is not said: passed over "
            f"(write train, validation, test into it)"
        )
    return (
        f"column {show_word(name)} looks like parts but holds {show_word(odd[0])}, which is none: "
        "passed over (mend it to keep the parts)"
    )


def _word(cell: str) -> str:
    return _WORDS.get(plain_word(cell)) or part_of(cell)

"""Does a column of yes and no say which rows are for validation or for testing?"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from receta.core import naming

ASKED = {
    "valid": "validation",
    "val": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
    "train": "train",
    "training": "train",
    "trainingimage": "train",
}
_YES, _NO = ("1", "1.0", "true", "yes", "t", "y"), ("0", "0.0", "false", "no", "f", "n")


def read_flags(
    names: Sequence[str],
    asked: Mapping[int, str],
    plain: Mapping[int, str],
    count: Callable[[int], Counter[str] | None],
    notes: list[str],
) -> dict[int, dict[str, str]]:
    """Columns such as is_valid, and what yes and no mean in each."""
    found: dict[int, dict[str, str]] = {}
    for at, part in asked.items():
        # One column `train` among labels of 0 and 1 is a vehicle, and `test` a finding; is_train is
        # none.
        if plain[at] in ASKED and not plain[at].startswith("valid") and len({*asked.values()}) < 2:
            continue
        counts = count(at)
        if not counts or any(cell and cell.lower() not in (*_YES, *_NO) for cell in counts):
            if plain[at].startswith("is") and counts:
                odd = next(cell for cell in counts if cell and cell.lower() not in (*_YES, *_NO))
                notes.append(
                    f"column {show_word(names[at])} looks like parts but holds {show_word(odd)}, "
                    "no yes or no: passed over"
                )
            continue
        yes = sum(n for cell, n in counts.items() if cell.lower() in _YES)
        total = sum(counts.values())
        if not 0 < yes < total:
            continue
        if (
            (2 * yes > total) != (part == "train")
            and 2 * yes != total
            and not plain[at].startswith(("is", "for"))
        ):
            notes.append(
                f"column {show_word(names[at])} says yes in {yes:,} of {total:,} rows, too many "
                "for a part: passed over"
            )
            continue
        no = "" if part == "train" else "train"
        found[at] = {
            cell: (part if cell.lower() in _YES else no) if cell else "" for cell in counts
        }
        notes.append(f"column {show_word(names[at])} says the parts: {part} {yes:,} of {total:,}")
    # what is not for training is for testing
    if set(found) and all(asked[at] == "train" for at in found):
        found = {
            at: {cell: part or ("test" if cell else "") for cell, part in meaning.items()}
            for at, meaning in found.items()
        }
    return found


def plain_word(name: str) -> str:
    """A name in small letters, without accents, spaces and marks."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFD", name.casefold())
        if not unicodedata.combining(letter)
    )
    return re.sub(r"[\W_]", "", bare)


def show_word(text: str) -> str:
    """A name or a cell in quotes, printable and short."""
    return repr(naming.printable(text.strip()[:40]))

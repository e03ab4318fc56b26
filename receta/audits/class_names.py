"""Which class names differ only in case, in spaces or in how Unicode writes them?"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta import tasks
from receta.audits.made_up import tiny_folders
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.dataset import Dataset

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "small_class"
QUESTION = "Are the classes' names different at a glance?"
FINDS = "names that differ only in case, spaces or Unicode's form"
WARNS = "any"
KINDS = ("images", "table", "texts")
UNIT = "names"
# two spellings of one name are two classes to a network, and half of the examples are wrong
BOUND = 0


def class_names(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Names that are the same but for case, spaces, underscores or Unicode's form.

    Measured: names too many. `ids`: the examples under the rarer spellings; `shown`: each
    of these spellings with the one that most examples have. Accents count: ano is not año.
    """
    alike: dict[str, list[int]] = defaultdict(list)
    for index, name in enumerate(data.class_names):
        alike[plain(name)].append(index)
    counts = data.counts()
    better: dict[int, int] = {}
    for some in alike.values():
        most = max(some, key=lambda index: (counts[index], -index))
        better.update({index: most for index in some if index != most})
    if not better:
        return [Finding("class_names", "ok", 0, UNIT, str(BOUND))]
    spellings = [
        f"{data.class_names[rare]!r} ({counts[rare]}) and {data.class_names[most]!r} "
        f"({counts[most]})"
        for rare, most in better.items()
    ]
    more = f" and {len(spellings) - 5} more" if len(spellings) > 5 else ""
    every = tasks.of(data.task).held(data.targets, len(data.class_names))
    held = np.any([every[index] for index in better], axis=0)
    usual = {data.class_names[rare]: data.class_names[most] for rare, most in better.items()}
    return [
        Finding(
            "class_names",
            "warn",
            len(better),
            UNIT,
            str(BOUND),
            "; ".join(spellings[:5]) + more,
            tuple(data.ids[position] for position in np.flatnonzero(held)),
            advice="A network must guess which spelling is meant. If they are one class, give "
            "them one name "
            "(`receta clean --fix class_names`).",
            shown=usual,
            facts=Facts(spellings=usual),
        )
    ]


def plain(name: str) -> str:
    """A name without what people overlook.

    Between digits spaces stay: '1 0' is not '10', nor is '-1' '1'.

    >>> plain("Hot  Dog") == plain("hot_dog ") == plain("hot-dog") == plain("hotdog")
    True
    >>> plain("1 0") == plain("10") or plain("-1") == plain("1") or plain("n") == plain("ñ")
    False
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    visible = "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")
    words = re.sub(r"[\s_]+", " ", visible).strip()
    return re.sub(r"(?<=[^\W\d_])[ -](?=\w)|(?<=\w)[ -](?=[^\W\d_])", "", words)


def innocent(folder: Path) -> str:
    """Write classes whose names differ in a letter and in an accent."""
    return tiny_folders.write(folder, {"ano/0.png": 0, "año/1.png": 1, "anos/2.png": 2})


def culprit(folder: Path) -> str:
    """Write a class under two spellings."""
    return tiny_folders.write(
        folder, {"Cat/0.png": 0, "cat /1.png": 1, "cat /2.png": 2, "dog/3.png": 3}
    )

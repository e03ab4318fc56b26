"""How long are texts, of which words, and what do they say?"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from receta.core import naming
from receta.data.dataset import Dataset
from receta.data.texts import texts_of
from receta.data.words import find_words
from receta.pipeline.looking.summaries import (
    Rows,
    Shown,
    Summary,
    class_table,
    count_parts,
    list_quarantined,
    strays,
    summary,
    summary_table,
)

_MOST_SHOWN, _MOST_LETTERS = 10, 60  # words, and letters of a text that is shown


@dataclass(frozen=True)
class TextsLook:
    """What texts hold: how many, how long, which words; a text of each class."""

    n: int
    classes: dict[str, int]
    parts: dict[str, int]
    lengths: Summary
    distinct_words: int
    seen_once: int
    empty: int
    frequent: dict[str, int]
    samples: dict[str, str]
    left_out: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        plain = asdict(self)
        del plain["left_out"]
        return {"kind": "texts", **plain, "quarantined": list_quarantined(self.left_out)}

    def tables(self) -> Shown:
        """What to print: title, heads and rows of each table."""
        words: Rows = [
            ("different words", f"{self.distinct_words:,}"),
            ("seen once", f"{self.seen_once:,}"),
            ("texts without a word", f"{self.empty:,}"),
            ("most frequent", " ".join(self.frequent)),
        ]
        samples: Rows = [(name, text) for name, text in self.samples.items()]
        tables = [
            class_table(self.n, self.classes, "texts"),
            summary_table("words of a text", self.lengths),
            ("words", ("what", "value"), words),
        ]
        return [*tables, ("for example", ("class", "text"), samples)] if samples else tables


def look_at_texts(data: Dataset) -> TextsLook:
    """Count the words of all texts."""
    lengths = np.zeros(len(data), np.int64)
    counts: Counter[str] = Counter()
    samples: dict[str, str] = {}
    for position, text in enumerate(texts_of(data)):
        found = find_words(text)
        lengths[position] = len(found)
        counts.update(found)
        if data.class_names and found:
            samples.setdefault(data.named(position), _shorten(text))
    named = {name: samples[name] for name in data.class_names[:_MOST_SHOWN] if name in samples}
    return TextsLook(
        n=len(data),
        classes=dict(zip(data.class_names, data.counts().tolist(), strict=True)),
        parts=count_parts(data),
        lengths=summary(lengths),
        distinct_words=len(counts),
        seen_once=sum(n == 1 for n in counts.values()),
        empty=int((lengths == 0).sum()),
        frequent=dict(counts.most_common(_MOST_SHOWN)),
        samples=named,
        left_out=strays(data),
    )


def _shorten(text: str) -> str:
    """The beginning of a text on one line, without what changes the direction of writing."""
    plain = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return naming.cut(plain, _MOST_LETTERS)

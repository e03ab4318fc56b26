"""How long are texts, and of which words?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from receta.data.dataset import Dataset
from receta.pipeline.looking.summaries import (
    Rows,
    Shown,
    Summary,
    class_table,
    count_parts,
    quarantined,
    strays,
    summary,
    summary_table,
)


@dataclass(frozen=True)
class TokensLook:
    """What texts as numbers of words hold: how many, how long, which numbers."""

    n: int
    classes: dict[str, int]
    parts: dict[str, int]
    lengths: Summary
    smallest_token: int | None
    largest_token: int | None
    distinct_tokens: int
    left_out: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        plain = asdict(self)
        del plain["left_out"]
        return {"kind": "tokens", **plain, "quarantined": quarantined(self.left_out)}

    def tables(self) -> Shown:
        """What to print: title, heads and rows of each table."""
        words: Rows = [
            ("different", f"{self.distinct_tokens:,}"),
            ("smallest number", str(self.smallest_token)),
            ("largest number", str(self.largest_token)),
        ]
        classes = class_table(self.n, self.classes, "texts")
        return [
            classes,
            summary_table("steps of a text", self.lengths),
            ("words", ("what", "value"), words),
        ]


def look_at_tokens(data: Dataset) -> TokensLook:
    """Count the steps and the different words of texts."""
    lengths = np.zeros(len(data), np.int64)
    seen: set[int] = set()
    for position, example in enumerate(data):
        lengths[position] = len(example)
        seen.update(np.unique(example).tolist())
    return TokensLook(
        n=len(data),
        classes=dict(zip(data.class_names, data.counts().tolist(), strict=True)),
        parts=count_parts(data),
        lengths=summary(lengths),
        smallest_token=min(seen, default=None),
        largest_token=max(seen, default=None),
        distinct_tokens=len(seen),
        left_out=strays(data),
    )

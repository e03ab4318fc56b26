"""How are texts fed to a network: as numbers of words of a vocabulary that training learnt?

Every word of every text is numbered once. Which of them a network knows, and how many words of a
text it takes, is settled by the texts of the training part alone.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from receta.core.spec import Spec
from receta.data.dataset import Dataset, content_digest, fingerprint
from receta.data.examples import Examples
from receta.data.words import find_words

PADDING, UNKNOWN = "", "[unknown]"  # the first two of a vocabulary; no text holds such words
MOST_WORDS = 20_000  # of a vocabulary
MOST_LENGTH = 512  # words of a text that a network takes
_SEEN = 2  # times in the training part, else a word is unknown
_COVERED = 0.98  # of the training texts that are taken whole
_SHORTEST = 4
NO_WORD = "holds no word"


@dataclass(frozen=True, eq=False)
class Words:
    """Examples of texts by source row.

    numbers: (all words,) int32 positions in `every`, of one text behind the other. ends: (n,) where
    each one ends. spec: without a vocabulary before it is settled.
    """

    numbers: np.ndarray
    ends: np.ndarray
    every: tuple[str, ...]
    texts: np.ndarray  # (n,) S32 digests
    spec: Spec
    reasons: Mapping[int, str] = field(default_factory=dict)
    source: Any = None  # of the texts as they were written

    @property
    def specs(self) -> tuple[Spec, ...]:
        """One input of numbers of words."""
        return (self.spec,)

    @property
    def shape(self) -> tuple[int, ...]:
        """(length,): words of one example."""
        return self.spec.shape

    @property
    def digests(self) -> np.ndarray:
        """(n,) S32: each text, hashed."""
        return self.texts

    @functools.cached_property
    def _known(self) -> np.ndarray:
        """(every,) int32: the number in the vocabulary of each word, 1 for none."""
        place = {word: at for at, word in enumerate(self.spec.vocabulary)}
        return np.array([place.get(word, 1) for word in self.every] + [0], np.int32)

    def lengths(self, rows: np.ndarray) -> np.ndarray:
        """(k,) words of some texts, one more than a network may take at most."""
        starts = np.concatenate([[0], self.ends[:-1]]) if len(self.ends) else self.ends
        found: np.ndarray = (self.ends - starts)[rows]
        return found

    def learn_from(self, examples: Examples) -> Words:
        """The same with vocabulary and length of the training part, where none is known."""
        if self.spec.vocabulary:
            return self
        train = examples.rows
        lengths = self.lengths(train)
        length = int(np.quantile(lengths, _COVERED, method="higher")) if len(lengths) else 0
        length = min(max(length, _SHORTEST), MOST_LENGTH)
        held = self._positions(train)
        counts = np.bincount(self.numbers[held], minlength=len(self.every))
        words = np.flatnonzero(counts >= _SEEN)
        if not len(words):  # so few texts that no word comes back
            words = np.flatnonzero(counts)
        order = sorted(words.tolist(), key=lambda at: (-int(counts[at]), self.every[at]))
        known = tuple(self.every[at] for at in order[: MOST_WORDS - 2])
        spec = dataclasses.replace(
            self.spec, shape=(length,), vocabulary=(PADDING, UNKNOWN, *known)
        )
        return dataclasses.replace(self, spec=spec)

    def _positions(self, rows: np.ndarray) -> np.ndarray:
        """Positions of all words of some rows in `numbers`."""
        mask = np.zeros(len(self.ends), bool)
        mask[rows] = True
        return np.flatnonzero(np.repeat(mask, self.lengths(np.arange(len(self.ends)))))

    def take(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Numbers of words of some rows: (k, length) int32, 0 behind the end of a text."""
        rows = np.asarray(rows, np.int64)
        (length,) = self.shape
        lengths = np.minimum(self.lengths(rows), length)
        starts = self.ends[rows] - self.lengths(rows)
        columns = np.arange(length)
        at = starts[:, None] + columns
        inside = columns < lengths[:, None]
        at[~inside] = 0
        found = self._known[self.numbers[at]] if len(self.numbers) else np.zeros(at.shape, np.int32)
        return np.where(inside, found, 0).astype(np.int32)

    def unknown_share(self, rows: np.ndarray) -> float:
        """The share of words of some rows that the vocabulary does not have."""
        found = self._known[self.numbers[self._positions(rows)]]
        return float((found == 1).mean()) if len(found) else 0.0

    def cut_share(self, rows: np.ndarray) -> float:
        """The share of some texts that are longer than a network takes."""
        return float((self.lengths(rows) > self.shape[0]).mean()) if len(rows) else 0.0

    def fingerprint(self, data: Dataset) -> str:
        """Text that changes when an id, a target or a text of the data does."""
        return fingerprint(data, (bytes.fromhex(self.texts[row].decode()) for row in data.rows))

    def to_json(self) -> dict[str, Any]:
        """What run.json says of how the examples were read."""
        return {"shape": list(self.shape)}


def read_words(data: Dataset, spec: Spec) -> Words:
    """The words of every row of the source of some data."""
    n = len(data.source)
    place: dict[str, int] = {}
    numbers: list[np.ndarray] = []
    ends = np.zeros(n, np.int64)
    texts = np.zeros(n, "S32")
    reasons: dict[int, str] = {}
    for row in data.rows.tolist():
        stored = data.source.raw(row)
        texts[row] = content_digest(stored).hex()
        found = find_words(bytes(stored).decode("utf-8", "replace"), MOST_LENGTH + 1)
        if not found:
            reasons[row] = NO_WORD
        numbers.append(np.array([place.setdefault(word, len(place)) for word in found], np.int32))
        ends[row] = len(found)
    ends = np.cumsum(ends)
    flat = np.concatenate(numbers) if numbers else np.zeros(0, np.int32)
    return Words(flat, ends, tuple(place), texts, spec, reasons, data.source)


def number_words(words: Iterable[str], spec: Spec) -> np.ndarray:
    """(length,) int32: one text as a network takes it."""
    (length,) = spec.shape
    place = _places(spec.vocabulary)
    found = np.zeros(length, np.int32)
    for at, word in zip(range(length), words, strict=False):
        found[at] = place.get(word, 1)
    return found


@functools.lru_cache(maxsize=8)
def _places(vocabulary: tuple[str, ...]) -> dict[str, int]:
    return {word: at for at, word in enumerate(vocabulary)}

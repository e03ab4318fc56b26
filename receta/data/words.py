"""Which words does a text hold, by one rule that is the same in every language of programs?

The rule stands in docs/texts.md, the classes of characters in words.json: a frozen table, so that
no version of Unicode changes what a model was taught. web/src holds its twin.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib import resources
from typing import Any

# Classes: W of words, M a mark upon the character before it, A a word alone, S a sign, R half of a
# flag, J joins two halves of a word, H begins one, I is taken out, and a space parts words.
_WORDS = re.compile(
    r"(H?W[WM]*(?:JW[WM]*)*)H*"  # a word; what stands right behind it begins no other
    r"|(RR|[ARS])M*"
)


class _Memo(dict[int, Any]):
    """What `str.translate` asks: a value by code point, worked out once."""

    def __init__(self, of: Any) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, point: int) -> Any:
        self[point] = found = self._of(point)
        return found


class _Table:
    """The frozen table, as three maps of code points."""

    def __init__(self, plain: dict[str, Any]) -> None:
        self.unicode: str = plain["unicode"]
        self.characters: int = plain["characters"]
        self.longest: int = plain["longest"]
        classes = bytearray(b" " * 0x110000)
        for name, ranges in plain["classes"].items():
            for first, last in zip(ranges[::2], ranges[1::2], strict=True):
                classes[first : last + 1] = name.encode() * (last + 1 - first)
        lower = dict(zip(plain["lower"][::2], plain["lower"][1::2], strict=True))
        self.classes = _Memo(lambda point: chr(classes[point]))
        self.known = _Memo(lambda point: {" ": " ", "I": None}.get(chr(classes[point]), chr(point)))
        self.lower = _Memo(lambda point: lower.get(point, point))


@cache
def table() -> _Table:
    """The frozen table of this package."""
    place = resources.files("receta.data") / "words.json"
    return _Table(json.loads(place.read_text(encoding="utf-8")))


def find_words(text: str, most: int | None = None) -> list[str]:
    """The words of a text in their order, `most` of them at most.

    >>> find_words("¡El NIÑO no's #lluvia, @User! 😂😂 3.5€ 東京")
    ['el', 'niño', "no's", '#lluvia', '@user', '!', '😂', '😂', '3', '5', '€', '東', '京']
    """
    known = table()
    plain = tidy(text)
    found: list[str] = []
    for match in _WORDS.finditer(plain.translate(known.classes)):
        if most is not None and len(found) >= most:
            break
        start = match.start()
        end = match.end(1) if match.lastindex == 1 else match.end()
        found.append(plain[start : min(end, start + known.longest)])
    return found


def tidy(text: str) -> str:
    """A text as words are looked for in it: nothing unseen, NFC, lower case, NFC."""
    known = table()
    plain = text[: known.characters].translate(known.known)
    if plain.isascii():
        return plain.translate(known.lower)
    # What the table does not know is gone, so that every version of Unicode composes the same.
    composed = unicodedata.normalize("NFC", plain).translate(known.lower)
    return unicodedata.normalize("NFC", composed)

"""How is JSON read piece by piece, so that its long texts stay in the file?

A text is only noted by where it stands: a file of 1 GB of pictures in base64 is read in
bounded memory, be it one document or one a line. Keys that come twice are kept twice.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

MOST_DEPTH = 32  # lists and objects inside each other; no data set met needs more than six
MOST_VALUES = 4_000_000  # of one record or one list of columns, which is held in memory
LET_GO = 2**26  # bytes of a mapped file that are held at a time

_SPACE = re.compile(rb"[ \t\r\n]*+")
_TEXT = re.compile(rb'"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+"')
# Base64 that was wrapped into lines: no JSON, but met, and it cannot run on into the next object.
_WRAPPED = re.compile(rb'"[A-Za-z0-9+/=_,:;.\s-]*+"')
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![\w.+-])")
_WORD = re.compile(rb"(?:true|false|null|NaN|-?Infinity)(?!\w)")
_WORDS = {b"true": True, b"false": False, b"null": None}

Value = Any  # Text, Number, bool, None, list of values, or Pairs


class Text(NamedTuple):
    """Where a text stands in the file, without its quotes."""

    start: int
    end: int


class Number(str):
    """A number as it is written, so that no size of it matters."""


class Pairs(list[tuple[str, Value]]):
    """The keys and values of an object, in their order, with those that come twice."""

    def keys(self) -> list[str]:
        """The keys in their order."""
        return [key for key, _ in self]


class NotJson(Exception):
    """What is wrong at a position of the file."""

    def __init__(self, position: int, what: str) -> None:
        super().__init__(what)
        self.position, self.what = position, what


@dataclass(frozen=True)
class Entry:
    """One value of a file: a line, or an item of the list that the file is.

    line: counted from 1. item: counted from 1, 0 where the file is no list. lines:
    whether it is one of a value a line. broken: what is wrong with it, if it is no JSON.
    """

    line: int
    item: int
    lines: bool
    value: Value
    broken: str = ""


class Document:
    """JSON that lies in memory or in a mapped file; `cut`: only its head is there."""

    def __init__(
        self, content: bytes | mmap.mmap, *, cut: bool = False, by_line: bool = False
    ) -> None:
        self.content, self.cut, self.by_line = content, cut, by_line
        self.end = len(content)
        self.at = 3 if content[:3] == b"\xef\xbb\xbf" else 0
        self._counted, self._line = 0, 1
        self._touched = self._values = 0

    def entries(self, *, leave_out: bool = False) -> Iterator[Entry]:
        """Every line's value, or every item of a list; raises NotJson.

        leave_out: a line that is no JSON is given as such, and the next one follows.
        """
        first = True
        while not self._is_done():
            start = self.at
            lines = self.by_line or not first
            try:
                if self.content[start] == ord("["):
                    self.at += 1
                    for number, (at, value) in enumerate(self._items(), 1):
                        self._values = 0
                        yield Entry(self.line(at), number, lines, value)
                else:
                    self._values = 0
                    value = self._value(1)
                    lines = lines or not self._is_done()
                    yield Entry(self.line(start), 0, lines, value)
            except NotJson as error:
                if not lines:
                    raise
                # The cause stands in the line that began, though it may show in the next one.
                after = self._after_line(start)
                if error.position >= after:
                    error = NotJson(start, "ends early")
                if not leave_out:
                    raise error from None
                yield Entry(self.line(start), 0, True, None, error.what)
                self.at = after
            first = False

    def line(self, position: int) -> int:
        """Number of the line of a position, counted from 1; quick when they ascend."""
        if position < self._counted:
            self._counted, self._line = 0, 1
        while self._counted < position:
            stop = min(position, self._counted + 2**20)
            self._line += self.content[self._counted : stop].count(b"\n")
            self._counted = stop
        return self._line

    def stored(self, where: Text) -> bytes:
        """A text as it stands in the file, its escapes not undone."""
        self._touch(where)
        return self.content[where.start : where.end]

    def text(self, where: Text) -> str:
        """The text that stands there; raises NotJson when it is none."""
        raw = self.stored(where)
        try:
            if b"\\" in raw:
                return str(json.loads(b'"' + raw + b'"', strict=False))
            return raw.decode()
        except UnicodeDecodeError as error:
            raise NotJson(
                where.start, f"holds a text that is no UTF-8 (byte {raw[error.start]:#04x})"
            ) from None
        except ValueError as error:
            raise NotJson(where.start, f"holds a text that cannot be read ({error})") from None

    def head(self, where: Text, n: int = 200) -> bytes:
        """The first bytes of a text."""
        return self.content[where.start : min(where.end, where.start + n)]

    def _touch(self, where: Text) -> None:
        """Let go of the pages of a mapped file now and then: else all of it would count as
        memory.
        """
        self._touched += where.end - where.start
        if self._touched > LET_GO and isinstance(self.content, mmap.mmap):
            self.content.madvise(mmap.MADV_DONTNEED)
            self._touched = 0

    def _is_done(self) -> bool:
        self.at = _SPACE.match(self.content, self.at).end()  # type: ignore[union-attr]  # it matches nothing too
        return self.at >= self.end

    def _value(self, depth: int) -> Value:
        if depth > MOST_DEPTH:
            raise NotJson(self.at, f"holds lists or objects more than {MOST_DEPTH} deep")
        self._values += 1
        if self._values > MOST_VALUES:  # three bytes of the file take a hundred of memory
            raise NotJson(
                self.at,
                f"is where one record or list holds more than {MOST_VALUES:,} values; divide it "
                "into records",
            )
        if self._is_done():
            return self._early(None)
        mark = self.content[self.at]
        if mark == ord('"'):
            return self._text()
        if mark == ord("{"):
            self.at += 1
            return self._pairs(depth)
        if mark == ord("["):
            self.at += 1
            return [value for _, value in self._items(depth)]
        found = _NUMBER.match(self.content, self.at)
        if found:
            self.at = found.end()
            return Number(found.group().decode())
        found = _WORD.match(self.content, self.at)
        if found is None:
            if self.cut and self.end - self.at < 9:
                self.at = self.end
                return None
            raise NotJson(self.at, f"holds {self._quote_next()} where a value is due")
        self.at = found.end()
        return _WORDS.get(found.group(), Number(found.group().decode()))

    def _text(self) -> Text:
        found = _TEXT.match(self.content, self.at) or _WRAPPED.match(self.content, self.at)
        if found:
            self.at = found.end()
            text = Text(found.start() + 1, found.end() - 1)
            self._touch(text)
            return text
        text = Text(self.at + 1, self.end)
        if not self.cut:
            raise NotJson(
                self.at,
                "holds a text without an end, or with a line end or control character in it",
            )
        self.at = self.end
        return text

    def _pairs(self, depth: int) -> Pairs:
        pairs = Pairs()
        while not self._is_done():
            if not pairs and self._took("}"):
                return pairs
            if self.content[self.at] != ord('"'):
                raise NotJson(self.at, f"holds {self._quote_next()} where a key in quotes is due")
            key = self.text(self._text())
            if self._is_done():
                break
            if not self._took(":"):
                raise NotJson(self.at, f"holds {self._quote_next()} where a colon is due")
            pairs.append((key, self._value(depth + 1)))
            if self._is_done():
                break
            if self._took("}"):
                return pairs
            if not self._took(","):
                raise NotJson(self.at, f"holds {self._quote_next()} where a comma or }} is due")
        self._early(None)
        return pairs

    def _items(self, depth: int = 1) -> Iterator[tuple[int, Value]]:
        """Where each item of a list begins, and the item."""
        is_first = True
        while not self._is_done():
            if is_first and self._took("]"):
                return
            is_first = False
            at = self.at
            yield at, self._value(depth + 1)
            if self._is_done():
                break
            if self._took("]"):
                return
            if not self._took(","):
                raise NotJson(self.at, f"holds {self._quote_next()} where a comma or ] is due")
        self._early(None)

    def _took(self, mark: str) -> bool:
        if self.content[self.at] != ord(mark):
            return False
        self.at += 1
        return True

    def _early(self, value: Value) -> Value:
        if not self.cut:
            raise NotJson(self.end, "is where the file ends early")
        return value

    def _quote_next(self) -> str:
        return repr(self.content[self.at : self.at + 12].decode("utf-8", "replace").split("\n")[0])

    def _after_line(self, position: int) -> int:
        while position < self.end:
            found = self.content[position : position + 2**16].find(b"\n")
            if found >= 0:
                return position + found + 1
            position += 2**16
        return self.end

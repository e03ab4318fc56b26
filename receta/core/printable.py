"""How is a stranger's text shown, so that it steers no terminal, ends no line, fills no screen?"""

from __future__ import annotations

import re

MOST_SHOWN = 200  # letters of a name, which may be a cell of 20 MB
# Control characters, line ends, what turns the direction of a line, and bytes that are no UTF-8
# (they arrive as lone surrogates).
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(name: str) -> str:
    """The name with whatever cannot be shown or sent written as \\x...

    >>> printable("a\\udce9.jpg")
    'a\\\\xe9.jpg'
    >>> printable("a\u202egpj.exe")
    'a\\\\u202egpj.exe'
    """
    if not _UNPRINTABLE.search(name):
        return name
    return _UNPRINTABLE.sub(_escape, name)


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def cut(text: str, most: int = MOST_SHOWN) -> str:
    """A name, a cell or another value as people are shown it: of a long one its beginning.

    >>> len(cut("a" * 20_000_000))
    200
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"

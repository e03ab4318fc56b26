"""How is a stranger's name shown, so that it cannot steer a terminal or end a line?"""

from __future__ import annotations

import re

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

"""How does a text in base64 become the bytes of a picture, however it was written?"""

from __future__ import annotations

import binascii
import json
import re
from urllib.parse import unquote_to_bytes

from receta.core import naming
from receta.data.image import Unreadable

# The standard alphabet and the one for addresses (RFC 4648, 4 and 5), with what wraps lines.
_LETTERS = re.compile(rb"[A-Za-z0-9+/_\-\s]*+=*+\s*+")
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_SPACE = b" \t\r\n\v\f"
LEAST = 24  # characters; the smallest picture there is (a GIF of one pixel) needs 34


def decode(stored: bytes) -> bytes:
    """The bytes that a JSON text (as it stands in the file) means.

    Takes data: addresses, the URL-safe alphabet, missing padding, wrapped lines, escapes
    of JSON (such as \\\\/) and Python's b'...' around it. Raises Unreadable with the reason.

    >>> decode(b"data:image/gif;base64,R0lG"), decode(b"-_8"), decode(b"-_8=")
    (b'GIF', b'\\xfb\\xff', b'\\xfb\\xff')
    """
    text = _unescape(stored).strip(_SPACE)
    if text[:5].lower() == b"data:":
        head, comma, text = text.partition(b",")
        if not comma or b";base64" not in head.lower():
            raise Unreadable("not base64: a data: address that does not say ;base64")
        if b"%" in text:
            text = unquote_to_bytes(text)
    elif text[:2] in (b"b'", b'b"') and text[-1:] == text[1:2] and len(text) > 2:
        text = text[2:-1]
    text = text.translate(_URL_SAFE, _SPACE).rstrip(b"=")
    if not text:
        raise Unreadable("empty: no characters of base64")
    try:
        return binascii.a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
    except binascii.Error as error:
        raise Unreadable(f"not base64: {_why(text)}") from error


def looks_like(head: bytes) -> bool:
    """Whether a text's first bytes may be those of a picture in base64.

    >>> (
    ...     looks_like(b"/9j/4AAQSkZJRgABAQAAAQABAAD/"),
    ...     looks_like(b"cats/1.jpg"),
    ...     looks_like(b"gato"),
    ... )
    (True, False, False)
    """
    text = head.replace(b"\\/", b"/").replace(b"\\n", b"").replace(b"\\r", b"").strip(_SPACE)
    if text[:5].lower() == b"data:" or text[:2] in (b"b'", b'b"'):
        return True
    return len(text) >= LEAST and _LETTERS.fullmatch(text.rstrip(b"\\")) is not None


def _unescape(stored: bytes) -> bytes:
    if b"\\" not in stored:
        return stored
    try:
        return str(json.loads(b'"' + stored + b'"', strict=False)).encode("utf-8", "surrogatepass")
    except ValueError as error:
        raise Unreadable("not base64: its escapes are no JSON") from error


def _why(text: bytes) -> str:
    strange = re.search(rb"[^A-Za-z0-9+/]", text)
    if strange is None:
        return f"{len(text)} characters are one too many or too few"
    seen = naming.printable(text[strange.start() :][:4].decode("utf-8", "replace")[:1])
    return f"character {strange.start() + 1} of {len(text)} is {seen!r}"

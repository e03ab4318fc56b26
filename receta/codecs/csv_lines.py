"""How do the lines of a text file, packed or not, come one handful at a time?"""

from __future__ import annotations

from collections.abc import Generator

from receta.core import outside
from receta.core.errors import InputError

CHUNK = 2 * 2**20
MOST_LINE_BYTES = 64 * 2**20  # a line of a 2048 x 2048 colour picture takes less

Line = tuple[int, bytes]  # its number, counted from 1, and what it holds without the line end


def chunks(place: str) -> Generator[list[Line], None, None]:
    """Lists of lines of about 2 MB together, without those that are blank.

    Raises InputError for a file that is cut off, or is no text.
    """
    with open(place, "rb") as plain:
        magic = plain.read(4)
        plain.seek(0)
        _refuse_other_kinds(place, magic)
        pieces = (
            outside.gunzip(place, plain, CHUNK)
            if magic[:2] == b"\x1f\x8b"
            else iter(lambda: plain.read(CHUNK), b"")
        )
        number = 1
        rest = b""
        while True:
            content = next(pieces, b"")
            if number == 1 and content.count(b"\r") > 1 and b"\n" not in content:
                raise InputError(
                    f"{place} has the line ends of old Macs (carriage returns alone); expected "
                    "line feeds. "
                    f"Save it again as CSV UTF-8."
                )
            lines = (rest + content).split(b"\n")
            rest = lines.pop() if content else b""
            if len(rest) > MOST_LINE_BYTES:
                raise InputError(
                    f"{place}: line {number + len(lines)} is longer than "
                    f"{MOST_LINE_BYTES // 2**20} MB; "
                    f"expected a picture a line. Name a table of pixels."
                )
            found = [
                (at, line.rstrip(b"\r")) for at, line in enumerate(lines, number) if line.strip()
            ]
            number += len(lines)
            if found:
                yield found
            if not content:
                return


def _refuse_other_kinds(place: str, magic: bytes) -> None:
    kind = ""
    if magic[:2] in (b"\xff\xfe", b"\xfe\xff"):
        kind = "UTF-16 text"
    elif magic == b"PK\x03\x04":
        kind = "a ZIP archive"
    if kind:
        advice = "Unpack it" if "ZIP" in kind else "Save it again as UTF-8"
        raise InputError(f"{place} is {kind}; expected a CSV in UTF-8. {advice}.")

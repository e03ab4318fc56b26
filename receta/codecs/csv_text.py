"""How does a text file become UTF-8 with line feeds, whatever wrote it and however it is packed?"""

from __future__ import annotations

from receta.core import outside
from receta.core.errors import InputError

_MOST_BYTES = 8 * 2**30


def whole_text(place: str) -> tuple[bytes, list[str]]:
    """The file as UTF-8 with line feeds, and what had to be done for it."""
    with open(place, "rb") as file:
        magic = file.read(4)
        size = file.seek(0, 2)
        file.seek(0)
        if size > _MOST_BYTES:
            raise InputError(
                f"{place} has {size / 2**30:.3g} GB; expected a table that fits into memory, at "
                f"most {_MOST_BYTES // 2**30} GB of text. "
                f"Divide it, or save it as Parquet."
            )
        found = b"".join(outside.gunzip(place, file)) if magic[:2] == b"\x1f\x8b" else file.read()
    return _decode(place, found)


def first_text(place: str, most: int) -> bytes:
    """The first lines of the file as UTF-8, as `whole_text` has them."""
    with open(place, "rb") as file:
        magic = file.read(4)
        file.seek(0)
        found = (
            next(outside.gunzip(place, file, most), b"")
            if magic[:2] == b"\x1f\x8b"
            else file.read(most)
        )
    if len(found) >= most:
        wide = found[:2] in (b"\xff\xfe", b"\xfe\xff")
        found = found[: len(found) // 2 * 2 - 2] if wide else found[: found.rfind(b"\n") + 1]
    return _decode(place, found)[0]


def _decode(place: str, content: bytes) -> tuple[bytes, list[str]]:
    notes = []
    if not content.strip():
        raise InputError(
            f"{place} is empty; expected a header and a row an example. Name another file."
        )
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise InputError(
                f"{place} is spoilt UTF-16 ({error.reason}); expected text. Save it again as UTF-8."
            ) from error
        notes.append(f"{place} is UTF-16 text, and is read as that")
    content = content.removeprefix(b"\xef\xbb\xbf")
    other = {b"PK\x03\x04": "a ZIP archive or an Excel workbook", b"PAR1": "a Parquet file"}.get(
        content[:4]
    )
    if other:
        advice = (
            "Give it its own suffix"
            if "Parquet" in other
            else "Unpack it, or save its sheet as CSV UTF-8"
        )
        raise InputError(f"{place} is {other}; expected a table as text. {advice}.")
    if (at := content.find(b"\0")) >= 0:
        raise InputError(
            f"{place} holds a NUL byte in line {content.count(10, 0, at) + 1}, so it is no text; "
            "expected a table as "
            f"text. Name another file, or save it again as CSV UTF-8."
        )
    if b"\n" not in content and b"\r" in content:  # as old Macs end lines
        content = content.replace(b"\r", b"\n")
    if not content.isascii():
        try:
            content.decode()
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            try:
                content, what = content.decode("cp1252").encode(), "Windows-1252"
            except UnicodeDecodeError:
                content, what = content.decode("latin-1").encode(), "Latin-1"
            notes.append(
                f"{place} is no UTF-8 (line {line}); it is read as {what}: look whether accents "
                "are right"
            )
    return content, notes

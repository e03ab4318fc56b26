"""Which text do the bytes of a file hold, whatever wrote them?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePath

from receta.core import naming, outside

_NAMED = 3  # files of another way of writing
_MOST_CONTROLS = 0.02  # of the first characters; more are no text


@dataclass
class Decoder:
    """Decodes the files of a folder; others: which were written in which other way."""

    most: int  # characters of a text
    others: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    long: int = 0

    def read(self, path: str) -> tuple[str, str]:
        """(the text of a file, why it has none); UTF-8, UTF-16 with its mark, or Windows-1252."""
        try:
            with outside.open_file(path) as file:
                content = file.read(4 * self.most + 4)
        except OSError as error:
            return "", f"cannot be read: {(error.strerror or 'system error').lower()}"
        return self.decode(content, "/".join(PurePath(path).parts[-2:]))

    def decode(self, content: bytes, name: str) -> tuple[str, str]:
        """(the text of some bytes, why they hold none); name: what notes call them."""
        text = self._decode(content, name)
        controls = sum(one < " " and one not in "\t\r\n\f\v\x00" for one in text[:4096])
        if text[:4096].count("\x00") > _MOST_CONTROLS * len(text[:4096]) or (
            controls > _MOST_CONTROLS * len(text[:4096])
        ):
            return "", "is no text: it holds control characters (UTF-16 needs its mark)"
        self.long += len(text) > self.most
        return text[: self.most], ""

    def _decode(self, content: bytes, name: str) -> str:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            self.others["UTF-16"].append(name)
            return content[: len(content) // 2 * 2].decode("utf-16", "replace")
        content = content.removeprefix(b"\xef\xbb\xbf")
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            if error.start >= len(content) - 3 and len(content) > 4 * self.most:
                return content[: error.start].decode()  # cut in the middle of a character
        try:
            text, what = content.decode("cp1252"), "Windows-1252"
        except UnicodeDecodeError:
            text, what = content.decode("latin-1"), "Latin-1"
        self.others[what].append(name)
        return text

    def notes(self) -> tuple[str, ...]:
        """One line for each way of writing but UTF-8, and one for texts that are cut."""
        told = tuple(
            f"{len(names):,} file{'s are' if len(names) != 1 else ' is'} read as {what} "
            f"({naming.first_few(names, _NAMED)}): look whether accents are right"
            for what, names in self.others.items()
        )
        if not self.long:
            return told
        n = self.long
        return (
            *told,
            f"{n:,} text{'s have' if n != 1 else ' has'} more than {self.most:,} characters; the "
            "rest is not read",
        )

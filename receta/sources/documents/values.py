"""What does a value of JSON mean: a picture, an address, a label?"""

from __future__ import annotations

from receta.codecs import base64_text
from receta.codecs.json_pieces import Document, Number, Pairs, Text, Value
from receta.core import naming
from receta.sources import Options
from receta.sources.documents.shapes import (
    CONTENT,
    LABEL,
    MOST_LABEL,
    is_address,
    look_up,
    plain_key,
)


class Values:
    """What the values of a document mean; wants: address, picture or "" for either."""

    def __init__(self, document: Document, options: Options, wants: str) -> None:
        self.document, self.options, self.wants = document, options, wants

    def tell_kind(self, text: Text) -> str:
        """address, picture, or "" for a text that is neither."""
        first = self.document.head(text)
        if is_address(first):
            return "address"
        return "picture" if base64_text.looks_like(first) else ""

    def may_be_content(self, value: Value) -> bool:
        """Whether a value may be a picture, an address or several of them."""
        if isinstance(value, Text):
            return self.tell_kind(value) != ""
        if isinstance(value, Pairs):
            return any(self.may_be_content(inner) for _, inner in value[:5])
        if isinstance(value, list):
            return not value or any(self.may_be_content(inner) for inner in value[:5])
        return False

    def find_content(self, pairs: Pairs) -> tuple[str, Value]:
        if self.options.content is not None:
            return look_up(pairs, self.options.content, ())
        return self.guess_content(pairs)

    def guess_content(self, pairs: Pairs) -> tuple[str, Value]:
        """Key and value that hold a picture or an address by their names, and by what they look
        like.
        """
        found = [
            (CONTENT.index(plain_key(key)), key, value)
            for key, value in pairs
            if plain_key(key) in CONTENT
        ]
        found.sort(key=lambda item: item[0])
        for wanted in (self.wants, ""):
            for _, key, value in found:
                first = value
                while first and isinstance(first, list):
                    first = first[0][1] if isinstance(first, Pairs) else first[0]
                looks = self.tell_kind(first) if isinstance(first, Text) else ""
                if looks and looks == (wanted or looks):
                    return key, value
        return next(
            ((key, value) for _, key, value in found if value is not None),
            found[0][1:] if found else ("", None),
        )

    def read_labels(self, value: Value) -> tuple[tuple[str, ...] | None, str]:
        """The labels that a value means, None for no value, and what is wrong with it."""
        if isinstance(value, Pairs):
            return self.read_labels(look_up(value, None, (*LABEL, "name", "value", "text"))[1])
        if not isinstance(value, list):
            name, complaint = self.read_label(value)
            return ((name,) if name else None), complaint
        found = [self.read_labels(item) for item in value]
        names = tuple(dict.fromkeys(name for some, _ in found for name in some or ()))
        complaint = next((wrong for _, wrong in found if wrong), "")
        return (names if names or not value else None), complaint

    def read_label(self, value: Value) -> tuple[str, str]:
        """The label that a value means, and what is wrong with it."""
        if isinstance(value, Pairs):
            return self.read_label(look_up(value, None, (*LABEL, "name", "value", "text"))[1])
        if isinstance(value, list):
            found = {self.read_label(item) for item in value}
            if len(found) > 1:
                return (
                    "",
                    f"has {len(found)} labels "
                    f"({naming.first_few(sorted(name for name, _ in found))})",
                )
            return found.pop() if found else ("", "")
        if isinstance(value, Text):
            if value.end - value.start > 6 * MOST_LABEL:
                return "", f"has a label of {value.end - value.start:,} characters"
            text = self.document.text(value).strip()
            return (
                (text, "")
                if len(text) <= MOST_LABEL
                else ("", f"has a label of {len(text):,} characters")
            )
        if isinstance(value, Number):
            return (
                ("", "")
                if value.lstrip("-") in ("NaN", "Infinity")
                else (str(value)[:MOST_LABEL], "")
            )
        return ("" if value is None else str(value).lower()), ""

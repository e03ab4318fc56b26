"""What are examples of each kind of data called?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Noun:
    """The words for examples of one kind.

    one, many: as people say them. unit, units: as findings count them, which old files hold.
    whole: all of them together. place: where they lie.
    """

    one: str
    unit: str
    whole: str
    place: str = "file"

    @property
    def many(self) -> str:
        """Several of them."""
        return f"{self.one}s"

    @property
    def units(self) -> str:
        """Several of them, as findings count them."""
        return f"{self.unit}s"


NOUNS = {
    "images": Noun("picture", "image", "pictures", "folder"),
    "table": Noun("row", "row", "a table"),
    "series": Noun("window", "window", "a series"),
    "tokens": Noun("text", "text", "texts"),
}

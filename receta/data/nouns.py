"""What are examples of each kind of data called, and how do they hold what they hold?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Noun:
    """The words for examples of one kind, and what all of them have.

    one, many: as people say them. unit, units: as findings count them, which old files hold.
    whole: all of them together. place: where they lie. is_seen: they are pictures. has_columns:
    they have cells under names. in_time: they follow each other in time, and overlap.
    is_written: they are what somebody wrote, so that one may be typed in place of a file.
    keeps_twins: two equal ones may be two, as passengers of one age are: a run keeps both.
    """

    one: str
    unit: str
    whole: str
    place: str = "file"
    is_seen: bool = False
    has_columns: bool = False
    in_time: bool = False
    is_written: bool = False
    keeps_twins: bool = False

    @property
    def many(self) -> str:
        """Several of them."""
        return f"{self.one}s"

    @property
    def units(self) -> str:
        """Several of them, as findings count them."""
        return f"{self.unit}s"


NOUNS = {
    "images": Noun("picture", "image", "pictures", "folder", is_seen=True),
    "table": Noun("row", "row", "a table", has_columns=True, keeps_twins=True),
    "series": Noun("window", "window", "a series", in_time=True),
    "texts": Noun("text", "text", "texts", is_written=True),
}


def noun_of(kind: str) -> Noun:
    """What examples of a kind are called; pictures, where old files do not say the kind."""
    return NOUNS.get(kind, NOUNS["images"])

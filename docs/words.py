"""Which character is what in a text? Writes the table of `receta.data.words` anew.

The table is frozen: it was made with Unicode 14.0.0, that of Python 3.11, and every Python, browser
and other language that turns texts into words reads it. A newer one changes words, and so models.

    python docs/words.py            write receta/data/words.json
"""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path

UNICODE = "14.0.0"
PLACE = Path(__file__).resolve().parents[1] / "receta" / "data" / "words.json"

# Scripts that put no space between words: each character is a word.
_SPACELESS = (
    "CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA",
    "HALFWIDTH KATAKANA", "BOPOMOFO", "YI SYLLABLE", "TANGUT", "NUSHU", "THAI", "LAO", "KHMER",
    "MYANMAR",
)  # fmt: skip
_SPECIAL = {
    "'": "J", "\u2019": "J", "\u00b7": "J", "\u0387": "J", "\u05f3": "J", "\u05f4": "J",
    "#": "H", "@": "H", "\uff03": "H", "\uff20": "H",
    "!": "S", "?": "S", "\uff01": "S", "\uff1f": "S",
    "_": "W", "\u200b": " ",
}  # fmt: skip
# What str.lower() of one character does otherwise, or not at all.
_LOWER = {
    "\u0130": "i", "\u03c2": "\u03c3", "\u2019": "'", "\uff03": "#", "\uff20": "@",
    "\uff01": "!", "\uff1f": "?",
}  # fmt: skip


def find_class(character: str) -> str:
    """The letter of a character's class; a space for what parts words."""
    if character in _SPECIAL:
        return _SPECIAL[character]
    category = unicodedata.category(character)
    if "\U0001f1e6" <= character <= "\U0001f1ff":
        return "R"
    if (
        category == "Cf"
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # tones of skin
        or "\ufe00" <= character <= "\ufe0f"  # forms of an emoji
        or "\U000e0100" <= character <= "\U000e01ef"
    ):
        return "I"
    if category[0] in "LN":
        name = unicodedata.name(character, "")
        return "A" if category[0] == "L" and name.startswith(_SPACELESS) else "W"
    if category[0] == "M":
        return "M"
    return "S" if category in ("Sc", "Sm", "So") else " "


def find_lower(character: str) -> str:
    """The lower case of a character, one character again."""
    lower = _LOWER.get(character, character.lower())
    return lower if len(lower) == 1 else character


def make() -> dict[str, object]:
    """The table: of each class the first and last code points of its ranges; pairs of cases."""
    ranges: dict[str, list[int]] = {name: [] for name in "WMASRJHI"}
    lower: list[int] = []
    for point in range(0x110000):
        name = find_class(chr(point))
        if name == " ":
            continue
        of = ranges[name]
        if of and of[-1] == point - 1:
            of[-1] = point
        else:
            of += [point, point]
        if ord(find_lower(chr(point))) != point:
            lower += [point, ord(find_lower(chr(point)))]
    bounds = {"characters": 100_000, "longest": 64}
    return {"unicode": UNICODE, **bounds, "classes": ranges, "lower": lower}


def main() -> None:
    """Write the table."""
    if unicodedata.unidata_version != UNICODE:
        found = unicodedata.unidata_version
        raise SystemExit(f"this Python has Unicode {found}; expected {UNICODE}")
    lines = json.dumps(make(), separators=(",", ":")).replace('],"', '],\n"')
    PLACE.write_text(lines.replace(',"lower"', ',\n"lower"') + "\n")
    sys.stdout.write(f"wrote {PLACE.name}\n")


if __name__ == "__main__":
    main()

"""Do the cells of a column begin or end with one sign of money or percent, and what is left?"""

from __future__ import annotations

import re
from typing import Any

_SIGNS = "$€£¥%"


def take_sign_off(name: str, texts: Any, least: float, notes: list[str]) -> Any:
    """Texts without the sign that most of them have; as they are where two signs are there.

    texts: Arrow's, null where missing. least: share of them that must have it. What was taken off
    is added to the notes.
    """
    import pyarrow.compute as pc

    counts = {
        sign: pc.sum(pc.match_substring_regex(texts, f"{_front(sign)}|{_end(sign)}")).as_py() or 0
        for sign in _SIGNS
    }
    there = [sign for sign, n in counts.items() if n]
    if len(there) != 1 or counts[there[0]] < least * (len(texts) - texts.null_count):
        return texts
    sign = there[0]
    notes.append(f"column {name!r} holds numbers with {sign}; they are read without it")
    bare = pc.replace_substring_regex(texts, _front(sign), r"\1\2")
    return pc.replace_substring_regex(bare, _end(sign), r"\1")


def _front(sign: str) -> str:
    """-$3.50, and $ -3.50."""
    return rf"^([+-]?){re.escape(sign)}[ \x{{a0}}]?([+-]?[0-9.,].*)$"


def _end(sign: str) -> str:
    """3,50 €."""
    return rf"^([+-]?[0-9.,].*?)[ \x{{a0}}\x{{202f}}]?{re.escape(sign)}$"

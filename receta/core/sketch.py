"""Which small picture explains a finding, out of the numbers in its `shown`?

A check declares one of these as SKETCH; the report draws it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """One line: keys of the two lists of numbers, and what they are."""

    x: str
    y: str
    x_name: str
    y_name: str


@dataclass(frozen=True)
class Bars:
    """One bar for each number: (key, what it is); the first is what was measured."""

    values: tuple[tuple[str, str], ...]
    are_shares: bool = False


@dataclass(frozen=True)
class NamedBars:
    """One bar for each pair of two lists: keys of the names, such as rungs, and of the numbers."""

    names: str
    values: str


@dataclass(frozen=True)
class Filters:
    """Weights of a layer as small pictures: their key."""

    key: str


Sketch = Curve | Bars | NamedBars | Filters

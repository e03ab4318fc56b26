"""How is one array taken and given as it is, and several of them as a list?"""

from __future__ import annotations

from typing import Any


def as_list(values: Any) -> list[Any]:
    """The values of each input; one that stands alone becomes a list of one."""
    return values if isinstance(values, list) else [values]


def from_list(values: list[Any]) -> Any:
    """The only one itself, several as they are."""
    return values if len(values) > 1 else values[0]

"""What do scores say of examples that are not new to a model?"""

from __future__ import annotations

from typing import Any


def seen_words(seen: int | None) -> str:
    """What scores add to themselves where training has seen some of the examples."""
    return f"; {seen:,} of them are not new to it" if seen else ""


def without_unknown(plain: dict[str, Any]) -> dict[str, Any]:
    """Scores as JSON has them: seen_in_training only where it was counted."""
    if plain["seen_in_training"] is None:
        del plain["seen_in_training"]
    return plain

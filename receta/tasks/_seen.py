"""What do scores say of examples that are not new to a model?"""

from __future__ import annotations

from typing import Any


def seen_words(seen: int | None) -> str:
    """What scores add to themselves where training has seen some of the examples."""
    return f"; {seen:,} of them are not new to it" if seen else ""


def without_unknown(plain: dict[str, Any]) -> dict[str, Any]:
    """Scores as JSON has them: seen_in_training and coverage only where they were counted."""
    counted = ("seen_in_training", "coverage_80", "coverage_80_interval", "width_80", "roc", "pr")
    gone = {name for name in counted if name in plain and plain[name] is None}
    return {name: value for name, value in plain.items() if name not in gone}

"""What does a configuration hold: how many layers, and what that nobody asks for?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from receta.models.loading import allowed


def count_calls(written: Any, most: int) -> int:
    """How many layers work, a nested network's as often as it is called; stops above `most`."""
    config = written.get("config") if isinstance(written, dict) else None
    total = 0
    for inner in _layers_in(config):
        times = max(1, len(nodes)) if isinstance(nodes := inner.get("inbound_nodes"), list) else 1
        total += min(times * count_calls(inner, most), 100 * most)
        if total > 100 * most:
            break
    return total + 1


def _layers_in(value: Any) -> Iterator[dict[str, Any]]:
    """Layers that stand in a configuration, not those within them."""
    if isinstance(value, dict):
        if _is_layer(value):
            yield value
        else:
            for one in value.values():
                yield from _layers_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _layers_in(one)


def _is_layer(value: dict[str, Any]) -> bool:
    config = value.get("config")
    named = isinstance(config, list) or (
        isinstance(config, dict) and ("name" in config or "layers" in config)
    )
    return named and "class_name" in value and value["class_name"] not in allowed.POLICIES


def without_compiling(config: Any) -> Any:
    """The configuration without what it says of training: objects that nobody asks for."""
    if isinstance(config, dict):
        return {
            name: without_compiling(value)
            for name, value in config.items()
            if not (name == "compile_config" and "class_name" in config)
        }
    return [without_compiling(one) for one in config] if isinstance(config, list) else config

"""What does `export` leave on the terminal?"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from receta.cli.printing.console import table
from receta.cli.printing.steps import show_steps
from receta.core.amounts import percent

if TYPE_CHECKING:
    from receta.predictors import Bundle


def show_bundles(bundles: Sequence[Bundle]) -> None:
    """What each export holds and reaches, and where it lies."""
    from receta.predictors import judged_words

    def share(value: float | None) -> str:
        return "" if value is None else percent(value)

    columns: list[tuple[str, list[str]]] = [
        ("target", [one.name for one in bundles]),
        ("kB", [f"{one.bytes / 1000:,.0f}" for one in bundles]),
        ("right", [share(one.accuracy) for one in bundles]),
        ("right in Keras", [share(one.reference_accuracy) for one in bundles]),
        ("same answers", [share(one.top_agreement) for one in bundles]),
        ("largest gap", [f"{one.max_gap:.2g}" for one in bundles]),
        ("ms each", [f"{one.one_ms:.2f}" for one in bundles]),
        ("folder", [_shorten_path(one) for one in bundles]),
    ]
    told = [(head, cells) for head, cells in columns if any(cells)]
    first = bundles[0]
    title = f"the bundles, on {first.n} {judged_words(first.judged_on)}"
    rows = list(zip(*(cells for _, cells in told), strict=True))
    table(title, tuple(head for head, _ in told), rows)
    _show_arrays("inputs, in order", first.inputs)
    _show_arrays("outputs, in order", first.outputs)


def show_next_of(bundles: Sequence[Bundle]) -> None:
    """What can be done with bundles now: name pictures, serve, open the page."""
    steps = []
    for bundle in [one for one in bundles if one.name.startswith("onnx")][:1]:
        place = shlex.quote(_shorten_path(bundle))
        if not bundle.takes_pictures:
            steps.append((f"receta predict {place} FILE", "answer with it"))
            continue
        steps.append((f"receta predict {place} PICTURE", "name pictures with it"))
        steps.append((f"receta serve {place}", "try it in the browser"))
    for bundle in [one for one in bundles if one.name == "web"][:1]:
        command = f"python3 -m http.server --bind 127.0.0.1 -d {shlex.quote(_shorten_path(bundle))}"
        steps.append((command, "open the page, on this machine alone"))
    show_steps(steps)


def _shorten_path(bundle: Bundle) -> str:
    return min(os.path.relpath(bundle.folder), str(bundle.folder), key=len)


def _show_arrays(title: str, several: Sequence[Any]) -> None:
    """Names, shapes and types of inputs or outputs, where there are several."""
    if len(several) > 1:
        rows = []
        for array in several:
            shape = " x ".join("any" if side is None else str(side) for side in array.shape)
            rows.append((array.name, shape, array.dtype))
        table(title, ("name", "shape", "type"), rows)

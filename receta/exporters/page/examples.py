"""Which pictures show what a network was trained on? A few of each class, for the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from receta import tasks
from receta.core.reading import reading_order

EACH = 3  # of a class, where there are few classes
MOST = 48  # of all
_SIDE = 160  # pixels: larger ones are shrunk

Parts = Callable[[], Iterator[tuple[str, Iterator[Any]]]]


def examples(class_names: Sequence[str], parts: Parts) -> list[dict[str, str]]:
    """Validation pictures by class or label: [{"class", "picture": data: URI}], at most 48.

    parts: as Evidence.parts gives them, the validation part first.
    """
    each = max(1, min(EACH, MOST // max(1, len(class_names))))
    found: dict[int, list[np.ndarray]] = {}
    for _, batches in parts():
        for pictures, targets in batches:
            if targets is None:  # made up: they show nothing
                return []
            for target, mine in enumerate(
                tasks.of_targets(targets).held(targets, len(class_names))
            ):
                room = each - len(found.setdefault(target, []))
                if room > 0:
                    found[target] += list(pictures[mine][:room])
        break
    return [
        {"class": class_names[target], "picture": _uri(picture)}
        for target in reading_order(class_names)
        for picture in found.get(target, ())
    ][:MOST]


def _uri(pixels: np.ndarray) -> str:
    """PNG of the very pixels that the network sees; JPEG where that would be large."""
    from PIL import Image

    picture: Any = Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)
    content, kind = io.BytesIO(), "png"
    if max(picture.size) > _SIDE:
        picture.thumbnail((_SIDE, _SIDE))
        kind = "jpeg"
    picture.save(content, kind, quality=90)
    return f"data:image/{kind};base64,{base64.b64encode(content.getvalue()).decode()}"

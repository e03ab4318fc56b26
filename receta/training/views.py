"""Which views of a picture answer together, inside one network that can be exported?"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import keras

_SHIFT = 1 / 28  # of a side: a pixel of the small pictures of courses, 8 of 224


class View(NamedTuple):
    """A picture as it is, mirrored, or moved down and to the right by whole pixels."""

    mirrored: bool = False
    down: int = 0
    right: int = 0


def views(name: str, shape: tuple[int, ...]) -> tuple[View, ...]:
    """The views of a kind, the picture as it is first: none, mirror, shift, mirror+shift.

    >>> len(views("mirror+shift", (28, 28, 1))), views("shift", (56, 28, 1))[1]
    (10, View(mirrored=False, down=2, right=0))
    """
    if name == "none":
        return (View(),)
    down, right = (max(1, round(side * _SHIFT)) for side in shape[:2])
    moved = (
        ((0, 0), (down, 0), (-down, 0), (0, right), (0, -right)) if "shift" in name else ((0, 0),)
    )
    turned = (False, True) if "mirror" in name else (False,)
    return tuple(View(mirrored, *by) for mirrored, by in product(turned, moved))


def merge_views(model: keras.Model, chosen: tuple[View, ...]) -> keras.Model:
    """uint8 pixels -> mean probabilities (n, classes) over the views, of one shared network.

    The views stand one after the other in one batch: only plain operations, that every
    target of export knows. A single view that changes nothing gives the model back.
    """
    if chosen == (View(),):
        return model
    import keras
    from keras import ops

    inputs = keras.Input(model.input_shape[1:], dtype="uint8", name="pixels")
    seen = [_show(inputs, view) for view in chosen]
    answers = model(ops.concatenate(seen, axis=0) if len(seen) > 1 else seen[0])
    if len(seen) > 1:
        answers = ops.mean(ops.reshape(answers, (len(seen), -1, model.output_shape[-1])), axis=0)
    return keras.Model(inputs, answers, name="views")


def _show(pixels: Any, view: View) -> Any:
    from keras import ops

    seen = ops.flip(pixels, axis=2) if view.mirrored else pixels
    return _move(_move(seen, view.down, 1), view.right, 2)


def _move(pixels: Any, by: int, axis: int) -> Any:
    """Moved along an axis; what comes in at the edge repeats it."""
    from keras import ops

    if not by:
        return pixels
    everything: list[slice] = [slice(None)] * 4

    def part(start: int | None, stop: int | None) -> Any:
        return pixels[(*everything[:axis], slice(start, stop), *everything[axis + 1 :])]

    pieces = (
        [part(0, 1)] * by + [part(None, -by)]
        if by > 0
        else [part(-by, None)] + [part(-1, None)] * -by
    )
    return ops.concatenate(pieces, axis=axis)

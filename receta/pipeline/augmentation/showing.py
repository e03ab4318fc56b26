"""What does each augmentation make of some pictures, to be looked at?"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from receta import tasks
from receta.core import disk
from receta.core.augmentations import ABOUT, MIXING
from receta.core.errors import InputError
from receta.core.seeds import rng
from receta.data import image
from receta.data.dataset import Dataset
from receta.pipeline._captions import drawable
from receta.pixels import Pixels

ROWS = 8  # pictures
_SIDE, _GAP, _HEAD, _LEFT = 80, 4, 30, 110  # pixels
_CAPTION = 11


def sheet(pictures: np.ndarray, strength: float, seed: int) -> dict[str, np.ndarray]:
    """By name what each augmentation makes of pictures (n, h, w, c) uint8: the same shape.

    A mirror is shown on all of them, though training takes it for every other one.
    """
    from keras import ops

    from receta.pipeline.augmentation.layer import Augment
    from receta.pipeline.augmentation.mixing import Mix

    made = {}
    for name in ABOUT:
        if name in ("flip", "flip_vertical"):
            made[name] = np.flip(pictures, 2 if name == "flip" else 1)
            continue
        # a step of training takes one share and one place for all: each picture shows a step of its
        # own
        if name in MIXING:
            mix = Mix([name], strength, seed)
            steps = [
                mix(pictures[[row - 1, row]], training=True)[1] for row in range(len(pictures))
            ]
            made[name] = np.stack([ops.convert_to_numpy(one) for one in steps])
            continue
        made[name] = np.asarray(
            ops.convert_to_numpy(Augment([name], strength, seed)(pictures, training=True))
        )
    return made


def grid(
    data: Dataset,
    pixels: Pixels,
    path: Path,
    strength: float,
    seed: int,
    left_out: Collection[str] = (),
) -> None:
    """Write a PNG: a row a picture, a column an augmentation, as the network gets them.

    left_out: names that are struck through in red, since they harm these data. Raises
    InputError for another suffix.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise InputError(
            f"{path} does not end in .png; expected the name of a PNG file. Call it "
            f"{path.with_suffix('.png').name}."
        )
    shuffled = rng(seed, "augmented").permutation(len(data))
    task = tasks.of(data.task)
    one = task.strata(data.targets)
    every = rng(seed, "classes").permutation(
        len(data.class_names) if task.IS_EXCLUSIVE else int(one.max()) + 1
    )
    firsts = [np.flatnonzero(one[shuffled] == label)[:ROWS] for label in every]
    # as many classes as possible
    turns = [shuffled[ones[turn]] for turn in range(ROWS) for ones in firsts if len(ones) > turn]
    chosen = np.array(turns[:ROWS], np.int64)
    pictures = pixels.take(data.rows[chosen])
    columns = {"as it is": pictures, **sheet(pictures, strength, seed)}
    width, height = _LEFT + len(columns) * (_SIDE + _GAP), _HEAD + len(chosen) * (_SIDE + _GAP)
    drawn = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(drawn)
    for column, (name, ones) in enumerate(columns.items()):
        left = _LEFT + column * (_SIDE + _GAP)
        out = name in left_out
        text, font = drawable(name, _CAPTION)
        draw.text((left, 8), text, fill="#b00020" if out else "black", font=font)
        if out:
            draw.line((left, 15, left + 6 * len(name), 15), fill="#b00020")
        for row, picture in enumerate(ones):
            small = image.resize(picture, (_SIDE, _SIDE), 3, fit="pad")
            drawn.paste(Image.fromarray(small), (left, _HEAD + row * (_SIDE + _GAP)))
    for row, position in enumerate(chosen):
        text, font = drawable(data.named(int(position))[:16], _CAPTION)
        draw.text((6, _HEAD + row * (_SIDE + _GAP) + _SIDE // 2 - 6), text, fill="black", font=font)
    with disk.replacing(path) as temporary:
        drawn.save(temporary, format="PNG")

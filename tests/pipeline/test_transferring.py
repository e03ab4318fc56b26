"""Is transfer advised for photos, and for nothing else?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from receta import decode, load
from receta.pipeline.transferring import advice


def test_transfer_is_not_advised_for_small_grey_digits() -> None:
    data = load("digits")
    said = advice(data, decode(data))
    assert not said.transfer
    assert said.sentence().startswith(
        "transfer: not advised: 1,797 grey pictures of about 8 pixels a side; photos are in colour"
    )


@pytest.mark.parametrize(
    ("kind", "transfer"), [("scenes", True), ("posed", False), ("drawings", False)]
)
def test_transfer_is_advised_by_how_pictures_look(
    kind: str, transfer: bool, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    n, side = 60, 96
    # Smooth at all scales, as photos are; another one for each picture, or one wall behind all.
    scenes = sum(
        np.kron(random.normal(size=(n, side // size, side // size, 3)), np.ones((1, size, size, 1)))
        * size
        for size in (1, 8, 32)
    )
    wall = np.linspace(0, 255, side)[None, :, None, None]
    pictures = {
        "scenes": 128 + scenes * 2,
        "posed": wall + scenes[:, :, :, :] * 0.5,
        "drawings": np.where(scenes[:, ::8, ::8] > 0, 255, 0).repeat(8, axis=1).repeat(8, axis=2),
    }[kind]
    np.savez(
        tmp_path / "data.npz", x=np.clip(pictures, 0, 255).astype(np.uint8), y=np.arange(n) % 2
    )
    data = load(tmp_path / "data.npz")
    assert advice(data, decode(data)).transfer is transfer


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "transfer"),
    [
        ("cats-vs-dogs/cats-vs-dogs.zip", True),
        ("sign-digits/sign-digits.zip", False),
        ("sign-letters/sign-letters.zip", False),
        ("cifar10/cifar10-jpeg-10k-2k.npz", False),
    ],
)
def test_transfer_is_advised_for_real_photos(name: str, transfer: bool, shared: Path) -> None:
    data = load(shared / name)
    data = data.take(np.random.default_rng(0).permutation(len(data))[:150])
    assert advice(data, decode(data)).transfer is transfer

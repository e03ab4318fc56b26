"""Pictures of shapes that several tests need: a picture may show any of them, or none."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

NAMES = ("bar", "dot", "frame", "stripe")
SHARES = (0.5, 0.35, 0.3, 0.15)
SIDE = 16


def shapes(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Grey pictures (n, 16, 16) uint8 and what they show, (n, 4) of 0 and 1."""
    dice = np.random.default_rng(seed)
    truth = (dice.random((n, 4)) < SHARES).astype(np.int8)
    pictures = dice.integers(0, 70, (n, SIDE, SIDE))
    for picture, (bar, dot, frame, stripe) in zip(pictures, truth, strict=True):
        if bar:
            at = dice.integers(3, 11)
            picture[at : at + 2, 3:13] += 150
        if dot:
            down, across = dice.integers(2, 11, 2)
            picture[down : down + 3, across : across + 3] += 160
        if frame:
            picture[[0, -1]] += 120
            picture[:, [0, -1]] += 120
        if stripe:
            at = dice.integers(3, 12)
            picture[2:14, at] += 150
    return pictures.clip(0, 255).astype(np.uint8), truth


def write(folder: Path, n: int = 400, seed: int = 0) -> Path:
    """A list of such pictures with a column of 0 and 1 for each shape, and the pictures beside
    it.
    """
    (folder / "images").mkdir(parents=True)
    pictures, truth = shapes(n, seed)
    with open(folder / "shapes.csv", "w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("file", *NAMES))
        for number, (picture, held) in enumerate(zip(pictures, truth, strict=True)):
            Image.fromarray(picture).save(folder / "images" / f"{number}.png")
            lines.writerow((f"images/{number}.png", *held.tolist()))
    return folder / "shapes.csv"

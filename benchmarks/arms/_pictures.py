"""How do the arrays of a benchmark become a folder of pictures, one folder a class?"""

from pathlib import Path

import numpy as np
from PIL import Image


def written(stored, root: Path) -> Path:
    """train/, val/ and test/ below root, each with class folders of PNG files."""
    for part, name in (("train", "train"), ("validation", "val"), ("test", "test")):
        for number, (picture, target) in enumerate(
            zip(stored[f"x_{part}"], stored[f"y_{part}"], strict=True)
        ):
            place = root / name / f"c{target:03d}"
            place.mkdir(parents=True, exist_ok=True)
            shown = np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture
            Image.fromarray(shown).save(place / f"{number}.png")
    return root

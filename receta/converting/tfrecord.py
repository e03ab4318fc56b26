"""How are pictures written as TFRecord, as TensorFlow's own tools name their features?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from receta.codecs import tfrecord as records
from receta.converting import Written
from receta.converting._pictures import files, suffix
from receta.core.progress import Bar
from receta.data import image
from receta.data.dataset import Dataset

ABOUT = "one file of tf.train.Example: image/encoded, image/class/label and text, id, part"
KINDS = ("images",)
SUFFIX = ".tfrecord"


def tfrecord(data: Dataset, out: Path, size: tuple[int, int] | None, bar: Bar) -> Written:
    """Write a record a picture; nothing of TensorFlow is needed."""
    lost: dict[str, str] = {}

    def examples() -> Iterator[bytes]:
        for position, content in files(data, size, bar, lost):
            height, width, channels = image.probe(content)
            target = int(data.targets[position])
            yield records.example(
                {
                    "image/encoded": content,
                    "image/format": suffix(content).lstrip(".") or "jpg",
                    "image/height": height,
                    "image/width": width,
                    "image/channels": channels,
                    "image/class/label": target,
                    "image/class/text": data.class_names[target],
                    "id": data.ids[position],
                    "part": data.parts[position],
                }
            )

    records.write(out, examples())
    return Written(lost, tuple(one for one in data.ids if one not in lost))


def options(data: Dataset) -> dict[str, Any]:
    """Nothing must be said to load such a file."""
    return {}

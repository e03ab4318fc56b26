"""How much memory does training take when the cache is larger than that?

100,000 pictures of 96 x 96 x 3 (2.8 GB in the cache) are decoded and one epoch of the
linear rung is trained on them, in a process of its own whose peak is read at the end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile

import _table

CHILD = """
import json, resource, sys, time
import numpy as np
from receta.data.dataset import Dataset, Images
from receta.core.recipe import Recipe
from receta.pixels import decode
from receta.splitting import split
from receta.training import train


class Noise(Images):
    def __init__(self, n):
        self.ids, self.targets, self.class_names = [f"row-{i}" for i in range(n)], np.arange(n) % 10, tuple("abcdefghij")

    def raw(self, row):
        picture = np.random.default_rng(row).integers(0, 256, (96, 96, 3), dtype=np.uint8)
        picture[:, 9 * (row % 10) : 9 * (row % 10) + 9] //= 2
        return picture

    def stamp(self):
        return f"noise {len(self)}"


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


data = Dataset.of(Noise(int(sys.argv[1])))
began = time.perf_counter()
pixels = decode(data)
decoding, after_decoding = time.perf_counter() - began, peak()
run = train(split(data), Recipe(rungs=("linear",), epochs=1, batch_size=128), sys.argv[2], pixels=pixels, force=True)
print(json.dumps({"decoding_s": decoding, "after_decoding": after_decoding, "peak": peak(), "speed": run.rungs[0].images_per_second}))
"""


def main() -> None:
    """Measure and write the table."""
    rows: list[list[object]] = []
    for n in (10_000, 100_000):
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "RECETA_CACHE": folder}
            words = [sys.executable, "-c", CHILD, str(n), f"{folder}/run"]
            said = json.loads(
                subprocess.run(
                    words, check=True, capture_output=True, text=True, env=environment
                ).stdout
            )
        rows.append(
            [
                f"{n:,}",
                f"{n * 96 * 96 * 3 / 1e6:,.0f} MB",
                f"{said['decoding_s']:.1f}",
                f"{said['after_decoding']:.0f}",
                f"{said['peak']:.0f}",
                f"{said['speed']:.0f}",
            ]
        )
        print(rows[-1], flush=True)
    _table.write(
        "memory",
        "Memory",
        (__doc__ or "").strip(),
        [
            "pictures",
            "cache",
            "decoding (s)",
            "peak after decoding (MB)",
            "peak after training (MB)",
            "pictures/s",
        ],
        rows,
        [
            "Peak of resident memory of the training process; TensorFlow alone takes about 600 "
            "MB of it."
        ],
    )


if __name__ == "__main__":
    main()

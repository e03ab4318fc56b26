"""How fast are pictures decoded into the cache, against a bare libjpeg-turbo loop?

Bare: one process that decodes JPEGs from memory with libjpeg-turbo, shrinking as it may,
and resizes to 96 x 96; nothing is kept. receta does the same, and hashes and keeps what
it decodes. In turns, five times; the ratio is to (cores x bare).
"""

from __future__ import annotations

import io
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import _table
import numpy as np
import simplejpeg
from PIL import Image

from receta.data.dataset import Dataset, Images
from receta.pixels import decode

SIDE, TURNS = 96, 5
START = """
import time, sys
import receta.pipeline.backend as backend
backend.start()
began = time.perf_counter()
from receta import Recipe, load, split
from receta.pixels import decode
from receta.pipeline.batches import Batches
from receta.pipeline.feed import Feed
data = load(sys.argv[1])
pixels = decode(data, (96, 96), 3)
parts = split(readable(data, pixels), Recipe())
Feed(Batches(pixels, parts.train.rows, parts.train.targets, 64, 0))[0]
print(time.perf_counter() - began)
"""


class Memory(Images):
    """Encoded pictures in memory, so that the disk's speed is out of it."""

    def __init__(self, files: list[bytes]) -> None:
        self.files, self.ids = files, [str(index) for index in range(len(files))]
        self.targets, self.class_names = np.zeros(len(files), np.int64), ("all",)

    def raw(self, row: int) -> bytes:
        return self.files[row]

    def stamp(self) -> str:
        return str(time.time())  # never found again


def bare(files: list[bytes]) -> int:
    """The loop to compare with."""
    for file in files:
        pixels = simplejpeg.decode_jpeg(file, "RGB", min_height=SIDE, min_width=SIDE)
        np.asarray(Image.fromarray(pixels).resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    return len(files)


def main() -> None:
    """Measure and write the table."""
    cores = len(os.sched_getaffinity(0))
    rows: list[list[object]] = []
    notes = []
    with tempfile.TemporaryDirectory() as folder:
        for name, some in _files().items():
            # so that beginning and ending do not count for more than they do in larger data
            files = some * 3
            speeds: dict[str, list[float]] = {"bare": [], "all cores": [], "receta": []}
            for turn in range(TURNS):
                # or it would be found again by its contents
                os.environ["RECETA_CACHE"] = f"{folder}/{name}-{turn}"
                for arm in speeds:
                    began = time.perf_counter()
                    if arm == "bare":
                        bare(files)
                    elif arm == "all cores":
                        _shared_files[:] = files  # forked workers see them without copying
                        with multiprocessing.get_context("fork").Pool(cores) as pool:
                            began = time.perf_counter()
                            pool.map(_chunk, _chunks(files))
                    else:
                        decode(Dataset.of(Memory(files)), (SIDE, SIDE), 3)
                    speeds[arm].append(len(files) / (time.perf_counter() - began))
            middle = {arm: statistics.median(values) for arm, values in speeds.items()}
            ratios = [
                ours / (cores * one)
                for ours, one in zip(speeds["receta"], speeds["bare"], strict=True)
            ]
            limits = [
                most / (cores * one)
                for most, one in zip(speeds["all cores"], speeds["bare"], strict=True)
            ]
            rows.append(
                [
                    name,
                    len(files),
                    *(f"{middle[arm]:.0f}" for arm in speeds),
                    f"{statistics.median(limits):.2f}",
                    f"{statistics.median(ratios):.2f}",
                ]
            )
        os.environ["RECETA_CACHE"] = f"{folder}/start"
        shared = _table.real_data()
        if shared:
            path = str(shared / "cats-vs-dogs" / "cats-vs-dogs.zip")
            times = [
                float(
                    subprocess.run(
                        [sys.executable, "-c", START, path],
                        check=True,
                        capture_output=True,
                        text=True,
                    ).stdout
                )
                for _ in range(4)
            ]
            notes.append(
                f"cats-vs-dogs ZIP, from Keras imported to the first batch: {times[0]:.2f} s "
                "with decoding, "
                f"{statistics.median(times[1:]):.2f} s on later starts (nothing is decoded)."
            )
    _table.write(
        "decoding",
        "Decoding",
        (__doc__ or "").strip(),
        [
            "pictures",
            "n",
            "bare, 1 process",
            f"bare, {cores} processes",
            "receta",
            f"bare {cores} : {cores} x bare",
            f"receta : {cores} x bare",
        ],
        rows,
        [*notes, "Pictures a second, medians."],
    )


_shared_files: list[bytes] = []


def _chunks(files: list[bytes]) -> list[tuple[int, int]]:
    return [(start, start + 64) for start in range(0, len(files), 64)]


def _chunk(where: tuple[int, int]) -> int:
    return bare(_shared_files[where[0] : where[1]])


def _files() -> dict[str, list[bytes]]:
    """JPEGs in memory: the developers' photos, else cuts of scikit-learn's two."""
    shared = _table.real_data()
    if shared is None:
        from sklearn.datasets import load_sample_images

        random = np.random.default_rng(0)
        files = []
        for _ in range(1500):
            photo = load_sample_images().images[random.integers(2)]
            top, left = random.integers(0, 100), random.integers(0, 200)
            buffer = io.BytesIO()
            Image.fromarray(photo[top : top + 320, left : left + 420]).save(
                buffer, "JPEG", quality=88
            )
            files.append(buffer.getvalue())
        return {"cuts of two photos, 420 x 320": files}
    found = {}
    for name in ("cats-vs-dogs", "sign-letters", "sign-digits"):
        with zipfile.ZipFile(Path(shared, name, f"{name}.zip")) as archive:
            found[name] = [archive.read(member) for member in archive.namelist()]
    return found


if __name__ == "__main__":
    main()

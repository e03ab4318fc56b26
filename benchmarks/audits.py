"""How long do all image audits take, and how much memory, against cleanvision and imagededup?

receta: `receta audit FOLDER` with an empty cache, decoding included, all audits of pictures.
cleanvision: all issues that it looks for by default, on as many processes as there are cores.
imagededup: PHash alone, near-duplicates and nothing else. Each in a process and an environment
of its own, in turns; from the start of the process to its end. Memory: the most that the
process and its children held together (resident; what they share counts for each).
Pictures: JPEGs of 280 to 500 pixels, each blended from crops of two real photos, so that no
two are alike.

python benchmarks/audits.py [1000,10000,100000] [turns]: 100,000 are for receta alone.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from pathlib import Path

import _peers
import _table
import numpy as np
import psutil
from PIL import Image

from receta.core import seeds
from receta.core.disk import cache_root

PEERS = {
    "cleanvision": ("cleanvision==0.3.7",),
    "imagededup": ("torch==2.13.0", "imagededup==0.3.3.post2"),
}
MOST_FOR_PEERS = 10_000  # tens of minutes beyond
CLEANVISION = """
import os, sys
from cleanvision import Imagelab
lab = Imagelab(data_path=sys.argv[1])
lab.find_issues(n_jobs=len(os.sched_getaffinity(0)), verbose=False)
"""
IMAGEDEDUP = """
import importlib.abc, importlib.machinery, sys, types
from unittest.mock import MagicMock
class Hollow(importlib.abc.MetaPathFinder, importlib.abc.Loader):  # hashes need no torchvision; its build may not fit torch's
    def find_spec(self, name, path=None, target=None):
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] == "torchvision" else None
    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__getattr__ = lambda name: MagicMock() if not name.startswith("__") else (_ for _ in ()).throw(AttributeError(name))
        return module
    def exec_module(self, module):
        pass
sys.meta_path.insert(0, Hollow())
from imagededup.methods import PHash
if __name__ == "__main__":
    PHash(verbose=False).find_duplicates(image_dir=sys.argv[1], recursive=True)
"""


def main() -> None:
    """Measure and write the table."""
    sizes = [int(size) for size in (sys.argv[1] if len(sys.argv) > 1 else "1000,10000").split(",")]
    turns = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    pool = _photos(max(sizes))
    arms, missing = {"receta": [sys.executable, "-m", "receta", "audit"]}, []
    for peer, script in (("cleanvision", CLEANVISION), ("imagededup", IMAGEDEDUP)):
        python = _peers.python_with(peer, PEERS[peer])
        if isinstance(python, str):
            missing.append(f"{peer} was left out: {python}.")
        else:
            file = cache_root() / "benchmarks" / f"run_{peer}.py"
            file.write_text(script)
            arms[peer] = [str(python), str(file)]
    rows: list[list[object]] = []
    for n in sizes:
        spent: dict[str, list[float]] = defaultdict(list)
        peak: dict[str, float] = defaultdict(float)
        for _ in range(turns if n <= MOST_FOR_PEERS else 1):
            for arm, words in arms.items():
                if arm == "receta" or n <= MOST_FOR_PEERS:
                    seconds, held = _run(words, pool, n)
                    spent[arm].append(seconds)
                    peak[arm] = max(peak[arm], held)
        ours = statistics.median(spent["receta"])
        for arm, seconds_of in spent.items():
            seconds = statistics.median(seconds_of)
            rows.append(
                [
                    f"{n:,}",
                    arm,
                    f"{seconds:.1f}",
                    f"{n / seconds:,.0f}",
                    f"{seconds / n * 1000:.2f}",
                    f"{peak[arm]:,.0f}",
                    f"{seconds / ours:.1f}",
                ]
            )
            print(rows[-1], flush=True)
    _table.write(
        "audits",
        "Audits",
        (__doc__ or "").strip().partition("\n\npython ")[0],
        [
            "pictures",
            "tool",
            "seconds",
            "pictures/s",
            "ms a picture",
            "peak memory (MB)",
            "time : receta's",
        ],
        rows,
        [*missing, f"Medians of {turns} turns; files are in the memory of the system for all."],
    )


def _run(words: list[str], pool: Path, n: int) -> tuple[float, float]:
    """(seconds, MB) of a program that is given a folder of n pictures and an empty cache."""
    with tempfile.TemporaryDirectory(dir=pool.parent) as place:
        folder = Path(place, "photos")
        for number in range(n):
            link = folder / f"class-{number % 2}" / f"{number:06}.jpg"
            link.parent.mkdir(parents=True, exist_ok=True)
            os.link(pool / link.name, link)
        for file in folder.rglob("*.jpg"):
            file.read_bytes()
        environment = {**os.environ, "RECETA_CACHE": f"{place}/cache"}
        began, held = time.perf_counter(), 0.0
        with open(f"{place}/said", "wb") as said:
            process = subprocess.Popen(
                [*words, str(folder)], stdout=said, stderr=said, env=environment
            )
            while process.poll() is None:
                held = max(held, _resident(process.pid))
                time.sleep(0.05)
        seconds = time.perf_counter() - began
        if process.returncode not in (0, 1):  # 1: receta has found something grave
            raise SystemExit(
                f"{words[0]} ended with {process.returncode}: "
                f"{Path(place, 'said').read_text()[-500:]}"
            )
    return seconds, held


def _resident(number: int) -> float:
    """MB that a process and its children hold."""
    try:
        parent = psutil.Process(number)
        family = [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return 0.0
    held = 0
    for one in family:
        try:
            held += one.memory_info().rss
        except psutil.Error:  # ended just now
            continue
    return held / 1e6


def _photos(n: int) -> Path:
    """A folder with at least so many pictures, written once."""
    folder = cache_root() / "benchmarks" / "blended-photos"
    folder.mkdir(parents=True, exist_ok=True)
    todo = [number for number in range(n) if not (folder / f"{number:06}.jpg").exists()]
    if todo:
        print(f"writing {len(todo)} pictures into {folder}", flush=True)
        with multiprocessing.get_context("fork").Pool(len(os.sched_getaffinity(0))) as workers:
            for _ in workers.imap_unordered(functools.partial(_write, folder), todo, chunksize=100):
                pass
    return folder


def _write(folder: Path, number: int) -> None:
    rng = seeds.rng(0, "blended photo", number)
    size = (int(rng.integers(280, 501)), int(rng.integers(280, 501)))
    first, second = (_crop(rng, size) for _ in range(2))
    path, unfinished = folder / f"{number:06}.jpg", folder / f"{number:06}.unfinished"
    Image.blend(first, second, 0.4).save(unfinished, "JPEG", quality=int(rng.integers(75, 96)))
    unfinished.replace(path)


def _crop(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """Half to all of a photo, from anywhere in it, perhaps mirrored."""
    photos = _originals()
    photo = photos[int(rng.integers(len(photos)))]
    wide, high = (int(side * rng.uniform(0.5, 1)) for side in photo.size)
    left, top = (
        int(rng.integers(photo.width - wide + 1)),
        int(rng.integers(photo.height - high + 1)),
    )
    part = photo.resize(size, Image.Resampling.BILINEAR, (left, top, left + wide, top + high))
    return part.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else part


@functools.cache
def _originals() -> list[Image.Image]:
    """The developers' photos, else scikit-learn's two."""
    shared = _table.real_data()
    if shared is None:
        from sklearn.datasets import load_sample_images

        return [Image.fromarray(photo) for photo in load_sample_images().images]
    with zipfile.ZipFile(shared / "cats-vs-dogs" / "cats-vs-dogs.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))[::4]
        return [Image.open(archive.open(name)).convert("RGB") for name in names]


if __name__ == "__main__":
    main()

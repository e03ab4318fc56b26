"""Does `run` survive samples of every source with bytes flipped, cut, doubled, swapped, or under another suffix?"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

from _attack import Attack, Lure, files, mutated, numbered

from receta.sources import shelf

N = 200
SUFFIXES = (
    ".csv",
    ".npz",
    ".parquet",
    ".json",
    ".jsonl",
    ".zip",
    ".tfrecord",
    ".csv.gz",
    ".txt",
    ".tsv",
    ".json.gz",
    ".png",
)


def attacks(folder: Path, rng: random.Random, lure: Lure) -> Iterator[Attack]:
    """200 of them, over all sources that read files."""
    samples = []
    for name in shelf.names():
        module = shelf.module(name)
        place = module.sample(folder / "samples" / name)
        if (folder / "samples" / name).exists():
            samples.append((name, place, getattr(module, "SAMPLE_OPTIONS", {})))
    every = [
        path.read_bytes() for name, _, _ in samples for path in files(folder / "samples" / name)
    ]
    places = numbered(folder)
    for number in range(N):
        name, place, options = samples[number % len(samples)]
        here = next(places)
        shutil.copytree(folder / "samples" / name, here / name)
        moved = place.replace(str(folder / "samples" / name), str(here / name))
        chosen = rng.choice(files(here / name))
        how = ""
        if rng.random() < 0.12 and Path(moved).is_file():
            how = rng.choice(SUFFIXES)
            moved = str(Path(moved).rename(here / f"moved{how}"))
        else:
            for _ in range(rng.choice([1, 1, 2])):
                what, content = mutated(chosen.read_bytes(), rng, every)
                chosen.write_bytes(content)
                how += f"{what} "
        said = [word for key, value in options.items() for word in (f"--{key}", str(value))]
        verb = ["audit"] if options else ["run"]
        yield Attack(f"{name}, {chosen.name}: {how.strip()}", [*verb, moved, *said])

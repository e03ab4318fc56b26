"""Which sound data, and which faults in them, do the checks and audits have to tell apart?"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from receta.audits.made_up import tiny_tables
from receta.data.dataset import Dataset
from receta.data.table import Column, Table

CLASSES = ("bar", "cross", "disc", "ring")
SIDE = 64
SERIES_FAULTS = (
    "time_order",
    "duplicate_times",
    "gaps",
    "irregular_steps",
    "missing",
    "infinite",
    "junk_cells",
)
TABLE_FAULTS = (
    "target_leakage",
    "missing",
    "infinite",
    "constant",
    "duplicate_column",
    "identifier",
    "skew",
    "outlier",
    "duplicate",
    "label_conflict",
    "leak",
    "junk_cells",
    "drift",
)


def photos(
    n: int, random: np.random.Generator, *, noise: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """(n, 64, 64, 3) uint8 and (n,) classes: a shape of some colour before soft spots of light.

    noise: pixels by chance instead, and classes by chance.
    """
    if noise:
        return random.integers(0, 256, (n, SIDE, SIDE, 3)).astype(np.uint8), random.permutation(
            np.arange(n) % len(CLASSES)
        )
    targets = np.arange(n) % len(CLASSES)
    spots = random.uniform(20, 235, (n, 5, 5, 3))
    steps = np.linspace(0, 4, SIDE)
    first = np.minimum(steps.astype(int), 3)
    part = (steps - first)[:, None, None]
    rows = spots[:, first] * (1 - part) + spots[:, first + 1] * part
    pictures = rows[:, :, first] * (1 - part) + rows[:, :, first + 1] * part
    y, x = np.mgrid[:SIDE, :SIDE]
    for picture, target in zip(pictures, targets, strict=True):
        down, right = random.uniform(28, 36, 2)
        size = random.uniform(12, 18)
        apart = np.hypot(y - down, x - right)
        bar, upright = (
            (abs(y - down) < 4) & (abs(x - right) < size),
            (abs(x - right) < 4) & (abs(y - down) < size),
        )
        shape = (bar, bar | upright, apart < size, abs(apart - size + 3) < 3)[target]
        colour = random.uniform(0, 255, 3)
        picture[shape] = 0.2 * picture[shape] + 0.8 * colour
    return np.clip(pictures + random.normal(0, 5, pictures.shape), 0, 255).astype(np.uint8), targets


def write_photos(
    folder: Path, pictures: np.ndarray, targets: np.ndarray, *, held_out: float = 0.25
) -> dict[int, Path]:
    """Write JPEGs as [train|test]/class/IMG_0001.jpg; each picture's path."""
    paths = {}
    for number, (picture, target) in enumerate(zip(pictures, targets, strict=True)):
        part = "test" if number % 100 < 100 * held_out else "train"
        path = folder / part / CLASSES[target] / f"IMG_{number:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_jpeg(picture))
        paths[number] = path
    return paths


def _jpeg(picture: np.ndarray | Image.Image, quality: int = 92) -> bytes:
    buffer = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _png(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def _again(path: Path) -> bytes:
    """The picture saved anew, a little brighter and smaller."""
    image = Image.open(path).resize((56, 56))
    return _jpeg(image.point(lambda value: min(255, int(value * 1.06) + 3)), 75)


# Each writes one file, or over one: (the picture at a path, a path of another class, in the test
# part, random) -> (path, bytes).
Fault = Callable[[Path, Path, Path, np.random.Generator], tuple[Path, bytes]]
PHOTO_FAULTS: dict[str, Fault] = {
    "unreadable": lambda own, other, test, random: (own, b"\xff\xd8" + random.bytes(900)),
    "truncated": lambda own, other, test, random: (
        own,
        own.read_bytes()[: len(own.read_bytes()) // 2],
    ),
    "leak": lambda own, other, test, random: (test.with_name("again.jpg"), own.read_bytes()),
    "near_leak": lambda own, other, test, random: (test.with_name("anew.jpg"), _again(own)),
    "label_conflict": lambda own, other, test, random: (
        other.with_name("again.jpg"),
        own.read_bytes(),
    ),
    "near_conflict": lambda own, other, test, random: (other.with_name("anew.jpg"), _again(own)),
    "duplicate": lambda own, other, test, random: (own.with_name("twice.jpg"), own.read_bytes()),
    "near_duplicate": lambda own, other, test, random: (own.with_name("anew.jpg"), _again(own)),
    "extension": lambda own, other, test, random: (own, _png(_seen(own))),
    "low_information": lambda own, other, test, random: (
        own,
        _jpeg(np.full((SIDE, SIDE, 3), random.integers(60, 200), np.uint8)),
    ),
    "dark": lambda own, other, test, random: (own, _jpeg((_seen(own) * 0.12).astype(np.uint8))),
    "bright": lambda own, other, test, random: (
        own,
        _jpeg((232 + _seen(own) * 0.09).astype(np.uint8)),
    ),
    "blurry": lambda own, other, test, random: (
        own,
        _jpeg(Image.open(own).filter(ImageFilter.GaussianBlur(6))),
    ),
    "odd_size": lambda own, other, test, random: (own, _jpeg(Image.open(own).resize((640, 640)))),
    "odd_shape": lambda own, other, test, random: (own, _jpeg(Image.open(own).resize((120, 30)))),
    "grey_among_colour": lambda own, other, test, random: (
        own,
        _jpeg(Image.open(own).convert("L")),
    ),
    "outlier": lambda own, other, test, random: (
        own,
        _jpeg(random.integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)),
    ),
}


def _seen(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


def plant_in_photos(
    folder: Path, paths: dict[int, Path], random: np.random.Generator
) -> dict[str, str]:
    """Plant each fault once, in a picture of its own; fault -> the id of the file that is wrong."""
    train = [path for path in paths.values() if "train" in path.parts]
    test = [path for path in paths.values() if "test" in path.parts]
    chosen = iter(random.permutation(len(train)))
    planted = {}
    for name, fault in PHOTO_FAULTS.items():
        own = train[next(chosen)]
        other = next(path for path in train if path.parent != own.parent)
        there = next(path for path in test if path.parent.name == own.parent.name)
        path, content = fault(own, other, there, random)
        path = path if path == own else path.with_name(f"{path.stem}_{name}.jpg")
        path.write_bytes(content)
        planted[name] = path.relative_to(folder).as_posix()
    return planted


def sound_table(name: str, random: np.random.Generator) -> Dataset:
    """Two thirds of a table that comes with scikit-learn, in parts.

    `noise`: numbers and classes by chance.
    """
    if name == "noise":
        cells, targets = random.normal(size=(300, 8)), random.integers(0, 3, 300)
    else:
        import sklearn.datasets

        found: Any = getattr(sklearn.datasets, f"load_{name}")()
        kept = np.sort(random.permutation(len(found.data))[: 2 * len(found.data) // 3])
        cells, targets = found.data[kept], found.target[kept]
    return _table(
        [
            Column(f"c{index}", "number", values.astype(np.float64))
            for index, values in enumerate(cells.T)
        ],
        targets,
        random,
    )


def _table(
    columns: list[Column],
    targets: np.ndarray,
    random: np.random.Generator,
    parts: np.ndarray | None = None,
) -> Dataset:
    parts = (
        np.where(random.random(len(targets)) < 0.25, "test", "train") if parts is None else parts
    )
    names = tuple(f"k{index}" for index in range(int(targets.max()) + 1))
    ids = [f"row-{row + 1}" for row in range(len(targets))]
    return Dataset.of(
        Table(
            "sound",
            columns,
            targets.astype(np.int64),
            task="classes",
            target_name="y",
            stamp="",
            ids=ids,
            class_names=names,
            parts=parts.tolist(),
        )
    )


def plant_in_table(data: Dataset, name: str, random: np.random.Generator) -> Dataset:
    """The table with one fault."""
    columns, targets, parts = list(data.columns), data.targets, np.array(data.parts)
    n, first = len(targets), data.columns[0].values.copy()
    added: dict[str, Callable[[], np.ndarray]] = {
        "target_leakage": lambda: targets + random.normal(0, 0.05, n),
        "missing": lambda: np.where(random.random(n) < 0.1, np.nan, random.normal(size=n)),
        "infinite": lambda: np.where(np.arange(n) == n // 2, np.inf, random.normal(size=n)),
        "constant": lambda: (np.arange(n) < 2).astype(np.float64),
        "duplicate_column": lambda: first * 2 + 1,
        "identifier": lambda: np.arange(n) + 1000.0,
        "skew": lambda: np.exp(1.5 * random.normal(size=n)),
        "outlier": lambda: np.where(np.arange(n) == n // 3, 1000.0, random.normal(5, 1, n)),
        "junk_cells": lambda: random.normal(size=n),
    }
    if name in added:
        junk = {3: "fwefew"} if name == "junk_cells" else {}
        return _table(
            [*columns, Column("planted", "number", added[name](), junk=junk)],
            targets,
            random,
            parts,
        )
    if name == "drift":
        moved = first + np.where(parts == "test", 1.5 * first.std(), 0)
        return _table([Column("c0", "number", moved), *columns[1:]], targets, random, parts)
    wanted = np.flatnonzero(parts == "train")[0]
    rows = np.append(np.arange(n), wanted)
    targets, parts = targets[rows], parts[rows]
    if name == "label_conflict":
        targets[-1] = (targets[-1] + 1) % (targets.max() + 1)
    if name == "leak":
        parts[-1] = "test"
    return _table(
        [Column(one.name, "number", one.values[rows]) for one in columns], targets, random, parts
    )


def sound_series(
    random: np.random.Generator, *, noise: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """(values, times) of forty days by the hour: a wave a day and what lingers.

    noise: nothing lingers.
    """
    n = 960
    values = random.normal(size=n)
    if not noise:
        for step in range(1, n):
            values[step] += 0.8 * values[step - 1]
        values += 3 * np.sin(2 * np.pi * np.arange(n) / 24)
    return values, np.datetime64("2024-02-01T00:00:00") + np.arange(n) * np.timedelta64(1, "h")


def plant_in_series(
    values: np.ndarray, times: np.ndarray, name: str, random: np.random.Generator
) -> Dataset:
    """The series with one fault, or none."""
    values, times, at = values.copy(), times.copy(), int(random.integers(50, 900))
    more: dict[str, Any] = {}
    if name == "time_order":
        order = np.arange(len(times))
        order[[at, at + 1]] = order[[at + 1, at]]
        more["file_order"] = order
    elif name == "duplicate_times":
        times[at] = times[at - 1]
    elif name == "gaps":
        values, times = np.delete(values, at), np.delete(times, at)
    elif name == "irregular_steps":
        times[at] += np.timedelta64(20, "m")
    elif name in ("missing", "infinite"):
        values[at] = np.nan if name == "missing" else np.inf
    elif name == "junk_cells":
        values[at] = np.nan
        more["junk"] = {at: "fwefew"}
    return tiny_tables.series(values, times, window=24, **more)

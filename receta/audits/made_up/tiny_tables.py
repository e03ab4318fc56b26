"""How do audits make their tiny innocent and culprit tables and series in memory?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from receta.core import seeds
from receta.data.dataset import Dataset, Quarantined
from receta.data.series import Series
from receta.data.table import Column, Table


def column(
    name: str, cells: Sequence[object] | np.ndarray, junk: Mapping[int, str] | None = None
) -> Column:
    """A column of dates, of texts (None is missing) or else of numbers.

    >>> column("size", ["S", None, "M", "S"]).values.tolist()
    [1, -1, 0, 1]
    """
    if isinstance(cells, np.ndarray) and cells.dtype.kind == "M":
        return Column(name, "date", cells.astype("datetime64[s]"))
    if any(isinstance(cell, str) for cell in cells):
        names = tuple(sorted({str(cell) for cell in cells if cell is not None}))
        where = {text: position for position, text in enumerate(names)}
        return Column(
            name,
            "category",
            np.array([-1 if cell is None else where[str(cell)] for cell in cells], np.int32),
            names,
        )
    return Column(name, "number", np.asarray(cells, np.float64), junk=dict(junk or {}))


def table(
    target: Sequence[object] | np.ndarray,
    columns: Sequence[Column],
    *,
    parts: Sequence[str] | None = None,
    strays: Sequence[Quarantined] = (),
) -> Dataset:
    """A table in memory: texts as a target are classes, numbers are values."""
    ids = [f"row-{row + 1}" for row in range(len(target))]
    if len(target) and isinstance(target[0], str):
        names = tuple(sorted({str(cell) for cell in target}))
        where = {text: position for position, text in enumerate(names)}
        classes = np.array([where[str(cell)] for cell in target], np.int64)
        source: Any = Table(
            "example(",
            columns,
            classes,
            task="classes",
            target_name="y",
            ids=ids,
            version="",
            class_names=names,
            parts=parts,
            strays=strays,
        )
    else:
        source = Table(
            "example(",
            columns,
            np.asarray(target, np.float64),
            task="values",
            target_name="y",
            ids=ids,
            version="",
            parts=parts,
            strays=strays,
        )
    return Dataset.of(source)


def noise(n: int, *words: str) -> np.ndarray:
    """(n,) float64, normal; always the same for the same words."""
    return seeds.rng(0, "example", *words).normal(size=n)


def honest(n: int = 60, **more: Sequence[object] | np.ndarray) -> Dataset:
    """Two classes with an honest number and category, and whatever columns are added."""
    target = ["yes" if row % 2 else "no" for row in range(n)]
    length = noise(n, "length") + np.arange(n) % 2
    colour = [
        ("red", "green", "blue")[int(one)]
        for one in seeds.rng(0, "example", "colour").integers(0, 3, n)
    ]
    return table(
        target,
        [
            column("length", length),
            column("colour", colour),
            *(column(name, cells) for name, cells in more.items()),
        ],
    )


def series(
    values: Sequence[float] | np.ndarray,
    times: Sequence[str] | np.ndarray | None = None,
    *,
    window: int = 4,
    horizon: int = 1,
    names: Sequence[str] = ("y",),
    parts: Sequence[str] | None = None,
) -> Dataset:
    """A series in memory; without times a day a step from 2001 on."""
    block = np.asarray(values, np.float64).reshape(len(values), -1)
    if times is None:
        times = np.datetime64("2001-01-01") + np.arange(len(block))
    source: Any = Series(
        "example(",
        block,
        np.asarray(times, "datetime64[s]"),
        window=window,
        horizon=horizon,
        channel_names=names,
        version="",
    )
    source.parts = parts
    return Dataset.of(source)

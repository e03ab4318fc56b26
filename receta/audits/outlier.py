"""Which examples are unlike all others: foreign pictures, cells far outside their column?"""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from receta import tasks
from receta.audits.made_up import tiny_folders
from receta.core import seeds
from receta.core.facts import Facts
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.data.table import Column
from receta.probing import features, small_model
from receta.probing.fences import FEWEST, find_fences
from receta.probing.rows import own_parts, readable

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "grey_among_colour"
QUESTION = "Do all pictures look like they belong?"
FINDS = "pictures far from all others of their class; cells far outside their column"
WARNS = "any"
KINDS = ("images", "table")
UNIT = "examples"
BOUND = 0  # beyond the fences below
# Of pictures' logarithmic distances: 0.0 to 0.4 % of six real sets lie beyond, of foreign pictures
# among hands on plain ground nearly all, on black ground half, and few among photos of everything
# (LOG.md).
_FAR = 1.75
# of sound sets may name a picture: at 1.75 for all sizes 6 of 8 sets of 600 digits did (LOG.md)
_ALARM = 0.05
# of the logarithm of fine detail: noise lies at 2.9 to 19, of six real sets at most 0.2 % beyond
# (LOG.md)
_GRAINY = 2.5
_NEIGHBOUR = 10  # so up to nine copies of a foreign picture do not hide each other
_REFERENCES = 2000  # pictures that all are compared with: linear in n
_DIRECTIONS = 96
_MOST_SHOWN = 500


def outlier(data: Dataset, pixels: Pixels | None) -> list[Finding]:
    """Pictures far from all others; cells of a table far outside their column.

    Pictures: distance to the tenth nearest other picture, over what is usual in its class,
    and finer detail than is usual; one finding. Likeness to another class is no oddity here:
    `label_error` looks for that.
    Tables: one finding a column, `shown` its name and the fences; missing and infinite
    cells are others' to name. Fences come from examples outside validation and test.
    """
    expected = f"{BOUND}"
    findings = _pictures(data, pixels, expected) if pixels is not None else _cells(data, expected)
    return findings or [Finding("outlier", "ok", 0, UNIT, expected)]


def _pictures(data: Dataset, pixels: Pixels, expected: str) -> list[Finding]:
    examined = np.flatnonzero(readable(data, pixels))
    if len(examined) < FEWEST:
        return []
    looks = features.looks(data, pixels)[examined]
    learnt = own_parts(data)[examined] == 0
    targets = np.zeros(len(examined), np.int64)
    if tasks.of(data.task).IS_EXCLUSIVE:
        targets = data.targets[examined]
    rng = seeds.rng(0, "outlier")
    vectors = features.principal(looks["look"], _DIRECTIONS, rng)
    spread = vectors.var(axis=0)
    # the first directions would drown the others
    vectors /= np.sqrt(spread + 0.1 * spread.mean() + 1e-12)
    far = _beyond(
        np.log(np.maximum(_to_neighbour(vectors, rng), 1e-6)), targets, learnt
    ) / _fence_of(len(examined))
    grainy = (
        _beyond(np.log1p(looks["detail"].astype(np.float64)), np.zeros_like(targets), learnt)
        / _GRAINY
    )
    how_far = np.maximum(far, grainy)
    odd = np.flatnonzero(how_far > 1)
    odd = odd[np.argsort(-how_far[odd], kind="stable")]
    if not len(odd):
        return []
    return [
        Finding(
            "outlier",
            "warn",
            len(odd),
            UNIT,
            expected,
            f"{len(odd)} of {len(examined)}: farther from all others than is usual in their "
            "class, or of finer grain",
            tuple(data.ids[examined[index]] for index in odd),
            advice="Look at them, the first being the oddest: a picture that is no example of "
            "its class teaches nothing. "
            "`receta clean --fix outlier` leaves them out.",
            shown={
                data.ids[examined[index]]: round(float(how_far[index]), 2)
                for index in odd[:_MOST_SHOWN]
            },
        )
    ]


def _fence_of(n: int) -> float:
    """Interquartile ranges that the farthest of n sound pictures stays within, in all but one
    of twenty sets.

    Of a normal distribution, as logarithms of distances nearly are; never less than _FAR.
    """
    from scipy.stats import norm

    upper = float(norm.isf(0.25))
    return max(_FAR, (float(norm.isf(_ALARM / n)) - upper) / (2 * upper))


def _to_neighbour(vectors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) distance to the tenth nearest of the pictures that all are compared with."""
    n = len(vectors)
    chosen = np.sort(rng.permutation(n)[:_REFERENCES])
    others, nth = vectors[chosen], min(_NEIGHBOUR, len(chosen) - 1)
    found = np.empty(n)
    for start in range(0, n, 2048):
        some = vectors[start : start + 2048]
        apart = small_model.distances(some, others)
        own = np.flatnonzero((chosen >= start) & (chosen < start + len(some)))
        apart[chosen[own] - start, own] = np.inf  # not its own neighbour
        found[start : start + len(some)] = np.partition(apart, nth - 1, axis=1)[:, nth - 1]
    return np.sqrt(found)


def _beyond(values: np.ndarray, targets: np.ndarray, learnt: np.ndarray) -> np.ndarray:
    """(n,) interquartile ranges above the upper quartile of each example's class."""
    found = np.full(len(values), -np.inf)
    if np.count_nonzero(learnt) < FEWEST:
        learnt = np.ones_like(learnt)
    lower, upper = np.quantile(values[learnt], [0.25, 0.75])
    # a class of near-copies has a spread too narrow to judge by
    least = max(float(upper - lower), 1e-3)
    for own in small_model.by_class(targets):
        low, high = (lower, upper)
        known = own[learnt[own]]
        if len(known) >= FEWEST:
            low, high = np.quantile(values[known], [0.25, 0.75])
        found[own] = (values[own] - high) / max(float(high - low), least)
    return found


def _cells(data: Dataset, expected: str) -> list[Finding]:
    findings = []
    learnt = own_parts(data) == 0
    for column in data.columns:
        if column.kind == "category":
            continue
        values = column.numbers()
        there = np.isfinite(values)
        fences = find_fences(values[there & learnt])
        if fences is None:
            continue
        low, high = fences
        beyond = np.flatnonzero(there & ((values < low) | (values > high)))
        if not len(beyond):
            continue
        middle = float(np.median(values[there & learnt]))
        worst = int(beyond[np.abs(values[beyond] - middle).argmax()])
        findings.append(
            Finding(
                "outlier",
                "warn",
                len(beyond),
                UNIT,
                expected,
                f"column {column.name!r}: {len(beyond)} of {np.count_nonzero(there)} cells outside "
                f"{_said(column, low)} to {_said(column, high)}, such as "
                f"{_said(column, float(values[worst]))}",
                tuple(data.ids[position] for position in beyond),
                advice="Look whether they are slips of a unit or of a decimal point. Where they "
                "are, "
                "`receta clean --fix outlier` clips them to the fences; where they are true, "
                "leave them.",
                facts=Facts(column=column.name),
                shown={
                    "column": column.name,
                    "low": low,
                    "high": high,
                    "worst": float(values[worst]),
                },
            )
        )
    return findings


def _said(column: Column, value: float) -> str:
    if column.kind != "date":
        return f"{value:.6g}"
    try:
        return str(np.datetime64(math.floor(value), "s"))[:10]
    except (OverflowError, ValueError):
        return f"{value:.6g} seconds"


def innocent(folder: Path) -> str:
    """Write two classes of smooth pictures."""
    return tiny_folders.write(folder, _slopes())


def culprit(folder: Path) -> str:
    """Write the same and a picture of noise among them."""
    noise = seeds.rng(0, "outlier", "noise").integers(0, 256, (8, 8, 3)).astype(np.uint8)
    return tiny_folders.write(folder, {**_slopes(), "cat/noise.png": _png(noise)})


def _slopes() -> dict[str, int | bytes]:
    rng = seeds.rng(0, "outlier", "plain slopes")
    pictures: dict[str, int | bytes] = {}
    for number in range(120):
        slope = np.linspace(40, 200, 8) if number % 2 else np.linspace(200, 40, 8)
        picture = np.repeat(np.tile(slope, (8, 1))[:, :, None], 3, axis=2) + rng.integers(
            -9, 9, (8, 8, 3)
        )
        pictures[f"{'cat' if number % 2 else 'dog'}/{number}.png"] = _png(picture.astype(np.uint8))
    return pictures


def _png(picture: np.ndarray) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()

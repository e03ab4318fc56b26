"""Does something that is not in the subject, such as size or background, give the class away?"""

from __future__ import annotations

import io
import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from receta.audits import _examples
from receta.core import seeds
from receta.core.finding import Finding
from receta.data.dataset import Dataset
from receta.probing import features, small_model
from receta.probing.rows import own_parts, readable

if TYPE_CHECKING:
    from receta.pixels import Pixels

ORDER = 130
UNIT = "kappa"
# Of the way from chance (0) to always right (1): the middle of what Landis and Koch (1977) call
# fair agreement.
# What the border truly says of a subject reaches 0.20 on 8 x 8 digits and 0.17 on Fashion-MNIST
# (LOG.md).
BOUND = 0.3
_ERRORS = 3  # standard errors above the bound's chance: 1 in 700 a cue
_BINS = 16  # of about equal numbers: as fine as a decision tree of depth 4
_LEVELS = 4  # of 255: less of brightness is what compression does, and nobody's background
_QUALITIES = (75, 95)  # of JPEG: what coarse and what fine detail weighs
_FEWEST = 10  # examples of a class, to be counted
# How cameras, phones and programs begin the names of files: they tell where a picture comes from.
_DEVICES = frozenset(
    [
        "img",
        "dsc",
        "dscn",
        "dscf",
        "dcim",
        "pxl",
        "mvi",
        "gopr",
        "dji",
        "photo",
        "image",
        "picture",
        "pic",
        "scan",
        "screenshot",
        "screen",
        "whatsapp",
        "received",
        "download",
        "frame",
        "unnamed",
        "cam",
        "webcam",
    ]
)


@dataclass(frozen=True)
class Cue:
    """One thing that might give the class away. values: (n, k) numbers, NaN where unknown."""

    name: str
    values: np.ndarray
    bins: int = _BINS


_ADVICE = {
    "size": "The classes seem to come from different sources, and a network sees the size in how "
    "sharp or stretched "
    "the resized pictures are. Crop or resize all classes alike before they are collected into "
    "one set.",
    "bytes": "The classes seem to have been compressed or taken differently, which a network may "
    "learn instead of the "
    "subject. Save all classes with one program and one quality.",
    "format": "The classes seem to come from different programs, whose traces a network may "
    "learn instead of the "
    "subject. Save all classes in one format, from originals of one kind.",
    "border": "A network may learn the background instead of the subject. Take pictures of all "
    "classes before the same "
    "backgrounds, or crop to the subject; judge on pictures with other backgrounds.",
    "name": "A network sees no names, but the classes seem to come from different cameras or "
    "sources, whose traces it "
    "may learn. Look whether the pictures of the classes differ in more than the subject.",
}


def shortcut(data: Dataset, pixels: Pixels) -> list[Finding]:
    """Size, stored bytes, format, border and file name, each alone against the class.

    Each cue is cut into bins that say the class most frequent in them, learnt on four
    fifths and judged on the rest (by group where there are groups). Measured: kappa, how
    far balanced accuracy gets from chance (0) to perfect (1). `ids`: examples whose class
    the cue gave away.
    """
    if data.task == "labels":
        return [
            Finding(
                "shortcut",
                "ok",
                0,
                UNIT,
                f"<= {BOUND:g}",
                "a picture may have several labels, not one class",
                judged=False,
            )
        ]
    kept = readable(data, pixels) & (own_parts(data) == 0)
    counts = np.bincount(data.targets[kept], minlength=len(data.class_names))
    kept &= (counts >= _FEWEST)[data.targets]
    examined = np.flatnonzero(kept)
    present, targets = np.unique(data.targets[examined], return_inverse=True)
    expected = f"<= {BOUND:g} of the way from chance (0) to always right (1)"
    if len(present) < 2:
        return [
            Finding(
                "shortcut",
                "ok",
                0,
                UNIT,
                expected,
                f"fewer than two classes of {_FEWEST} images",
                judged=False,
            )
        ]
    groups = None if data.groups is None else [data.groups[position] for position in examined]
    fold = small_model.folds(targets, groups, seeds.rng(0, "shortcut", "folds"))
    findings: list[Finding] = []
    tried: list[tuple[float, str]] = []
    for kind, cues in _cues(data, pixels, examined, targets).items():
        judged = [(*_judge(cue, targets, fold, len(present)), cue) for cue in cues]
        if not judged:
            continue
        kappa, error, right, cue = max(judged, key=lambda one: one[0])
        tried.append((kappa, cue.name))
        if kappa <= BOUND or kappa <= _ERRORS * error:
            continue
        if kind == "bytes" and any(
            finding.shown["kind"] in ("size", "format") for finding in findings
        ):
            continue  # larger pictures have more bytes: said already
        accuracy = 1 / len(present) + kappa * (1 - 1 / len(present))
        findings.append(
            Finding(
                "shortcut",
                "warn",
                round(kappa, 4),
                UNIT,
                expected,
                f"{cue.name} alone: balanced accuracy {accuracy:.0%}, by chance "
                f"{1 / len(present):.0%}",
                tuple(data.ids[position] for position in examined[right]),
                advice=_ADVICE[kind],
                shown={
                    "kind": kind,
                    "cue": cue.name,
                    "accuracy": round(accuracy, 4),
                    "chance": round(1 / len(present), 4),
                    "median": _medians(
                        cue, targets, [data.class_names[index] for index in present]
                    ),
                },
            )
        )
    if findings:
        return findings
    kappa, name = max(tried, default=(0.0, ""))
    return [
        Finding(
            "shortcut",
            "ok",
            round(max(0.0, kappa), 4),
            UNIT,
            expected,
            f"most by {name}" if name else "",
        )
    ]


def _cues(
    data: Dataset, pixels: Pixels, examined: np.ndarray, targets: np.ndarray
) -> dict[str, list[Cue]]:
    rows = data.rows[examined]
    height, width = pixels.sizes[rows].astype(np.float64).T
    cues: dict[str, list[Cue]] = {"size": [], "format": [], "bytes": [], "border": [], "name": []}
    if np.ptp(height) or np.ptp(width):
        shape = width / np.maximum(height, 1)
        cues["size"] = [
            Cue("height", height[:, None]),
            Cue("width", width[:, None]),
            Cue("width over height", shape[:, None]),
        ]
    formats = getattr(pixels, "formats", None)
    if formats is not None:
        cues["format"] = [Cue("format", _numbered(np.asarray(formats)[rows].tolist()))]
    else:
        suffixes = [Path(data.ids[position]).suffix.lower() for position in examined]
        cues["format"] = [Cue("file suffix", _numbered(suffixes))]
    stored = getattr(pixels, "n_bytes", None)
    if stored is not None:
        weight = np.asarray(stored)[rows].astype(np.float64)
        unexplained = _subtract_detail(
            weight, height * width, _weigh_all(pixels, weight)[rows], targets
        )
        cues["bytes"] = [
            Cue("file size beyond what the picture's detail explains", unexplained[:, None])
        ]
    looks = features.looks(data, pixels)[examined]
    border = np.round(looks["border"].astype(np.float64) / _LEVELS)
    cues["border"] = [Cue("brightness of the border", border.mean(axis=1)[:, None])]
    if np.ptp(border, axis=1).max(initial=0) > 0:
        cues["border"].append(Cue("colour of the border", border, 4))
    names = _beginnings([data.ids[position] for position in examined], data.class_names, targets)
    cues["name"] = [Cue("beginning of the file name", _numbered(names))]
    return {
        kind: [cue for cue in some if np.ptp(cue.values, axis=0).any()]
        for kind, some in cues.items()
    }


def _subtract_detail(
    weight: np.ndarray, area: np.ndarray, own: np.ndarray, targets: np.ndarray
) -> np.ndarray:
    """(n,) log of each file's size, without what its own picture explains.

    A ring has more edges than a disc, so its files are larger however they were saved. What
    explains them is the area and what the kept picture weighs when one encoder writes it.
    The slopes are fitted inside the classes (analysis of covariance), so that a difference
    between classes in how they were saved stays.
    """
    explains = np.log1p(np.column_stack([area, own]).astype(np.float64))
    explains = np.column_stack([explains, explains**2])
    size = np.log(np.maximum(weight, 1))
    counts = np.bincount(targets)

    def centre(column: np.ndarray) -> np.ndarray:
        return column - (np.bincount(targets, column) / counts)[targets]

    inside = np.column_stack([centre(column) for column in explains.T])
    slopes, *_ = np.linalg.lstsq(inside, centre(size), rcond=1e-6)
    return np.asarray(size - explains @ slopes)


def _weigh_all(pixels: Pixels, weight: np.ndarray) -> np.ndarray:
    """(n, qualities) bytes of each kept picture as JPEG; zeros where no file has a size."""
    if not np.ptp(weight):
        return np.zeros((len(pixels.sizes), len(_QUALITIES)), np.float32)
    record = np.dtype([("bytes", "f4", (len(_QUALITIES),))])
    return pixels.measured("jpeg", lambda pictures: _weigh(pictures, record), record)["bytes"]


def _weigh(pictures: np.ndarray, record: np.dtype[Any]) -> np.ndarray:
    found = np.zeros(len(pictures), record)
    for number, picture in enumerate(pictures):
        whole = Image.fromarray(picture[..., 0] if picture.shape[2] == 1 else picture)
        for column, quality in enumerate(_QUALITIES):
            buffer = io.BytesIO()
            whole.save(buffer, "JPEG", quality=quality)
            found["bytes"][number, column] = buffer.tell()
    return found


def _numbered(texts: list[str]) -> np.ndarray:
    """(n, 1): each text by its rank in frequency; rare ones share the last number."""
    order = {
        text: float(rank) for rank, (text, _) in enumerate(Counter(texts).most_common(_BINS - 1))
    }
    return np.array([[order.get(text, float(_BINS - 1))] for text in texts])


def _beginnings(ids: list[str], class_names: tuple[str, ...], targets: np.ndarray) -> list[str]:
    """The letters that each file name begins with, without what is only a name of its class.

    A beginning that one class alone has is taken for the class's own name (zero_1.jpg),
    unless it is known of cameras and programs.
    """
    stems = [name.removeprefix("test:").rpartition("/")[2].rpartition(".")[0] for name in ids]
    words = [
        found[0].casefold() if (found := re.match(r"[_\W]*([^\W\d_]+)", stem)) else ""
        for stem in stems
    ]
    words = [word.lstrip("_-. ([{#@!") for word in words]
    own = {part for name in class_names for part in re.findall(r"[^\W\d_]+", name.casefold())}
    belongs: dict[str, set[int]] = {}
    for word, target in zip(words, targets.tolist(), strict=True):
        belongs.setdefault(word, set()).add(target)

    def named(word: str) -> bool:
        if word in _DEVICES:
            return False
        alike = word in own or any(
            len(part) > 2 and len(word) > 2 and (word.startswith(part) or part.startswith(word))
            for part in own
        )
        return alike or len(belongs[word]) == 1

    without = {word: "" if named(word) else word for word in belongs}
    return [without[word] for word in words]


def _judge(
    cue: Cue, targets: np.ndarray, fold: np.ndarray, classes: int
) -> tuple[float, float, np.ndarray]:
    """(kappa, its standard error, which examples are right): the cue alone, out of fold."""
    bins = np.zeros(len(targets), np.int64)
    for column in cue.values.T:
        different = np.unique(column)
        if len(different) > cue.bins:
            different = np.unique(np.quantile(column, np.arange(1, cue.bins) / cue.bins))
            bins = bins * cue.bins + np.searchsorted(different, column, side="right")
        else:
            bins = bins * cue.bins + np.searchsorted(different, column)
    used, bins = np.unique(bins, return_inverse=True)
    counts = np.zeros((small_model.FOLDS, len(used), classes))
    np.add.at(counts, (fold, bins, targets), 1)
    share = np.zeros(len(targets))
    for one in range(small_model.FOLDS):
        learnt = counts.sum(axis=0) - counts[one]
        even = learnt / np.maximum(learnt.sum(axis=0), 1)  # every class weighs the same
        best = (even == even.max(axis=1, keepdims=True)) & (learnt.sum(axis=1, keepdims=True) > 0)
        here = fold == one
        share[here] = (best / np.maximum(best.sum(axis=1, keepdims=True), 1))[
            bins[here], targets[here]
        ]
        nothing = ~best.any(axis=1)
        share[here] = np.where(nothing[bins[here]], 1 / classes, share[here])
    n = np.bincount(targets, minlength=classes)
    recall = np.bincount(targets, share, classes) / n
    error = math.sqrt(float((np.maximum(recall * (1 - recall), 1 / n) / n).sum())) / classes
    chance = 1 / classes
    return (float(recall.mean()) - chance) / (1 - chance), error / (1 - chance), share > 0.5


def _medians(cue: Cue, targets: np.ndarray, names: list[str]) -> dict[str, float]:
    """Of each class the median of the cue, for the report; of the first 50 classes."""
    plain = cue.values.mean(axis=1)
    return {
        name: round(float(np.median(plain[targets == index])), 3)
        for index, name in enumerate(names[:50])
    }


def innocent(folder: Path) -> str:
    """Write two classes of which neither size nor background differ."""
    return _examples.write(folder, _squares({"cat": 90, "dog": 90}))


def culprit(folder: Path) -> str:
    """Write two classes before backgrounds of their own."""
    return _examples.write(folder, _squares({"cat": 60, "dog": 180}))


def _squares(backgrounds: dict[str, int]) -> dict[str, int | bytes]:
    rng = seeds.rng(0, "shortcut", "squares")
    pictures: dict[str, int | bytes] = {}
    for name, light in backgrounds.items():
        for number in range(60):
            picture = np.full((8, 8, 3), light + rng.integers(-20, 20), np.uint8)
            picture[2:6, 2:6] = rng.integers(0, 256, (4, 4, 3))
            buffer = io.BytesIO()
            Image.fromarray(picture).save(buffer, "BMP")  # all of one size
            pictures[f"{name}/{number}.bmp"] = buffer.getvalue()
    return pictures

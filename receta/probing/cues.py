"""Which traces beside the subject may give a class away, and how well does each do?

Size, format, stored bytes, border and the beginning of the file name.
"""

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

from receta.data.dataset import Dataset
from receta.probing import features, small_model

if TYPE_CHECKING:
    from receta.pixels import Pixels

_QUALITIES = (75, 95)  # of JPEG: what coarse and what fine detail weighs
_LEVELS = 4  # of 255: less of brightness is what compression does, and nobody's background
_BINS = 16  # of about equal numbers: as fine as a decision tree of depth 4
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


def find_cues(
    data: Dataset, pixels: Pixels, examined: np.ndarray, targets: np.ndarray
) -> dict[str, list[Cue]]:
    """The cues of the pictures at these positions, by what they are of: size, format, bytes ..."""
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
        cues["format"] = [Cue("format", _number(np.asarray(formats)[rows].tolist()))]
    else:
        suffixes = [Path(data.ids[position]).suffix.lower() for position in examined]
        cues["format"] = [Cue("file suffix", _number(suffixes))]
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
    cues["name"] = [Cue("beginning of the file name", _number(names))]
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


def _number(texts: list[str]) -> np.ndarray:
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

    def is_name(word: str) -> bool:
        if word in _DEVICES:
            return False
        alike = word in own or any(
            len(part) > 2 and len(word) > 2 and (word.startswith(part) or part.startswith(word))
            for part in own
        )
        return alike or len(belongs[word]) == 1

    without = {word: "" if is_name(word) else word for word in belongs}
    return [without[word] for word in words]


def judge(
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


def medians(cue: Cue, targets: np.ndarray, names: list[str]) -> dict[str, float]:
    """Of each class the median of the cue, for the report; of the first 50 classes."""
    plain = cue.values.mean(axis=1)
    return {
        name: round(float(np.median(plain[targets == index])), 3)
        for index, name in enumerate(names[:50])
    }

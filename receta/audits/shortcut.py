"""Does something that is not in the subject, such as size or background, give the class away?"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from receta.audits.made_up import tiny_folders
from receta.core import seeds
from receta.core.finding import Finding, leave_unjudged
from receta.data.dataset import Dataset
from receta.probing import cues, small_model
from receta.probing.rows import own_parts, readable

if TYPE_CHECKING:
    from receta.pixels import Pixels

AFTER = "drift"
QUESTION = "Is the class hidden from everything but the picture's content?"
FINDS = (
    "size, format, border, file name, or stored bytes beyond what the picture's detail "
    "explains, alone predicts the class"
)
WARNS = "kappa above 0.3 and 3 standard errors"
INSTEAD = (
    "make what gives the class away the same for all classes, and collect the data anew if that"
    " cannot be"
)
UNIT = "kappa"
TASKS = ("classes",)
# Of the way from chance (0) to always right (1): the middle of what Landis and Koch (1977) call
# fair agreement.
# What the border truly says of a subject reaches 0.20 on 8 x 8 digits and 0.17 on Fashion-MNIST
# (LOG.md).
BOUND = 0.3
_ERRORS = 3  # standard errors above the bound's chance: 1 in 700 a cue
_FEWEST = 10  # examples of a class, to be counted

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
    kept = readable(data, pixels) & (own_parts(data) == 0)
    counts = np.bincount(data.targets[kept], minlength=len(data.class_names))
    kept &= (counts >= _FEWEST)[data.targets]
    examined = np.flatnonzero(kept)
    present, targets = np.unique(data.targets[examined], return_inverse=True)
    expected = f"<= {BOUND:g} of the way from chance (0) to always right (1)"
    if len(present) < 2:
        return [
            leave_unjudged(
                "shortcut", UNIT, expected, where=f"fewer than two classes of {_FEWEST} images"
            )
        ]
    groups = None if data.groups is None else [data.groups[position] for position in examined]
    fold = small_model.folds(targets, groups, seeds.rng(0, "shortcut", "folds"))
    findings: list[Finding] = []
    found: set[str] = set()  # kinds of cues
    tried: list[tuple[float, str]] = []
    for kind, some in cues.find_cues(data, pixels, examined, targets).items():
        judged = [(*cues.judge(cue, targets, fold, len(present)), cue) for cue in some]
        if not judged:
            continue
        kappa, error, right, cue = max(judged, key=lambda one: one[0])
        tried.append((kappa, cue.name))
        if kappa <= BOUND or kappa <= _ERRORS * error:
            continue
        if kind == "bytes" and {"size", "format"} & found:
            continue  # larger pictures have more bytes: said already
        accuracy = 1 / len(present) + kappa * (1 - 1 / len(present))
        found.add(kind)
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
                    "median": cues.medians(
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


def innocent(folder: Path) -> str:
    """Write two classes of which neither size nor background differ."""
    return tiny_folders.write(folder, _squares({"cat": 90, "dog": 90}))


def culprit(folder: Path) -> str:
    """Write two classes before backgrounds of their own."""
    return tiny_folders.write(folder, _squares({"cat": 60, "dog": 180}))


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

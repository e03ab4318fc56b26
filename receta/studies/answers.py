"""Do kept answers fit their examples? Whoever reads an NPZ of a study asks here first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from receta.core import disk
from receta.core.errors import RunError


def read_answers(path: Path, *, before: str = "", more: tuple[str, ...] = ()) -> dict[str, Any]:
    """{ids (n,) texts, targets (n, ...), answers (n, outputs)} of an NPZ, all of n examples.

    before: what stands before these names in the file, such as test_; more: other names of n rows.
    Raises RunError for one that lacks any, or whose rows, kinds or numbers do not fit.
    """
    stored = disk.read_npz(path)
    names = ("ids", "targets", "answers", *more)
    found = {name: stored[f"{before}{name}"] for name in names if f"{before}{name}" in stored}
    said = _tell_fault(found, names)
    if said:
        raise RunError(
            f"{path} {said}; expected ids, targets and answers as receta kept them. Begin the "
            "study anew with --force."
        )
    return found


def refuse_other_outputs(paths: Sequence[Path], parts: Sequence[Mapping[str, np.ndarray]]) -> None:
    """RunError where the answers of trials are not of one width."""
    widths = [part["answers"].shape[1] for part in parts]
    for path, width in zip(paths, widths, strict=True):
        if width != widths[0]:
            raise RunError(
                f"{path} has {width} answers an example; expected {widths[0]}, as {paths[0]} has. "
                "Begin the study anew with --force."
            )


def _tell_fault(found: Mapping[str, np.ndarray], names: tuple[str, ...]) -> str:
    """The first thing that is wrong, in words; '' where nothing is."""
    lacks = [name for name in names if name not in found]
    if lacks:
        return f"lacks {', '.join(lacks)}"
    ids, answers = found["ids"], found["answers"]
    if ids.ndim != 1 or ids.dtype.kind != "U":
        return "has ids that are no list of texts"
    if len(np.unique(ids)) != len(ids):
        return "has an id twice"
    if answers.ndim != 2 or answers.dtype.kind != "f" or not np.isfinite(answers).all():
        return "has answers that are no table of finite numbers"
    for name, values in found.items():
        if values.ndim < 1 or len(values) != len(ids):
            return f"has {len(ids)} ids and other rows of {name}"
        if name != "ids" and values.dtype.kind not in "iufb":
            return f"has {name} that are no numbers"
    return ""

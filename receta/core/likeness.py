"""How much is a picture like those that a network learnt from: is it any of its classes at all?

A few features of the training part are kept, those that the network's last layer takes. What
is farther from all of them than nearly every validation picture is none of the classes.
"""

from __future__ import annotations

import base64
import binascii
import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from receta.core.errors import RunError
from receta.core.measure import wilson
from receta.core.shapes import Between, mismatch

KEPT = 0.97  # share of right pictures that is not refused: a choice of ours
# Features that are kept: 256 of EfficientNetLite0's 1,280 numbers take 328 kB. More of them refuse
# little more, and right pictures too where the validation part holds near-copies of the training
# (docs/benchmarks/none_of_these.md: 83 instead of about 50 % of letters by other hands).
_ROWS = 256
_EACH = 4  # of them a class at least
_MOST_BYTES = 1 << 20  # of all that are kept: they travel with every export
_AT_ONCE = 1024  # pictures that are compared at once: bounds the memory

SHAPE = {
    "from": Between(float, 0, 2),
    "kept": Between(float, 0, 1),
    "n": Between(int, 1, 2**48),
    "width": Between(int, 1, _MOST_BYTES),
    "rows": str,
}


@dataclass(frozen=True, eq=False)
class Likeness:
    """Features to compare with; what is more unlike than `none_from` is none of the classes.

    features: (rows, width) int8, each row times a factor of its own, which a cosine forgets.
    kept: the share of right pictures that shall not be refused. n: validation pictures that
    said from where on.
    """

    features: np.ndarray
    none_from: float
    n: int
    kept: float = KEPT

    def unlike(self, features: np.ndarray) -> np.ndarray:
        """(n,) from 0, the same, to 2: 1 minus the largest cosine with a kept feature.

        In float64 and to six digits: so an answer is the same alone and among others.

        >>> known = Likeness(np.array([[127, 0]], np.int8), 0.1, 9)
        >>> known.unlike(np.array([[2.0, 0.0], [0.0, 5.0]])).tolist()
        [0.0, 1.0]
        """
        known = self._known
        starts = range(0, len(features), _AT_ONCE)
        parts = [1 - (_unit(features[at : at + _AT_ONCE]) @ known).max(axis=1) for at in starts]
        return np.round(np.concatenate(parts), 6) if parts else np.zeros(0)

    @functools.cached_property
    def _known(self) -> np.ndarray:
        """(width, rows) float64: the features, each of length 1."""
        return np.ascontiguousarray(_unit(self.features).T)

    def none(self, unlike: np.ndarray) -> np.ndarray:
        """(n,) bool: which pictures are none of the classes; one that cannot be compared is."""
        return ~(np.asarray(unlike) <= self.none_from)

    def fitting(self, features: np.ndarray, place: Path, advice: str) -> Likeness:
        """Itself; RunError where what a network gives is of another width."""
        width = np.shape(features)[-1:]
        if width != self.features.shape[1:]:
            raise RunError(
                f"{place} is damaged (it compares {self.features.shape[1]} features of a picture, "
                f"and its network gives {width[0] if width else 1}). {advice}"
            )
        return self

    def figures(self) -> dict[str, Any]:
        """What is told of it, without the features."""
        return {"from": self.none_from, "kept": self.kept, "n": self.n}

    def to_json(self) -> dict[str, Any]:
        """Plain dict for JSON."""
        content = np.ascontiguousarray(self.features, np.int8).tobytes()
        rows = base64.b64encode(content).decode("ascii")
        return {**self.figures(), "width": int(self.features.shape[1]), "rows": rows}

    @classmethod
    def from_json(cls, plain: Any) -> Likeness:
        """The same again; ValueError for what `to_json` did not write."""
        if said := mismatch(plain, SHAPE):
            raise ValueError(said)
        try:
            content = base64.b64decode(plain["rows"], validate=True)
        except binascii.Error as error:
            raise ValueError(f"rows is no base64: {error}") from error
        width: int = plain["width"]
        if not content or len(content) > _MOST_BYTES or len(content) % width:
            raise ValueError(f"rows holds {len(content)} bytes; expected rows of {width}")
        rows = np.frombuffer(content, np.int8).reshape(-1, width)
        return cls(rows, float(plain["from"]), plain["n"], float(plain["kept"]))


def choose_rows(targets: np.ndarray, width: int, order: np.ndarray) -> np.ndarray:
    """Positions of the examples whose features are kept, of each class about as many.

    order: all positions; those that come first in it are taken. Empty where so wide features
    of so many classes cannot travel with an export.

    >>> choose_rows(np.array([0, 0, 0, 1]), 8, np.array([3, 2, 1, 0])).tolist()
    [0, 1, 2, 3]
    """
    classes = len(np.unique(targets))
    most = min(max(_ROWS, _EACH * classes), _MOST_BYTES // width)
    if most < classes:
        return np.zeros(0, np.int64)
    turn = np.zeros(len(targets), np.int64)
    for one in np.unique(targets):
        mine = order[targets[order] == one]
        turn[mine] = np.arange(len(mine))
    return np.sort(order[np.argsort(turn[order], kind="stable")][:most])


def fit(kept: np.ndarray, validation: np.ndarray) -> Likeness | None:
    """What compares with the features kept (rows, width), and refuses 3 % of right pictures.

    validation: (n, width). The bound is the validation picture at rank 97 % of n + 1, the
    surest that a share of new pictures of the same kind lies below it (Vovk et al., 2005,
    conformal prediction); of fewer than 33 the farthest, below which n / (n + 1) of new ones
    are expected. None where a feature is no number.
    """
    if not len(kept) or not len(validation):
        return None
    if not (np.isfinite(kept).all() and np.isfinite(validation).all()):
        return None
    largest = np.maximum(np.abs(kept).max(axis=1, keepdims=True), 1e-30)
    known = Likeness(np.round(kept / largest * 127).astype(np.int8), 0.0, len(validation))
    seen = np.sort(known.unlike(validation))
    rank = min(len(seen), math.ceil((len(seen) + 1) * KEPT))
    return Likeness(known.features, round(float(seen[rank - 1]) + 5e-7, 6), len(seen))


def judge_refusals(likeness: Likeness, unlike: np.ndarray) -> dict[str, Any]:
    """Which share of right pictures is refused, with its 95 % interval, for JSON."""
    n, refused = len(unlike), int(likeness.none(unlike).sum())
    found = {"refused": refused / max(n, 1), "interval": list(wilson(refused, n)), "n": n}
    return {**likeness.figures(), **found, "n_validation": likeness.n}


def tell_unlike(
    likeness: Likeness | None, unlike: np.ndarray | None, position: int
) -> dict[str, Any]:
    """What an answer has more where the model knows how unlike a picture is; else nothing.

    What is none of the classes is not sure to be one of them.

    >>> known = Likeness(np.array([[127, 0]], np.int8), 0.1, 9)
    >>> tell_unlike(known, np.array([0.7]), 0)
    {'none': True, 'unlike': 0.7, 'sure': False}
    """
    if likeness is None or unlike is None:
        return {}
    one = float(unlike[position])
    none = bool(likeness.none(unlike[[position]])[0])
    told = {"none": none, "unlike": one if np.isfinite(one) else 2.0}
    return {**told, "sure": False} if none else told


def is_other_kind(none: Mapping[str, Any] | None) -> bool:
    """Whether clearly more right pictures are refused than of those like the training's."""
    return none is not None and none["interval"][0] > 2 * (1 - none["kept"])


def say_refused(none: Mapping[str, Any], say: Callable[[float], str]) -> str:
    """Which share of right pictures is called none of the classes, in one or two sentences.

    >>> none = {"refused": 0.04, "n": 50, "kept": 0.97, "interval": (0.01, 0.13)}
    >>> say_refused(none, "{:.0%}".format).partition(" (")[0]
    'Of the 50 pictures, all of its classes, 4% would be called none of these'
    """
    low, high = none["interval"]
    said = (
        f"Of the {none['n']:,} pictures, all of its classes, {say(none['refused'])} would be "
        f"called none of these ({say(0.95)} confidence: {say(low)} to {say(high)}); "
        f"{say(round(1 - none['kept'], 6))} was intended."
    )
    if is_other_kind(none):
        said += " They look other than those that it learnt from: train on pictures like these too."
    return said


def _unit(features: np.ndarray) -> np.ndarray:
    """Rows of length 1, float64; a row of zeros stays one."""
    rows = np.asarray(features, np.float64)
    size = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return rows / np.maximum(size, 1e-30)

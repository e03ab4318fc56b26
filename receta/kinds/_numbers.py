"""How are numbers fed to a network that learns their scale from the training part?

What goes in are the numbers of the data, NaN where one is missing. Standardising and filling are
layers of the network, so that an export cannot disagree with the training.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core import naming
from receta.core.amounts import counted
from receta.core.errors import RecipeError
from receta.core.own_input import MOST
from receta.core.spec import Spec
from receta.data.dataset import Dataset, content_digest, fingerprint
from receta.data.examples import Examples, Parts
from receta.data.nouns import Noun

if TYPE_CHECKING:
    from receta.core.recipe import Recipe

# Settings about what is seen; none of them means anything for numbers.
OF_PICTURES = (
    "image_size", "channels", "fit", "augment", "augmentations", "tta", "weights", "fine_tune",
    "stochastic_depth",
)  # fmt: skip


# Of a target: the squares of errors, and their sum over a batch, are numbers of float32 too.
MOST_TARGET = 1e16
_STEPS = 100  # of float32, in a spread: with fewer, neighbours become one number


@dataclass(frozen=True, eq=False)
class Numbers:
    """Examples of numbers by source row: values (n, *shape) float32, NaN where one is missing."""

    values: np.ndarray
    specs: tuple[Spec, ...]
    reasons: Mapping[int, str] = field(default_factory=dict)
    coarse: tuple[str, ...] = ()  # fields whose numbers float32 rounds so that it matters

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return self.specs[0].shape

    @functools.cached_property
    def digests(self) -> np.ndarray:
        """(n,) S32: the numbers of each row, hashed."""
        return np.array([content_digest(row).hex() for row in self.values], "S32")

    def take(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Numbers of some rows: (k, *shape) float32."""
        return self.values[np.asarray(rows, np.int64)]

    def fingerprint(self, data: Dataset) -> str:
        """Text that changes when an id, a target or a number of the data does."""
        return fingerprint(data, (bytes.fromhex(self.digests[row].decode()) for row in data.rows))

    def to_json(self) -> dict[str, Any]:
        """What run.json says of how the examples were read."""
        return {"shape": list(self.shape)}


def numbers(data: Dataset, spec: Spec, values: np.ndarray) -> Numbers:
    """The inputs of some data; values: (n of the source, *shape) float64, as they were read.

    Rows without a number, or with one that is too large, or without a target cannot be used.
    """
    reasons = find_all_reasons(data, values)
    with np.errstate(over="ignore"):
        taken = values.astype(np.float32)
    used = np.isin(np.arange(len(values)), list(reasons), invert=True)
    return Numbers(taken, (spec,), reasons, find_coarse(spec.fields, values[used]))


def find_all_reasons(data: Dataset, values: np.ndarray) -> dict[int, str]:
    """Why a row of the source cannot be used, by row: for its numbers, or for its target."""
    reasons = find_reasons(values)
    if data.targets.dtype.kind == "f":
        flat = data.targets.reshape(len(data), -1)
        for bad, why in (
            (np.isnan(flat), "what is to be predicted is missing"),
            (np.abs(flat) > MOST_TARGET, "what is to be predicted is infinite or too large"),
        ):
            reasons |= dict.fromkeys(data.rows[bad.any(axis=1)].tolist(), why)
    return reasons


def find_coarse(names: Sequence[str], values: np.ndarray) -> tuple[str, ...]:
    """Fields whose spread is less than 100 steps of float32; values float64."""
    mean, spread, largest = _measure(values.reshape(-1, values.shape[-1]))
    rounding = 1e-12 * np.abs(mean)  # of float64
    coarse = (spread > rounding) & (spread < _STEPS * _find_step(largest))
    return tuple(name for name, is_coarse in zip(names, coarse, strict=True) if is_coarse)


def _measure(flat: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, spread and largest magnitude of each column (n, fields) float64, but NaN."""
    there = ~np.isnan(flat)
    n = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, flat, 0.0).sum(axis=0) / n
    spread = np.sqrt((np.where(there, flat - mean, 0.0) ** 2).sum(axis=0) / n)
    return mean, spread, np.abs(np.where(there, flat, 0.0)).max(axis=0, initial=0.0)


def find_reasons(values: np.ndarray) -> dict[int, str]:
    """Why a row of values (n, *shape) cannot be used, by row; values float64, as they were read."""
    flat = values.reshape(len(values), -1)
    empty = np.flatnonzero(np.isnan(flat).all(axis=1))
    endless = np.flatnonzero((np.abs(flat) > MOST).any(axis=1))
    return {
        **dict.fromkeys(empty.tolist(), "holds no number at all"),
        **dict.fromkeys(endless.tolist(), "holds a number that is infinite or too large"),
    }


class Fills:
    """How many missing cells of how many examples a network takes for the mean of their field.

    >>> fills = Fills(Noun("row", "row", "a table"))
    >>> fills.add(np.array([[1.0, np.nan]]))
    >>> fills.tell(print)
    1 missing cell of 1 row is filled by the mean of the training part.
    """

    def __init__(self, noun: Noun) -> None:
        self._noun, self._cells, self._examples = noun, 0, 0

    def add(self, values: np.ndarray) -> None:
        """The numbers of some examples: (k, *shape)."""
        missing = np.isnan(values).sum(axis=tuple(range(1, values.ndim)))
        self._cells += int(missing.sum())
        self._examples += int((missing > 0).sum())

    def tell(self, tell: Callable[[str], None]) -> None:
        """One line, where any was missing."""
        if self._cells:
            cells, verb = counted(self._cells, "missing cells"), "is" if self._cells == 1 else "are"
            noun = self._noun.one if self._examples == 1 else self._noun.many
            examples = f"{self._examples:,} {noun}"
            tell(f"{cells} of {examples} {verb} filled by the mean of the training part.")


def learn(train: Examples) -> tuple[Spec, ...]:
    """The specs with mean and spread of each field, of the numbers of the training part.

    A field that does not vary, or is missing everywhere, has a spread of 1.
    """
    (spec,) = train.inputs.specs
    flat = train.values.reshape(-1, spec.shape[-1]).astype(np.float64)
    mean, spread, largest = _measure(flat)
    spread = np.where(spread > _find_step(largest), spread, 1.0)
    return (dataclasses.replace(spec, mean=tuple(mean.tolist()), spread=tuple(spread.tolist())),)


def _find_step(largest: np.ndarray) -> np.ndarray:
    """How far the numbers of float32 are apart at the largest number of a field.

    A smaller spread is that of rounding.
    """
    return np.maximum(np.spacing(largest.astype(np.float32)), np.finfo(np.float32).tiny)


def tell_changes(parts: Parts, noun: Noun, tell: Callable[[str], None]) -> None:
    """A line of the cells that are filled, and one of the fields that float32 rounds."""
    fills = Fills(noun)
    for part in (parts.train, parts.validation, parts.test):
        fills.add(part.values)
    fills.tell(tell)
    tell_coarse(parts.inputs.coarse, tell)


def tell_coarse(names: Sequence[str], tell: Callable[[str], None]) -> None:
    """One line of the fields whose numbers float32 rounds so that it matters."""
    if names:
        tell(
            f"The numbers of {naming.first_few(list(names))} lie so close together "
            "that single precision rounds them. Take a constant off them, such as their mean."
        )


def open_network(specs: tuple[Spec, ...], low: float) -> tuple[Any, Any]:
    """Input of raw numbers, and the same standardised; what is missing becomes the mean, 0.

    The mean is taken off first: of large numbers that are close together it loses no digit. A
    Normalization of Keras takes no spread below 1e-7.
    """
    import keras

    (taken,) = specs
    inputs = keras.Input(taken.shape, dtype=taken.dtype, name=taken.name)
    centred = keras.layers.Rescaling(1.0, offset=[-one for one in taken.mean], name="centre")
    scaled = keras.layers.Rescaling([1 / one for one in taken.spread], name="standardise")
    found = scaled(centred(inputs))
    return inputs, keras.ops.where(keras.ops.isnan(found), 0.0, found)


def refuse(recipe: Recipe, things: str) -> None:
    """RecipeError for a setting about pictures that the recipe states; things: what is there."""
    stated = [name for name in OF_PICTURES if name in recipe.model_fields_set]
    usual = type(recipe)().model_dump()
    for name in stated:
        value = getattr(recipe, name)
        if value != usual[name]:
            raise RecipeError(
                f"{name}={value} is about pictures, and these data hold {things}; expected none. "
                f"Leave it out."
            )

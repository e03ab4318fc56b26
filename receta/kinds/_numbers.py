"""How are numbers fed to a network that learns their scale from the training part?

What goes in are the numbers of the data, NaN where one is missing. Standardising and filling are
layers of the network, so that an export cannot disagree with the training.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.errors import RecipeError
from receta.core.spec import Spec
from receta.data.dataset import Dataset, content_digest, fingerprint
from receta.data.examples import Examples

if TYPE_CHECKING:
    from receta.core.recipe import Recipe

# Settings about what is seen; none of them means anything for numbers.
OF_PICTURES = (
    "image_size", "channels", "fit", "augment", "augmentations", "tta", "weights", "fine_tune",
    "stochastic_depth",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Numbers:
    """Examples of numbers by source row: values (n, *shape) float32, NaN where one is missing."""

    values: np.ndarray
    specs: tuple[Spec, ...]
    reasons: Mapping[int, str] = field(default_factory=dict)

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

    Rows with a number that float32 cannot hold, or without a target, cannot be used.
    """
    with np.errstate(over="ignore"):
        taken = values.astype(np.float32)
    reasons = {int(row): "holds a number that is infinite or too large" for row in _endless(taken)}
    if data.targets.dtype.kind == "f":
        flat = data.targets.reshape(len(data), -1)
        missing = data.rows[~np.isfinite(flat).all(axis=1)]
        reasons |= dict.fromkeys(missing.tolist(), "what is to be predicted is missing")
    return Numbers(taken, (spec,), reasons)


def _endless(values: np.ndarray) -> Iterator[int]:
    yield from np.flatnonzero(np.isinf(values).reshape(len(values), -1).any(axis=1)).tolist()


def learn(train: Examples) -> tuple[Spec, ...]:
    """The specs with mean and spread of each field, of the numbers of the training part.

    A field that does not vary, or is missing everywhere, has a spread of 1.
    """
    (spec,) = train.inputs.specs
    flat = train.values.reshape(-1, spec.shape[-1]).astype(np.float64)
    there = ~np.isnan(flat)
    n = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, flat, 0.0).sum(axis=0) / n
    spread = np.sqrt((np.where(there, flat - mean, 0.0) ** 2).sum(axis=0) / n)
    spread = np.where(spread > 1e-6 * np.maximum(1.0, np.abs(mean)), spread, 1.0)
    return (dataclasses.replace(spec, mean=tuple(mean.tolist()), spread=tuple(spread.tolist())),)


def open_network(specs: tuple[Spec, ...], low: float) -> tuple[Any, Any]:
    """Input of raw numbers, and the same standardised; what is missing becomes the mean, 0."""
    import keras

    (taken,) = specs
    inputs = keras.Input(taken.shape, dtype=taken.dtype, name=taken.name)
    scaled = keras.layers.Normalization(
        mean=taken.mean, variance=[one**2 for one in taken.spread], name="standardise"
    )(inputs)
    return inputs, keras.ops.where(keras.ops.isnan(scaled), 0.0, scaled)


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

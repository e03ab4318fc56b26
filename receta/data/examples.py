"""What is a network fed: a view of data that knows its inputs, every row of which is readable?"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from receta.core.errors import InputError
from receta.core.spec import Spec
from receta.data.dataset import Dataset, Splits


class Inputs(Protocol):
    """What the rows of a source are to a network, by source row.

    Inputs that know by what a target is judged have `complete(targets, rows)` too, which adds it.
    """

    @property
    def specs(self) -> tuple[Spec, ...]:
        """What each input of a network is."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one example."""

    @property
    def digests(self) -> np.ndarray:
        """(n,) S32: what is stored for each row, hashed."""

    @property
    def reasons(self) -> Mapping[int, str]:
        """Why a row cannot be read, by row."""

    def take(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """What a network gets of some rows: (k, ...)."""

    def to_json(self) -> dict[str, Any]:
        """What run.json says of how the examples were read: their shape at least."""

    def fingerprint(self, data: Dataset) -> str:
        """Text that changes when an id, a target or any content of the data does."""


@dataclass(frozen=True, repr=False, kw_only=True)
class Examples(Dataset):
    """A view of readable rows that knows what a network is fed of them.

    `take` and `without` give Examples again.
    """

    inputs: Any  # Inputs; rooms that need more of them, such as sizes of pictures, say so

    @property
    def values(self) -> np.ndarray:
        """What a network gets, in the order of the view: (n, ...)."""
        found: np.ndarray = self.inputs.take(self.rows)
        return found

    def fed_by(self, inputs: Inputs) -> Examples:
        """The same examples with other inputs, such as larger pictures."""
        return dataclasses.replace(self, inputs=inputs)


def readable(data: Dataset, inputs: Inputs) -> Examples:
    """The rows of a view that can be read, with their inputs; the others move to `left_out`.

    Raises InputError where no row is left.
    """
    bad = inputs.reasons
    pairs = zip(data.ids, data.rows.tolist(), strict=True) if bad else ()
    reasons = {name: bad[row] for name, row in pairs if row in bad}
    kept = data.without(reasons)
    if reasons and not len(kept):
        first, things = next(iter(reasons.items())), data.noun.many
        raise InputError(
            f"none of the {len(data)} {things} can be read (first: {first[0]}: {first[1]}); "
            f"expected {things}. Look at the files, or name another folder."
        )
    parts = {one.name: getattr(kept, one.name) for one in dataclasses.fields(Dataset)}
    complete = getattr(inputs, "complete", None)
    if complete is not None:
        parts["targets"] = complete(kept.targets, kept.rows)
    return Examples(**parts, inputs=inputs)


@dataclass(frozen=True, repr=False)
class Parts(Splits):
    """The three parts of examples, which share their inputs."""

    train: Examples
    validation: Examples
    test: Examples

    @classmethod
    def of(cls, splits: Splits, inputs: Inputs) -> Parts:
        """Parts of data with their inputs; only readable rows.

        Inputs that learn something, such as a vocabulary, learn it of the training part alone.
        """
        learn_from = getattr(inputs, "learn_from", None)
        if learn_from is not None:
            inputs = learn_from(readable(splits.train, inputs))
        return cls(*(readable(part, inputs) for part in splits))

    @property
    def inputs(self) -> Any:
        """What all three are fed by."""
        return self.train.inputs

    def fed_by(self, inputs: Inputs) -> Parts:
        """The same parts with other inputs."""
        return Parts(*(part.fed_by(inputs) for part in (self.train, self.validation, self.test)))

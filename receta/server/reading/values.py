"""How are rows, windows and texts read? As their kind says, from JSON and at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from receta.core import naming
from receta.core.errors import InputError
from receta.core.own_input import refuse_values
from receta.core.predictor import Predictor
from receta.core.spec import Spec
from receta.data.nouns import Noun
from receta.kinds import Kind
from receta.server.limits import Limits
from receta.server.reading.reader import SMALL, Given, Tensor
from receta.server.refusals import Refused

_SHOWN = 300  # characters of an example of a request


class ValueReader:
    """The kind turns JSON into what the network takes; nothing is left to do afterwards."""

    takes_files = False

    def __init__(self, kind: Kind, predictor: Predictor, limits: Limits) -> None:
        self._kind, self._predictor = kind, predictor
        self._spec = predictor.specs[0]  # type: ignore[attr-defined]
        self.noun = kind.NOUN
        self.most = limits.examples
        example = json.dumps(kind.schema(predictor)["examples"][0], ensure_ascii=False)
        shown = naming.cut(example, _SHOWN)
        self.expected = f'expected {{"instances": [{shown}]}}.'
        self.expected_tensors = _expect_tensors(self._spec, self.noun)

    def take(self, value: object, where: str) -> Given:
        """One example, also under the name of the network's input."""
        if isinstance(value, dict) and value.keys() == {self._spec.name} - set(self._spec.fields):
            value = value[self._spec.name]
        try:
            return self._kind.take(self._predictor, value, where)
        except InputError as error:
            raise Refused(400, str(error)) from None

    take_named = take

    def arrange(self, value: object) -> object:
        """The examples of {input: examples}, or of {column: values}."""
        if not isinstance(value, dict):
            return value
        if value.keys() == {self._spec.name} - set(self._spec.fields):
            return value[self._spec.name]
        if not value or not all(isinstance(one, list) for one in value.values()):
            raise Refused(400, f"inputs are no columns of one length; {self.expected}")
        return _zip_columns({str(name): one for name, one in value.items()}, self.expected)

    def take_tensors(self, tensors: Sequence[Tensor]) -> list[Given]:
        """What the network takes, under its input's name; or a tensor for each column; or texts."""
        first = tensors[0]
        if len(tensors) == 1 and first.name not in self._spec.fields:
            if first.shape[1:] == self._spec.shape and isinstance(first.values, np.ndarray):
                return self._as_taken(first.values)
            values = first.values.tolist() if isinstance(first.values, np.ndarray) else first.values
        else:
            values = _zip_columns(
                {
                    one.name: one.values.reshape(len(one.values), -1)[:, 0].tolist()
                    if isinstance(one.values, np.ndarray)
                    else one.values
                    for one in tensors
                },
                self.expected,
            )
        return [self.take(_tell(one), f"row {i}") for i, one in enumerate(values)]

    def weigh(self, given: Sequence[Given]) -> int:
        """How many numbers they are."""
        n = sum(map(np.size, given))
        return n if n <= SMALL else 0

    def count_pixels(self, given: Sequence[Given]) -> int:
        """None: nothing is decoded."""
        return 0

    def read(
        self, names: Sequence[str], given: Sequence[Given], has_gone: Callable[[], bool]
    ) -> list[np.ndarray]:
        """The examples as they are."""
        return [one for one in given if isinstance(one, np.ndarray)]

    def _as_taken(self, values: np.ndarray) -> list[Given]:
        """Numbers that are already what the network takes."""
        if not np.can_cast(values.dtype, self._spec.dtype, "same_kind"):
            raise Refused(
                400,
                f"the input {self._spec.name} holds {values.dtype}; expected {self._spec.dtype}.",
            )
        try:
            refuse_values(self._spec, values, self._spec.name)
        except InputError as error:
            raise Refused(400, str(error)) from None
        return list(values.astype(self._spec.dtype))


def _expect_tensors(spec: Spec, noun: Noun) -> str:
    """What a request of tensors may hold: texts, a tensor a column, or the network's own input."""
    first = "text" if noun.is_written else spec.name
    kind, shape, data = "FP32", [1, *spec.shape], "[...]"
    if noun.is_written:
        kind, shape, data = "BYTES", [1], '["..."]'
    also = ", or a tensor for each column" if noun.has_columns else ""
    return (
        f'expected {{"inputs": [{{"name": "{first}", "datatype": "{kind}", "shape": {shape}, '
        f'"data": {data}}}]}}{also}.'
    )


def _zip_columns(columns: dict[str, list[Any]], expected: str) -> list[dict[str, Any]]:
    """Rows of columns of one length."""
    lengths = {len(one) for one in columns.values()}
    if len(lengths) > 1:
        raise Refused(400, f"the columns have {sorted(lengths)[:5]} values; {expected}")
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _tell(value: object) -> object:
    """What a tensor says in words of JSON: bytes are text, and NaN is missing."""
    if isinstance(value, dict):
        return {name: _tell(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_tell(one) for one in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if isinstance(value, float) and value != value else value

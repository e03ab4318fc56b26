"""How do several networks share one input, though each was trained on its own parts of the data?

Pictures may be of several sizes, and the vocabularies of columns and texts of several training
parts. The shared input is the largest, or knows every word; layers bring it to what each takes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from receta.core.errors import InputError
from receta.core.spec import ColumnSpec, Spec


def share_equal(specs: Sequence[Spec]) -> Spec:
    """The input that all have; InputError where one is another."""
    first = specs[0]
    for one in specs[1:]:
        _refuse_other(first, one, ("shape", "dtype", "fields"))
    return first


def share_pictures(specs: Sequence[Spec]) -> Spec:
    """The largest of the inputs; InputError where some are grey and others are colour."""
    if len({one.shape[2] for one in specs}) > 1:
        raise InputError(
            "some of the models take grey pictures and others colour; expected one of both. "
            "Combine those that take the same, or train with --set channels=3."
        )
    return max(specs, key=lambda one: one.shape[0] * one.shape[1])


def translate_pictures(shared: Spec, own: Spec, given: Any) -> Any:
    """The pictures at the size that a network takes, in whole numbers."""
    import keras

    if shared.shape == own.shape:
        return given
    size = own.shape[:2]
    floats = keras.ops.cast(given, "float32")
    times = [side // mine for side, mine in zip(shared.shape, size, strict=False)]
    if all(by * mine == side for by, mine, side in zip(times, size, shared.shape, strict=False)):
        smaller = keras.layers.AveragePooling2D(tuple(times))(floats)
    else:
        smaller = keras.layers.Resizing(*size, interpolation="bilinear")(floats)
    return keras.ops.cast(keras.ops.round(smaller), own.dtype)


def share_rows(specs: Sequence[Spec]) -> Spec:
    """The columns with all texts of their vocabularies; InputError for other columns."""
    first = specs[0]
    for one in specs[1:]:
        _refuse_other(first, one, ("shape", "fields"))
        if [column.kind for column in one.columns] != [column.kind for column in first.columns]:
            raise InputError(
                "the models take other kinds of columns; expected the same. Name their kinds with "
                "--column, and train again."
            )
    columns = tuple(
        dataclasses.replace(same[0], vocabulary=_join(one.vocabulary for one in same))
        for same in zip(*(one.columns for one in specs), strict=True)
    )
    return dataclasses.replace(first, columns=columns)


def translate_rows(shared: Spec, own: Spec, given: Any) -> Any:
    """The cells with the places of categories in the vocabulary of a network."""
    import keras

    pieces, start, is_changed = [], 0, False
    for column, mine in zip(shared.columns, own.columns, strict=True):
        width = len(column.cells)
        cells = given[:, start : start + width]
        if column.vocabulary != mine.vocabulary:
            cells, is_changed = _look_up_category(column, mine, cells), True
        pieces.append(cells)
        start += width
    return keras.layers.Concatenate()(pieces) if is_changed else given


def _look_up_category(shared: ColumnSpec, own: ColumnSpec, cells: Any) -> Any:
    """Places among the texts of a network, 0 for those that it does not know; NaN stays."""
    from keras import ops

    places = {text: at for at, text in enumerate(own.vocabulary, 1)}
    table = [0, *(places.get(text, 0) for text in shared.vocabulary)]
    missing = ops.isnan(cells)
    at = ops.cast(ops.where(missing, 0.0, cells), "int32")
    found = ops.cast(ops.take(np.array(table, np.int32), at, axis=0), "float32")
    return ops.where(missing, cells, found)


def share_texts(specs: Sequence[Spec]) -> Spec:
    """The longest of the inputs, with all words; InputError for texts of other columns."""
    for one in specs[1:]:
        _refuse_other(specs[0], one, ("dtype", "fields"))
    longest = max(specs, key=lambda one: one.shape[0])
    return dataclasses.replace(longest, vocabulary=_join(one.vocabulary for one in specs))


def translate_texts(shared: Spec, own: Spec, given: Any) -> Any:
    """The first words of a text, by their numbers in the vocabulary of a network."""
    from keras import ops

    given = given[:, : own.shape[0]] if own.shape[0] < shared.shape[0] else given
    if shared.vocabulary == own.vocabulary:
        return given
    places = {word: at for at, word in enumerate(own.vocabulary)}
    table = [places.get(word, 1) for word in shared.vocabulary]
    return ops.take(np.array(table, own.dtype), given, axis=0)


def _join(vocabularies: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """All words once: those of the first, and behind them what the others add."""
    return tuple(dict.fromkeys(word for one in vocabularies for word in one))


def _refuse_other(first: Spec, other: Spec, names: Sequence[str]) -> None:
    """InputError where one of some properties is not the same."""
    for name in names:
        one, another = getattr(first, name), getattr(other, name)
        if one != another:
            raise InputError(
                f"one model takes {name} {str(one)[:80]}, and another {str(another)[:80]}; "
                "expected the same. Combine models that were trained on the same columns."
            )

"""With which layers does a network of tables begin? Plain ones of Keras, learnt values inside.

Every column is centred first, so that large numbers that lie close together lose no digit; what is
missing becomes the middle, or a level of its own of a category.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from receta.core.spec import ColumnSpec, Spec
from receta.kinds.cells.inputs import columns_of

Detail = Literal["plain", "scaled", "pieces"]
_HOT = 8  # levels up to which a category is one-hot; above it is embedded
_WIDTH = 8  # of an embedding: Holzmüller and others (2024), "Better by default" (RealMLP)
_CLIP = 3.0  # reaches from the middle, beyond which numbers are pressed together (RealMLP)
# Days: of a mean year, and of a week.
_YEAR, _WEEK, _DAY = 365.2425, 7.0, 86_400.0


@dataclass(frozen=True)
class Opened:
    """The begin of a network: its input, and features (n, width) of all cells."""

    inputs: Any
    features: Any


def open_cells(spec: Spec, detail: Detail) -> Opened:
    """Input of raw cells, and features of one size.

    plain: numbers by mean and spread, categories one-hot, for networks of one layer. scaled:
    numbers by median and middle half, smoothly clipped; categories of many levels embedded.
    pieces: numbers also as pieces between their quantiles.
    """
    import keras

    columns = columns_of(spec)
    inputs = keras.Input(spec.shape, dtype=spec.dtype, name=spec.name)
    offsets = [offset for column in columns for offset in _offsets(column)]
    centred = keras.layers.Rescaling(1.0, offset=offsets, name="centre")(inputs)
    missing = keras.ops.isnan(centred)
    cells = _Cells(columns, keras.ops.where(missing, 0.0, centred))
    found = [
        *_open_numbers(cells, detail),
        *_open_dates(cells, detail),
        *_open_missing(cells, keras.ops.cast(missing, "float32")),
        *_open_categories(cells, detail),
    ]
    if not found:  # nothing varies in the training part
        found = [keras.layers.Rescaling(0.0, name="nothing")(cells.values)]
    features = found[0] if len(found) == 1 else keras.layers.Concatenate(name="cells_of_all")(found)
    return Opened(inputs, features)


def _offsets(column: ColumnSpec) -> tuple[float, ...]:
    """What is added to the cells: of categories 1, so that 0 is what is missing."""
    if column.kind == "category":
        return (1.0,)
    # what float32 makes of it, so that the input loses nothing
    middle = -float(np.float32(column.middle))
    return (middle,) if column.kind == "number" else (middle, 0.0)


class _Cells:
    """Centred cells without a missing one, and where each column stands."""

    def __init__(self, columns: tuple[ColumnSpec, ...], values: Any) -> None:
        self.columns, self.values = columns, values
        self.at: dict[str, int] = {}
        for column in columns:
            self.at[column.name] = sum(len(one.cells) for one in columns[: len(self.at)])

    def of(self, kind: str) -> list[ColumnSpec]:
        """The columns of a kind that vary in the training part."""
        return [one for one in self.columns if one.kind == kind and _varies(one)]

    def take(self, places: list[int], values: Any = None) -> Any:
        """Some cells (n, k), by their places."""
        import keras

        source = self.values if values is None else values
        if places == list(range(source.shape[-1])):
            return source
        return keras.ops.take(source, places, axis=1)


def _varies(column: ColumnSpec) -> bool:
    return column.kind == "category" or bool(column.edges)


def _scaled(x: Any, scale: list[float], name: str, offset: list[float] | float = 0.0) -> Any:
    import keras

    return keras.layers.Rescaling(scale, offset=offset, name=name)(x)


def _clipped(x: Any) -> Any:
    """x pressed smoothly between -3 and 3."""
    import keras

    return x / keras.ops.sqrt(1.0 + keras.ops.square(x / _CLIP))


def _open_numbers(cells: _Cells, detail: Detail) -> list[Any]:
    columns = cells.of("number")
    if not columns:
        return []
    taken = cells.take([cells.at[one.name] for one in columns])
    if detail == "plain":
        moved = [(one.middle - one.mean) / one.spread for one in columns]
        return [_scaled(taken, [1 / one.spread for one in columns], "standardise", moved)]
    scaled = _scaled(taken, [1 / one.reach for one in columns], "scale")
    found = [_clipped(scaled)]
    return [*found, _open_pieces(scaled, columns)] if detail == "pieces" else found


def _open_pieces(scaled: Any, columns: list[ColumnSpec]) -> Any:
    """Each number as pieces between its quantiles: 1 below, 0 above, a share within.

    Source: Gorishniy, Rubachev and Babenko (2022), "On embeddings for numerical features".
    """
    import keras

    places: list[int] = []
    lows: list[float] = []
    widths: list[float] = []
    for place, column in enumerate(columns):
        edges = (np.array(column.edges) - np.float32(column.middle)) / column.reach
        places += [place] * (len(edges) - 1)
        lows += edges[:-1].tolist()
        widths += np.diff(edges).tolist()
    spread = keras.ops.take(scaled, places, axis=1)
    shares = _scaled(
        spread,
        [1 / width for width in widths],
        "pieces",
        [-low / width for low, width in zip(lows, widths, strict=True)],
    )
    return keras.layers.ReLU(max_value=1.0, name="within")(shares)


def _open_dates(cells: _Cells, detail: Detail) -> list[Any]:
    """Elapsed time; the year, the week and the day as circles, where the data go so far."""
    import keras

    columns = cells.of("date")
    if not columns:
        return []
    at = [cells.at[one.name] for one in columns]
    days, seconds = cells.take(at), cells.take([place + 1 for place in at])
    elapsed = days + seconds / _DAY
    scaled = _scaled(elapsed, [1 / one.reach for one in columns], "elapsed")
    found = [scaled if detail == "plain" else _clipped(scaled)]
    circles = (
        (days, _YEAR, [one.span > _YEAR / 12 for one in columns]),
        (days, _WEEK, [one.span >= _WEEK - 1 for one in columns]),
        (seconds, _DAY, [one.seconds > 0 for one in columns]),
    )
    for moments, period, used in circles:
        places = [place for place, is_used in enumerate(used) if is_used]
        if not places:
            continue
        taken = moments if len(places) == len(columns) else keras.ops.take(moments, places, axis=1)
        # Whole turns are taken off before anything is divided: of whole days that is exact.
        rest = taken - keras.ops.floor(taken / period) * period
        found += [_wave(rest / period), _wave(rest / period + 0.25)]
    return found


def _wave(turns: Any) -> Any:
    """The sine of turns, by two parabolas: 0.001 off at most, and the same on every target.

    WebAssembly of TensorFlow.js computes sines of its own (2026-11-30, LOG.md).
    """
    import keras

    # from -1 to 1 of half a turn
    half = (turns - keras.ops.floor(turns)) * 2.0 - 1.0
    bent = half * (keras.ops.abs(half) - 1.0) * 4.0
    return bent * (keras.ops.abs(bent) * 0.225 + 0.775)


def _open_missing(cells: _Cells, missing: Any) -> list[Any]:
    """1 where a number or a date is missing, of columns that lack some in the training part."""
    places = [
        cells.at[one.name] for one in cells.columns if one.kind != "category" and one.has_missing
    ]
    return [cells.take(places, missing)] if places else []


def _open_categories(cells: _Cells, detail: Detail) -> list[Any]:
    """Levels seen in the training part, 0 or 1 each; many of one column as few numbers."""
    import keras

    columns = [(one, levels) for one in cells.of("category") if (levels := _levels(one))]
    if not columns:
        return []
    hot: list[tuple[ColumnSpec, list[int]]] = []
    found = []
    for column, levels in columns:
        if detail == "plain" or len(levels) <= _HOT:
            hot.append((column, levels))
            continue
        name = f"embed_{cells.at[column.name]}"
        embed = keras.layers.Dense(_WIDTH, use_bias=False, name=name)
        found.append(embed(_one_hot(cells, [(column, levels)], f"{name}_levels")))
    return [*([_one_hot(cells, hot, "levels")] if hot else []), *found]


def _levels(column: ColumnSpec) -> list[int]:
    """Places of what the training part holds, as the centred cells have them: 0 is missing."""
    known = [place + 2 for place in range(len(column.vocabulary))]
    return [*[0] * column.has_missing, *[1] * column.has_other, *known]


def _one_hot(cells: _Cells, columns: list[tuple[ColumnSpec, list[int]]], name: str) -> Any:
    import keras

    places = [cells.at[column.name] for column, levels in columns for _ in levels]
    wanted = [-float(level) for _, levels in columns for level in levels]
    apart = keras.ops.take(cells.values, places, axis=1)
    apart = keras.layers.Rescaling(1.0, offset=wanted, name=name)(apart)
    return keras.ops.relu(1.0 - keras.ops.abs(apart))

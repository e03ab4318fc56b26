"""How are windows of a series read? Steps in the order of time, of which the next are told."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from receta.core.errors import InputError
from receta.core.spec import ColumnSpec, Spec
from receta.data.dataset import Dataset, Quarantined
from receta.data.nouns import NOUNS
from receta.kinds import _numbers, _tables, _window_layers, _windows
from receta.kinds._requests import schema_of_window, show_window, take_window
from receta.kinds._spoilt import spoil_windows
from receta.kinds._windows import Windows

if TYPE_CHECKING:
    from receta.core.progress import Progress
    from receta.core.recipe import Recipe
    from receta.data.examples import Examples, Parts

AFTER = "rows"
KIND = "series"
NOUN = NOUNS["series"]
MEANINGS = ("step",)
RUNGS = ("naive", "seasonal_naive", "linear", "dense", "conv_lstm", "hits", "auto_ets")
schema, show, take = schema_of_window, show_window, take_window
spoil = spoil_windows
_MANY = 10_000  # windows, from which batches are larger
_STEPS_IN_ALL, _FEWEST, _MOST = 1_500, 4, 200  # steps, and passes
_LOOKED_AT = 20_000  # windows, from which the least scale is learnt


def decode(data: Dataset, recipe: Recipe, progress: Progress) -> Windows:
    """Every window of the series, of all its channels."""
    source: Any = data.source
    fields = tuple(source.channel_names)
    shape = (source.window, len(fields))
    spec = Spec(
        "steps",
        shape,
        "float32",
        "step",
        fields=fields,
        target=fields[0],
        rhythm=source.rhythm,
    )
    return _windows.read(data, spec, framed=data.task == "quantiles")


def learn(train: Examples) -> tuple[Spec, ...]:
    """The spec with the least scale of each channel, of windows of the training part."""
    (spec,) = train.inputs.specs
    chosen = train.rows[np.linspace(0, len(train) - 1, min(len(train), _LOOKED_AT)).astype(int)]
    floors = _windows.find_floors(train.inputs.take(chosen))
    return (dataclasses.replace(spec, spread=floors),)


def open_network(specs: tuple[Spec, ...], low: float) -> tuple[Any, Any]:
    """Input of raw steps, and the same without the level and the scale of the window."""
    return _window_layers.open_window(specs[0])


def close_network(specs: tuple[Spec, ...], body: Any, answers: Any) -> Any:
    """Answers in scales of the window, brought back to its unit."""
    return _window_layers.close_window(specs[0], body, answers)


def decode_as(model: Any, data: Dataset, progress: Progress) -> Windows:
    """The windows, where they are as long and of the same channels as those of a model."""
    (wanted,) = model.specs
    source: Any = data.source
    given = ((source.window, len(source.channel_names)), tuple(source.channel_names))
    if given != (wanted.shape, wanted.fields):
        raise InputError(
            f"{data.place or data.source} holds windows of {given[0][0]} steps of "
            f"{', '.join(given[1])}; expected {wanted.shape[0]} steps of "
            f"{', '.join(wanted.fields)}, which the model takes. Set --window and --series."
        )
    return _windows.read(data, wanted, framed=model.task == "quantiles")


def parse(
    model: Any, given: Sequence[str | Path], tell: Callable[[str], None]
) -> Iterator[tuple[str, np.ndarray | Quarantined]]:
    """The last window of each series, named by its last step: what comes next is asked for."""
    from receta.sources import load

    (spec,) = model.specs
    steps = spec.shape[0]
    fills = _numbers.Fills(NOUN)
    for place in map(str, given):
        _tables.refuse_no_table(place, spec.fields)
        read: Any = load(place, series=spec.fields[0], window=1, horizon=1).source
        if len(read.values) < steps:
            ahead = spec.rhythm.horizon or len(model.class_names)
            raise InputError(
                f"{place} has {len(read.values):,} steps; expected at least {steps:,}, which the "
                f"model sees to forecast the next {ahead:,}. Give it earlier steps too."
            )
        prefix = f"{place}:" if len(given) > 1 else ""
        name = f"{prefix}{read.step_names()[-1]}"
        window = read.values[-steps:]
        channels = [column.take(np.arange(len(read.values))[-steps:]) for column in read.channels()]
        reasons = [
            *_tables.find_bad_cells(
                [(one, ColumnSpec(one.name, "number")) for one in channels]
            ).values(),
            *_numbers.find_reasons(window[np.newaxis]).values(),
        ]
        if reasons:
            yield name, Quarantined(name, reasons[0])
            continue
        fills.add(window[np.newaxis])
        yield name, window.astype(np.float32)
    fills.tell(tell)


def baselines(examples: Examples) -> dict[str, np.ndarray]:
    """The last value, and that of one season before, as medians and as all bounds."""
    return _windows.repeat_steps(examples)


def tell_changes(parts: Parts, tell: Callable[[str], None]) -> None:
    """The cells that are filled, and the fields that are rounded."""
    _numbers.tell_changes(parts, NOUN, tell)


def options_of(model: Any) -> dict[str, Any]:
    """The columns that the model takes, the steps that it sees and those that it tells."""
    (spec,) = model.specs
    rhythm = spec.rhythm
    told: dict[str, Any] = {
        "window": spec.shape[0],
        "horizon": rhythm.horizon or len(model.class_names),
        "season": rhythm.season,
    }
    if spec.fields != ("value",) or rhythm.time:  # of a wide file nobody names the values
        told["series"] = ",".join(spec.fields)
    named = {"time": rhythm.time, "id": rhythm.id}
    return told | {name: column for name, column in named.items() if column}


def settings(n: int) -> dict[str, Any]:
    """As many passes as some 1,500 steps take, by measurement (LOG.md, 2026-11-30).

    >>> [tuple(settings(n).values()) for n in (80, 2_700, 40_000)]
    [(64, 200), (64, 35), (256, 10)]
    """
    size = 64 if n < _MANY else 256
    steps = max(1, -(-n // size))
    return {"batch_size": size, "epochs": max(_FEWEST, min(_MOST, round(_STEPS_IN_ALL / steps)))}


def refuse(recipe: Recipe) -> None:
    """RecipeError for a setting about pictures."""
    _numbers.refuse(recipe, NOUN.many)

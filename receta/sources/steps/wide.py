"""How are series read that stand beside each other: a row each, a column for every step?"""

from __future__ import annotations

import numpy as np

from receta.core.errors import InputError
from receta.core.rhythm import Rhythm
from receta.data.dataset import Quarantined
from receta.data.series import Asked, Series
from receta.data.table import Column
from receta.sources import Options
from receta.sources.table import open_sheet


def read_wide(place: str, options: Options, stamp: str) -> Series:
    """The first column names the series; empty cells at the end of a row are no steps."""
    sheet = open_sheet(place, options)
    at = 0 if options.id is None else sheet.find(options.id, place, "--id")
    names = _texts(sheet.column(at))
    others = [one for one in range(len(sheet.names)) if one != at]
    columns = [sheet.column(one, asked=True) for one in others]
    bad = next((one for one in columns if one.kind != "number" and not one.missing.all()), None)
    if bad is not None:
        raise InputError(
            f"{place}: column {bad.name!r} holds {bad.kind} cells; expected numbers, a step a "
            "column. Name the column of values with --series where steps stand below each other."
        )
    times = _dates_of([sheet.names[one] for one in others]) if sheet.headed else None
    block = np.stack([one.numbers() for one in columns], axis=1)
    junk = {(row, k): text for k, one in enumerate(columns) for row, text in one.junk.items()}
    there = ~np.isnan(block)
    lengths = np.where(there.any(axis=1), there.shape[1] - there[:, ::-1].argmax(axis=1), 0)
    strays = [
        Quarantined(str(names[row]), "holds no number at all")
        for row in np.flatnonzero(lengths == 0).tolist()
    ]
    kept = np.flatnonzero(lengths)
    if not len(kept):
        raise InputError(f"{place} holds no number at all; expected a series a row. Name others.")
    texts = [names[row] for row in kept.tolist()]
    if len(set(texts)) < len(texts):
        twice = next(one for one in texts if texts.count(one) > 1)
        raise InputError(
            f"{place}: the series {twice!r} stands there twice; expected a name of its own for "
            "each. Rename one."
        )
    ends = lengths[kept].cumsum()
    begins = dict(zip(kept.tolist(), (ends - lengths[kept]).tolist(), strict=True))
    made = Series(
        f"series({place!r}",
        np.concatenate([block[row, : lengths[row]] for row in kept.tolist()])[:, np.newaxis],
        None if times is None else np.concatenate([times[: lengths[row]] for row in kept.tolist()]),
        window=1,
        horizon=1,
        channel_names=["value"],
        version=stamp,
        file_order=None,
        junk={begins[row] + k: text for (row, k), text in junk.items() if row in begins},
        strays=strays,
        names=texts,
        ends=ends,
        rhythm=Rhythm(id=sheet.names[at]),
        layout="wide",
        asked=Asked(options.window, options.horizon, options.season, options.origins or 0),
    )
    span = f"{lengths[kept].min():,} to {lengths[kept].max():,} steps"
    made.read_notes = [*sheet.notes, f"a series a row: {len(kept):,} series of {span}"]
    return made


def _texts(column: Column) -> list[str]:
    if column.kind == "category":
        return [*column.categories, ""] and [
            column.categories[code] if code >= 0 else f"row-{row + 1}"
            for row, code in enumerate(column.values.tolist())
        ]
    return [
        f"row-{row + 1}" if column.missing[row] else f"{column.cell(row)}".removesuffix(".0")
        for row in range(len(column))
    ]


def _dates_of(names: list[str]) -> np.ndarray | None:
    """(steps,) the times that the header names, if it does."""
    from receta.codecs.dating import parse

    found = parse(names).values
    if np.isnat(found).any() or (np.diff(found) <= np.timedelta64(0)).any():
        return None
    return found.astype("datetime64[s]")

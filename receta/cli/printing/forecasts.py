"""What does `predict` leave on the terminal of a forecast: each step, and what it lies between?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from receta.cli.printing.console import print_json, say
from receta.core.amounts import counted
from receta.core.errors import InputError
from receta.core.language import translate
from receta.core.printable import printable

MOST = 60  # steps that are printed; of more the first, and how many there are


def tell_forecast(
    model: Any, histories: Sequence[str | None], out: Path | None, as_json: bool
) -> int:
    """Forecast, print and write; the exit code: 2 where some series cannot be forecast."""
    from receta.evaluation.forecasting import SUFFIXES, forecast

    if len(histories) > 1:
        raise InputError(
            f"predict got {len(histories)} files of a series; expected one, with the steps so far. "
            "Ask for one after the other."
        )
    if out is not None and out.suffix.lower() not in SUFFIXES:
        raise InputError(
            f"--out {out} ends in neither {' nor '.join(SUFFIXES)}; expected one of them. Name it "
            "so."
        )
    made = forecast(model, histories[0])
    if out is not None:
        made.write(out)
    if as_json:
        print_json(made.to_json())
    elif out is None:
        _show(made)
    else:
        series = len({one["unique_id"] for one in made})
        say(translate(f"{counted(len(made), 'steps')} of {series:,} series are in {out}"))
    for gone in made.left_out[:5]:
        say(f"receta: {printable(gone.id)}: {translate(gone.reason)}")
    return 2 if made.left_out else 0


def _show(made: Sequence[dict[str, Any]]) -> None:
    shown = made[:MOST]
    names = [f"{one['unique_id']} {one['ds']}".strip() for one in shown]
    widest = max(map(len, names))
    for name, one in zip(names, shown, strict=True):
        low, high = one.get("lo-80"), one.get("hi-80")
        between = "" if low is None or high is None else f"   {low:.5g} – {high:.5g}"
        print(f"{printable(name).ljust(widest)}   {one['yhat']:.5g}{between}")
    if len(made) > MOST:
        print(translate(f"and {len(made) - MOST:,} more; --out forecast.csv writes all"))

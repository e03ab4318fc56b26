"""After how many steps does a series repeat itself?

What is looked at are the changes from step to step: they know no trend. The calendar says what to
expect of dates (24 hours, 7 days, 12 months), the values say whether it is there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from receta.data.series import fill_forward

# Seasons of a step: of a day, a week and a year, as (seconds or months of a step, steps).
_DAY, _WEEK, _YEAR = 86_400, 604_800, 31_557_600
_MOST_SERIES = 64  # looked at, of many
_MOST_STEPS = 20_000  # of each
_MOST_LAG = 3_000
_CYCLES = 2  # a season that the steps hold fewer times is not seen
_CERTAIN = 0.3  # correlation from which a season counts that no calendar expects
_EXPECTED = 0.1  # of one that the calendar expects
_NEARLY = 0.8  # of the best: a shorter season with as much is the season, the other its multiple
_CHANCE = 3.0  # standard errors of a correlation of noise
_CHANCE_OF_MANY = 4.5  # of the largest of all lags that no calendar names
_CYCLES_UNSAID = 3
_AGAIN = 5  # seasons


def expected_seasons(every: str) -> tuple[int, ...]:
    """Seasons that the calendar has for a step, in steps, ascending.

    >>> expected_seasons("1800 s"), expected_seasons("1 M"), expected_seasons("1 B")
    ((48, 336, 17532), (12,), (5, 261))
    """
    if not every:
        return ()
    number, unit = every.split()
    step = float(number)
    if unit == "B":
        return (5, 261)
    if unit == "M":
        return (round(12 / step),) if step < 12 else ()
    found = {round(span / step) for span in (_DAY, _WEEK, _YEAR) if span / step >= 2}
    if step <= 10:
        found.add(round(60 / step))
    if step <= 600:
        found.add(round(3600 / step))
    return tuple(sorted(one for one in found if one >= 2))


def find_seasons(pieces: Sequence[np.ndarray], every: str) -> tuple[int, ...]:
    """Seasons of some series (steps,), ascending: the season, and a longer one that is clearer.

    Empty where none is seen. Only what is given is looked at: give steps of the training part.

    >>> wave = np.sin(np.arange(200) * 2 * np.pi / 12)
    >>> find_seasons([wave], "")
    (12,)
    """
    chosen = [pieces[at] for at in _spread_out(len(pieces))]
    strengths, n = _correlate([fill_forward(one[-_MOST_STEPS:]) for one in chosen])
    if len(strengths) < 4:
        return _by_year(chosen, every)
    chance, longest = _CHANCE / np.sqrt(n), max(map(len, chosen))
    prior = [one for one in expected_seasons(every) if one < len(strengths) - 1]
    found = {
        one: float(strengths[one])
        for one in prior
        if _is_peak(strengths, one) and strengths[one] > max(_EXPECTED, chance)
    }
    if not found or not every:
        at = np.arange(2, len(strengths) - 1)
        peaks = at[(strengths[at] >= strengths[at - 1]) & (strengths[at] >= strengths[at + 1])]
        peaks = peaks[peaks * _CYCLES_UNSAID <= longest]
        noise = _CHANCE_OF_MANY / np.sqrt(n * (1 - peaks / longest))
        strong = peaks[strengths[peaks] > np.maximum(_CERTAIN, noise)]
        found |= {int(one): float(strengths[one]) for one in strong}
    found = {one: strength for one, strength in found.items() if _comes_again(strengths, one)}
    if not found:
        return _by_year(chosen, every)
    best = max(found.values())
    season = min(one for one, strength in found.items() if strength >= _NEARLY * best)
    longer = [
        one
        for one, strength in found.items()
        if one > season and one % season == 0 and strength > found[season] + 0.05
    ]
    return (
        (season, min(longer, key=lambda one: (-round(found[one], 2), one))) if longer else (season,)
    )


def _spread_out(n: int) -> list[int]:
    return np.unique(np.linspace(0, n - 1, min(n, _MOST_SERIES)).astype(int)).tolist() if n else []


def _correlate(pieces: Sequence[np.ndarray]) -> tuple[np.ndarray, int]:
    """(lags + 1,) correlation of changes with those so many steps before, the mean over series."""
    total, weights, n = np.zeros(_MOST_LAG + 1), np.zeros(_MOST_LAG + 1), 0
    for values in pieces:
        changes = np.diff(values)
        lags = min(_MOST_LAG, len(values) // _CYCLES - 1)
        if lags < 3 or not changes.any():
            continue
        total[: lags + 1] += _autocorrelation(changes / np.abs(changes).max(), lags)
        weights[: lags + 1] += 1
        n += len(changes)
    most = int((weights > 0).sum())
    return total[:most] / np.maximum(weights[:most], 1), max(n, 1)


def _autocorrelation(values: np.ndarray, lags: int) -> np.ndarray:
    centred = values - values.mean()
    n = len(centred)
    spectrum = np.fft.rfft(centred, 2 * n)
    found = np.fft.irfft(spectrum * np.conj(spectrum))[: lags + 1] / (n - np.arange(lags + 1))
    return found / found[0] if found[0] > 0 else np.zeros(lags + 1)


def _is_peak(strengths: np.ndarray, at: int) -> bool:
    return bool(strengths[at] >= strengths[max(1, at - 1) : at + 2].max() - 1e-12)


def _comes_again(strengths: np.ndarray, season: int) -> bool:
    """Whether several seasons on steps are alike too: of a slow wave two steps are, six are not."""
    several = strengths[season : season * (_AGAIN + 1) : season]
    return bool(several.mean() >= strengths[season] / 2)


def _by_year(pieces: Sequence[np.ndarray], every: str) -> tuple[int, ...]:
    """The longest season of the calendar, where the values themselves swing by it.

    Noise from day to day hides a year from the changes: at the same day they are alike, half a
    year apart they are not.
    """
    for season in expected_seasons(every)[-1:]:
        swings = []
        for values in pieces:
            filled = fill_forward(values[-_MOST_STEPS:])
            if season < 8 or len(filled) < _CYCLES * season + season // 2:
                continue
            trend = np.polyval(np.polyfit(at := np.arange(len(filled)), filled, 1), at)
            alike = _autocorrelation(filled - trend, season + 1)
            swings.append((float(alike[season]), float(alike[season // 2])))
        if swings:
            same, opposite = np.median(np.array(swings), axis=0)
            if same > _CERTAIN and opposite < -_CERTAIN:
                return (season,)
    return ()

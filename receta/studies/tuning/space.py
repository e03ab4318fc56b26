"""Which values may the settings of a search take, and when does one of them matter?"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from receta.core.errors import RecipeError
from receta.core.seeds import rng

Value = bool | int | float | str
Settings = dict[str, Value]

GRID_VALUES = 5  # of a range without steps, in a grid
MOST_POINTS = 10_000  # of a grid
_DIGITS = 4  # of a number between two bounds: more tells nothing, and is hard to read


@dataclass(frozen=True)
class Range:
    """Numbers from low to high, evenly or by their logarithm.

    step: between two of them, None for all. whole: whether they are whole numbers.
    """

    low: float
    high: float
    log: bool = False
    step: float | None = None
    whole: bool = False

    @property
    def top(self) -> float:
        """The highest number that the steps reach."""
        if not self.step:
            return self.high
        steps = math.floor((self.high - self.low) / self.step + 1e-9)
        return round(self.low + steps * self.step, 12)

    def clip(self, value: float) -> float:
        """The nearest number of the range, with four digits where it has no steps.

        >>> Range(0.0, 0.5, step=0.1).clip(0.27), Range(1e-4, 0.1, log=True).clip(0.0123456)
        (0.3, 0.01235)
        """
        value = min(max(value, self.low), self.high)
        if self.step:
            steps = round((min(value, self.top) - self.low) / self.step)
            value = round(self.low + steps * self.step, 12)
        elif not self.whole and value:
            value = round(value, _DIGITS - 1 - math.floor(math.log10(abs(value))))
            value = min(max(value, self.low), self.high)
        return round(value) if self.whole else float(value)

    def spread(self) -> tuple[float, ...]:
        """The values that a grid tries, from low to high.

        >>> Range(0.0, 0.4, step=0.2).spread(), Range(1e-4, 1.0, log=True).spread()
        ((0.0, 0.2, 0.4), (0.0001, 0.001, 0.01, 0.1, 1.0))
        """
        if self.step:
            steps = round((self.top - self.low) / self.step)
            if steps >= MOST_POINTS:
                raise RecipeError(
                    f"a grid has {steps + 1:,} steps from {self.low:g} to {self.high:g}; expected "
                    f"{MOST_POINTS:,} points at most. Make the step larger."
                )
            return tuple(self.clip(self.low + i * self.step) for i in range(steps + 1))
        parts = [i / (GRID_VALUES - 1) for i in range(GRID_VALUES)]
        if self.log:
            ratio = self.high / self.low
            values = [self.low * ratio**part for part in parts]
        else:
            values = [self.low + (self.high - self.low) * part for part in parts]
        return tuple(dict.fromkeys(map(self.clip, values)))


@dataclass(frozen=True)
class Choice:
    """One of some values; of a single one it is fixed."""

    values: tuple[Value, ...]

    def clip(self, value: Value) -> Value:
        """The value, or the first one where it is none of them."""
        return value if value in self.values else self.values[0]

    def spread(self) -> tuple[Value, ...]:
        """The values that a grid tries."""
        return self.values


@dataclass(frozen=True)
class Parameter:
    """A setting that is searched.

    when: the values of other settings with which it matters; elsewhere it is left to the recipe.
    """

    name: str
    values: Range | Choice
    when: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)

    def is_active(self, settings: Mapping[str, Value]) -> bool:
        """Whether it matters beside these settings."""
        return all(settings.get(name) in allowed for name, allowed in self.when.items())

    @property
    def is_fixed(self) -> bool:
        """Whether there is nothing to search."""
        return isinstance(self.values, Choice) and len(self.values.values) == 1

    def to_json(self) -> dict[str, Any]:
        """What study.json holds of it."""
        plain = dataclasses.asdict(self.values)
        if isinstance(self.values, Choice):
            plain = {"choices": list(self.values.values)}
        when = {name: list(values) for name, values in self.when.items()}
        return {**plain, **({"when": when} if when else {})}

    @classmethod
    def from_json(cls, name: str, plain: dict[str, Any]) -> Self:
        """The parameter that `to_json` wrote."""
        told = dict(plain)
        when = {one: tuple(values) for one, values in told.pop("when", {}).items()}
        values = Choice(tuple(told["choices"])) if "choices" in told else Range(**told)
        return cls(name, values, when)


@dataclass(frozen=True)
class Space:
    """All settings that are searched; one stands behind those that its condition names."""

    parameters: tuple[Parameter, ...]

    def to_json(self) -> dict[str, Any]:
        """What study.json holds, in order."""
        return {one.name: one.to_json() for one in self.parameters}

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """The space that `to_json` wrote."""
        return cls(tuple(Parameter.from_json(name, one) for name, one in plain.items()))

    @property
    def searched(self) -> tuple[Parameter, ...]:
        """Those that are not fixed."""
        return tuple(one for one in self.parameters if not one.is_fixed)

    def clip(self, settings: Mapping[str, Value]) -> Settings:
        """The point of the space that is nearest to some settings; what they lack is the middle."""
        point: Settings = {}
        for one in self.parameters:
            if one.is_active(point):
                spread = one.values.spread()
                given = settings.get(one.name, spread[len(spread) // 2])
                point[one.name] = one.values.clip(given)  # type: ignore[arg-type]
        return point

    def grid(self, seed: int) -> list[Settings]:
        """All points of a grid, in an order that the seed mixes; RecipeError for too many."""
        points = []
        for point in self._points(self.parameters, {}):
            points.append(point)
            if len(points) > MOST_POINTS:
                raise RecipeError(
                    f"this space has more than {MOST_POINTS:,} points as a grid; expected fewer. "
                    "Use larger steps, fewer settings, or --search random."
                )
        order = rng(seed, "grid").permutation(len(points))
        return [points[i] for i in order]

    def _points(self, left: tuple[Parameter, ...], point: Settings) -> Iterator[Settings]:
        if not left:
            yield dict(point)
            return
        first, *rest = left
        if not first.is_active(point):
            yield from self._points(tuple(rest), point)
            return
        for value in first.values.spread():
            yield from self._points(tuple(rest), {**point, first.name: value})

"""How is a space read from a file, and what is wrong with it in one line?"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from receta.core import outside, setting_words
from receta.core.errors import RecipeError
from receta.core.recipe import Recipe, bounds
from receta.core.registry import nearest
from receta.studies.tuning.space import Choice, Parameter, Range, Space, Value

_MOST_BYTES, _MOST_PARAMETERS, _MOST_CHOICES = 2**20, 100, 1000
_TYPES = ("integer", "float", "choice", "boolean", "fixed")
_LARGEST, _MOST_STEPS = 1e15, 1e9  # of a bound, and between two of them
_WORDS = {
    "integer": ("low", "high", "log", "step"),
    "float": ("low", "high", "log", "step"),
    "choice": ("choices",),
    "boolean": (),
    "fixed": ("value",),
}
# What is the same for all trials, or belongs to the machine: a search cannot compare it.
_SHARED = {
    "seed": "is the same for all trials of a search",
    "validation_share": "is the same for all trials of a search",
    "test_share": "is the same for all trials of a search",
    "budget_s": "belongs to the command",
    "threads": "belongs to the machine",
    "backend": "belongs to the machine",
    "precision": "belongs to the machine",
    "tensorboard": "belongs to the machine",
    "workers": "belongs to the machine",
    "weights": "belongs to the machine: they are files and addresses",
}
_EXAMPLE = "learning_rate = { low = 1e-4, high = 1e-1, log = true }"


def read_space(path: Path) -> Space:
    """The space of a TOML file of settings of the recipe; RecipeError in one line."""
    advice = "Mend it, or name another one with --space."
    with outside.reading(f"space {path}", f"TOML such as {_EXAMPLE}", advice, RecipeError):
        text = outside.read_file(path, _MOST_BYTES).decode("utf-8")
        if any(line.partition("=")[0].count(".") > 2 for line in text.split("\n")):
            raise ValueError("a key has more than three parts")
        plain = tomllib.loads(text)
    return make_space(plain, str(path))


def make_space(plain: Mapping[str, Any], place: str) -> Space:
    """The space of settings of the recipe, checked; place: where it is from, for errors."""
    for name in plain:
        if name not in Recipe.model_fields:
            raise RecipeError(
                f"{place}: {_short(name)} is no setting that a rung knows; expected some of the "
                f"recipe's.{nearest(name, Recipe.model_fields)} `receta list settings` shows all."
            )
        if name in _SHARED:
            raise RecipeError(
                f"{place}: {name} {_SHARED[name]}; expected settings that trials may differ in. "
                f"Leave it out, or state it for all with --set {name}=…"
            )
    parameters = [_read_parameter(name, value, place) for name, value in plain.items()]
    for one in parameters:
        _refuse_out_of_bounds(one, place)
    return arrange(parameters, place)


def arrange(parameters: list[Parameter], place: str) -> Space:
    """A space of parameters, each behind those that its condition names; RecipeError."""
    known = {one.name: one for one in parameters}
    if not parameters or len(parameters) > _MOST_PARAMETERS:
        raise RecipeError(
            f"{place} has {len(parameters)} settings; expected 1 to {_MOST_PARAMETERS}, such as "
            f"{_EXAMPLE}. Mend it."
        )
    for one in parameters:
        _refuse_condition(one, known, place)
    ordered: list[Parameter] = []
    left = list(parameters)
    while left:
        placed = {one.name for one in ordered}
        ready = [one for one in left if placed >= set(one.when)]
        if not ready:
            raise RecipeError(
                f"{place}: {left[0].name} depends on itself by its `when`; expected conditions "
                "that end. Leave one out."
            )
        ordered.append(ready[0])
        left.remove(ready[0])
    space = Space(tuple(ordered))
    if not space.searched:
        raise RecipeError(
            f"{place} leaves nothing to search, as every setting has one value; expected a range "
            f"or a choice, such as {_EXAMPLE}. Add one."
        )
    return space


def _read_parameter(name: str, value: Any, place: str) -> Parameter:
    """One entry of a file: a table of words, a list to choose from, or one fixed value."""
    at = f"{place}: {name}"
    if isinstance(value, list):
        return Parameter(name, _read_choices(at, value))
    if not isinstance(value, Mapping):
        return Parameter(name, _read_choices(at, [value]))
    told = dict(value)
    when = _read_condition(at, told.pop("when", {}))
    said = told.pop("type", None)
    if said is not None and said not in _TYPES:
        raise RecipeError(
            f"{at} has type = {_short(said)}; expected one of {', '.join(_TYPES)}."
            f"{nearest(str(said), _TYPES)} Change it."
        )
    kind = said or _guess_type(name, told)
    allowed = _WORDS[kind]
    for word in told:
        if word not in allowed:
            every = (*allowed, "type", "when")
            raise RecipeError(
                f"{at} has the word {_short(word)}; expected {', '.join(every)} of "
                f"{'an' if kind == 'integer' else 'a'} {kind}.{nearest(word, every)} Change it."
            )
    if kind == "boolean":
        return Parameter(name, Choice((True, False)), when)
    if kind in ("choice", "fixed"):
        needed = "choices" if kind == "choice" else "value"
        if needed not in told:
            raise RecipeError(f"{at} lacks {needed}; expected one for a {kind}. Add it.")
        given = told[needed]
        if kind == "choice" and not isinstance(given, list):
            raise RecipeError(
                f"{at} has choices = {_short(given)}; expected a list, such as [1, 2]. Change it."
            )
        return Parameter(name, _read_choices(at, given if kind == "choice" else [given]), when)
    return Parameter(name, _read_range(at, told, is_whole=kind == "integer"), when)


def _guess_type(name: str, told: Mapping[str, Any]) -> str:
    """The type of an entry that names none."""
    if "choices" in told:
        return "choice"
    if "value" in told:
        return "fixed"
    field = Recipe.model_json_schema()["properties"].get(name, {})
    types = {one.get("type") for one in field.get("anyOf", [field])}
    return "integer" if "integer" in types and "number" not in types else "float"


def _read_choices(at: str, values: list[Any]) -> Choice:
    if not 1 <= len(values) <= _MOST_CHOICES:
        raise RecipeError(
            f"{at} has {len(values)} choices; expected 1 to {_MOST_CHOICES}. Change them."
        )
    for value in values:
        if not isinstance(value, bool | int | float | str) or value != value:
            raise RecipeError(
                f"{at} has the choice {_short(value)}; expected a text, a number, true or false. "
                'Write a list as one text, such as "flip,shift".'
            )
    if len({(type(value), value) for value in values}) < len(values):
        raise RecipeError(f"{at} has a choice twice; expected each once. Leave one out.")
    return Choice(tuple(values))


def _read_range(at: str, told: Mapping[str, Any], *, is_whole: bool) -> Range:
    numbers: dict[str, float] = {}
    value: Any
    for word in ("low", "high", "step"):
        value = told.get(word)
        if value is None and word == "step":
            continue
        right = isinstance(value, int | float) and not isinstance(value, bool)
        if not right or not abs(value) <= _LARGEST or (is_whole and value != int(value)):
            what = "a whole number" if is_whole else "a number"
            said = "nothing" if value is None else _short(value)
            raise RecipeError(
                f"{at} has {said} for {word}; expected {what}, such as {_EXAMPLE}. Change it."
            )
        numbers[word] = int(value) if is_whole else float(value)
    log = told.get("log", False)
    if not isinstance(log, bool):
        raise RecipeError(f"{at} has log = {_short(log)}; expected true or false. Change it.")
    low, high, step = numbers["low"], numbers["high"], numbers.get("step")
    if low >= high:
        raise RecipeError(
            f"{at} goes from {low:g} to {high:g}; expected low below high. Change one, or write "
            "one value alone."
        )
    if log and low <= 0:
        raise RecipeError(
            f"{at} goes from {low:g} on by its logarithm; expected low above 0. Raise it, or leave "
            "out log."
        )
    if step is not None and (log or not (high - low) / _MOST_STEPS <= step <= high - low):
        why = "with log" if log else f"from {low:g} to {high:g}"
        raise RecipeError(
            f"{at} has step = {step:g} {why}; expected a step above 0 that fits, and no log beside "
            "it. Change it."
        )
    return Range(low, high, log, step, is_whole)


def _read_condition(at: str, plain: Any) -> dict[str, tuple[Value, ...]]:
    if not isinstance(plain, Mapping):
        raise RecipeError(
            f"{at} has when = {_short(plain)}; expected a table, such as "
            'when = { optimizer = "sgd" }. Change it.'
        )
    return {
        name: _read_choices(f"{at}.when", value if isinstance(value, list) else [value]).values
        for name, value in plain.items()
    }


def _refuse_condition(one: Parameter, known: Mapping[str, Parameter], place: str) -> None:
    for name, allowed in one.when.items():
        if name not in known:
            raise RecipeError(
                f"{place}: {one.name} depends on {_short(name)}, which is not in this space; "
                f"expected another setting of it.{nearest(name, known)} Add it, or change `when`."
            )
        values = known[name].values
        if not isinstance(values, Choice):
            raise RecipeError(
                f"{place}: {one.name} depends on {name}, which is a range; expected a choice. "
                "Write it as a list."
            )
        strange = [value for value in allowed if not _is_among(value, values.values)]
        if strange:
            raise RecipeError(
                f"{place}: {one.name} matters when {name} is {_short(strange[0])}; expected one of "
                f"{', '.join(map(str, values.values))}."
                f"{nearest(str(strange[0]), map(str, values.values))} Change it."
            )


def _is_among(value: Value, values: Collection[Value]) -> bool:
    return any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in values)


def _refuse_out_of_bounds(one: Parameter, place: str) -> None:
    """RecipeError for a value that the recipe refuses, or a range where it has names."""
    values = one.values
    tried = values.values if isinstance(values, Choice) else (values.low, values.high)
    for value in tried:
        try:
            recipe = Recipe(**{one.name: value})
        except RecipeError:
            word, allowed = "is" if isinstance(values, Choice) else "goes to", bounds(one.name)
            hint = nearest(value, allowed.split(" or ")) if isinstance(value, str) else ""
            raise RecipeError(
                f"{place}: {one.name} {word} {_short(value)}; expected {allowed}.{hint} Change it."
            ) from None
        if one.name == "rungs" and len(recipe.rungs) != 1:
            raise RecipeError(
                f"{place}: rungs is {_short(value)}; expected one rung for each trial, such as "
                'rungs = ["mlp", "cnn"]. Change it.'
            )


def _short(value: Any) -> str:
    return setting_words.shorten(value if not isinstance(value, list | dict) else repr(value))

"""How does the function of a verb become a command, and its parameters options?"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast, get_type_hints

import typer

from receta.cli import verbs
from receta.cli.help import Command
from receta.core.language import translate


class Commands(Mapping[str, Command]):
    """The verbs by name; one is imported when it is asked for."""

    def __getitem__(self, name: str) -> Command:
        if name not in verbs.SHELF:
            raise KeyError(name)
        return make_command(name)

    def __iter__(self) -> Iterator[str]:
        return iter(verbs.SHELF.names())

    def __len__(self) -> int:
        return len(verbs.SHELF.names())


@functools.cache
def make_command(name: str) -> Command:
    """The command of a verb."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    function = verbs.SHELF.function(name)
    app.command(name, cls=Command, short_help=translate(verbs.describe(name)))(spell_out(function))
    command = cast(Command, typer.main.get_command(app))
    command.examples = verbs.SHELF.module(name).EXAMPLES
    return command


def spell_out(verb: Callable[..., None]) -> Callable[..., None]:
    """A verb that is called with each field of a parameter that is a dataclass, by its name.

    >>> @dataclasses.dataclass
    ... class Place:
    ...     x: int
    ...     y: int = 0
    >>> def go(place: Place, fast: bool = False) -> None:
    ...     print(place, fast)
    >>> str(inspect.signature(spell_out(go)))
    '(*, x: int, y: int = 0, fast: bool = False)'
    >>> spell_out(go)(x=1, y=2, fast=True)
    Place(x=1, y=2) True
    """
    signature = inspect.signature(verb, eval_str=True)
    values: dict[str, Any] = {
        name: one.annotation
        for name, one in signature.parameters.items()
        if dataclasses.is_dataclass(one.annotation)
    }

    def called(**given: Any) -> None:
        for name, value in values.items():
            fields = [one.name for one in dataclasses.fields(value)]
            given[name] = value(**{field: given.pop(field) for field in fields})
        verb(**given)

    parameters: list[inspect.Parameter] = []
    for name, one in signature.parameters.items():
        parameters += (
            _fields(values[name])
            if name in values
            else [one.replace(kind=inspect.Parameter.KEYWORD_ONLY)]
        )
    called.__name__, called.__doc__ = verb.__name__, verb.__doc__
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {one.name: one.annotation for one in parameters}
    return called


def _fields(value: Any) -> list[inspect.Parameter]:
    """The fields of a dataclass as parameters; one without a default is needed."""
    kinds = get_type_hints(value, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty
            if field.default is dataclasses.MISSING
            else field.default,
            annotation=kinds[field.name],
        )
        for field in dataclasses.fields(value)
    ]

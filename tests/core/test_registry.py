"""Is an entry of a shelf held to its contract, value by value and function by function?"""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, Literal, Protocol

import pytest

from receta.core import registry
from receta.core.errors import RecetaError


class Contract(Protocol):
    """What an entry holds."""

    BOUND: Annotated[float, "a number with its origin."]
    NAMES: tuple[str, ...] = ()

    def __call__(self, data: list[int]) -> int:
        """Counts them."""

    def look(self) -> str:
        """Says what
        it sees.
        """

    def _inner(self) -> None: ...


def entry(**holds: object) -> ModuleType:
    module = ModuleType("shelf.one")
    vars(module).update({"BOUND": 1, "one": len, "look": str} | holds)
    return module


def test_what_a_contract_asks_for_is_listed() -> None:
    assert registry.required(Contract) == ("BOUND", "NAME", "look")


@pytest.mark.parametrize(
    ("value", "kind", "fits"),
    [
        *((1, float, True), (1.5, float, True), ("1", float, False), (1.5, int, False)),
        *(("a", Literal["a", "b"], True), ("c", Literal["a", "b"], False)),
        *((None, int | None, True), (1, int | None, True), ("1", int | None, False)),
        *(((), tuple[str, ...], True), ([], tuple[str, ...], False), ("x", "a name", True)),
    ],
)
def test_a_value_is_of_a_type_by_its_outermost_form(
    value: object, kind: object, fits: bool
) -> None:
    assert registry._is_of(value, kind) is fits


def test_a_function_that_is_missing_is_told_by_what_it_does() -> None:
    with pytest.raises(RecetaError) as caught:
        registry._hold_function(entry(look=3), "look", Contract.look, "shelf/one.py")
    assert str(caught.value) == (
        "shelf/one.py lacks look; expected a function: Says what it sees. Define it there."
    )
    registry._hold_function(entry(), "look", Contract.look, "shelf/one.py")


def test_a_value_that_is_missing_or_of_another_type_is_told_and_a_usual_one_is_given() -> None:
    hint = Annotated[float, "a number with its origin."]
    bare = entry()
    del bare.BOUND
    with pytest.raises(RecetaError, match="lacks BOUND; expected a number with its origin"):
        registry._hold_value(bare, Contract, "BOUND", hint, "shelf/one.py")
    with pytest.raises(RecetaError, match=r"has BOUND = 'x'; expected a number"):
        registry._hold_value(entry(BOUND="x"), Contract, "BOUND", hint, "shelf/one.py")
    registry._hold_value(bare, Contract, "NAMES", tuple[str, ...], "shelf/one.py")
    assert bare.NAMES == ()

"""Does every check pass a sound set-up and catch a broken one?"""

from __future__ import annotations

import pytest
from receta.checks import SHELF
from receta.pipeline import backend


@pytest.fixture(autouse=True, scope="module")
def _backend() -> None:
    backend.start()


@pytest.mark.parametrize("name", SHELF.names())
def test_check_passes_the_sound_set_up(name: str) -> None:
    module = SHELF.module(name)
    assert getattr(module, name)(module.sound()).verdict == "ok"


@pytest.mark.parametrize("name", SHELF.names())
def test_check_catches_the_broken_set_up_and_says_what_to_do(name: str) -> None:
    module = SHELF.module(name)
    finding = getattr(module, name)(module.broken())
    assert finding.verdict in ("warn", "fail")
    assert finding.check == name
    assert finding.where
    assert finding.advice.endswith(".")

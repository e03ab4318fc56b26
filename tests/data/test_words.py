"""Does one frozen rule find the words of every text?"""

from __future__ import annotations

import json
import random
import unicodedata
from pathlib import Path

import pytest

from receta.data import words
from receta.data.words import find_words

TABLE = Path(words.__file__).with_name("words.json")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("El Niño comió", ["el", "niño", "comió"]),
        ("nin\u0303o NIN\u0303O", ["niño", "niño"]),
        ("don't DON’T 'tis dogs'", ["don't", "don't", "tis", "dogs"]),
        ("#Lluvia @User me@home #", ["#lluvia", "@user", "me", "home"]),
        ("＃東 ＠User", ["東", "@user"]),
        ("😂😂👍🏽❤️", ["😂", "😂", "👍", "❤"]),
        ("👩\u200d💻🇪🇸🇫", ["👩", "💻", "🇪🇸", "🇫"]),
        ("covid19 3.5€ £1,000!", ["covid19", "3", "5", "€", "£", "1", "000", "!"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー"]),
        ("İstanbul ΣΟΦΟΣ σοφος", ["istanbul", "σοφοσ", "σοφοσ"]),
        ("col·lecció soft\u00adhyphen a\u200bb", ["col·lecció", "softhyphen", "a", "b"]),
        ("\u202eabc\u202c \ufeffd\x00e", ["abc", "d", "e"]),
        ("हिन्दी ภาษา", ["हिन्दी", "ภ", "า", "ษ", "า"]),
        ("a\ud800b", ["a", "b"]),
        ("", []),
        ("...", []),
    ],
)
def test_words_keep_accents_signs_and_tags(text: str, expected: list[str]) -> None:
    assert find_words(text) == expected


def test_a_text_of_any_length_is_read_within_bounds() -> None:
    assert find_words("a " * 10**6, 5) == ["a"] * 5
    assert find_words("x" * 10**6) == ["x" * words.table().longest]
    assert len(find_words("a " * 10**6)) == words.table().characters // 2


def test_equal_texts_in_other_forms_of_unicode_have_equal_words() -> None:
    rng = random.Random(0)
    letters = [chr(point) for point in range(0x20, 0x3000) if unicodedata.name(chr(point), "")]
    for _ in range(2_000):
        text = "".join(rng.choices(letters, k=12))
        forms = [find_words(unicodedata.normalize(form, text)) for form in ("NFC", "NFD")]
        assert forms[0] == forms[1], ascii(text)


def test_words_of_words_are_the_same_words() -> None:
    rng = random.Random(1)
    for _ in range(2_000):
        text = "".join(chr(rng.randrange(0x3100)) for _ in range(30))
        once = find_words(text)
        assert find_words(" ".join(once)) == once, ascii(text)


@pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="made with Unicode 14")
def test_the_table_is_what_its_maker_writes() -> None:
    import runpy

    made = runpy.run_path(str(TABLE.parents[2] / "docs" / "words.py"))["make"]()
    assert json.loads(TABLE.read_text()) == json.loads(json.dumps(made))

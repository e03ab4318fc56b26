"""Are copies of texts found before the split, and kept in one part?"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from receta.audits import audit, label_error
from receta.copies.texts import find_near_texts, find_takes
from receta.core.recipe import Recipe
from receta.data.dataset import Dataset
from receta.data.marks import Marks
from receta.data.texts import Texts, join_texts
from receta.splitting import split

WORDS = np.array([f"word{n}" for n in range(300)])


def texts_with_takes(n: int = 120, each: int = 3) -> Dataset:
    """Patterns of 12 words, of each three takes with another number and one other word."""
    rng = np.random.default_rng(0)
    said = []
    for _ in range(n):
        pattern = rng.choice(WORDS, 14)
        for take in range(each):
            changed = pattern.copy()
            changed[0] = f"take{take}"
            said.append(" ".join([*changed, str(rng.integers(10**6))]))
    targets = np.repeat(np.arange(n) % 2, each)
    marks = Marks([f"row-{at}" for at in range(len(said))], targets, ("a", "b"))
    return Dataset.of(Texts("made up", *join_texts(said), marks))


def test_takes_of_one_pattern_are_found_and_others_are_not() -> None:
    data = texts_with_takes()
    assert {(one // 3, other // 3) for one, other in find_near_texts(data)} == {
        (at, at) for at in range(120)
    }
    assert sorted(map(len, find_takes(data))) == [3] * 120


def test_a_split_never_puts_takes_of_one_text_into_two_parts() -> None:
    parts = split(texts_with_takes(), Recipe()).named()
    places = [{int(row) // 3 for row in part.rows} for part in parts.values()]
    assert not places[0] & places[1]
    assert not places[0] & places[2]
    assert not places[1] & places[2]
    assert min(map(len, places)) >= 8


def test_the_audit_names_each_but_the_first() -> None:
    found = {finding.check: finding for finding in audit(texts_with_takes(20))}
    assert found["near_text"].measured == 40
    assert found["near_text"].ids[:2] == ("row-1", "row-2")


def test_a_folder_in_other_encodings_is_read_and_said(tmp_path: Path) -> None:
    from receta.sources import load

    for name, how in (("a", "utf-8"), ("b", "cp1252"), ("c", "utf-16"), ("d", "utf-8-sig")):
        for label in ("bueno", "malo"):
            (tmp_path / label).mkdir(exist_ok=True)
            (tmp_path / label / f"{name}.txt").write_bytes(f"el niño comió {label}".encode(how))
    (tmp_path / "malo" / "z.txt").write_bytes(bytes(range(32)) * 40)
    (tmp_path / "malo" / "y.txt").write_text("x " * 10**6)
    data = load(tmp_path)
    assert [str(one) for one in data][:4] == ["el niño comió bueno"] * 4
    assert data.left_out[0].id == "malo/z.txt"
    assert [note.split(":")[0] for note in data.notes] == [
        "2 files are read as Windows-1252 ('bueno/b.txt', 'malo/b.txt')",
        "2 files are read as UTF-16 ('bueno/c.txt', 'malo/c.txt')",
        "1 text has more than 100,000 characters; the rest is not read",
    ]


def test_wrong_labels_of_texts_are_named() -> None:
    rng = np.random.default_rng(1)
    said = [
        " ".join([*rng.choice(WORDS[:40] if at % 2 else WORDS[40:80], 8), str(at)])
        for at in range(200)
    ]
    targets = np.arange(200) % 2
    targets[[10, 31, 52]] = 1 - targets[[10, 31, 52]]
    marks = Marks([f"row-{at}" for at in range(200)], targets, ("a", "b"))
    data = Dataset.of(Texts("made up", *join_texts(said), marks))
    (found,) = label_error.label_error(data, None)
    assert set(found.ids) == {"row-10", "row-31", "row-52"}

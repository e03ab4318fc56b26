"""Are classes shown as people look for them, while their numbers stay?"""

from __future__ import annotations

from pathlib import Path

import pytest
from shell import pictures

from receta.core.reading import reading_order
from receta.pipeline import looking
from receta.sources import load
from receta.splitting import split


@pytest.mark.parametrize(
    ("names", "read"),
    [
        (
            ["Pantalón", "Zapatos", "sombrero (gorra)", "árbol"],
            ["árbol", "Pantalón", "sombrero (gorra)", "Zapatos"],
        ),
        (["1", "10", "2"], ["1", "2", "10"]),
        (["img10a", "img1b", "img2"], ["img1b", "img2", "img10a"]),
        (
            [
                "airplane",
                "automobile",
                "bird",
                "cat",
                "deer",
                "dog",
                "frog",
                "horse",
                "ship",
                "truck",
            ],
            None,
        ),
        (["low", "medium", "high"], None),
        ([], None),
    ],
    ids=str,
)
def test_names_are_read_as_in_a_dictionary_unless_they_have_an_order_of_their_own(
    names: list[str], read: list[str] | None
) -> None:
    assert [names[place] for place in reading_order(names)] == (read or names)


def test_classes_keep_their_numbers_wherever_they_are_shown(tmp_path: Path) -> None:
    place = pictures(tmp_path / "d", 8, "Zbá")
    data = load(place)
    assert data.class_names == ("Z", "b", "á")
    seen = looking.look(data)
    assert list(seen.to_json()["classes"]) == ["Z", "b", "á"]
    assert [row[0] for row in seen.tables()[0][2]] == ["á", "b", "Z"]
    assert [name for name, _ in looking.groups(data, 0)] == ["á", "b", "Z"]
    assert split(data).class_names == ("Z", "b", "á")

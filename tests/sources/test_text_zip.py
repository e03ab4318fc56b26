"""Is a ZIP of .txt read as its folder is, and is a spoilt member left out by name?"""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from receta.core.errors import InputError
from receta.sources import load, text_folder, text_zip


def test_a_zip_of_texts_holds_what_its_folder_holds(tmp_path: Path) -> None:
    packed = load(text_zip.sample(tmp_path))
    plain = load(tmp_path / "texts")
    assert packed.kind == plain.kind == "texts"
    assert [bytes(packed.source.raw(row)) for row in range(8)] == [
        bytes(plain.source.raw(row)) for row in range(8)
    ]
    assert packed.targets.tolist() == plain.targets.tolist()
    assert packed.class_names == plain.class_names
    assert [name.removeprefix("texts/") for name in packed.ids] == list(plain.ids)


def test_a_damaged_member_is_left_out_by_name(tmp_path: Path) -> None:
    place = Path(text_zip.sample(tmp_path))
    content = place.read_bytes()
    place.write_bytes(content.replace(b"I am so sad today, 2", b"I am so mad today, 2", 1))
    found = load(place)
    assert [gone.id for gone in found.left_out] == ["texts/sad/2.txt"]
    assert "damaged" in found.left_out[0].reason
    assert len(found) == 7


def test_members_that_lead_outside_are_refused_and_junk_is_passed_over(tmp_path: Path) -> None:
    text_folder.sample(tmp_path / "texts")
    place = tmp_path / "texts.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for name in ("glad", "sad"):
            archive.write(tmp_path / "texts" / name / "0.txt", f"{name}/0.txt")
            archive.writestr(f"__MACOSX/{name}/._0.txt", "of the system")
    assert len(load(place)) == 2
    with zipfile.ZipFile(place, "a") as archive:
        archive.writestr("../sad/1.txt", "I lead outside.")
    with pytest.raises(InputError, match="leads out of the archive"):
        load(place)

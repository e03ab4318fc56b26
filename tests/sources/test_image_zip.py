"""Are archives of pictures read in place, and hostile ones refused?"""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from receta.core.errors import InputError
from receta.core.image import Unreadable
from receta.sources import image_folder, load


def picture(grey: int = 9) -> bytes:
    content = io.BytesIO()
    Image.new("L", (3, 2), grey).save(content, "BMP")
    return content.getvalue()


def pack(place: Path, *names: str | zipfile.ZipInfo, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(place, "w", method) as archive:
        for name in ("cat/1.bmp", "dog/1.bmp", *names):
            archive.writestr(name, picture())
    return place


def refused(place) -> str:
    with pytest.raises(InputError) as caught:
        load(place)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def edited(place: Path, signature: bytes, offset: int, fmt: str, *values: int) -> Path:
    """The archive with fields of its first header of a kind written over."""
    content = bytearray(place.read_bytes())
    struct.pack_into(fmt, content, content.index(signature) + offset, *values)
    place.write_bytes(content)
    return place


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_archive_gives_what_its_folder_gives(tmp_path, method):
    root = tmp_path / "pictures"
    image_folder.sample(root)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        for file in root.rglob("*.png"):
            archive.write(file, file.relative_to(root))
    one, other = load(root), load(tmp_path / "a.zip")
    assert one.ids == other.ids
    assert one.fingerprint == other.fingerprint


def test_junk_and_folders_are_ignored_and_others_counted(tmp_path):
    place = pack(tmp_path / "a.zip", "__MACOSX/cat/._1.bmp", "cat/.DS_Store", "empty/")
    with zipfile.ZipFile(place, "a") as archive:
        archive.writestr("notes.txt", "words")
    assert load(place).ids == ("cat/1.bmp", "dog/1.bmp")
    assert load(place).source.ignored == 1


def test_names_from_windows_are_paths(tmp_path):
    assert load(pack(tmp_path / "a.zip", "cat\\2.bmp")).ids == ("cat/1.bmp", "cat/2.bmp", "dog/1.bmp")


def test_a_name_packed_twice_counts_once_the_later_one(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("cat/1.bmp", picture(1))
        archive.writestr("dog/1.bmp", picture(2))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("cat/1.bmp", picture(3))
    data = load(tmp_path / "a.zip")
    assert len(data) == 2
    assert data[0].max() == 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../1.bmp", "leads out of the archive"),
        ("cat/../../1.bmp", "leads out of the archive"),
        ("..\\1.bmp", "leads out of the archive"),
        ("/etc/1.bmp", "has an absolute path"),
        ("\\etc\\1.bmp", "has an absolute path"),
        ("C:\\1.bmp", "has an absolute path"),
        ("c:1.bmp", "has an absolute path"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path, name, words):
    text = refused(pack(tmp_path / "a.zip", name))
    assert f"member {name!r} {words}; expected plain files inside" in text


def test_links_are_refused(tmp_path):
    link = zipfile.ZipInfo("cat/2.bmp")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    assert "member 'cat/2.bmp' is a symbolic link" in refused(pack(tmp_path / "a.zip", link))


def test_encrypted_members_are_refused(tmp_path):
    place = edited(pack(tmp_path / "a.zip"), b"PK\x01\x02", 8, "<H", 1)
    assert "member 'cat/1.bmp' is encrypted" in refused(place)


def test_bombs_are_refused(tmp_path):
    place = edited(pack(tmp_path / "a.zip"), b"PK\x01\x02", 24, "<I", 200_000_000)
    assert "to 200000000 bytes; expected at most 100 times. That is a decompression bomb" in refused(place)
    place = pack(tmp_path / "b.zip", *(f"cat/{n}.bmp" for n in range(2, 40)))
    content = bytearray(place.read_bytes())
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        struct.pack_into("<I", content, at + 24, 90_000_000)
    place.write_bytes(content)
    assert "expected at most 200 times. That is a decompression bomb" in refused(place)


def test_picture_of_more_than_256_mb_is_refused(tmp_path):
    place = edited(pack(tmp_path / "a.zip"), b"PK\x01\x02", 20, "<II", 200_000_000, 300_000_000)
    assert "picture 'cat/1.bmp' unpacks to 286 MB; expected at most 256 MB" in refused(place)


def test_unknown_methods_are_refused(tmp_path):
    place = edited(pack(tmp_path / "a.zip"), b"PK\x01\x02", 10, "<H", 9)
    assert "is packed by method 9 (Deflate64); expected stored, deflate, bzip2" in refused(place)


def test_what_is_no_archive_is_refused(tmp_path):
    place = tmp_path / "a.zip"
    for content in (b"", b"<html>404</html>", pack(tmp_path / "b.zip").read_bytes()[:-30]):
        place.write_bytes(content)
        assert "cannot be opened as a ZIP archive" in refused(place)
    damaged = edited(pack(tmp_path / "c.zip"), b"PK\x01\x02", 0, "<I", 0)
    assert "cannot be opened as a ZIP archive" in refused(damaged)


def test_archives_without_pictures_are_refused(tmp_path):
    place = tmp_path / "a.zip"
    with zipfile.ZipFile(place, "w") as archive:
        pass
    assert "is an empty ZIP archive" in refused(place)
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("train.csv", "label,a")
    assert "holds no pictures but 1 other files, 1 of them .csv" in refused(place)


def test_damaged_members_say_why_when_they_are_read(tmp_path):
    place = pack(tmp_path / "a.zip", method=zipfile.ZIP_STORED)
    content = bytearray(place.read_bytes())
    content[60] ^= 0xFF  # in the first picture
    place.write_bytes(content)
    data = load(place)
    with pytest.raises(Unreadable, match="damaged in the archive: its bytes do not agree with its checksum"):
        data.source.raw(0)
    assert np.array_equal(data[1], np.full((2, 3, 1), 9))


def test_damaged_packing_says_why(tmp_path):
    place = pack(tmp_path / "a.zip")
    content = bytearray(place.read_bytes())
    content[39:45] = b"\xff" * 6
    place.write_bytes(content)
    with pytest.raises(Unreadable, match="damaged in the archive"):
        load(place).source.raw(0)


def test_members_that_are_not_where_the_directory_says(tmp_path):
    place = edited(pack(tmp_path / "a.zip"), b"PK\x03\x04", 0, "<I", 0)
    with pytest.raises(Unreadable, match="no member where the directory says"):
        load(place).source.raw(0)


def test_vanished_archive_says_why(tmp_path):
    data = load(pack(tmp_path / "a.zip"))
    (tmp_path / "a.zip").unlink()
    with pytest.raises(Unreadable, match="the archive cannot be read: no such file"):
        data.source.raw(0)

"""Are archives of pictures read in place, and hostile ones refused?"""

from __future__ import annotations

import copy
import io
import random
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from receta.codecs import zip_names
from receta.core.errors import InputError
from receta.data.image import Unreadable
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
    assert load(pack(tmp_path / "a.zip", "cat\\2.bmp")).ids == (
        "cat/1.bmp",
        "cat/2.bmp",
        "dog/1.bmp",
    )


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
    assert (
        "to 200000000 bytes; expected at most 100 times. That is a decompression bomb"
        in refused(place)
    )
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
    assert "holds no pictures but 1 other file, 1 of them .csv" in refused(place)


def test_damaged_members_say_why_when_they_are_read(tmp_path):
    place = pack(tmp_path / "a.zip", method=zipfile.ZIP_STORED)
    content = bytearray(place.read_bytes())
    content[60] ^= 0xFF  # in the first picture
    place.write_bytes(content)
    data = load(place)
    with pytest.raises(
        Unreadable, match="damaged in the archive: its bytes do not agree with its checksum"
    ):
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
        # as a process that reads pictures has it: nothing is open yet
        copy.copy(data.source).raw(0)


class Unmarked(zipfile.ZipInfo):
    """A member whose name is written in some encoding, without the mark for UTF-8."""

    def __init__(self, name: str, code: str) -> None:
        super().__init__(name)
        self.code = code

    def _encodeFilenameFlags(self):  # noqa: N802  zipfile asks for it
        return self.filename.encode(self.code), self.flag_bits & ~0x800


def named(place: Path, code: str, *folders: str) -> Path:
    with zipfile.ZipFile(place, "w") as archive:
        for number, folder in enumerate(folders):
            for n in range(2):
                archive.writestr(Unmarked(f"{folder}/{n}.bmp", code), picture(10 * number + n))
    return place


def test_names_in_utf8_without_the_mark_are_utf8(tmp_path):
    data = load(named(tmp_path / "a.zip", "utf-8", "Pi\u00f1a", "Gr\u00f6\u00dfe"))
    assert data.class_names == ("Gr\u00f6\u00dfe", "Pi\u00f1a")
    assert data.notes == ()
    combined = load(named(tmp_path / "mac.zip", "utf-8", "Pin\u0303a", "Gro\u0308\u00dfe"))
    assert combined.class_names == data.class_names


def test_names_in_code_page_437_stay_what_they_are_and_that_is_said(tmp_path):
    data = load(named(tmp_path / "a.zip", "cp437", "Pi\u00f1a", "Gr\u00f6\u00dfe"))
    assert data.class_names == ("Gr\u00f6\u00dfe", "Pi\u00f1a")
    assert data.notes[0].startswith(
        "2 names in the archive are no UTF-8 and read as code page 437: 'Gr\u00f6\u00dfe', "
        "'Pi\u00f1a'"
    )


@pytest.mark.parametrize(
    ("code", "folders"),
    [
        ("cp1252", ("Pi\u00f1a", "Gr\u00f6\u00dfe")),
        ("cp866", ("\u043a\u043e\u0448\u043a\u0430", "\u0441\u043e\u0431\u0430\u043a\u0430")),
        ("shift_jis", ("\u8868\u793a", "\u732b")),  # the first has a backslash in its bytes
        ("big5", ("\u529f\u80fd", "\u8a31")),  # both have
        ("gbk", ("\u732b", "\u72d7")),
    ],
)
def test_names_in_other_encodings_are_not_lost(tmp_path, code, folders):
    data = load(named(tmp_path / "a.zip", code, *folders))
    assert len(data.class_names) == 2
    assert len(data) == 4
    assert "pack it anew with names in UTF-8" in data.notes[0]


def test_names_that_info_zip_gives_beside_are_taken(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for folder in ("\u732b", "\u72d7"):
            member = Unmarked(f"{folder}/1.bmp", "gbk")
            name, unicode = member.filename.encode("gbk"), member.filename.encode()
            member.extra = (
                struct.pack("<HHBI", 0x7075, 5 + len(unicode), 1, zlib.crc32(name)) + unicode
            )
            archive.writestr(member, picture())
    assert set(load(tmp_path / "a.zip").class_names) == {"\u732b", "\u72d7"}


def test_members_that_another_of_their_name_replaces_are_told(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("cat/1.bmp", picture(1))
        archive.writestr("dog/1.bmp", picture(2))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("cat/1.bmp", picture(3))
    assert [gone.id for gone in load(tmp_path / "a.zip").left_out] == ["cat/1.bmp (earlier)"]


def test_members_that_share_bytes_are_refused(tmp_path):
    place = pack(tmp_path / "a.zip")
    content = bytearray(place.read_bytes())
    struct.pack_into("<I", content, content.rindex(b"PK\x01\x02") + 42, 0)
    place.write_bytes(content)
    assert "lies in the bytes of another one" in refused(place)


def test_a_directory_without_end_is_refused_before_it_is_read(tmp_path, monkeypatch):
    place = pack(tmp_path / "a.zip", *(f"cat/{n}.bmp" for n in range(2, 9)))
    monkeypatch.setattr(zip_names, "MOST_MEMBERS", 5)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "has a directory of up to" in refused(place)


def test_what_receta_wrote_is_no_data_in_archives_either(tmp_path):
    place = pack(tmp_path / "a.zip", "runs/one/rungs/cnn/rate.bmp")
    assert load(place).class_names == ("cat", "dog", "runs")
    with zipfile.ZipFile(place, "a") as archive:
        archive.writestr("runs/one/run.json", '{"format": 1, "receta": "0.1.0"}')
    data = load(place)
    assert data.class_names == ("cat", "dog")
    assert data.notes == ("passed over, as receta wrote them: 'runs/one' (a run)",)


def test_archives_within_archives_are_named(tmp_path):
    place = tmp_path / "a.zip"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("train.zip", b"PK")
        archive.writestr("test.zip", b"PK")
    assert "2 of them .zip ('test.zip', 'train.zip')" in refused(place)
    assert "Unpack one of the archives inside" in refused(place)


def test_another_archive_called_zip_is_called_what_it_is(tmp_path):
    place = tmp_path / "a.zip"
    place.write_bytes(b"Rar!\x1a\x07 and more")
    assert "is a RAR archive, called .zip" in refused(place)
    place.write_bytes(b"<html>404</html>")
    assert "(it is an HTML page)" in refused(place)


def test_parts_and_odd_names_are_understood_in_archives_too(tmp_path):
    place = tmp_path / "a.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_BZIP2) as archive:
        for part in ("seg_train", "seg_test"):
            for name in ("cat", "dog"):
                archive.writestr(f"{part}/{part}/{name}/1.bmp.1", picture(len(part) + len(name)))
        archive.writestr("seg_pred/seg_pred/1.bmp", picture(7))
        archive.writestr("seg_train/seg_train/horse/", b"")
    data = load(place)
    assert data.class_names == ("cat", "dog")
    assert set(data.parts) == {"train", "test"}
    assert [gone.id for gone in data.left_out] == ["seg_pred/seg_pred/1.bmp"]
    assert data.notes[1:] == (
        "known by their first bytes, not by their names: 4 pictures (4 .bmp.1)",
        "1 folder without a picture: 'seg_train/seg_train/horse' (empty)",
    )


def test_a_member_that_claims_more_packed_bytes_than_it_can_need_is_not_read(tmp_path):
    place = pack(tmp_path / "a.zip", "dog/2.bmp")
    with open(place, "rb") as file:
        content = file.read()
    at = content.rindex(b"PK\x01\x02")
    held = bytearray(content)
    struct.pack_into("<I", held, at + 20, 100_000_000)
    place.write_bytes(held)
    data = load(place)
    with pytest.raises(Unreadable, match="100000000 packed bytes for a file of"):
        data.source.raw(list(data.ids).index("dog/2.bmp"))


def test_an_archive_is_understood_as_its_folder_is(tmp_path):
    """Trees made up from words that mean something: the same ids, classes, parts, notes, or the
    same refusal.
    """
    draw = random.Random(9)
    words = (
        "train",
        "test",
        "cat",
        "dog",
        "Images",
        "\u00e9",
        "val_",
        "1",
        "fold1",
        "seg_train",
        "runs",
        "NA",
    )
    understood = 0
    for number in range(40):
        root = tmp_path / f"{number}" / "data"
        with zipfile.ZipFile(tmp_path / "data.zip", "w") as archive:
            for n in range(draw.randrange(3, 14)):
                suffix = draw.choice([".bmp", ".bmp", ".jpg.1", "", ".heic", ".txt"])
                path = "/".join([*draw.choices(words, k=draw.randrange(1, 4)), f"{n}{suffix}"])
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_bytes(
                    picture(n) if not path.endswith((".heic", ".txt")) else b"words"
                )
                archive.write(root / path, path)
        if _is_of_texts(root):  # most files are .txt, which no archive is read for
            continue
        folder, packed = _told(root), _told(tmp_path / "data.zip")
        assert folder == packed
        understood += folder[0] != "refused"
    assert understood > 10


def _is_of_texts(root: Path) -> bool:
    files = [file for file in root.rglob("*") if file.is_file()]
    return sum(file.suffix == ".txt" for file in files) > len(files) / 2


def _told(place: Path) -> tuple[object, ...]:
    try:
        data = load(place)
    except InputError as error:
        return "refused", str(error).replace(str(place), "DATA")
    return data.ids, data.class_names, data.parts, data.left_out, data.notes

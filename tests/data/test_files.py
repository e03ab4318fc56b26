"""Is every file below a folder a picture, named with a reason, or counted?"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from receta.core import disk
from receta.core.errors import InputError
from receta.data import files, image_formats

HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)


def encoded(kind: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (3, 2), (9, 8, 7)).save(content, kind)
    return content.getvalue()


def grow(root: Path, held: Mapping[str, bytes]) -> str:
    for name, content in held.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return str(root)


@pytest.fixture(autouse=True)
def _no_heic(monkeypatch):
    monkeypatch.setattr(image_formats, "is_readable", lambda kind: kind not in ("", "HEIC"))


def test_what_begins_as_a_picture_is_one_whatever_it_is_called(tmp_path):
    names = (
        "5.jpg.1",
        "5.jpg_large",
        "5.jpg!d",
        "5.pjpeg",
        "2019-01-01 12.30.05",
        "photo.v2.final",
        "a.jpg~",
        "b.part",
        "x",
    )
    found = files.walk(grow(tmp_path, {f"cat/{name}": encoded("JPEG") for name in names}))
    assert sorted(found.pictures) == sorted(f"cat/{name}" for name in names)
    assert found.odd == {
        ".jpg.1": 1,
        ".jpg_large": 1,
        ".jpg!d": 1,
        "without suffix": 2,
        ".final": 1,
        ".jpg~": 1,
        ".part": 1,
    }
    assert found.notes()[0].startswith(
        "known by their first bytes, not by their names: 8 pictures (2 without suffix, "
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF", "AVIF", "PPM"])
def test_every_kind_that_is_read_is_known_by_its_bytes_and_by_its_suffix(tmp_path, kind):
    found = files.walk(
        grow(
            tmp_path,
            {"one": encoded(kind), f"two.{kind}": encoded(kind), "three.txt": encoded(kind)},
        )
    )
    assert len(found.pictures) == 3


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.HEIC", HEIC, "HEIC"),
        ("a.heif", b"cut", "HEIC"),
        ("IMG_1", HEIC, "HEIC"),
        ("a.nef", b"II*\0 of a camera", "a camera's raw file"),
        ("a.jxl", b"\xff\x0a", "JPEG XL"),
        ("a", b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
        ("a.jp2", b"", "JPEG 2000"),
        ("a.dcm", b"", "DICOM"),
        ("a.svg", b"<svg/>", "SVG"),
        ("a.psd", b"8BPS", "Photoshop"),
        ("a.jpg.1", b"<html>404", "an HTML page"),
        ("a.png!large", b"", "an empty file"),
        ("a.jpg_large", b"\x01\x02\x80", "bytes of an unknown format"),
    ],
)
def test_what_a_person_takes_for_a_picture_is_named_with_the_reason(tmp_path, name, content, kind):
    found = files.walk(grow(tmp_path, {f"cat/{name}": content}))
    assert [(one.path, one.kind) for one in found.unread] == [(f"cat/{name}", kind)]
    assert not found.pictures
    assert not found.others
    assert kind in found.unread[0].reason


def test_a_picture_under_the_name_of_another_kind_is_read(tmp_path):
    found = files.walk(grow(tmp_path, {"a.HEIC": encoded("JPEG"), "b.jp2": encoded("PNG")}))
    assert sorted(found.pictures) == ["a.HEIC", "b.jp2"]
    assert not found.unread


def test_all_other_files_are_counted_by_suffix(tmp_path):
    held = {
        "a.txt": b"x",
        "cat/b.TXT": b"x",
        "d.pdf": b"%PDF",
        "cat.jpg.json": b"{}",
        "e": b"x",
        "f.zip": b"PK",
    }
    held["c.mp4"] = b"\0\0\0\x18ftypisom"
    found = files.walk(grow(tmp_path, held))
    assert found.others == {
        ".txt": 2,
        ".mp4": 1,
        ".pdf": 1,
        ".json": 1,
        "without suffix": 1,
        ".zip": 1,
    }
    assert not found.unread
    assert found.notes()[0] == (
        "passed over, as they are no pictures: 2 .txt, 1 .json, 1 .mp4, 1 .pdf, 1 .zip, 1 of "
        "others; 'f.zip' was not opened"
    )


def test_what_systems_leave_about_is_not_counted(tmp_path):
    names = (
        ".DS_Store",
        "Thumbs.db",
        "desktop.ini",
        "__MACOSX/._1.jpg",
        "@eaDir/1.jpg",
        "1.jpg:Zone.Identifier",
        ".hidden/1.jpg",
    )
    found = files.walk(grow(tmp_path, dict.fromkeys(names, encoded("JPEG"))))
    assert (found.pictures, found.unread, dict(found.others), found.notes()) == ([], [], {}, [])


def test_folders_without_a_picture_are_named(tmp_path):
    grow(
        tmp_path,
        {"cat/1.jpg": encoded("JPEG"), "cat/night/2.jpg": encoded("JPEG"), "papers/in/1.txt": b"x"},
    )
    (tmp_path / "horse" / "old").mkdir(parents=True)
    (tmp_path / "cat" / "day").mkdir()
    assert (
        files.walk(str(tmp_path)).notes()[-1]
        == "3 folders without a picture: 'cat/day' (empty), 'horse' (empty), 'papers'"
    )


def test_links_that_lead_in_circles_nowhere_or_outside_are_counted(tmp_path):
    root = Path(grow(tmp_path / "data", {"cat/1.jpg": encoded("JPEG")}))
    grow(tmp_path / "store", {"2.jpg": encoded("JPEG")})
    (root / "cat" / "up").symlink_to(root)
    (root / "cat" / "gone").symlink_to("nowhere")
    (root / "cat" / "lost.jpg").symlink_to("nowhere")
    (root / "dog").symlink_to(tmp_path / "store")
    (root / "cat" / "same.jpg").symlink_to("1.jpg")
    found = files.walk(str(root))
    assert sorted(found.pictures) == ["cat/1.jpg", "cat/lost.jpg", "cat/same.jpg", "dog/2.jpg"]
    assert sorted(found.loops) == ["cat/gone", "cat/up"]
    assert sorted(found.outside) == ["dog"]
    assert "links in a circle or to nothing, not followed: 2, such as 'cat/gone'" in found.notes()


def test_links_to_each_other_end(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_LINKED", 50)
    for name in "abcdefgh":
        (tmp_path / name).mkdir()
    for name in "abcdefgh":
        for other in "abcdefgh":
            (tmp_path / name / f"to-{other}").symlink_to(tmp_path / other)
    with pytest.raises(InputError, match="lead to each other without end"):
        files.walk(str(tmp_path))


def test_pipes_are_named_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "1.jpg")
    os.mkfifo(tmp_path / "pipe")
    found = files.walk(str(tmp_path))
    assert found.unread[0].reason == "no picture, though its name says so: a pipe, socket or device"
    assert found.others == {"pipe or device": 1}


def test_trees_without_end_are_refused(tmp_path, monkeypatch):
    (tmp_path / "/".join("d" * (files.MOST_DEPTH + 1))).mkdir(parents=True)
    with pytest.raises(InputError, match=f"nests deeper than {files.MOST_DEPTH} folders"):
        files.walk(str(tmp_path))
    monkeypatch.setattr(files, "MOST_FILES", 3)
    with pytest.raises(InputError, match="holds more than 3 files"):
        files.walk(grow(tmp_path / "many", {f"{n}.jpg": b"x" for n in range(4)}))


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("run.json", {"format": 1, "receta": "0.1.0"}, "a run"),
        ("bundle.json", {"receta": "0.1.0", "target": "onnx"}, "a bundle"),
        ("clean.json", {"receta": "clean", "schema": 1}, "cleaned data"),
        ("clock.json", {"earlier_s": 0.0, "began": 1.0}, "a run that was stopped"),
    ],
)
def test_what_receta_wrote_is_no_data_wherever_it_lies(tmp_path, name, content, what):
    grow(
        tmp_path,
        {
            "cat/1.jpg": b"x",
            f"cat/runs/mine/{name}": json.dumps(content).encode(),
            "cat/runs/mine/rungs/cnn/rate.png": b"x",
        },
    )
    found = files.walk(str(tmp_path))
    assert found.pictures == ["cat/1.jpg"]
    assert found.notes() == [f"passed over, as receta wrote them: 'cat/runs/mine' ({what})"]
    assert files.walk(str(tmp_path / "cat" / "runs" / "mine")).root == what


def test_a_name_alone_makes_nothing_receta_s(tmp_path):
    held = dict.fromkeys(("runs/1.jpg", "bundles/1.jpg", "cache/1.jpg"), b"x")
    held |= {"runs/run.json": b'{"distance_km": 5}', "bundles/bundle.json": b"no JSON"}
    assert sorted(files.walk(grow(tmp_path, held)).pictures) == [
        "bundles/1.jpg",
        "cache/1.jpg",
        "runs/1.jpg",
    ]


def test_a_run_in_the_data_s_own_folder_hides_only_itself(tmp_path):
    held = {
        "run.json": b'{"format": 1, "receta": "0.1.0"}',
        "rungs/cnn/rate.png": b"x",
        "cat/1.jpg": b"x",
        "dog/1.jpg": b"x",
    }
    assert sorted(files.walk(grow(tmp_path, held)).pictures) == ["cat/1.jpg", "dog/1.jpg"]


def test_caches_are_no_data(tmp_path, monkeypatch):
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "kept"))
    disk.cache_root()
    grow(tmp_path, {"kept/downloads/a": encoded("PNG"), "cat/1.jpg": b"x"})
    # the cache of today, and by its mark that of another day
    for elsewhere in (tmp_path / "kept", tmp_path / "other"):
        monkeypatch.setenv("RECETA_CACHE", str(elsewhere))
        found = files.walk(str(tmp_path))
        assert found.pictures == ["cat/1.jpg"]
        assert found.ours == [("kept", "a cache")]


def test_heic_is_a_picture_like_others_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setattr(image_formats, "is_readable", bool)
    found = files.walk(
        grow(tmp_path, {"a.HEIC": HEIC, "b.HEIC": encoded("JPEG"), "c.heic": b"cut"})
    )
    assert sorted(found.pictures) == ["a.HEIC", "b.HEIC"]
    assert found.odd == {".heic": 1}
    assert found.unread[0].reason == "no picture, though its name says so: text"

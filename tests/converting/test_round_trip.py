"""Does load make the same of what convert wrote, in every format?"""

from __future__ import annotations

import io
import shutil
import tempfile
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from receta import convert, load
from receta.converting import SHELF
from receta.core.errors import InputError, RecetaError, UnknownName
from receta.data.dataset import Dataset
from receta.sources import shelf
from receta.sources.parts.part_folders import read_parts
from tests.fakes import Arrays

PICTURES = [name for name in SHELF.names() if "images" in SHELF.module(name).KINDS]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))


def seen(data: Dataset) -> list[tuple[str, str, bytes, tuple[int, ...]]]:
    """Class, part and pixels of every example, in an order of their own."""
    return sorted(
        (data.class_names[target], part, picture.tobytes(), picture.shape)
        for target, part, picture in zip(data.targets, data.parts, data, strict=True)
    )


def place(folder: Path, format: str) -> Path:
    return folder / f"out{SHELF.module(format).SUFFIX}"


def encoded(pixels: np.ndarray, kind: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(stream, kind)
    return stream.getvalue()


letters = st.characters(
    exclude_categories=("Cs", "Cc", "Zl", "Zp"), exclude_characters='<>:"/\\|?*.'
)


def fits(name: str) -> bool:
    """Whether a folder of this name is a class and no part, spelled as folders are read."""
    return (
        name == name.strip()
        and not any(read_parts([name]))
        and unicodedata.normalize("NFC", name) == name
    )


names = st.text(letters, min_size=1, max_size=12).filter(fits)


@st.composite
def pictures(draw) -> Dataset:
    """Two to four classes of pictures of one size, as pixels, PNG or JPEG, with parts or
    without.
    """
    class_names = draw(
        st.lists(names, min_size=2, max_size=4, unique_by=lambda name: name.casefold())
    )
    n = draw(st.integers(len(class_names), 9))
    targets = np.array(
        [
            *range(len(class_names)),
            *draw(st.lists(st.integers(0, len(class_names) - 1), min_size=n, max_size=n)),
        ]
    )
    height, width, channels = (
        draw(st.integers(1, 6)),
        draw(st.integers(1, 6)),
        draw(st.sampled_from([1, 3])),
    )
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    stored = []
    for _ in targets:
        pixels = dice.integers(0, 256, (height, width, channels), np.uint8)
        kind = draw(st.sampled_from(["pixels", "PNG", "JPEG", "BMP"]))
        stored.append(pixels if kind == "pixels" else encoded(pixels, kind))
    divided = draw(st.booleans())
    parts = [
        *["train"] * len(class_names),
        *(draw(st.sampled_from(["train", "test"])) for _ in targets[len(class_names) :]),
    ]
    return Dataset.of(
        Arrays(
            stored,
            targets,
            class_names=class_names,
            parts=parts if divided and "test" in parts else None,
        )
    )


@pytest.mark.parametrize("format", PICTURES)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=pictures())
def test_load_of_convert_is_the_same(format, data):
    folder = Path(tempfile.mkdtemp())
    try:
        done = convert(data, format, place(folder, format))
        assert done.n == len(data)
        assert seen(load(done.place, **done.options)) == seen(data)
        assert [path for path in folder.iterdir() if path.name != done.place.name] == []
    finally:
        shutil.rmtree(folder)


@pytest.mark.parametrize("format", PICTURES)
@pytest.mark.parametrize(
    "source", [name for name in shelf.names() if name not in ("table", "series")]
)
def test_every_source_of_pictures_goes_through_every_format(source, format, tmp_path):
    module = shelf.module(source)
    data = load(module.sample(tmp_path / "data"), **getattr(module, "SAMPLE_OPTIONS", {}))
    if data.kind != "images":
        pytest.skip(f"{source}'s sample holds no pictures")
    data = data.take(np.arange(min(len(data), 60)))
    done = convert(data, format, place(tmp_path, format))
    assert seen(load(done.place)) == seen(data)


@pytest.mark.parametrize("format", ["npz", "parquet", "tfrecord"])
def test_ids_and_order_are_kept_where_there_is_room_for_them(format, tmp_path):
    data = load("digits").take(np.arange(20))
    again = load(convert(data, format, place(tmp_path, format)).place)
    assert again.ids == data.ids
    assert again.targets.tolist() == data.targets.tolist()


@pytest.mark.parametrize("format", ["image_folder", "parquet", "tfrecord"])
def test_files_stay_byte_for_byte_what_they_are(format, tmp_path):
    files = [encoded(np.full((5, 4, 3), shade, np.uint8), "JPEG") for shade in (0, 80, 160, 240)]
    data = Dataset.of(Arrays(files, [0, 1, 0, 1]))
    again = load(convert(data, format, place(tmp_path, format)).place)
    assert sorted(bytes(again.source.raw(row)) for row in range(4)) == sorted(files)


@pytest.mark.parametrize("format", PICTURES)
def test_a_size_is_kept(format, tmp_path):
    data = Dataset.of(
        Arrays(
            [np.full((9, 5, 3), 7, np.uint8), np.full((30, 20, 3), 9, np.uint8)] * 2, [0, 1, 0, 1]
        )
    )
    again = load(convert(data, format, place(tmp_path, format), size=(8, 6)).place)
    assert {picture.shape for picture in again} == {(8, 6, 3)}


@pytest.mark.parametrize("format", ["npz", "tfrecord"])
def test_what_cannot_be_decoded_is_left_out_and_named(format, tmp_path):
    good = encoded(np.full((5, 4, 3), 90, np.uint8), "PNG")
    data = Dataset.of(Arrays([good, good[:40], good, good], [0, 0, 1, 1]))
    done = convert(data, format, place(tmp_path, format))
    assert done.n == 3
    assert [gone.id for gone in done.left_out] == [data.ids[1]]
    assert done.to_json()["quarantined"][0]["reason"]


def test_pictures_of_many_sizes_need_a_size_for_arrays(tmp_path):
    data = Dataset.of(
        Arrays([np.zeros((3, 4, 1), np.uint8), np.zeros((5, 4, 1), np.uint8)], [0, 1])
    )
    with pytest.raises(InputError, match=r"2 sizes, from 3x4 to 5x4; .* --size"):
        convert(data, "npz", tmp_path / "a.npz")
    assert list(tmp_path.glob("*.npz")) == []


def test_nothing_is_overwritten(tmp_path):
    data = load("digits").take(np.arange(20))
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        convert(data, "image_folder", tmp_path / "there")
    assert (tmp_path / "there" / "mine.txt").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    assert convert(data, "image_folder", tmp_path / "empty").n == 20


@pytest.mark.parametrize("name", ["", " cat", "a/b", "..", ".hidden", "x" * 300, "a:b"])
def test_a_class_that_cannot_be_a_folder_is_said_in_one_line(name, tmp_path):
    data = Dataset.of(
        Arrays([np.zeros((3, 4, 1), np.uint8)] * 2, [0, 1], class_names=["dog", name])
    )
    with pytest.raises(InputError, match="cannot be the name of a folder"):
        convert(data, "image_folder", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_unknown_formats_and_names_are_said_in_one_line(tmp_path):
    data = load("digits")
    with pytest.raises(UnknownName, match="Did you mean 'parquet'"):
        convert(data, "parket", tmp_path / "out")
    with pytest.raises(InputError, match=r"expected one that ends with \.npz"):
        convert(data, "npz", tmp_path / "out")


def test_what_reads_back_otherwise_is_not_kept(tmp_path, monkeypatch):
    module = SHELF.module("npz")
    honest = module.npz

    def liar(data, out, size, bar):
        written = honest(data, out, size, bar)
        with np.load(out, allow_pickle=False) as archive:
            spoilt = {**archive, "y": (archive["y"] + 1) % 10}
        np.savez(out, **spoilt)
        return written

    monkeypatch.setattr(module, "npz", liar)
    with pytest.raises(RecetaError, match="reads back with other labels"):
        convert(load("digits"), "npz", tmp_path / "a.npz")
    assert list(tmp_path.glob("*.npz")) == []

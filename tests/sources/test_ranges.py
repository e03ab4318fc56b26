"""Is the range of values that a data set uses found, told and kept, so that no picture turns black or blank?"""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from receta import audit, load
from receta.core.errors import InputError
from receta.core.scale import USUAL, Scale
from receta.data import image
from receta.evaluation.predicting import predict
from receta.pixels import decode
from receta.server.batching import Batcher
from receta.server.limits import Limits

SIDE = 12


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))


def values(n: int, highest: int, dtype: str = "u2") -> np.ndarray:
    """(n, SIDE, SIDE) whole numbers; the last picture alone reaches the highest."""
    found = np.random.default_rng(5).integers(0, highest // 8 + 1, (n, SIDE, SIDE))
    found[-1, 0, 0] = highest
    return found.astype(dtype)


def encoded(pixels: np.ndarray, kind: str) -> bytes:
    if kind == "PGM":
        return b"P5 %d %d 65535\n" % pixels.shape[::-1] + pixels.astype(">u2").tobytes()
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


def png_of_colours(pixels: np.ndarray) -> bytes:
    """A PNG of 16 bits a colour: (height, width, 2, 3 or 4) uint16."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        )

    height, width, channels = pixels.shape
    rows = b"".join(b"\x00" + row.astype(">u2").tobytes() for row in pixels)
    head = struct.pack(">LLBBBBB", width, height, 16, {2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def tiff_of_colours(pixels: np.ndarray, order: str, packed: bool) -> bytes:
    """A TIFF of 16 bits a colour, which Pillow does not write: (height, width, 3) uint16, order
    < or >.
    """
    height, width, channels = pixels.shape
    data = pixels.astype(f"{order}u2").tobytes()
    data = zlib.compress(data) if packed else data
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 134),
        (259, 3, 8 if packed else 1),
        (262, 3, 2),
        (273, 4, 140),
        (277, 3, channels),
        (278, 4, height),
        (279, 4, len(data)),
        (284, 3, 1),
    ]
    body = b"".join(
        struct.pack(f"{order}HHLHH", tag, kind, 1, value, 0)
        if kind == 3 and tag != 258
        else struct.pack(f"{order}HHLL", tag, kind, 3 if tag == 258 else 1, value)
        for tag, kind, value in tags
    )
    head = (b"II*\x00" if order == "<" else b"MM\x00*") + struct.pack(f"{order}LH", 8, len(tags))
    return head + body + bytes(4) + struct.pack(f"{order}3H", 16, 16, 16) + data


def folder(root: Path, files: list[bytes], suffix: str = ".png") -> Path:
    """Two classes by turns; the order of reading is that of the files."""
    for number, content in enumerate(files):
        path = root / "ab"[number % 2] / f"{number:03}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def ordered(data) -> list[np.ndarray]:
    return [
        data[at] for at in sorted(range(len(data)), key=lambda at: data.ids[at].rpartition("/")[2])
    ]


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PGM"])
@pytest.mark.parametrize(
    ("highest", "shift", "words"),
    [
        (200, 0, "8 bits"),
        (255, 0, "8 bits"),
        (1_000, 2, "10 bits"),
        (4_095, 4, "12 bits"),
        (10_000, 6, "14 bits"),
        (65_535, 8, "16 bits"),
    ],
)
def test_the_highest_value_of_all_files_says_how_many_bits_they_use(
    kind, highest, shift, words, tmp_path
) -> None:
    pixels = values(10, highest)
    data = load(
        folder(
            tmp_path / "data",
            [encoded(one, kind) for one in pixels],
            {"PGM": ".pgm", "TIFF": ".tif"}.get(kind, ".png"),
        )
    )
    # one scale for all: the dark ones stay dark
    assert np.array_equal(np.stack(ordered(data))[..., 0], pixels >> shift)
    assert next(note for note in data.notes if "more than 8 bits" in note).endswith(
        f"read as {words}"
    )
    cached = decode(data, (SIDE, SIDE), 1)
    assert np.array_equal(
        np.stack([cached.take([row])[0] for row in range(len(data))]), np.stack(list(data))
    )
    assert [finding.measured for finding in audit(data) if finding.check == "duplicate"] == [0]


def test_masks_and_whole_numbers_of_32_bits_are_seen(tmp_path) -> None:
    for number, (highest, dtype, white) in enumerate(
        [(1, "u2", 255), (16, "u2", 255), (255, "i4", 255), (4_000, "i4", 250)]
    ):
        files = [encoded(one, "TIFF") for one in values(6, highest, dtype)]
        data = load(folder(tmp_path / str(number), files, ".tif"))
        assert max(int(one.max()) for one in data) == white


def test_colours_of_16_bits_keep_what_their_files_tell_apart(tmp_path) -> None:
    pixels = np.random.default_rng(5).integers(0, 4_096, (6, SIDE, SIDE, 4)).astype(np.uint16)
    pixels[..., 3] = 65_535
    for channels in (3, 4):
        data = load(
            folder(
                tmp_path / str(channels), [png_of_colours(one[..., :channels]) for one in pixels]
            )
        )
        assert np.array_equal(np.stack(ordered(data)), pixels[..., :3] >> 4)
        assert any(note.endswith("read as 12 bits") for note in data.notes)
    for order, packed in (("<", False), ("<", True), (">", False), (">", True)):
        content = tiff_of_colours(pixels[0, ..., :3], order, packed)
        assert np.array_equal(image.decode(content), pixels[0, ..., :3] >> 4), (order, packed)
        assert np.array_equal(
            image.decode(content, scale=Scale(white=65_535)), pixels[0, ..., :3] >> 8
        )
    full = np.random.default_rng(6).integers(0, 65_536, (6, SIDE, SIDE, 3)).astype(np.uint16)
    full[0] //= 64  # a dark one among bright ones stays dark
    assert np.array_equal(
        np.stack(ordered(load(folder(tmp_path / "full", list(map(png_of_colours, full)))))),
        full >> 8,
    )
    # grey with transparency: Pillow keeps the upper bits alone
    faint = image.decode(png_of_colours(pixels[0, ..., 2:]))
    assert faint.max() == 240


def test_floats_a_hair_beyond_1_are_cut_off_and_not_made_black(tmp_path) -> None:
    pixels = np.random.default_rng(5).random((6, SIDE, SIDE)).astype("f4")
    pixels[0, 0, :2] = 1.07, -0.05
    data = load(folder(tmp_path / "data", [encoded(one, "TIFF") for one in pixels], ".tif"))
    assert np.array_equal(
        np.stack(ordered(data))[..., 0], np.round(255 * pixels.clip(0, 1)).astype(np.uint8)
    )
    assert any("floating numbers from -0.05" in note and "cut off" in note for note in data.notes)
    pixels[1] *= 200
    wide = ordered(
        load(folder(tmp_path / "wide", [encoded(one, "TIFF") for one in pixels[1:]], ".tif"))
    )
    assert [one.max() > 1 for one in wide] == [True] + [False] * 4  # 0 to 255, so 0 to 1 is dark


def test_training_and_test_data_share_one_scale(tmp_path) -> None:
    files = {
        name: [encoded(one, "PNG") for one in values(6, highest)]
        for name, highest in (("bright", 4_000), ("dark", 900))
    }
    places = {name: folder(tmp_path / name, content) for name, content in files.items()}
    for main, test in (("bright", "dark"), ("dark", "bright")):
        data = load(places[main], test=places[test])
        assert data.source.scale == Scale(white=4_095)
        assert max(int(data[at].max()) for at in range(12) if data.parts[at] != "test") == (
            250 if main == "bright" else 56
        )
    np.savez(tmp_path / "bright.npz", x=values(6, 4_000), y=np.arange(6) % 2)
    np.savez(tmp_path / "dark.npz", x=values(6, 900), y=np.arange(6) % 2)
    data = load(tmp_path / "dark.npz", test=tmp_path / "bright.npz")
    assert [int(data[5].max()), int(data[11].max())] == [56, 250]


def test_parts_of_one_archive_share_one_scale_and_bytes_of_few_levels_use_them_all(
    tmp_path,
) -> None:
    y = np.arange(6) % 2
    np.savez(
        tmp_path / "wide.npz", x_train=values(6, 4_000), y_train=y, x_test=values(6, 900), y_test=y
    )
    data = load(tmp_path / "wide.npz")
    assert [int(data[5].max()), int(data[11].max())] == [250, 56]
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "few.npz", x=values(6, 16, "u1"), y=y)
        few = load(tmp_path / "few.npz")
        assert np.array_equal(
            np.stack(list(few))[..., 0], np.round(values(6, 16, "u1") * (255 / 16)).astype(np.uint8)
        )
        assert "pixels whose highest value of all is 16: read as 0 to 16" in few.notes
        assert np.array_equal(decode(few, (SIDE, SIDE), 1).take(range(6)), np.stack(list(few)))
    lines = [
        f"{row % 2},{','.join(map(str, one.reshape(-1)))}"
        for row, one in enumerate((values(6, 8) > 0).astype(int))
    ]
    (tmp_path / "few.csv").write_text(
        "label," + ",".join(f"pixel{n}" for n in range(SIDE**2)) + "\n" + "\n".join(lines) + "\n"
    )
    assert {int(one.max()) for one in load(tmp_path / "few.csv")} == {255}


def test_arrays_of_another_range_are_not_read_for_a_network(tmp_path) -> None:
    np.savez(tmp_path / "a.npz", x=values(6, 900), y=np.arange(6) % 2)
    data = load(tmp_path / "a.npz")
    with pytest.raises(
        InputError,
        match="read as 10 bits, those that the network was trained on as 12 bits; expected one "
        "range",
    ):
        decode(data, (SIDE, SIDE), 1, scale=Scale(arrays=4_095))


def test_data_for_a_network_are_read_by_its_scale_and_by_their_own_where_it_has_none(
    tmp_path,
) -> None:
    data = load(folder(tmp_path / "data", [encoded(one, "PNG") for one in values(6, 900)]))
    for scale, highest in (
        (Scale(white=4_095), 900 >> 4),
        (USUAL, 900 >> 2),
        (Scale(arrays=16), 900 >> 2),
        (None, 900 >> 2),
    ):
        assert decode(data, (SIDE, SIDE), 1, scale=scale).take(range(6)).max() == highest


def drawing(colour: int, number: int = 0) -> bytes:
    """A bar of one colour on nothing."""
    pixels = np.full((SIDE, SIDE, 4), colour, np.uint8)
    pixels[..., 3] = 0
    pixels[3:6, number : number + 4, 3] = 255
    return encoded(pixels, "PNG")


def test_white_drawings_on_nothing_lie_on_black_and_black_ones_on_white(tmp_path) -> None:
    white = load(folder(tmp_path / "white", [drawing(255, number) for number in range(8)]))
    assert white.source.scale == Scale(ground=0)
    assert any(
        "would be blank on white: transparency is laid over black" in note for note in white.notes
    )
    assert all((one.min(), one.max()) == (0, 255) and one[0, 0, 0] == 0 for one in white)
    black = load(folder(tmp_path / "black", [drawing(0, number) for number in range(8)]))
    assert black.source.scale == USUAL
    assert not any("transparent" in note for note in black.notes)
    assert all((one.min(), one.max()) == (0, 255) and one[0, 0, 0] == 255 for one in black)
    both = load(
        folder(tmp_path / "both", [drawing(255 * (number == 3), number) for number in range(8)])
    )
    assert any(
        "1 of 8 transparent pictures that was looked at would be blank on white: those are laid "
        "over black" in note
        for note in both.notes
    )
    assert [int(one[0, 0, 0]) for one in ordered(both)] == [255, 255, 255, 0, 255, 255, 255, 255]
    assert [
        finding.measured
        for finding in audit(white)
        if finding.check in ("duplicate", "low_information")
    ] == [0, 0]


class Brightest:
    """Says how bright the brightest pixel is; trained on files of 12 bits."""

    class_names, input_shape, folder, scale = (
        ("dark", "bright"),
        (SIDE, SIDE, 1),
        "brightest",
        Scale(white=4_095),
    )

    def predict(self, inputs):
        share = inputs.reshape(len(inputs), -1).max(axis=1) / 255
        return np.stack([1 - share, share], axis=1).astype(np.float32)


def test_new_pictures_are_read_as_those_that_a_network_was_trained_on(tmp_path) -> None:
    path = tmp_path / "new.png"
    path.write_bytes(encoded(values(1, 1_000)[0], "PNG"))  # by itself it would be one of 10 bits
    answers, _ = predict(Brightest(), [path])
    assert {row["class"]: row["probability"] for row in answers[0]["top"]}[
        "bright"
    ] == pytest.approx((1_000 >> 4) / 255)
    batcher = Batcher(Brightest(), None, Limits(batch=1), slots=1)  # type: ignore[arg-type]
    (read,) = batcher.reader.read(["new"], [path.read_bytes()], lambda: False)
    assert read.max() == 1_000 >> 4


def test_what_is_kept_of_a_scale_is_read_back_and_nothing_else() -> None:
    for scale in (USUAL, Scale(white=4_095), Scale(floats=1, ground=0), Scale(arrays=16)):
        assert Scale.from_json(scale.to_json()) == scale
    for wrong in (
        None,
        [],
        {"white": 4_000},
        {"white": "255"},
        {"ground": 7},
        {"other": 1},
        {"floats": True},
    ):
        with pytest.raises(ValueError, match="scale"):
            Scale.from_json(wrong)

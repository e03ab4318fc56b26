"""Are spoilt pictures named, each once and for what it is, and sound ones spared?"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageFilter

from receta.audits import audit
from receta.core.finding import Finding
from receta.data import image
from receta.data.dataset import Dataset
from receta.data.examples import readable
from receta.pixels import decode
from receta.probing import faults, looks
from receta.sources import load
from tests.fakes import Arrays, FakePixels, Folder

LOOKED_AT = ("low_information", "dark", "bright", "blurry")
NAMES = (
    "unreadable",
    "truncated",
    "extension",
    *LOOKED_AT,
    "odd_size",
    "odd_shape",
    "grey_among_colour",
)
Spoil = Callable[[Image.Image], Image.Image]


@pytest.fixture(autouse=True)
def _fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECETA_CACHE", str(tmp_path / "cache"))


def found(data: Dataset, pixels: object = None) -> dict[str, Finding]:
    """Findings of the audits of single pictures, one a name."""
    findings = audit(data, pixels=pixels or FakePixels(data, (96, 96)), only=NAMES)  # type: ignore[arg-type]
    assert [finding.check for finding in findings] == list(NAMES)
    return {finding.check: finding for finding in findings}


def scene(number: int, side: int = 120) -> Image.Image:
    """A picture like a photo: coloured shapes with edges, light and shade."""
    rng = np.random.default_rng(number)
    drawn = np.zeros((side, side, 3)) + rng.uniform(60, 160, 3)
    rows, columns = np.mgrid[:side, :side]
    for _ in range(12):
        row, column, radius = (*rng.uniform(0, side, 2), rng.uniform(side / 15, side / 4))
        drawn[(rows - row) ** 2 + (columns - column) ** 2 < radius**2] = rng.uniform(0, 255, 3)
    return Image.fromarray((drawn * np.linspace(0.5, 1, side)[:, None, None]).astype(np.uint8))


def encoded(picture: Image.Image, kind: str = "PNG", **how: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


def dataset(files: list[bytes | np.ndarray], suffix: str = ".png") -> Dataset:
    source = Arrays(
        files,
        [row % 2 for row in range(len(files))],
        ids=[f"{row}{suffix}" for row in range(len(files))],
    )
    source.stamp = lambda: f"{hash(b''.join(bytes(file) for file in files))}"  # type: ignore[method-assign]
    return Dataset.of(source)


def times(picture: Image.Image, factor: float, plus: float = 0) -> Image.Image:
    return Image.fromarray(
        np.clip(np.asarray(picture, float) * factor + plus, 0, 255).astype(np.uint8)
    )


def dotted(picture: Image.Image) -> Image.Image:
    page = Image.new("RGB", picture.size, (255, 255, 255))
    page.paste((20, 20, 20), (30, 30, 34, 34))
    return page


SPOILT: dict[str, tuple[str, Spoil]] = {
    "a tenth of its light": ("dark", lambda one: times(one, 0.1)),
    "a fifth of its light": ("dark", lambda one: times(one, 0.2)),
    "200 added": ("bright", lambda one: times(one, 1, 200)),
    "a tenth as far from white": ("bright", lambda one: times(one, 0.1, 229)),
    "blurred": (
        "blurry",
        lambda one: one.filter(ImageFilter.GaussianBlur(4 * max(one.size) / 300)),
    ),
    "one colour": ("low_information", lambda one: Image.new("RGB", one.size, one.getpixel((5, 5)))),
    "black": ("low_information", lambda one: Image.new("RGB", one.size)),
    "white": ("low_information", lambda one: Image.new("RGB", one.size, (255, 255, 255))),
    "a dot on a page": ("low_information", dotted),
    "grey": ("grey_among_colour", lambda one: one.convert("L").convert("RGB")),
    "stored in grey": ("grey_among_colour", lambda one: one.convert("L")),
    "ten times as large": (
        "odd_size",
        lambda one: one.resize((one.size[0] * 10, one.size[1] * 10)),
    ),
    "a tenth as large": (
        "odd_size",
        lambda one: one.resize((one.size[0] // 10, one.size[1] // 10)),
    ),
    "a panorama": ("odd_shape", lambda one: one.resize((one.size[0] * 4, one.size[1]))),
    "a tower": ("odd_shape", lambda one: one.resize((one.size[0], one.size[1] * 4))),
}


@pytest.mark.parametrize("how", SPOILT)
def test_what_is_spoilt_is_named_once_and_the_rest_is_spared(how):
    name, spoil = SPOILT[how]
    pictures = [scene(number) for number in range(12)]
    findings = found(
        dataset([encoded(spoil(one) if row in (3, 8) else one) for row, one in enumerate(pictures)])
    )
    assert findings[name].ids == ("3.png", "8.png")
    assert findings[name].shown.keys() == {"3.png", "8.png"}
    named = {check for check, finding in findings.items() if finding.verdict != "ok"}
    assert named == {name}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: times(one, 0.1),
        lambda one: times(one, 0.1, 229),
        lambda one: one.filter(ImageFilter.GaussianBlur(4)),
        lambda one: one.convert("L"),
    ],
    ids=["dark", "bright", "blurred", "grey"],
)
def test_what_all_pictures_have_is_their_nature(spoil):
    findings = found(dataset([encoded(spoil(scene(number))) for number in range(12)]))
    assert {finding.verdict for finding in findings.values()} == {"ok"}


@pytest.mark.parametrize("name", ["dark", "blurry", "grey_among_colour"])
def test_even_two_in_five_are_named(name):
    spoil = {
        "dark": lambda one: times(one, 0.1),
        "blurry": lambda one: one.filter(ImageFilter.GaussianBlur(4)),
        "grey_among_colour": lambda one: one.convert("L"),
    }[name]
    files = [encoded(spoil(scene(row)) if row % 5 < 2 else scene(row)) for row in range(20)]
    assert found(dataset(files))[name].measured == 8


def test_coloured_ones_among_grey_are_named_even_where_only_grey_is_kept():
    files = [
        encoded(scene(row).convert("L").convert("RGB" if row % 2 else "L")) for row in range(20)
    ]
    files[7] = encoded(scene(7))
    data = dataset(files)
    finding = found(data, decode(data, (96, 96), 1))["grey_among_colour"]
    assert (finding.ids, finding.shown) == (("7.png",), {"7.png": "coloured"})
    assert found(data, decode(data, (96, 96), 3))["grey_among_colour"].ids == ("7.png",)
    data = dataset(
        [
            *(
                np.zeros((9, 9, 1), np.uint8) + np.arange(9, dtype=np.uint8)[:, None] * 25
                for _ in range(3)
            ),
            np.asarray(scene(1, 9)),
        ],
        "",
    )
    assert found(data, decode(data, (9, 9), 1))["grey_among_colour"].ids == ("3",)


def test_truncated_names_what_ends_early_and_unreadable_the_rest():
    whole = {
        kind: encoded(scene(1), kind) for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
    }
    files = [
        *whole.values(),
        *(file[: len(file) // 2] for file in whole.values()),
        b"",
        b"<html>404",
        whole["JPEG"][:40],
        b"\x89PNG\r\n\x1a\n" + bytes(300),
    ]
    data = dataset(files, "")
    findings = found(data)
    assert findings["truncated"].ids == ("6", "7", "8", "9", "10", "11", "14")
    assert findings["unreadable"].ids == ("12", "13", "15")
    assert findings["truncated"].where == "7 of 16"
    assert findings["truncated"].shown["9"].startswith("truncated: a WebP of ")
    pixels = decode(data, (24, 24), 3)
    assert pixels.reasons.keys() == {6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
    assert set(data.ids) - set(readable(data, pixels).ids) == {
        *findings["truncated"].ids,
        *findings["unreadable"].ids,
    }


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([0, 1, 2]), st.floats(0.05, 0.95))
def test_a_cut_jpeg_is_truncated_wherever_it_is_cut(number, share):
    noted = {1: {"exif": b"Exif\x00\x00" + bytes(3000)}, 2: {"progressive": True}}.get(number, {})
    file = encoded(scene(number, 64), "JPEG", **noted)
    with pytest.raises(image.Unreadable, match=r"truncated|cut off before its header ends"):
        image.decode(file[: max(3, int(len(file) * share))], (32, 32), 3)


def test_extension_names_each_file_that_is_another_format():
    kinds = {
        ".jpg": "JPEG",
        ".JPEG": "JPEG",
        ".png": "PNG",
        ".gif": "GIF",
        ".webp": "WEBP",
        ".bmp": "BMP",
        ".tif": "TIFF",
    }
    names = [
        (f"{kind}{suffix}", kind, said)
        for suffix, said in kinds.items()
        for kind in sorted(set(kinds.values()))
    ]
    names += [("no suffix", "PNG", "PNG"), ("row-1.5", "PNG", "PNG")]
    files = [encoded(scene(number, 20), kind) for number, (_, kind, _) in enumerate(names)]
    data = Dataset.of(Arrays(files, [0] * len(files), ids=[name for name, *_ in names]))
    finding = found(data)["extension"]
    assert set(finding.ids) == {name for name, kind, said in names if kind != said}
    assert finding.shown["PNG.jpg"] == "PNG"
    assert "1 PNG named .jpg" in finding.advice or "and more" in finding.advice


def test_extension_leaves_unreadable_files_and_arrays_alone():
    data = dataset(
        [b"", b"\x89PNG\r\n\x1a\n", np.asarray(scene(1, 20)), encoded(scene(2), "PNG")[:90]], ".jpg"
    )
    assert found(data)["extension"].verdict == "ok"


def test_facts_of_files_are_kept_beside_the_pixels(tmp_path):
    kinds = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
    files: list[bytes | np.ndarray] = [
        encoded(scene(row, 40), kind) for row, kind in enumerate(kinds)
    ]
    files += [np.asarray(scene(9, 40)), b"text"]
    pixels = decode(dataset(files), (20, 20), 3)
    assert pixels.formats.tolist() == [b"JPEG", b"PNG", b"WEBP", b"GIF", b"TIFF", b"BMP", b"", b""]
    assert pixels.n_bytes.tolist() == [*(len(file) for file in files[:6]), 0, 4]
    assert not pixels.tints.any()
    assert (decode(dataset(files), (20, 20), 1).tints[:7] > 20).all()


def odd_files() -> list[bytes]:
    noise = np.random.default_rng(0)
    small = noise.integers(0, 256, (5, 7, 4), dtype=np.uint8)
    turned = Image.Exif()
    turned[0x0112] = 6
    frames = [Image.fromarray(small[:, :, :3]), Image.fromarray(small[:, :, 1:])]
    return [
        encoded(Image.new("RGB", (1, 1), (9, 8, 7))),
        encoded(Image.new("L", (1, 60), 3)),
        encoded(Image.new("1", (60, 1))),
        encoded(Image.fromarray(small)),
        encoded(Image.fromarray(noise.integers(0, 65536, (6, 6), dtype=np.uint16))),
        encoded(Image.fromarray(small[:, :, :3]).convert("CMYK"), "JPEG"),
        encoded(Image.fromarray(small[:, :, :2], "LA")),
        encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]),
        encoded(frames[0].convert("P")),
        encoded(Image.fromarray(small[:, :, :3]), "JPEG", exif=turned),
        b"",
        b"nothing",
    ]


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 2), (8, 8), (96, 96), (230, 170)])
@pytest.mark.parametrize("channels", [1, 3])
def test_odd_pictures_raise_nothing(size, channels):
    data = dataset(odd_files())
    findings = found(data, decode(data, size, channels))
    assert findings["unreadable"].measured == 2
    for finding in findings.values():
        Finding.from_json(finding.to_json())
    alone = data.take([0])
    assert {finding.verdict for finding in found(alone, decode(data, size, channels)).values()} <= {
        "ok",
        "warn",
    }
    assert found(data.take([]), decode(data, size, channels))["dark"].verdict == "ok"


@settings(max_examples=60, deadline=None)
@given(
    arrays(
        np.uint8,
        st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 7), st.sampled_from([1, 3])),
    )
)
def test_looks_are_those_of_plain_arithmetic(chunk):
    look = looks.measure(chunk)
    wide = chunk.astype(int)
    grey = wide[..., 0] if chunk.shape[3] == 1 else (wide @ [77, 150, 29]) >> 8
    flat = grey.reshape(len(grey), -1)
    for name, share in (("darkest", 1), ("dark", 5), ("light", 99)):
        np.testing.assert_array_equal(
            look[name], np.percentile(flat, share, axis=1, method="inverted_cdf")
        )
    np.testing.assert_allclose(look["mean"], flat.mean(1), rtol=1e-6)
    bits = [
        -sum(p * np.log2(p) for p in np.unique(one, return_counts=True)[1] / len(one))
        for one in flat
    ]
    np.testing.assert_allclose(look["bits"], bits, atol=1e-5)
    np.testing.assert_allclose(
        look["burnt"], [(one >= 250).sum() / max(1, (one > 16).sum()) for one in flat], rtol=1e-6
    )
    if chunk.shape[3] == 3:
        np.testing.assert_allclose(
            look["coloured"], (np.ptp(wide, axis=3) > 2).mean((1, 2)), rtol=1e-6
        )
    if min(grey.shape[1:]) >= 3:
        inside = grey[:, 1:-1, 1:-1]
        steep = np.abs(
            4 * inside
            - grey[:, :-2, 1:-1]
            - grey[:, 2:, 1:-1]
            - grey[:, 1:-1, :-2]
            - grey[:, 1:-1, 2:]
        )
        expected = np.percentile(
            np.minimum(steep, 255).reshape(len(grey), -1), 99, axis=1, method="inverted_cdf"
        )
        np.testing.assert_array_equal(look["edge"], expected)
    else:
        assert (look["edge"] == 255).all()
    assert set(faults.faults(look)) <= {"", *LOOKED_AT}


def test_larger_caches_name_the_same_pictures():
    spoil = [None, *(how for name, how in SPOILT.values() if name in LOOKED_AT)]
    files = [
        encoded(
            scene(row, 400)
            if row % 10 or row >= 10 * len(spoil) or not spoil[row // 10]
            else spoil[row // 10](scene(row, 400))
        )
        for row in range(10 * len(spoil))
    ]
    data = dataset(files)
    ids = [
        {name: found(data, decode(data, (side, side), 3))[name].ids for name in LOOKED_AT}
        for side in (96, 224)
    ]
    assert ids[0] == ids[1]
    assert sum(map(len, ids[0].values())) == len(spoil) - 1


REAL = {
    "cats": "cats-vs-dogs/cats-vs-dogs.zip",
    "sign-digits": "sign-digits/sign-digits.zip",
    "sign-letters": "sign-letters/sign-letters.zip",
    "cifar10": "cifar10/cifar10-jpeg-10k-2k.npz",
    "sign-mnist": "sign-mnist-sample/sign_mnist_train_sample.csv",
    "sign-letters-csv": "sign-letters/sign_letters_28x28_train_hands_1_2.csv.gz",
}


@pytest.mark.parametrize("name", REAL)
def test_real_data_are_not_flooded_with_findings(name, shared):
    data = load(shared / REAL[name])
    data = data.take(np.arange(0, len(data), max(1, len(data) // 2000)))
    findings = found(data, decode(data))
    truly_grey = findings.pop("grey_among_colour")
    # black and white photos, every one
    assert truly_grey.measured <= {"cats": 1, "cifar10": 40}.get(name, 0)
    if name == "sign-digits":
        odd = findings.pop("odd_size")
        assert sorted(one[-12:] for one in odd.ids) == [
            "IMG_5874.JPG",
            "IMG_5935.JPG",
            "IMG_5978.JPG",
        ]
    for finding in findings.values():
        assert finding.measured <= max(1, 0.005 * len(data)), finding.sentence()


def test_fashion_mnist_is_not_dark():
    folder = Path("/usr/share/datasets/fashion-mnist")
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing")
    data = load(folder)
    data = data.take(np.arange(0, len(data), 20))
    assert all(
        finding.measured <= 0.005 * len(data) for finding in found(data, decode(data)).values()
    )


@pytest.mark.parametrize("name", ["cats", "sign-digits", "sign-letters"])
def test_defects_planted_into_real_photos_are_found(name, shared):
    """One picture in fifteen of 450 is spoilt in one way: at least 95 % are named for it."""
    whole = load(shared / REAL[name])
    rows = [
        row
        for row in np.arange(0, len(whole), len(whole) // 450)[:450].tolist()
        if max(whole[row].shape) < 1500
    ]
    files: list[bytes] = [bytes(whole.source.raw(row)) for row in rows]  # type: ignore[arg-type]
    ways = ["a tenth of its light", "a tenth as far from white", "blurred", "one colour", "grey"]
    for how in ways:
        check, spoil = SPOILT[how]
        spoilt = range(3, len(files), 15)
        planted = [
            encoded(spoil(Image.fromarray(image.decode(file, None, 3))), "JPEG", quality=90)
            if place in spoilt
            else file
            for place, file in enumerate(files)
        ]
        data = dataset(planted, ".jpg")
        named = {int(one[:-4]) for one in found(data, decode(data, (96, 96), 3))[check].ids}
        assert len(named & set(spoilt)) >= 0.95 * len(spoilt), how
        assert len(named - set(spoilt)) <= 0.005 * len(files), how


def test_readable_files_of_a_folder_are_named_by_their_path(tmp_path):
    for row in range(6):
        path = tmp_path / "ab"[row % 2] / f"{row}.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encoded(scene(row), "PNG" if row == 4 else "JPEG"))
    assert found(Dataset.of(Folder(tmp_path)))["extension"].ids == ("a/4.jpg",)
    data = load(tmp_path)
    assert found(data, decode(data))["extension"].ids == ("a/4.jpg",)

"""Does the server see pictures as `receta predict` does, alone and in company?"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest
from patience import PATIENCE
from PIL import Image
from server.serving import serving
from shell import receta

from receta import exporters

PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "data" / "cats-vs-dogs"
N = 17


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **how)
    return stream.getvalue()


def turned(picture: Image.Image, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return saved(picture, "JPEG", exif=exif)


def deep(picture: Image.Image) -> bytes:
    """A grey PNG of 16 bits."""
    return saved(Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257), "PNG")


def see_through(picture: Image.Image) -> Image.Image:
    alpha = np.linspace(0, 255, picture.width * picture.height).reshape(
        picture.height, picture.width
    )
    return Image.fromarray(np.dstack([np.asarray(picture), alpha.astype(np.uint8)]))


FORMATS: dict[str, Callable[[Image.Image], bytes]] = {
    "baseline.jpg": lambda p: saved(p, "JPEG", quality=85),
    "progressive.jpg": lambda p: saved(p, "JPEG", quality=70, progressive=True, subsampling=0),
    "grey.jpg": lambda p: saved(p.convert("L"), "JPEG"),
    "cmyk.jpg": lambda p: saved(p.convert("CMYK"), "JPEG"),
    "turned.jpg": lambda p: turned(p, 6),
    "mirrored.jpg": lambda p: turned(p, 4),
    "rgb.png": lambda p: saved(p, "PNG"),
    "deep.png": deep,
    "palette.png": lambda p: saved(p.quantize(64), "PNG"),
    "alpha.png": lambda p: saved(see_through(p), "PNG"),
    "anim.gif": lambda p: saved(p, "GIF", save_all=True, append_images=[p.rotate(90)]),
    "plain.bmp": lambda p: saved(p, "BMP"),
    "lossy.webp": lambda p: saved(p, "WEBP", quality=60),
    "alpha.webp": lambda p: saved(see_through(p), "WEBP", lossless=True),
    "big.tiff": lambda p: saved(p, "TIFF"),
}


def photos() -> list[Image.Image]:
    """Real photos where they lie beside the checkout, else smooth made-up ones."""
    archives = sorted(PHOTOS.glob("*.zip"))
    if archives:
        with zipfile.ZipFile(archives[0]) as archive:
            names = sorted(name for name in archive.namelist() if name.lower().endswith(".jpg"))
            chosen = random.Random(5).sample(names, N)
            return [Image.open(io.BytesIO(archive.read(name))).convert("RGB") for name in chosen]
    rng = np.random.default_rng(5)
    return [
        Image.fromarray(rng.integers(0, 256, (5, 7, 3), np.uint8)).resize(
            (200 + 9 * i, 150 + 7 * i), Image.Resampling.BICUBIC
        )
        for i in range(N)
    ]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("photos")
    made = []
    for number, photo in enumerate(photos()):
        for name, written in FORMATS.items():
            made.append(folder / f"{number:02}-{name}")
            made[-1].write_bytes(written(photo))
    return made


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """A network in colour that nobody has trained: every pixel counts."""
    import keras

    folder = tmp_path_factory.mktemp("network")
    keras.utils.set_random_seed(5)
    keras.Sequential(
        [
            keras.Input((24, 32, 3)),
            keras.layers.Rescaling(1 / 32, -4.0),
            keras.layers.Conv2D(8, 5, strides=3, activation="tanh"),
            keras.layers.Flatten(),
            keras.layers.Dense(7, activation="softmax"),
        ]
    ).save(folder / "colour.keras")
    return exporters.export(folder / "colour.keras", "onnx", folder / "onnx")


@pytest.mark.slow
def test_some_250_pictures_of_many_formats_get_the_probabilities_of_the_command_line(
    bundle, files
) -> None:
    printed = (
        receta("predict", bundle.folder, *files, "--top", "7", "--json").good().json["predictions"]
    )
    expected = {
        one["id"]: {top["class"]: top["probability"] for top in one["top"]} for one in printed
    }
    assert len(expected) == len(files) == N * len(FORMATS)
    # the pictures do differ to it
    assert len({max(one, key=one.get) for one in expected.values()}) > 2

    def gap(file: Path) -> float:
        answer = client.post("/v1/predict?top=7", content=file.read_bytes())
        assert answer.status_code == 200, (file, answer.text)
        own = expected[str(file)]
        return max(
            abs(top["probability"] - own[top["class"]])
            for top in answer.json()["predictions"][0]["top"]
        )

    with serving(bundle) as address, httpx.Client(base_url=address, timeout=PATIENCE) as client:
        assert max(map(gap, files)) <= 1e-6
        with ThreadPoolExecutor(24) as clients:
            assert max(clients.map(gap, files)) <= 1e-6
        text = client.get("/metrics").text
    sizes = {
        line.split('le="')[1].split('"')[0]: float(line.split()[-1])
        for line in text.splitlines()
        if "batch_pictures_bucket" in line
    }
    assert sizes["+Inf"] > sizes["1.0"]  # some went together

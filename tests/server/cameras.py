"""How does a browser of the tests get a camera that sees what a test wants?"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import launched
from PIL import Image

WIDTH, HEIGHT, A_SECOND = 320, 240, 10


def video(path: Path, frames: Sequence[np.ndarray]) -> Path:
    """A film (YUV4MPEG2) of uint8 pictures, grey or in colour.

    Each is brought to 240 x 240 in the middle.
    """
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F{A_SECOND}:1 Ip A1:1 C420mpeg2\n".encode())
        for frame in frames:
            picture = Image.new("RGB", (WIDTH, HEIGHT))
            picture.paste(
                Image.fromarray(frame)
                .convert("RGB")
                .resize((HEIGHT, HEIGHT), Image.Resampling.BILINEAR),
                (40, 0),
            )
            luma, blue, red = np.moveaxis(np.asarray(picture.convert("YCbCr"), np.float64), -1, 0)
            halved = [
                128 + (plane.reshape(HEIGHT // 2, 2, WIDTH // 2, 2).mean((1, 3)) - 128) * 224 / 255
                for plane in (blue, red)
            ]
            film.write(b"FRAME\n")
            for plane in (16 + luma * 219 / 255, *halved):  # video range, BT.601
                film.write(np.round(plane).astype(np.uint8).tobytes())
    return path


@contextlib.contextmanager
def seeing(film: Path) -> Iterator[Any]:
    """Chromium with a camera that plays a film over and over; skips where there is no browser."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        flags = [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ]
        browser = launched(playwright, flags)
        yield browser
        browser.close()

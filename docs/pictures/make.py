"""How do the pictures of the README come about? Out of a run of the project's own: `make pictures`.

Trains on the digits that scikit-learn brings, opens the report and the live page in Chromium, and
writes report.png and live.png beside this file.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
SIZE = {"width": 1200, "height": 760}
WIDTH_PX = 1000  # of a picture in the repository: sharp enough for a README, 200 kB at most
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 60  # until the server answers


def main() -> None:
    """Train, open both pages, and write what they show."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        run = Path(folder) / "digits"
        receta("run", "digits", "--out", run)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport=SIZE, device_scale_factor=1)
        page.goto((run / "report.html").as_uri())
        shoot(page, "report.png")
        picture = Path(folder) / "seven.png"
        draw_digit(picture)
        server = subprocess.Popen(
            [sys.executable, "-m", "receta", "serve", str(run), "--port", "8765"]
        )
        try:
            wait_for("http://127.0.0.1:8765/")
            page.goto("http://127.0.0.1:8765/")
            page.locator("input[type=file]").first.set_input_files(str(picture))
            page.wait_for_timeout(4000)
            shoot(page, "live.png")
        finally:
            server.terminate()
            server.wait(30)
        browser.close()


def receta(*words: object) -> None:
    """Run the command line; raises where it fails."""
    subprocess.run(
        [sys.executable, "-m", "receta", *map(str, words)],
        check=True,
        env={**os.environ, "LANG": "C.UTF-8"},
    )


def draw_digit(path: Path) -> None:
    """Write one of the digits as a picture file."""
    from sklearn.datasets import load_digits

    pixels = (load_digits().images[7] / 16 * 255).astype("uint8")
    Image.fromarray(pixels).resize((160, 160), Image.Resampling.NEAREST).save(path)


def wait_for(address: str) -> None:
    """Return when a server answers; raises after START_S."""
    for _ in range(START_S * 4):
        try:
            urllib.request.urlopen(address, timeout=5)
            return
        except OSError:
            time.sleep(0.25)
    raise TimeoutError(f"{address} did not answer within {START_S} s")


def shoot(page: Page, name: str) -> None:
    """Write what a page shows as a small PNG."""
    path = HERE / name
    page.wait_for_timeout(500)
    page.screenshot(path=path)
    with Image.open(path) as shot:
        small = shot.convert("RGB").resize(
            (WIDTH_PX, round(shot.height * WIDTH_PX / shot.width)), Image.Resampling.LANCZOS
        )
    small.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()

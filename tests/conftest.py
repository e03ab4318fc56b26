"""What do all tests share?"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import launched
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from receta.predictors import Bundle
    from receta.training import Run

# A shell that starts the suite in the background lets it ignore Ctrl-C, and all that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# On a busy machine a claim is as true as on an idle one.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

collect_ignore = ["models/keras2/make.py"]  # needs Keras 2, which made the files beside it


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real data beside the checkout; skips where it is not."""
    place = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not place.is_dir():
        pytest.skip(f"real data are not here: {place} is missing")
    return place


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or fills the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECETA_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _in_english() -> Iterator[None]:
    """Whatever language the machine speaks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECETA_LANG", "en")
        yield


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run on the handwritten digits, trained for a moment."""
    from receta import journey
    from receta.core.recipe import Recipe

    return journey.run(
        "digits",
        out=tmp_path_factory.mktemp("runs") / "digits",
        recipe=Recipe(rungs=("mlp",), epochs=3),
        force=True,
    )


@pytest.fixture(scope="session")
def bundles(digits_run: Run, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Bundle]:
    """That run by target, exported when first asked for."""
    from receta import exporters
    from receta.core.errors import MissingExtra

    folder = tmp_path_factory.mktemp("bundles")

    class Exported(dict[str, "Bundle"]):
        def __missing__(self, target: str) -> Bundle:
            try:
                self[target] = exporters.export(
                    digits_run, target, folder / exporters.folder_name(target)
                )
            except MissingExtra as missing:
                pytest.skip(str(missing))
            return self[target]

    return Exported()


@pytest.fixture(scope="session")
def digit_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Handwritten digits as PNG and JPEG files."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    folder, files = tmp_path_factory.mktemp("digits"), []
    for number, digit in enumerate(load_digits().images[:12]):
        picture = Image.fromarray(np.round(digit * 255 / 16).astype(np.uint8))
        files += [folder / f"{number}.png", folder / f"{number}.jpg"]
        picture.save(files[-2])
        picture.resize((40, 56)).save(files[-1], quality=90)
    return files


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium: Playwright's own, or Debian's; tests that need one are skipped without."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        browser = launched(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def tfjs_asked() -> None:
    """Skips where Node.js or the built page is missing, so that TensorFlow.js cannot be asked."""
    from receta.core.errors import MissingExtra
    from receta.exporters import tfjs

    try:
        tfjs.ready()
    except MissingExtra as missing:
        pytest.skip(str(missing))

"""Does a browser run the model itself: from a picture, a camera and a drawing, and without a connection?"""

from __future__ import annotations

import contextlib
import functools
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from server.cameras import seeing, video
from server.looking import named, narrow, pages, runs_itself, shoot, unfold
from server.serving import serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def digit(digits_run):
    """A digit of the test part that the network is sure of: (what it is, its pixels)."""
    from receta.exporters.evidence import own_examples

    pictures = own_examples.examples_of(digits_run)
    rows, targets = pictures.test
    said = digits_run.predict(pictures.inputs.take(rows))
    right = np.where(said.argmax(axis=1) == targets, said.max(axis=1), 0)
    best = int(np.where(targets == 4, right, 0).argmax())
    return digits_run.class_names[targets[best]], pictures.inputs.take(rows[best : best + 1])[
        0, :, :, 0
    ]


@pytest.fixture(scope="module")
def open_page(digit, tmp_path_factory):
    """Pages in a browser whose camera sees that digit."""
    film = video(tmp_path_factory.mktemp("film") / "digit.y4m", [digit[1]] * 3)
    with seeing(film) as browser, pages(browser) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def address(bundles):
    bundles["web"]
    with serving(bundles["onnx"]) as address:
        yield address


@contextlib.contextmanager
def hosted(folder: Path, ready: threading.Event | None = None) -> Iterator[str]:
    """A plain web host of a folder's files, and nothing more.

    The network comes when it is ready.
    """

    class Files(SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

        def do_GET(self) -> None:
            if ready is not None and self.path.endswith("model.json"):
                ready.wait(60)
            super().do_GET()

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Files, directory=str(folder))
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_browser_and_server_say_the_same_on_every_engine(open_page, address, digit_files) -> None:
    page = open_page(address)
    runs_itself(page)
    assert page.locator("input[value=browser]").is_checked()
    page.locator("#file").set_input_files(digit_files[0])
    assert named(page) == "0"
    unfold(page)
    page.locator("input[value=both]").check(force=True)
    for engine in ("wasm", "webgl", "cpu"):
        page.locator("#backend").select_option(engine)
        page.wait_for_function("(engine) => globalThis.tf.getBackend() === engine", arg=engine)
        named(page)
        page.locator(
            "#gap", has_text="Largest difference between browser and server: < 0.000001"
        ).wait_for()
        assert 0 <= page.evaluate("receta.said().gap") < 1e-6
    shoot(page, "both")
    assert page.troubles == []


@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_names_what_the_camera_sees(width, open_page, address, digit) -> None:
    page = open_page(address, width)
    runs_itself(page)
    page.locator("#tab-camera").click()
    page.locator("#camera-start").click()
    page.locator("#verdict bdi", has_text=digit[0]).wait_for()
    unfold(page)
    page.locator("#facts", has_text="frames/s").wait_for()
    page.locator("#mirror").click()
    assert (
        page.locator(".mirrored video").evaluate("(video) => getComputedStyle(video).transform")
        == "matrix(-1, 0, 0, 1, 0, 0)"
    )
    shoot(page, f"camera-{width}")
    page.locator("#freeze").click()
    page.locator(".frame canvas").wait_for()
    page.locator("#mattered").click()
    page.get_by_role("status").filter(has_text=f"{digit[0]} ").wait_for()
    assert narrow(page)
    shoot(page, f"frozen-{width}")
    page.locator("#freeze").click()
    page.locator("video:visible").wait_for()
    assert named(page) == digit[0]
    page.locator("#camera-stop").click()
    page.locator("#camera-start").wait_for()
    assert page.evaluate("document.querySelector('video')") is None
    assert page.troubles == []


def test_a_drawn_digit_is_named_and_undone(open_page, address) -> None:
    page = open_page(address)
    runs_itself(page)
    page.locator("#tab-draw").click()
    place = page.locator("#paper").bounding_box()
    middle, top, low = (
        place["x"] + place["width"] / 2,
        place["y"] + 40,
        place["y"] + place["height"] - 40,
    )
    page.mouse.move(middle, top)
    page.mouse.down()
    page.mouse.move(middle, low, steps=8)
    page.mouse.up()
    page.locator("#verdict bdi", has_text="1").wait_for()
    shoot(page, "drawn")
    page.locator("#draw-undo").click()
    page.locator(".waiting").wait_for()
    assert page.troubles == []


def test_examples_of_every_class_stand_ready(open_page, address) -> None:
    page = open_page(address)
    page.locator(".examples li").first.wait_for()
    shown = page.locator(".examples bdi").all_inner_texts()
    assert sorted(set(shown)) == [str(digit) for digit in range(10)]
    page.get_by_role("button", name="Example: 0").first.click()
    assert named(page) == "0"
    assert page.locator("#caption").inner_text() == "0"


def test_an_exported_page_works_from_any_path_and_without_a_connection(
    open_page, bundles, digit_files, digits_run, tmp_path
) -> None:
    shutil.copytree(bundles["web"].folder, tmp_path / "some" / "where")
    with hosted(tmp_path) as address:
        page = open_page(f"{address}/some/where/")
        page.locator("#model-name", has_text=digits_run.folder.name).wait_for()
        page.locator("#file").set_input_files(digit_files[0])
        assert named(page) == "0"
        assert page.locator("#where").count() == 0
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        assert page.troubles == []
    page.reload()  # the host is gone
    page.locator("#model-name", has_text=digits_run.folder.name).wait_for()
    page.locator("#file").set_input_files(digit_files[8])
    assert named(page) == "4"
    assert page.locator(".examples li").count() > 10
    shoot(page, "offline")


@pytest.mark.parametrize(
    ("locale", "words", "other"),
    [
        ("es-MX", "tiene que venir de un servidor web", "en"),
        ("fr", "must come from a web host", "es"),
    ],
)
def test_a_page_that_is_opened_as_a_file_says_what_to_do_in_the_readers_language(
    locale, words, other, open_page, bundles
) -> None:
    page = open_page((bundles["web"].folder / "index.html").as_uri(), 400, "dark", locale)
    page.locator("#unopened h1", has_text=words).wait_for()
    assert page.locator(f"#unopened [lang={other}]").is_hidden()
    assert (
        page.locator("#unopened pre:visible").inner_text()
        == "python3 -m http.server --bind 127.0.0.1"
    )
    assert narrow(page)
    shoot(page, f"file-400-{locale}")


def test_a_picture_that_comes_before_the_network_is_sent_to_nobody(
    open_page, bundles, digit_files, tmp_path
) -> None:
    shutil.copytree(bundles["web"].folder, tmp_path / "page")
    (tmp_path / "page" / "sw.js").unlink()
    ready = threading.Event()
    with hosted(tmp_path, ready) as address:
        page = open_page(f"{address}/page/")
        sent: list[str] = []
        page.on(
            "request", lambda request: sent.append(request.url) if request.method != "GET" else None
        )
        page.locator("#model-facts").wait_for()
        page.locator("#file").set_input_files(digit_files[0])
        page.locator("#caption").wait_for()
        page.wait_for_timeout(300)
        ready.set()
        assert named(page) == "0"
        assert sent == []


def test_a_file_that_the_browser_cannot_read_is_sent_only_where_the_server_is_asked(
    open_page, address, digit_files, tmp_path
) -> None:
    Image.open(digit_files[0]).save(tmp_path / "digit.tif")
    page = open_page(address, 400, locale="es-ES")
    sent: list[str] = []
    page.on(
        "request", lambda request: sent.append(request.url) if request.method != "GET" else None
    )
    runs_itself(page)
    page.locator("#file").set_input_files(tmp_path / "digit.tif")
    page.locator(
        "#trouble", has_text="digit.tif no es una imagen que este navegador pueda leer"
    ).wait_for()
    assert sent == []
    shoot(page, "unreadable-400-es")
    unfold(page)
    page.locator("input[value=server]").check(force=True)
    page.locator("#file").set_input_files(tmp_path / "digit.tif")
    assert named(page) == "0"
    assert page.locator("#caption").inner_text() == "digit.tif"
    assert all("v1/predict" in url for url in sent)
    assert narrow(page)


def test_a_network_that_webassembly_gets_wrong_runs_where_it_was_proven(
    open_page, bundles, digit_files, tmp_path
) -> None:
    shutil.copytree(bundles["web"].folder, tmp_path / "page")
    (tmp_path / "page" / "sw.js").unlink()
    described = tmp_path / "page" / "model" / "model.json"
    described.write_text(described.read_text().replace('"proven_on":"wasm"', '"proven_on":"cpu"'))
    with hosted(tmp_path) as address:
        page = open_page(f"{address}/page/")
        page.locator("#file").set_input_files(digit_files[0])
        assert named(page) == "0"
        assert page.evaluate("globalThis.tf.getBackend()") == "cpu"
        assert page.locator("#backend").input_value() == "cpu"


@pytest.mark.parametrize(
    ("locale", "word", "nearest"),
    [
        ("en-GB", "None of these", "The nearest of its classes: "),
        ("es-ES", "Ninguna de estas", "La clase más cercana: "),
    ],
)
def test_the_page_says_of_noise_that_it_is_none_of_these(
    locale, word, nearest, open_page, address, digit_files, tmp_path
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (8, 8), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    page = open_page(address, locale=locale)
    runs_itself(page)
    unfold(page)
    for place in ("browser", "server"):
        page.locator(f"input[value={place}]").check(force=True)
        page.locator("#file").set_input_files(tmp_path / "noise.png")
        page.locator("#verdict.none bdi", has_text=word).wait_for()
        assert nearest in page.locator("#verdict small").inner_text()
        page.locator("#spoken", has_text=word).wait_for(state="attached")
        shoot(page, f"none-{place}-{locale}")
        page.locator("#file").set_input_files(digit_files[0])
        page.locator("#verdict bdi", has_text="0").wait_for()
    assert page.troubles == []

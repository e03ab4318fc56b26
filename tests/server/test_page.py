"""Does a real browser name the picture that is given to the page?"""

from __future__ import annotations

import base64
import dataclasses
import os
import shutil
from pathlib import Path

import pytest
from server.serving import serving

HOSTILE = ("<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "‮gnp.exe‬", "a" * 120,
           "猫 & \"dog\"", "", " ", "\n", "9", "{{7*7}}")  # fmt: skip

pytestmark = pytest.mark.browser


@pytest.fixture
def open_page(browser):
    opened = []

    def open_page(address: str, width: int = 1280, scheme: str = "light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.troubles = []
        page.on("console", lambda message: page.troubles.append(message.text))
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("dialog", lambda dialog: (page.troubles.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: (
            None if request.url.startswith((address, "data:", f"blob:{address}")) else page.troubles.append(request.url)))
        page.goto(address)
        opened.append(context)
        return page

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture(scope="module")
def address(bundles):
    with serving([bundles["onnx"], bundles["keras"]]) as address:
        yield address


@pytest.fixture(scope="module")
def hostile(bundles, tmp_path_factory):
    from receta.core import disk
    from receta.exporters import Bundle

    folder = tmp_path_factory.mktemp("hostile") / "<b>model"
    shutil.copytree(bundles["onnx"].folder, folder)
    disk.write_json(folder / "bundle.json", dataclasses.replace(bundles["onnx"], class_names=HOSTILE).to_json())
    with serving(Bundle.open(folder)) as address:
        yield address


def named(page) -> str:
    page.locator("#result:not([hidden])[aria-busy=false]").wait_for()
    return page.locator("#verdict bdi").inner_text()


def shoot(page, name: str) -> None:
    """Keep a picture of the page where RECETA_SHOTS says."""
    if place := os.environ.get("RECETA_SHOTS"):
        page.screenshot(path=Path(place) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")])
def test_an_uploaded_digit_is_named(width, scheme, open_page, address, digit_files) -> None:
    page = open_page(address, width, scheme)
    page.locator("#model-facts", has_text="10 classes, sees 8 × 8 grey").wait_for()
    shoot(page, f"empty-{width}-{scheme}")
    page.locator("#file").set_input_files(digit_files[0])
    assert named(page) == "0"
    assert page.locator("#classes li").count() == 5
    assert page.locator("#classes li .name").first.inner_text() == "0"
    assert page.evaluate("document.querySelector('#picture').decode().then(() => true, () => false)")
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    shoot(page, f"answer-{width}-{scheme}")
    assert page.troubles == []


def test_a_second_picture_and_another_model_replace_the_answer(open_page, address, digit_files) -> None:
    page = open_page(address)
    page.locator("#model-field:not([hidden])").wait_for()
    page.locator("#file").set_input_files(digit_files[0])
    assert named(page) == "0"
    page.locator("#file").set_input_files(digit_files[8])
    page.locator("#caption", has_text="4.png").wait_for()
    assert named(page) == "4"
    with page.expect_response("**/v1/predict?model=keras") as answered:
        page.locator("#model").select_option("keras")
    assert answered.value.ok
    page.locator("#model-name", has_text="keras").wait_for()
    assert named(page) == "4"
    assert page.troubles == []


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_picture_can_be_dropped_and_pasted(event, open_page, address, digit_files) -> None:
    page = open_page(address)
    page.evaluate("""([event, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], "given.png", { type: "image/png" }));
      const made = event === "drop" ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
        : new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true });
      document.body.dispatchEvent(made);
    }""", [event, base64.b64encode(digit_files[0].read_bytes()).decode()])
    assert named(page) == "0"
    assert page.locator("#caption").inner_text() == "given.png"
    assert page.troubles == []


def test_what_is_no_picture_or_too_large_is_said(open_page, address, tmp_path, digit_files) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "large.png").write_bytes(bytes(10_000_001))
    page = open_page(address, 400)
    page.locator("#file").set_input_files(tmp_path / "notes.txt")
    page.locator("#trouble", has_text="notes.txt: not a picture: text").wait_for()
    shoot(page, "refused-400")
    page.locator("#file").set_input_files(tmp_path / "large.png")
    page.locator("#trouble", has_text="large.png has 10.0 MB; this server takes up to 10 MB").wait_for()
    assert page.locator("#result").is_hidden()
    page.locator("#file").set_input_files(digit_files[0])
    assert named(page) == "0"
    assert page.locator("#trouble").is_hidden()


@pytest.mark.parametrize("width", [1280, 400])
def test_class_names_and_file_names_are_text_only(width, open_page, hostile, digit_files, tmp_path) -> None:
    file = tmp_path / "<img src=x onerror=alert(3)>.png"
    file.write_bytes(digit_files[0].read_bytes())
    page = open_page(hostile, width)
    page.locator("#file").set_input_files(file)
    assert named(page) == HOSTILE[0]
    shown = page.locator("#classes bdi").all_text_contents()
    assert set(shown) <= set(HOSTILE)
    assert page.locator("#model-name").inner_text() == "<b>model"
    assert page.locator("#result img").count() == 1
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    shoot(page, f"hostile-{width}")
    assert page.troubles == []


def test_a_token_is_asked_for_on_the_page(open_page, bundles, digit_files) -> None:
    with serving(bundles["onnx"], token="s3cret") as address:
        page = open_page(address, 400)
        page.locator("#trouble", has_text="This server asks for a token.").wait_for()
        shoot(page, "token-400")
        page.locator("#token").fill("wrong")
        page.locator("#token").press("Enter")
        page.locator("#trouble", has_text="This token is wrong.").wait_for()
        page.locator("#token").fill("s3cret")
        page.locator("#token").press("Enter")
        page.locator("#model-facts", has_text="10 classes").wait_for()
        page.locator("#file").set_input_files(digit_files[0])
        assert named(page) == "0"
        assert page.locator("#token-field").is_hidden()


def test_the_page_can_be_used_with_the_keyboard(open_page, address, digit_files) -> None:
    page = open_page(address)
    page.on("filechooser", lambda chosen: chosen.set_files(digit_files[0]))  # early: it takes the browser a moment to know
    page.locator("#model-field:not([hidden])").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "model"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "file"
    page.keyboard.press("Enter")
    assert named(page) == "0"

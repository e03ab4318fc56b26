"""Does a real browser name the picture that is given to the page?"""

from __future__ import annotations

import base64
import dataclasses
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from server.looking import named, narrow, pages, shoot, unfold
from server.serving import serving

from receta.data import image

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "‮gnp.exe‬",
    "a" * 120,
    '猫 & "dog"',
    "",
    " ",
    "\n",
    "9",
    "{{7*7}}",
)
AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"

pytestmark = pytest.mark.browser


@pytest.fixture
def open_page(browser):
    with pages(browser) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def address(bundles):
    bundles["web"]  # beside the others: with it the browser runs the model
    with serving([bundles["onnx"], bundles["keras"]]) as address:
        yield address


@pytest.fixture(scope="module")
def hostile(bundles, tmp_path_factory):
    from receta.core import disk
    from receta.predictors import Bundle

    folder = tmp_path_factory.mktemp("hostile") / "other"
    shutil.copytree(bundles["onnx"].folder, folder)
    disk.write_json(
        folder / "bundle.json",
        dataclasses.replace(bundles["onnx"], class_names=HOSTILE, data_name="<b>model").to_json(),
    )
    with serving(Bundle.open(folder)) as address:
        yield address


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")]
)
def test_an_uploaded_digit_is_named(width, scheme, open_page, address, digit_files) -> None:
    page = open_page(address, width, scheme)
    page.locator("#model-facts", has_text="10 classes, sees 8 × 8 grey").wait_for()
    shoot(page, f"empty-{width}-{scheme}")
    page.locator("#file").set_input_files(digit_files[0])
    assert named(page) == "0"
    assert page.locator("#classes li").count() == 5
    assert page.locator("#classes li bdi").first.text_content() == "0"
    assert page.locator(".frame canvas").evaluate("(canvas) => canvas.width") == 8
    assert narrow(page)
    shoot(page, f"answer-{width}-{scheme}")
    assert page.troubles == []


def test_a_second_picture_and_another_model_replace_the_answer(
    open_page, address, digit_files
) -> None:
    page = open_page(address)
    page.locator("#model").wait_for()
    page.locator("#file").set_input_files(digit_files[0])
    assert named(page) == "0"
    page.locator("#file").set_input_files(digit_files[8])
    page.locator("#caption", has_text="4.png").wait_for()
    page.locator("#verdict bdi", has_text="4").wait_for()
    page.locator("#model").select_option("keras")
    page.wait_for_function("document.title === 'digits (keras): receta'")
    assert named(page) == "4"
    unfold(page)
    with page.expect_response("**/v1/predict?model=keras*") as answered:
        page.locator("input[value=server]").check(force=True)
    assert answered.value.ok
    assert named(page) == "4"
    assert page.troubles == []


@pytest.mark.parametrize("event", ["drop", "paste"])
def test_a_picture_can_be_dropped_and_pasted(event, open_page, address, digit_files) -> None:
    page = open_page(address)
    page.locator("#model").wait_for()
    page.evaluate(
        """([event, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], "given.png", { type: "image/png" }));
      const made = event === "drop" ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
        : new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true });
      document.body.dispatchEvent(made);
    }""",
        [event, base64.b64encode(digit_files[0].read_bytes()).decode()],
    )
    assert named(page) == "0"
    assert page.locator("#caption").inner_text() == "given.png"
    assert page.troubles == []


def test_what_is_no_picture_or_too_large_is_said(open_page, hostile, tmp_path, digit_files) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "large.png").write_bytes(bytes(10_000_001))
    page = open_page(hostile, 400)
    page.locator("#model-facts").wait_for()
    page.locator("#file").set_input_files(tmp_path / "notes.txt")
    page.locator("#trouble", has_text="notes.txt: not a picture: text").wait_for()
    shoot(page, "refused-400")
    page.locator("#file").set_input_files(tmp_path / "large.png")
    page.locator(
        "#trouble", has_text="large.png has 10.0 MB; this server takes up to 10 MB"
    ).wait_for()
    assert page.locator("#verdict").count() == 0
    page.locator("#file").set_input_files(digit_files[0])
    assert named(page) == HOSTILE[0]
    assert page.locator("#trouble").count() == 0


def test_a_refusal_is_told_in_the_readers_language(open_page, hostile, tmp_path) -> None:
    (tmp_path / "notas.txt").write_text("hola")
    page = open_page(hostile, locale="es-ES")
    page.locator("#model-facts").wait_for()
    page.locator("#file").set_input_files(tmp_path / "notas.txt")
    page.locator("#trouble", has_text="notas.txt: Eso no es una imagen.").wait_for()
    assert "picture" not in page.locator("#trouble").inner_text()


def test_only_models_of_small_grey_pictures_are_drawn_for(open_page) -> None:
    for shape, drawn in (((28, 28, 1), 1), ((28, 28, 3), 0), ((160, 160, 1), 0)):
        with serving(Corner(shape)) as address:
            page = open_page(address)
            page.locator("#model-facts").wait_for()
            assert page.locator("#tab-draw").count() == drawn, shape


@pytest.mark.parametrize("width", [1280, 400])
def test_class_names_and_file_names_are_text_only(
    width, open_page, hostile, digit_files, tmp_path
) -> None:
    file = tmp_path / "<img src=x onerror=alert(3)>.png"
    file.write_bytes(digit_files[0].read_bytes())
    page = open_page(hostile, width)
    page.locator("#model-facts").wait_for()
    page.locator("#file").set_input_files(file)
    assert named(page) == HOSTILE[0]
    assert set(page.locator("#classes bdi").all_text_contents()) <= set(HOSTILE)
    assert page.locator("#model-name").inner_text() == "<b>model"
    assert page.locator("main img").count() == 0
    assert narrow(page)
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
        assert page.locator("#token-field").count() == 0


def test_the_page_can_be_used_with_the_keyboard(open_page, address, digit_files) -> None:
    page = open_page(address)
    # early: it takes the browser a moment to know
    page.on("filechooser", lambda chosen: chosen.set_files(digit_files[0]))
    page.locator("#model").wait_for()
    for wanted in ("model", "language", "tab-picture", "file"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == wanted
    page.keyboard.press("Enter")
    assert named(page) == "0"
    page.locator("#tab-picture").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-draw"
    page.locator("#paper").focus()
    for key in (*["ArrowUp"] * 6, " ", *["ArrowDown"] * 12):
        page.keyboard.press(key)
    page.locator("#verdict bdi", has_text="1").wait_for()
    page.keyboard.press("Delete")
    page.locator(".waiting").wait_for()


def test_it_speaks_the_browsers_language_and_remembers_another(
    open_page, hostile, digit_files
) -> None:
    page = open_page(hostile, 400, locale="es-MX")
    page.locator("h1", has_text="¿Qué hay en esta imagen?").wait_for()
    assert page.evaluate("document.documentElement.lang") == "es"
    page.locator("#file").set_input_files(digit_files[0])
    named(page)
    assert " %" in page.locator("#verdict small").inner_text()
    assert "," in page.locator("#verdict small").inner_text()
    shoot(page, "spanish-400")
    page.set_viewport_size({"width": 1280, "height": 800})
    unfold(page)
    heights = page.locator("#details summary, #where span").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert max(heights) < 48  # no word is broken into two lines
    page.locator("#language").select_option("en")
    page.locator("h1", has_text="What is in this picture?").wait_for()
    page.reload()
    page.locator("h1", has_text="What is in this picture?").wait_for()


def test_an_answer_is_told_to_screen_readers(open_page, address, digit_files) -> None:
    page = open_page(address)
    page.locator("#model").wait_for()
    page.locator("#file").set_input_files(digit_files[0])
    page.locator("#spoken[aria-live=polite]", has_text="0, ").wait_for(state="attached")
    assert page.get_by_role("img", name=digit_files[0].name).count() == 1
    assert page.get_by_role("tab", selected=True).inner_text() == "Picture"


# What the network sees, and what mattered


class Corner:
    """Names a picture 'bright' by the brightness of its upper left corner alone."""

    class_names, fit = ("dark", "bright"), "stretch"

    def __init__(self, shape=(24, 24, 3), fit="stretch") -> None:
        self.input_shape, self.fit, self.folder = shape, fit, "corner"

    def predict(self, inputs):
        third = self.input_shape[0] // 3
        bright = inputs[:, :third, :third].mean(axis=(1, 2, 3)) / 255
        return np.stack([1 - bright, bright], axis=1).astype(np.float32)


def test_what_mattered_is_the_place_that_the_answer_rests_on(open_page, tmp_path) -> None:
    pixels = np.full((60, 60, 3), 40, np.uint8)
    pixels[:20, :20] = 250
    pixels[40:, 40:] = 250
    Image.fromarray(pixels).save(tmp_path / "two.png")
    with serving(Corner()) as address:
        page = open_page(address)
        page.locator("#model-facts").wait_for()
        page.locator("#file").set_input_files(tmp_path / "two.png")
        assert named(page) == "bright"
        page.locator("#mattered").click()
        page.get_by_role("status").filter(
            has_text="What mattered most is the upper left"
        ).wait_for()
        over = (
            page.locator(".frame canvas")
            .nth(1)
            .evaluate("""(canvas) => {
          const at = (x, y) => canvas.getContext("2d").getImageData(x * canvas.width, y * canvas.height, 1, 1).data[3];
          return [at(0.15, 0.15), at(0.85, 0.85)];
        }""")
        )
        shoot(page, "mattered")
        assert over[0] > 60
        assert over[1] == 0
        page.locator("#mattered").click()
        assert page.locator(".frame canvas").count() == 1
        assert page.troubles == []


def as_the_page_sees(page, content: bytes) -> np.ndarray:
    """What the page would give its network of a file."""
    got = page.evaluate(
        """async (base64) => {
      const seen = await receta.seen(new Blob([Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))]));
      return [seen.height, seen.width, seen.channels, btoa(String.fromCharCode(...seen.data))];
    }""",
        base64.b64encode(content).decode(),
    )
    return np.frombuffer(base64.b64decode(got[3]), np.uint8).reshape(got[:3])


@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
@pytest.mark.parametrize("shape", [(24, 24, 3), (17, 31, 1)])
def test_the_page_prepares_pictures_to_the_last_bit_as_training_does(fit, shape, open_page) -> None:
    draw = np.random.default_rng(7)
    with serving(Corner(shape, fit)) as address:
        page = open_page(address)
        page.locator("#model-facts").wait_for()
        for height, width, channels in [
            (50, 80, 3),
            (200, 67, 3),
            (9, 7, 3),
            (40, 40, 0),
            (301, 299, 0),
            (24, 24, 3),
            (33, 90, 4),
        ]:
            pixels = draw.integers(
                0, 256, (height, width, channels) if channels else (height, width), np.uint8
            )
            if channels == 4:
                # half-clear pixels lose bits in every browser's canvas
                pixels[..., 3] = np.where(pixels[..., 3] > 128, 255, 0)
            content = io.BytesIO()
            Image.fromarray(pixels).save(content, "png")
            ours = image.decode(content.getvalue(), shape[:2], shape[2], fit=fit)
            np.testing.assert_array_equal(
                as_the_page_sees(page, content.getvalue()),
                ours,
                err_msg=f"{height} x {width} x {channels}",
            )


def test_the_page_turns_photos_as_the_camera_noted(open_page) -> None:
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    picture = Image.fromarray(np.stack([np.tile(ramp, (48, 1))] * 3, axis=2))
    noted = Image.Exif()
    noted[0x0112] = 6
    content = io.BytesIO()
    picture.save(content, "jpeg", quality=95, exif=noted)
    with serving(Corner((24, 24, 3))) as address:
        page = open_page(address)
        page.locator("#model-facts").wait_for()
        gap = as_the_page_sees(page, content.getvalue()).astype(int) - image.decode(
            content.getvalue(), (24, 24), 3
        )
    assert abs(gap).max() <= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(scheme, open_page, address, digit_files) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here: it comes with `make page`")
    page = open_page(address, 1280, scheme)
    page.locator("#model").wait_for()
    page.locator("#file").set_input_files(digit_files[0])
    named(page)
    for tab in ("picture", "camera", "draw"):
        page.locator(f"#tab-{tab}").click()
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate(
            "axe.run().then((said) => said.violations.map((one) => [one.impact, one.id, "
            "one.nodes[0].html]))"
        )
        assert [one for one in found if one[0] in ("serious", "critical")] == [], tab

"""Does a real browser show the report without errors, requests or overflow?"""

from __future__ import annotations

from pathlib import Path

import pytest
from report.report_facts import CASES

from receta.report.page import write_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    for name, make in CASES.items():
        write_page(make(), folder / f"{name}.html")
    return {name: folder / f"{name}.html" for name in CASES}


@pytest.fixture
def open_page(browser, files):
    opened = []

    def open_page(name: str, width: int = 1280, scheme: str = "light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.troubles = []
        page.on("console", lambda message: page.troubles.append(message.text))
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("dialog", lambda dialog: (page.troubles.append(dialog.message), dialog.dismiss()))
        page.on(
            "request",
            lambda request: (
                page.troubles.append(request.url)
                if not request.url.startswith(("data:", files[name].as_uri()))
                else None
            ),
        )
        page.goto(files[name].as_uri())
        opened.append(context)
        return page

    yield open_page
    for context in opened:
        context.close()


@pytest.mark.parametrize("name", CASES)
def test_no_errors_no_requests_and_no_overflow_at_any_width(open_page, name):
    page = open_page(name, 400)
    for width in (400, 720, 1080, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for opened in (False, True):
            page.evaluate(
                "open => document.querySelectorAll('details').forEach(one => { one.open = open; })",
                opened,
            )
            wide = page.evaluate("document.scrollingElement.scrollWidth")
            assert wide <= page.evaluate("innerWidth"), (
                f"{width} pixels wide, details open: {opened}"
            )
    assert page.troubles == []


def test_every_picture_of_the_page_can_be_decoded(open_page):
    page = open_page("photos")
    decoded = (
        "Promise.all([...document.images].map(one => one.decode().then(() => true, () => false)))"
    )
    assert all(page.evaluate(decoded))


def test_a_table_sorts_by_the_column_that_is_clicked(open_page):
    page = open_page("digits")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    column = (
        "[...document.querySelectorAll('table.sortable tbody tr')].map(row => "
        "row.cells[1].dataset.value - 0)"
    )
    button = page.locator("table.sortable button", has_text="Precision")
    button.click()
    rising = page.evaluate(column)
    assert rising == sorted(rising)
    button.click()
    assert page.evaluate(column) == sorted(rising, reverse=True)
    assert page.locator("table.sortable th[aria-sort]").count() == 1


def test_a_chart_tells_its_values_to_the_keyboard(open_page):
    page = open_page("digits")
    page.evaluate("document.getElementById('curves').open = true")
    chart = page.locator("figure.curve svg.rove").first
    chart.locator(".stop").first.focus()
    assert page.locator("#tip").inner_text().startswith("epoch 1: training ")
    page.keyboard.press("ArrowRight")
    assert page.locator("#tip").inner_text().startswith("epoch 2: training ")
    assert chart.locator('.stop[tabindex="0"]').count() == 1
    page.keyboard.press("Escape")
    assert page.locator("#tip").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_what_is_behind_them(open_page, scheme):
    """Contrast of every visible text against the nearest opaque background: WCAG AA, 4.5 to 1."""
    page = open_page("digits", 1280, scheme)
    weak = page.evaluate("""() => {
      const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
      const rgba = (css) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data]; };
      const linear = (v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
      const light = (c) => { const [r, g, b] = c.map((v) => linear(v / 255));
        return .2126 * r + .7152 * g + .0722 * b; };
      const found = [];
      for (const one of document.querySelectorAll("body *")) {
        const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || !one.checkVisibility() || one.closest(".unseen, .skip, script, svg")) continue;
        let behind = one, back = [0, 0, 0, 0];
        while (behind && (back = rgba(getComputedStyle(behind).backgroundColor))[3] < 255)
          behind = behind.parentElement;
        const [a, b] = [light(rgba(getComputedStyle(one).color).slice(0, 3)), light(back.slice(0, 3))];
        const contrast = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
        if (contrast < 4.5) found.push(one.className + " " + one.textContent.slice(0, 30) + " " + contrast.toFixed(2));
      }
      return found;
    }""")
    assert weak == []


def test_no_text_is_smaller_than_eleven_pixels_on_a_phone(open_page):
    page = open_page("many", 400)
    small = page.evaluate("""() => [...document.querySelectorAll("body *")].filter((one) =>
      [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) && one.checkVisibility()
      && parseFloat(getComputedStyle(one).fontSize) < 11).map((one) => one.outerHTML.slice(0, 80))""")
    assert small == []


def test_printing_opens_what_was_folded(open_page):
    page = open_page("many")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0

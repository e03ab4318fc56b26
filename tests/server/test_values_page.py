"""Does the page ask about rows, histories and texts, with a server and without one?"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import httpx
import pytest
from kinds.scenes import scene
from server.looking import narrow, pages, runs_itself, shoot, unfold
from server.serving import serving
from server.test_browser_model import hosted

from receta import Bundle, export
from receta.evaluation.warning import POOR

AXE = Path(__file__).resolve().parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
KINDS = ("iris", "days", "moods")

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """kind -> folder with an ONNX bundle and a page of one network each."""
    place = tmp_path_factory.mktemp("pages")
    for name in KINDS:
        run = scene(name, place).run(place / name)
        for target in ("onnx", "web"):
            export(run, target, place / "bundles" / name / target)
    return {name: place / "bundles" / name for name in KINDS}


@pytest.fixture(scope="module")
def addresses(bundles):
    with (
        serving(Bundle.open(bundles["iris"] / "onnx")) as rows,
        serving(Bundle.open(bundles["days"] / "onnx")) as series,
        serving(Bundle.open(bundles["moods"] / "onnx")) as texts,
    ):
        yield {"iris": rows, "days": series, "moods": texts}


@pytest.fixture(scope="module")
def open_page(browser):
    with pages(browser) as open_page:
        yield open_page


def answered(page) -> str:
    """What the page answers, once it stands."""
    page.locator("#result[aria-busy=false] #verdict").wait_for()
    return page.locator("#verdict bdi").last.inner_text()


@pytest.mark.parametrize("name", KINDS)
def test_browser_and_server_say_the_same_of_an_example(name, open_page, addresses) -> None:
    page = open_page(addresses[name])
    runs_itself(page)
    answered(page)
    unfold(page)
    page.locator("input[value=both]").check(force=True)
    page.locator("#gap").wait_for()
    assert 0 <= page.evaluate("receta.said().gap") < 1e-4
    page.locator("#another").click()
    answered(page)
    assert page.troubles == []


def test_a_row_is_typed_and_a_wrong_cell_is_named(open_page, addresses) -> None:
    page = open_page(addresses["iris"], 400, locale="es-ES")
    page.locator("#cell-0").wait_for()
    page.locator("#empty").click()
    page.locator(".waiting").wait_for()
    for at, value in enumerate(("6.7", "3.1", "5.6", "2.4")):
        page.get_by_label(("sepal length", "sepal width", "petal length", "petal width")[at]).fill(
            value
        )
    page.locator("#verdict bdi", has_text="virginica").wait_for()
    page.locator("#cell-2").fill("five")
    page.locator("#cell-2[aria-invalid=true]").wait_for()
    assert page.locator("#cell-2-wrong").inner_text() == "Esto no es un número."
    page.locator(".waiting").wait_for()
    page.locator("#cell-2").fill("")
    answered(page)  # a missing cell is none that is wrong
    assert narrow(page)
    shoot(page, "row-400-es")
    assert page.troubles == []


def test_a_pasted_history_is_forecast_in_a_chart_and_a_table(open_page, addresses, bundles) -> None:
    page = open_page(addresses["days"], scheme="dark")
    runs_itself(page)
    answered(page)
    page.locator("#history").fill("1\n2\n3")
    page.locator("#history-facts.wrong", has_text="3 steps are too few").wait_for()
    page.locator(".waiting").wait_for()
    days = [f"2024-01-{day:02},{20 + day % 7}" for day in range(1, 29)]
    page.locator("#history").fill("\n".join(["day,value", *days]))
    page.locator("#forecast tbody tr").first.wait_for()
    (model,) = httpx.get(f"{addresses['days']}/v1/models").json()["models"]
    horizon = model["specs"][0]["rhythm"]["horizon"]
    assert page.locator("#forecast tbody tr").count() == horizon
    assert page.locator("#forecast tbody th").first.inner_text() == "2024-01-29"
    assert page.locator(".chart path.ahead").count() == 1
    assert page.locator(".chart svg").get_attribute("aria-label").startswith("value: the last")
    assert narrow(page)
    shoot(page, "history-dark")
    assert page.troubles == []


def test_unknown_words_of_a_text_are_marked(open_page, addresses) -> None:
    page = open_page(addresses["moods"])
    page.locator("#text").fill("Happy SUN, great nin\u0303o xylophone")
    page.locator("#verdict bdi", has_text="good").wait_for()
    assert page.locator("#tokens mark").evaluate_all(
        "(all) => all.map((one) => one.firstChild.data)"
    ) == ["xylophone"]
    assert "5 words, 1 of them unknown" in page.locator("#text-facts").inner_text()
    page.locator("#text").fill("...")
    page.locator(".waiting").wait_for()
    assert page.troubles == []


def test_every_column_of_a_forecast_is_seen_on_a_narrow_screen(open_page, addresses) -> None:
    page = open_page(addresses["days"], 400)
    answered(page)
    assert page.locator(".scrolling").evaluate("(one) => one.scrollWidth <= one.clientWidth")


def test_a_model_that_only_guesses_says_so_and_is_sure_of_nothing(open_page, bundles) -> None:
    with serving(dataclasses.replace(Bundle.open(bundles["iris"] / "onnx"), verdict=POOR)) as at:
        page = open_page(at, scheme="dark")
        answered(page)
        assert "not better than guessing" in page.locator("#poor").inner_text()
        assert page.locator("#verdict").get_attribute("class") == "unsure"
        assert page.locator("#verdict .of").inner_text() == "target"
        shoot(page, "poor-dark")


@pytest.mark.parametrize("name", KINDS)
def test_the_exported_page_answers_without_a_server(name, open_page, bundles) -> None:
    with hosted(bundles[name] / "web") as address:
        page = open_page(f"{address}/", 400)
        sent: list[str] = []
        page.on("request", lambda one: sent.append(one.url) if one.method != "GET" else None)
        answered(page)
        assert sent == []
        assert narrow(page)
        shoot(page, f"exported-{name}-400")
        assert page.troubles == []


@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_nothing_serious(name, open_page, addresses) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not here: it comes with `make page`")
    page = open_page(addresses[name])
    answered(page)
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "axe.run().then((said) => said.violations.map((one) => [one.impact, one.id]))"
    )
    assert [one for one in found if one[0] in ("serious", "critical")] == []

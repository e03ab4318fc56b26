"""How do tests look at the page, and keep what goes wrong on it?"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def pages(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens pages; each one's `troubles` are words on the console, dialogs, and requests to
    other hosts.
    """
    opened = []

    def open_page(
        address: str, width: int = 1280, scheme: str = "light", locale: str = "en-GB"
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, locale=locale
        )
        opened.append(context)
        page = context.new_page()
        page.troubles = []
        host = "/".join(address.split("/")[:3])
        # WebGL without a graphics card tells how slow it is.
        page.on(
            "console",
            lambda message: (
                None
                if "GL Driver Message" in message.text or "no longer repeat" in message.text
                else page.troubles.append(message.text)
            ),
        )
        page.on("pageerror", lambda error: page.troubles.append(str(error)))
        page.on("dialog", lambda dialog: (page.troubles.append(dialog.message), dialog.dismiss()))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((host, "data:", f"blob:{host}"))
                else page.troubles.append(request.url)
            ),
        )
        page.goto(address)
        return page

    yield open_page
    for context in opened:
        context.close()


def named(page: Any) -> str:
    """The class that the page names, once it has an answer."""
    page.locator("#result[aria-busy=false] #verdict").wait_for()
    return page.locator("#verdict bdi").inner_text()


def runs_itself(page: Any) -> None:
    """Wait until the browser runs the network itself."""
    page.locator("#backend").wait_for(state="attached")


def unfold(page: Any) -> None:
    """Open what is technical: where it is computed, by which engine, how fast."""
    page.locator("#details summary").click()
    page.locator("#facts, #where").first.wait_for()


def shoot(page: Any, name: str) -> None:
    """Keep a picture of the page where RECETA_SHOTS says."""
    if place := os.environ.get("RECETA_SHOTS"):
        page.screenshot(path=Path(place) / f"{name}.png", full_page=True)


def narrow(page: Any) -> bool:
    """Whether nothing of the page lies beside the screen."""
    return page.evaluate("document.scrollingElement.scrollWidth <= window.innerWidth")

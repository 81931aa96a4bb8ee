"""A real browser for tests: Chromium, as the system has it, driven without a screen."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image as Pictures
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.missing import give_up

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def started_browser() -> Iterator[Browser]:
    """Start Chromium; without it skip the test, but in continuous integration fail it."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        give_up(f"no Chromium ({', '.join(BROWSERS)}) is installed: the report was not tried")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield running
        running.close()


class Opened:
    """A page with all that went over the network and all that the console complained of."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.address = path.as_uri()
        page.goto(self.address)

    def elsewhere(self) -> list[str]:
        return [url for url in self.requests if url != self.address and url[:5] != "data:"]


def shown(page: Page) -> list[str]:
    """Names of the photos in sight, in their order."""
    return [
        str(photo.get_attribute("data-name"))
        for photo in page.locator(".photo").all()
        if photo.is_visible()
    ]


def focused(page: Page) -> tuple[str, int]:
    """The photo and the picture in it that have the focus."""
    name, at = page.evaluate(
        """() => {
            const photo = document.activeElement.closest(".photo");
            const all = photo ? [...photo.querySelectorAll(".tile button")] : [];
            return [photo?.dataset.name ?? "", all.indexOf(document.activeElement)];
        }"""
    )
    return name, at


def pixels(shot: bytes) -> np.ndarray:
    """(H, W, 3) of a screenshot."""
    with Pictures.open(io.BytesIO(shot)) as picture:
        return np.asarray(picture.convert("RGB"), np.int16)


def middle(shot: bytes) -> np.ndarray:
    """The pixels in the middle of a screenshot."""
    whole = pixels(shot)
    height, width = whole.shape[:2]
    return whole[height // 2 - 4 : height // 2 + 4, width // 2 - 4 : width // 2 + 4]

"""Takes the pictures of README and presentation from the running exercise: the map in light and dark, and its key figures.

    python scripts/pictures.py [FOLDER]

Starts the product with the exercise in a folder that goes away, as scripts/demo.py does.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from demo import PATIENCE_MS, ROOT, Show, exercise
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

SIZE = {"width": 1440, "height": 900}
UNANSWERED = (76, 128, 1020, 790)  # the map with its key figures, without the frame: left, top, right, bottom


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="responder-pictures-") as data,
        exercise(Path(data)) as (address, password),
        sync_playwright() as tool,
    ):
        browser = tool.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        expect.set_options(timeout=PATIENCE_MS)
        for theme in ("light", "dark"):
            _pictures(browser, theme, address, password, folder)
        browser.close()


def _pictures(browser: Browser, theme: str, address: str, password: str, folder: Path) -> None:
    context = browser.new_context(viewport=SIZE, color_scheme="dark" if theme == "dark" else "light")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    Show(page, address, password, folder).sign_in("lead")
    page.goto(f"{address}/map/")
    expect(page.locator("[data-room][data-ready]")).to_be_attached()
    page.wait_for_timeout(5_000)
    _picture(page, folder / f"map-{theme}.png")
    if theme == "light":
        picture = Image.open(folder / "map-light.png")
        picture.crop(UNANSWERED).save(folder / "unanswered.png", optimize=True)
    context.close()


def _picture(page: Page, path: Path) -> None:
    page.screenshot(path=path)
    Image.open(path).convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images")

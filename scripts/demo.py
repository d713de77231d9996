"""Plays the demo in a browser: pictures for docs/demo-exercise.md, and a recording without sound into dist/demo.mp4.

    python scripts/demo.py [--pictures docs/images] [--video dist/demo.mp4]

Starts the product with the exercise in a folder that goes away. Playwright records with its own ffmpeg, which no package
holds; one from PyPI (imageio-ffmpeg) takes its place, and packs the recording.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import imageio_ffmpeg
import playwright
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
SIZE = {"width": 1280, "height": 800}
POSTS = 300  # classified, before the show begins
PATIENCE_MS = 60_000
MOST_BYTES = 5_000_000


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    arguments.add_argument("--pictures", type=Path, default=ROOT / "docs" / "images")
    arguments.add_argument("--video", type=Path, default=ROOT / "dist" / "demo.mp4")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="responder-show-") as name:
        folder = Path(name)
        _lend_ffmpeg(folder / "browsers")
        with exercise(folder / "data") as (address, password), sync_playwright() as tool:
            browser = tool.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
            )
            context = browser.new_context(viewport=SIZE, record_video_dir=folder / "video", record_video_size=SIZE)
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            expect.set_options(timeout=PATIENCE_MS)
            Show(page, address, password, chosen.pictures).play()
            context.close()
            browser.close()
        _pack(next((folder / "video").glob("*.webm")), chosen.video)
    print(f"{chosen.video}: {chosen.video.stat().st_size / 1e6:.1f} MB")
    return 0 if chosen.video.stat().st_size <= MOST_BYTES else 1


class Show:
    """One walk through the product; each scene ends with a picture."""

    def __init__(self, page: Page, address: str, password: str, pictures: Path) -> None:
        self.page, self.address, self.password, self.pictures = page, address, password, pictures
        pictures.mkdir(parents=True, exist_ok=True)

    def play(self) -> None:
        self.sign_in("lead")
        self.map()
        self.triage()
        self.incidents()
        self.feed()
        self.analytics()
        self.sign_in("approver")
        self.model()

    def sign_in(self, role: str) -> None:
        self.page.context.clear_cookies()
        self.page.goto(f"{self.address}/login/")
        self.page.get_by_label("User name").fill(f"demo-{role}")
        self.page.get_by_label("Password").fill(self.password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url(lambda url: "/login/" not in url)
        tour = self.page.get_by_role("button", name="Got it")
        if tour.is_visible():
            tour.click()

    def map(self) -> None:
        self.page.goto(f"{self.address}/map/")
        expect(self.page.locator("[data-room][data-ready]")).to_be_attached()
        expect(self.page.locator(".leaflet-overlay-pane path").first).to_be_attached()
        self.picture("1-map", seconds=6)

    def triage(self) -> None:
        self.page.goto(f"{self.address}/triage/")
        self.page.wait_for_timeout(2_500)
        self.page.keyboard.press("y")
        self.picture("2-why", seconds=5)
        for key in ("a", "a", "z"):
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(1_200)
        self.picture("3-triage")

    def incidents(self) -> None:
        self.page.goto(f"{self.address}/incidents/")
        self.page.get_by_role("link", name=re.compile("INC-")).first.click()
        self.picture("4-incident", seconds=3)

    def feed(self) -> None:
        self.page.goto(f"{self.address}/feed/?q=water")
        self.picture("5-feed", seconds=3)

    def analytics(self) -> None:
        self.page.goto(f"{self.address}/analytics/")
        self.page.wait_for_timeout(4_000)
        self.page.mouse.wheel(0, 500)
        self.picture("6-analytics", seconds=3)

    def model(self) -> None:
        self.page.goto(f"{self.address}/model/")
        self.picture("7-model", seconds=3)

    def picture(self, name: str, seconds: float = 1) -> None:
        self.page.wait_for_timeout(seconds * 1000)
        path = self.pictures / f"demo-{name}.png"
        self.page.screenshot(path=path)
        Image.open(path).convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(path, optimize=True)


@contextmanager
def exercise(data: Path) -> Iterator[tuple[str, str]]:
    """Address and password of the product that plays the exercise, with posts on the map."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("RESPONDER_", "DJANGO_"))}
    environment = kept | {"RESPONDER_DATA_DIR": str(data), "DATABASE_URL": "", "REDIS_URL": ""}
    command = [sys.executable, "-m", "responder.cli", "up", "--demo", "--port", str(port)]
    running = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _until_posts_are_there(address, running)
        yield address, json.loads((data / "demo_credentials.json").read_text())["password"]
    finally:
        running.terminate()
        running.wait(30)


def _until_posts_are_there(address: str, running: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and running.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/metrics", timeout=10) as response:
                counted = re.search(r'responder_posts\{state="classified"\} (\d+)', response.read().decode())
            if counted and int(counted[1]) >= POSTS:
                return
        except OSError:
            pass
        time.sleep(1)
    raise SystemExit("the exercise did not start")


def _lend_ffmpeg(folder: Path) -> None:
    """Put the packaged ffmpeg where Playwright looks for its own."""
    described = Path(playwright.__file__).parent / "driver" / "package" / "browsers.json"
    (revision,) = [one["revision"] for one in json.loads(described.read_text())["browsers"] if one["name"] == "ffmpeg"]
    place = folder / f"ffmpeg-{revision}"
    place.mkdir(parents=True)
    (place / "ffmpeg-linux").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    (place / "INSTALLATION_COMPLETE").touch()
    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = str(folder)


def _pack(recording: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    packing = ["-vf", "fps=10", "-c:v", "libx264", "-crf", "30", "-preset", "slow", "-pix_fmt", "yuv420p"]
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-i", recording, *packing, "-an", target],
        check=True,
    )


if __name__ == "__main__":
    sys.exit(main())

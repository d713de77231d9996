"""How fast the operations room is in a real browser: first map, bytes, response to a key, live events, twenty posts.

    python benchmarks/operations_room.py [docs/figures/operations-room.json]

Starts the product itself, with 5,000 posts, every process of `responder up` on the same machine as the browser.
The network and the processor are slowed down by Chromium (CDP). Times are medians unless they say otherwise.
"""

import json
import os
import re
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from served import PASSWORD, arrive, percentile, running

RUNS = 7
FAST = {"megabits": 9.0, "latency_ms": 85, "slower": 2}
SLOW = {"megabits": 1.6, "latency_ms": 150, "slower": 4}
EVENTS = 25
KEYBOARD = 20
COAST = """
new MutationObserver((_all, watch) => {
  if (!document.querySelector(".leaflet-overlay-pane path")) return;
  performance.mark("coast");
  watch.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
RESPONSES = """
window.responses = [];
let pressed = 0;
addEventListener("keydown", (event) => { if (event.key === "a") pressed = performance.now(); }, true);
new MutationObserver(() => {
  if (!pressed) return;
  const at = pressed;
  pressed = 0;
  requestAnimationFrame(() => setTimeout(() => window.responses.push(performance.now() - at)));
}).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["class"] });
"""
ARRIVALS = """
window.arrivals = [];
const buffered = document.querySelector("[data-buffered]");
new MutationObserver(() => requestAnimationFrame(() => window.arrivals.push([Date.now(), buffered.textContent])))
  .observe(buffered, { childList: true, characterData: true, subtree: true, attributes: true });
"""


def main() -> None:
    with running() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-background-networking"]
        )
        figures = {
            "machine": {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2)},
            "posts": 5_000,
            "first_map": {"at 9 Mb/s, 85 ms, CPU ÷2": first_map(browser, address, **FAST),
                          "at 1.6 Mb/s, 150 ms, CPU ÷4": first_map(browser, address, **SLOW)},
            "transfer": transfer(browser, address),
            "keyboard": keyboard(browser, address),
            "live": live(browser, address),
        }  # fmt: skip
        browser.close()
    text = json.dumps(figures, indent=1, ensure_ascii=False)
    print(text)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text + "\n")


def signed_in(browser: Browser, address: str, person: str = "reviewer-ana") -> BrowserContext:
    """A context with an empty cache, signed in elsewhere."""
    first = browser.new_context()
    page = first.new_page()
    page.goto(f"{address}/login/")
    page.get_by_label("User name").fill(person)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/map/**")
    state = first.storage_state()
    first.close()
    return browser.new_context(viewport={"width": 1440, "height": 900}, storage_state=state)


def slowed(page: Page, megabits: float, latency_ms: int, slower: int) -> None:
    session = page.context.new_cdp_session(page)
    rate = megabits * 1e6 / 8
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {
        "offline": False, "latency": latency_ms, "downloadThroughput": rate, "uploadThroughput": rate / 4})  # fmt: skip
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})


def first_map(browser: Browser, address: str, **conditions: Any) -> dict[str, Any]:
    """Milliseconds from the request until marks are drawn, and until the coast is there too; nothing cached."""
    marks, both = [], []
    for _run in range(RUNS):
        context = signed_in(browser, address)
        page = context.new_page()
        page.add_init_script(COAST)
        slowed(page, **conditions)
        page.goto(f"{address}/map/")
        expect(page.locator("[data-room][data-ready]")).to_be_attached(timeout=60_000)
        expect(page.locator(".leaflet-overlay-pane path").first).to_be_attached(timeout=60_000)
        found = page.evaluate("['map-ready', 'coast'].map((name) => performance.getEntriesByName(name)[0].startTime)")
        marks.append(found[0])
        both.append(max(found))
        context.close()
    return {"marks_ms": round(statistics.median(marks)), "marks_and_coast_ms": round(statistics.median(both)),
            "worst_ms": round(max(both)), "runs": RUNS}  # fmt: skip


def transfer(browser: Browser, address: str) -> dict[str, float]:
    """Kilobytes over the wire of the map with nothing cached, and of the same map again."""
    context = signed_in(browser, address)
    found = {}
    for name in ("cold_kb", "repeat_kb"):
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        sizes: list[float] = []
        session.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
        page.goto(f"{address}/map/")
        expect(page.locator(".leaflet-overlay-pane path").first).to_be_attached(timeout=60_000)
        page.wait_for_timeout(1500)
        found[name] = round(sum(sizes) / 1000, 1)
        page.close()
    context.close()
    return found


def keyboard(browser: Browser, address: str) -> dict[str, Any]:
    """Twenty posts decided by keyboard, one taken back; how soon after each key the screen changes."""
    from responder.models import Post, TriageAction

    context = signed_in(browser, address)
    page = context.new_page()
    page.goto(f"{address}/triage/")
    expect(page.locator("[data-queue][data-ready]")).to_be_attached()
    page.evaluate(RESPONSES)
    started = time.perf_counter()
    for _post in range(KEYBOARD):
        before = page.locator("[data-card]").get_attribute("data-card")
        page.keyboard.press("a")
        expect(page.locator(f'[data-card="{before}"]')).to_have_count(0, timeout=30_000)
    page.keyboard.press("z")
    expect(page.locator("[data-announce]")).to_have_text("Undone", timeout=30_000)
    seconds = time.perf_counter() - started
    responses = page.evaluate("window.responses")
    context.close()
    return {
        "posts": KEYBOARD, "seconds": round(seconds, 1),
        "right_writes": TriageAction.objects.filter(verb="confirm").count(),
        "undone": TriageAction.objects.filter(verb="undo").count(),
        "confirmed": Post.objects.filter(status="confirmed").count(),
        "response_p50_ms": round(statistics.median(responses)), "response_p95_ms": round(percentile(responses, 0.95)),
        "responses": len(responses),
    }  # fmt: skip


def live(browser: Browser, address: str) -> dict[str, Any]:
    """Seconds from the row of a new post until the open page counts it."""
    context = signed_in(browser, address)
    page = context.new_page()
    page.goto(f"{address}/triage/")
    expect(page.locator("[data-live-text]")).to_have_text("Live", timeout=30_000)
    page.evaluate(ARRIVALS)
    written = []
    for number in range(EVENTS):
        written.append(time.time())
        arrive(number)
        page.wait_for_timeout(1_130 + 70 * (number % 7))  # at every phase of the server's second
    page.wait_for_timeout(4_000)
    shown: dict[int, float] = {}
    for at, text in page.evaluate("window.arrivals"):
        count = re.match(r"(\d+) new", text)
        if count:
            for number in range(1, int(count[1]) + 1):
                shown.setdefault(number, at / 1000)
    waits = [shown[number + 1] - at for number, at in enumerate(written) if number + 1 in shown]
    context.close()
    return {"events": EVENTS, "shown": len(waits), "p50_s": round(statistics.median(waits), 2),
            "p95_s": round(percentile(waits, 0.95), 2), "worst_s": round(max(waits), 2)}  # fmt: skip


if __name__ == "__main__":
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
    main()

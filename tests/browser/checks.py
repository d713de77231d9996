"""What tests look for on a page: accessibility, focus, reflow, targets, policy. Each check returns what it found wrong."""

import time
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page, Response

AXE = Path(__file__).with_name("axe.min.js").read_text()
RULES = "{resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}"
COLOURS = "{resultTypes: ['violations'], runOnly: {type: 'rule', values: ['color-contrast', 'link-in-text-block']}}"
SETTLED_S = 10
MOST_STOPS = 30  # of the focus, on each page
BASE_MAP_SERVER = "https://a.example"  # of the base map that an administrator added in places.py
STYLED = {"analytics"}  # Dash brings styles of its own; its scripts stay strict
SMALL_TARGETS = """
[...document.querySelectorAll("a[href], button, summary, select, input:not([type=hidden]), [role=button], [tabindex='0']")].filter((e) => {
  const label = e.matches("[type=checkbox], [type=radio]") && e.labels?.[0];
  const r = (label || e).getBoundingClientRect();
  const style = getComputedStyle(e);
  const inText = style.display === "inline" && e.matches("a"); // WCAG 2.5.8 leaves links within a sentence out
  const shown = r.width > 1 && r.height > 1 && style.visibility !== "hidden" && e.checkVisibility();
  return shown && !inText && !e.closest(".visually-hidden") && (r.width < 24 || r.height < 23.5);
}).map((e) => e.outerHTML.replace(/\\s+/g, " ").slice(0, 110))
"""
CUT_WORDS = """
[...document.querySelectorAll("button, summary, a.button, h1, h2, h3, label, dt, dd, th, .tabs a, .chip, .severity")].filter((e) => {
  const style = getComputedStyle(e);
  const cuts = ["hidden", "clip"].includes(style.overflowX) && style.textOverflow !== "ellipsis";
  const shown = e.checkVisibility() && e.clientWidth > 1 && !e.closest(".visually-hidden");
  return shown && cuts && (e.scrollWidth > e.clientWidth + 2 || e.scrollHeight > e.clientHeight + 4);
}).map((e) => e.outerHTML.replace(/\\s+/g, " ").slice(0, 110))
"""
LONGER = """
() => {  // as translations are: each text with two fifths of itself once more
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = texts.currentNode;
    const text = node.data.trim();
    if (!text || node.parentElement.closest("script, style, svg, .num, kbd, time, bdi")) continue;
    node.data += ` ${text.slice(0, Math.ceil(text.length * .4)).trim()}`;
  }
}
"""
WIDE = """
[...document.querySelectorAll("body *")].filter((e) => {
  const r = e.getBoundingClientRect();
  let around = e.parentElement;
  while (around && getComputedStyle(around).overflowX === "visible") around = around.parentElement;
  const isClipped = around && around !== document.documentElement && around.getBoundingClientRect().right <= innerWidth + 1;
  return r.right > innerWidth + 1 && r.width > 1 && e.checkVisibility() && !isClipped;
}).map((e) => e.outerHTML.replace(/\\s+/g, " ").slice(0, 90)).slice(0, 4)
"""
FOCUSED = """
() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const parts = e.matches("[type^=date], [type=time]"); // the browser's own fields for day, month, year, hour and minute
  const seen = (window.seenStops ??= []);
  const again = seen.indexOf(e);
  const before = seen.at(-1);
  if (again < 0) seen.push(e);
  const target = (e.matches("input") && e.checkVisibility() === false && e.labels?.[0]) || e;
  const r = target.getBoundingClientRect();
  // Of what is higher than the window, the part in view.
  const left = Math.max(0, r.left), top = Math.max(0, r.top);
  const width = Math.min(innerWidth, r.right) - left, height = Math.min(innerHeight, r.bottom) - top;
  const style = getComputedStyle(e);
  const around = [e, ...(e.labels ?? []), e.parentElement, e.querySelector("*")].filter(Boolean).map((one) => getComputedStyle(one));
  const ring = around.some((one) => (one.outlineStyle !== "none" && parseFloat(one.outlineWidth) >= 1) || one.boxShadow !== "none");
  const points = [[.5, .5], [.15, .5], [.85, .5], [.5, .2], [.5, .8]].map(([x, y]) => [left + width * x, top + height * y]);
  const free = points.some(([x, y]) => {
    const over = document.elementFromPoint(x, y);
    return over && (target.contains(over) || over.contains(target) || over.closest("label")?.contains(e));
  });
  return {
    skip: e.matches(".skip"), again: parts ? -1 : again, ring: ring || parts, free, html: e.outerHTML.replace(/\\s+/g, " ").slice(0, 110),
    backwards: Boolean(before && again < 0 && before.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_PRECEDING),
  };
}
"""


def paint(page: Page, theme: Literal["light", "dark"]) -> None:
    """Show the page in a theme, and wait until its colours have arrived there."""
    page.emulate_media(color_scheme=theme)
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))")


def barriers(page: Page) -> list[str]:
    """WCAG 2.2 A and AA as far as axe-core sees it, in both themes; the page is left in the light one."""
    found = [f"light: {one}" for one in violations(page, RULES)]
    paint(page, "dark")  # the same elements in other colours
    found += [f"dark: {one}" for one in violations(page, COLOURS)]
    paint(page, "light")
    return found


def violations(page: Page, rules: str) -> list[str]:
    """`rule: where` for each violation that axe finds."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {rules})")
    return [f"{rule['id']}: {node['target']}" for rule in found["violations"] for node in rule["nodes"]]


def loose_policy(name: str, answer: Response) -> list[str]:
    """What a page's content security policy allows that none may."""
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["content-security-policy"].split(";"))
    policy["img-src"] = policy["img-src"].removesuffix(f" {BASE_MAP_SERVER}")  # exactly this one was allowed
    loose = [f"{key} {value}" for key, value in policy.items() if "unsafe" in value or "*" in value or "http" in value]
    allowed = ["style-src 'self' 'unsafe-inline'"] if name in STYLED else []
    strict = loose == allowed and "'self'" in policy["script-src"] and policy["object-src"] == "'none'"
    return [] if strict else [f"the policy is loose: {policy}"]


def lost_focus(page: Page) -> list[str]:
    """Where the focus does not go on in order, is not seen, or is covered."""
    found, stops = list[str](), 0
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None or at["again"] == 0 or (stops and at["skip"]):
            break  # round through the browser's own controls
        stops += 1
        troubles = {"comes again": at["again"] > 0, "has no ring": not at["ring"], "is covered": not at["free"],
                    "goes back": at["backwards"]}  # fmt: skip
        found += [f"the focus {trouble}: {at['html']}" for trouble, yes in troubles.items() if yes]
    if not stops and page.locator("main a, main button").count():
        found.append("the focus reaches nothing")
    return found


def small_targets(page: Page) -> list[str]:
    """Links, buttons and fields of less than 24 pixels."""
    return [f"small: {one}" for one in page.evaluate(SMALL_TARGETS)]


def not_fitting(page: Page, at: str) -> list[str]:
    """What makes the page scroll sideways, and words that are cut; `at` names the width."""
    wide = [f"scrolls at {at}: {page.evaluate(WIDE)}"] if _stays_wide(page) else []
    return wide + [f"cuts at {at}: {one}" for one in page.evaluate(CUT_WORDS)]


def _stays_wide(page: Page) -> bool:
    """Whether the page scrolls sideways; charts take a moment to follow a new width."""
    end = time.monotonic() + SETTLED_S
    while page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        if time.monotonic() > end:
            return True
        page.wait_for_timeout(50)
    return False

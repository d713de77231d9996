// Labelling by keyboard: digits choose, Enter saves, Space skips, Backspace goes back, H opens the guidelines.
// What may distress can be blurred; after a while the page proposes a break. The form works without this script.

import { bind } from "./shortcuts.js";
import { _ } from "./texts.js";

const one = (selector) => document.querySelector(selector);
const PAUSE_MINUTES = 25;
const PAUSE_TEXTS = 50;
// Space does nothing of its own there: also on the category that a digit has just chosen.
const free = ({ target }) => target.matches("input[type=radio]:checked") || !target.closest("input, button, a, summary, select, textarea");

const choose = (event) => {
  const digit = /[0-9]$/.exec(event.code)?.[0] ?? event.key;
  const option = one(`[data-labelling] [data-key="${digit}"]`);
  if (!option) return;
  option.checked = true;
  option.focus();
};

const guidelines = one("[data-guidelines]");
guidelines.tabIndex = -1;
let before = null;
// The key leads into the guidelines and back to where the person was. The focus is on the whole, not on the summary:
// there Space would close them instead of skipping.
const toggleGuidelines = () => {
  guidelines.open = !guidelines.open;
  if (guidelines.open) before = document.activeElement;
  (guidelines.open || !before?.isConnected || before === document.body ? guidelines : before).focus();
};
// A button that was clicked keeps the focus, and would take the next Space.
addEventListener("click", ({ target, detail }) => {
  const clicked = target.closest?.(".label-panel button, .label-aside summary");
  if (detail && clicked instanceof HTMLElement) clicked.blur();
});

// --- blurring: kept in this browser, off again by the same key
const blur = one("[data-blur]");
const KEY = "responder.blur";
const showBlur = () => {
  const on = localStorage.getItem(KEY) === "on";
  document.body.classList.toggle("is-blurred", on);
  blur?.setAttribute("aria-pressed", String(on));
};
const toggleBlur = () => {
  localStorage.setItem(KEY, localStorage.getItem(KEY) === "on" ? "off" : "on");
  showBlur();
};
if (blur) blur.hidden = false;
blur?.addEventListener("click", toggleBlur);
showBlur();

// --- a break: counted in this tab, from its first text
const store = sessionStorage;
const start = Number(store.getItem("label.start")) || Date.now();
store.setItem("label.start", String(start));
const form = one("[data-labelling]");
form?.addEventListener("submit", () => store.setItem("label.texts", String(1 + Number(store.getItem("label.texts")))));
const remind = () => {
  const late = Date.now() - Number(store.getItem("label.start")) > PAUSE_MINUTES * 60_000;
  if (!late && Number(store.getItem("label.texts")) < PAUSE_TEXTS) return;
  const words = one("[data-break-words]");
  one("[data-break]").hidden = false;
  words.textContent = words.dataset.words;
};
one("[data-break-done]").addEventListener("click", () => {
  store.setItem("label.start", String(Date.now()));
  store.setItem("label.texts", "0");
  one("[data-break]").hidden = true;
});
remind();
setInterval(remind, 30_000);

const group = _("Labelling");
const press = (selector) => one(selector)?.click();
bind([
  { keys: [..."1234567890"], label: _("Choose a category"), group, run: choose, when: () => Boolean(form) },
  { keys: [" "], label: _("Skip"), group, quiet: true, run: () => press("[data-skip]"), when: (event) => Boolean(one("[data-skip]")) && free(event) },
  { keys: ["backspace"], label: _("Go back to your last answer"), group, run: () => press("[data-last]"), when: () => Boolean(one("[data-last]")) },
  { keys: ["h"], label: _("Show or hide the guidelines"), group, run: toggleGuidelines },
  { keys: ["b"], label: _("Blur or unblur texts"), group, run: toggleBlur, when: () => Boolean(blur) },
]);
if (form) form.dataset.ready = "";

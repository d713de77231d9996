// Labelling by keyboard: a category's key chooses it, Enter saves, Space skips, Backspace goes back, H opens the guidelines.
// A person's own keys come with the form. What may distress can be blurred; after a while the page proposes a break. The form works without this script.

import { bind } from "./shortcuts.js";
import { _ } from "./texts.js";

const one = (selector) => document.querySelector(selector);
const PAUSE_MINUTES = 25;
const PAUSE_TEXTS = 50;
const form = one("[data-labelling]");
const keys = { skip: " ", cant_judge: "u", back: "backspace", guidelines: "h", blur: "b", ...JSON.parse(form?.dataset.keys ?? "{}") };
const bound = (name) => (keys[name] ? [keys[name]] : []);

const options = [...document.querySelectorAll("[data-labelling] [data-key]")];
const choose = (event) => {
  const key = event.key.toLowerCase();
  const digit = /^Digit([0-9])$/.exec(event.code)?.[1];
  const option = options.find((each) => each.dataset.key === key) ?? options.find((each) => each.dataset.key === digit);
  if (!option) return;
  option.checked = true;
  option.focus();
};

// Whatever has the focus, the key that skips does so: a category, the list of priorities, a link, a summary. Only where text
// is typed, and on a button that stores an answer, Space does what it does everywhere. Enter presses the other buttons.
const takesSpace = (target) => target.closest("input:not([type=radio]), textarea, dialog, [contenteditable], [data-save], [data-cant-judge]");
addEventListener(
  "keydown",
  (event) => {
    if (keys.skip !== " " || event.key !== " " || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing) return;
    if (document.body.dataset.keys === "off" || !one("[data-skip]") || takesSpace(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    one("[data-skip]").click();
  },
  true,
);

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
  { keys: [...new Set(options.map((each) => each.dataset.key).filter(Boolean))], label: _("Choose a category"), group, run: choose, when: () => Boolean(form) },
  { keys: keys.skip === " " ? [] : bound("skip"), label: _("Skip"), group, run: () => press("[data-skip]"), when: () => Boolean(one("[data-skip]")) },
  { keys: bound("cant_judge"), label: _("Can't judge"), group, run: () => press("[data-cant-judge]"), when: () => Boolean(form) },
  { keys: bound("back"), label: _("Go back to your last answer"), group, run: () => press("[data-last]"), when: () => Boolean(one("[data-last]")) },
  { keys: bound("guidelines"), label: _("Show or hide the guidelines"), group, run: toggleGuidelines },
  { keys: bound("blur"), label: _("Blur or unblur texts"), group, run: toggleBlur, when: () => Boolean(blur) },
]);
if (form) form.dataset.ready = "";

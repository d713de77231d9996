// The registry of keyboard shortcuts. It holds none itself: each page's module binds its own with `bind([…])`, namely
// shell.js (those of every page), map.js, triage.js, feed.js and labelling.js. palette.js and the sheet in shell.js list
// what is bound. A key that is bound twice is an error at once.
// Shortcuts are ignored while somebody types, and can be switched off (WCAG 2.1.4); Ctrl K and Escape always work.

const registry = new Map();
const switchedOn = () => document.body.dataset.keys !== "off";
const PREFIX_MS = 1500;
let prefix = "";
let prefixTimer = 0;

// Each entry: `keys` ("j", "?", "g m": one after the other), `label`, `group`, `run(event)`, and optionally `quiet`
// (not on the sheet) and `when(event)`. Where `when` says no, the browser does what it always does.
export const bind = (entries) => {
  for (const entry of entries) {
    for (const key of entry.keys) {
      if (registry.has(key)) throw new Error(`The key “${key}” is taken twice: ${registry.get(key).label} and ${entry.label}`);
      registry.set(key, entry);
    }
  }
};

export const shortcuts = () => [...new Set(registry.values())].filter((entry) => !entry.quiet);

export const shownKey = (key) => key.split(" ").map((part) => ({ arrowdown: "↓", arrowup: "↑" })[part] ?? part.toUpperCase());

const typing = (target) => target.closest("input:not([type=checkbox], [type=radio], [type=range]), select, textarea, dialog, [contenteditable]");

// The key as it is written in the registry: the character, or the digit where a layout hides it (AZERTY).
const named = (event) => {
  const key = event.key.toLowerCase();
  const digit = /^Digit([0-9])$/.exec(event.code)?.[1];
  const written = prefix ? `${prefix} ${key}` : key;
  return !registry.has(written) && digit && !event.shiftKey ? digit : written;
};

const startsSequence = (key) => [...registry.keys()].some((known) => known.startsWith(`${key} `));

const remember = (key) => {
  prefix = key;
  clearTimeout(prefixTimer);
  prefixTimer = setTimeout(() => {
    prefix = "";
  }, PREFIX_MS);
};

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (["Shift", "Control", "Alt", "Meta"].includes(event.key)) return;
  if (typing(event.target) || !switchedOn()) return;
  const name = named(event);
  const entry = registry.get(name);
  if (!entry && !prefix && startsSequence(name)) {
    remember(name);
    return;
  }
  prefix = "";
  if (!entry || (entry.when && !entry.when(event))) return;
  event.preventDefault();
  entry.run(event);
});

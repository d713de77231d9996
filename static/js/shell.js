// The frame of every page: live pill, menus, shortcuts, palette, time range and zone.

import { watch } from "./bell.js";
import { Live } from "./live.js";
import { filter } from "./query.js";
import { bind, shortcuts, shownKey } from "./shortcuts.js";
import { _, interpolate, locale } from "./texts.js";

const pill = document.querySelector("[data-live]");
export const live = pill && new Live(pill, filter);

document.querySelector("[data-live-pause-too]")?.addEventListener("click", () => live.togglePause());

const bell = document.querySelector("[data-bell]");
if (bell) watch(bell);

// --- menus are <details class="menu">: Escape and a click elsewhere close them, and the focus goes back to their button
const openMenus = () => document.querySelectorAll("details.menu[open]");

addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    const inside = menu.contains(document.activeElement);
    menu.open = false;
    if (inside) menu.querySelector("summary").focus();
  }
});

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

// --- palette and shortcut sheet
const paletteDialog = document.querySelector("[data-palette]");
let palette = null;

// Its script comes when it is first opened. The dialog is there at once, so that what is typed meanwhile goes into it.
const openPalette = () => {
  if (paletteDialog.open) {
    paletteDialog.close();
    return;
  }
  const back = document.activeElement;
  const input = paletteDialog.querySelector("[data-palette-input]");
  input.value = "";
  paletteDialog.showModal();
  input.focus();
  palette ??= import("./palette.js").then(({ Palette }) => new Palette(paletteDialog));
  palette.then(
    (one) => one.opened(back),
    () => {
      palette = null; // without a connection: the next try asks again
      paletteDialog.close();
    },
  );
};
const sheet = document.querySelector("[data-shortcut-sheet]");
const toggle = sheet.querySelector("[data-keys-on]");

const row = ({ keys, label }) => {
  const [holder, term, meaning] = ["div", "dt", "dd"].map((name) => document.createElement(name));
  keys.forEach((key, index) => {
    if (index) term.append(" ");
    for (const part of shownKey(key)) {
      const cap = document.createElement("kbd");
      cap.textContent = part;
      term.append(cap);
    }
  });
  meaning.textContent = label;
  holder.append(term, meaning);
  return holder;
};

const openSheet = () => {
  const groups = Map.groupBy ? Map.groupBy(shortcuts(), ({ group }) => group) : new Map([["", shortcuts()]]);
  const parts = [...groups].flatMap(([group, entries]) => {
    const [title, list] = [document.createElement("h3"), document.createElement("dl")];
    title.textContent = group;
    list.append(...entries.map(row));
    return group ? [title, list] : [list];
  });
  sheet.querySelector("[data-shortcut-list]").replaceChildren(...parts);
  toggle.checked = document.body.dataset.keys !== "off";
  sheet.showModal();
  // The browser focuses the first control, which stands at the end, and scrolls down to it: people read from the top.
  sheet.querySelector("h2").focus({ preventScroll: true });
  sheet.scrollTop = 0;
};

toggle.addEventListener("change", async () => {
  const value = toggle.checked ? "on" : "off";
  document.body.dataset.keys = value;
  const body = new URLSearchParams({ keys: value, csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value });
  await fetch(toggle.dataset.url, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => {});
});
for (const button of document.querySelectorAll("[data-shortcuts]")) button.addEventListener("click", openSheet);
for (const button of document.querySelectorAll("[data-open-palette]")) button.addEventListener("click", openPalette);

addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  openPalette();
});

const go = [...document.querySelectorAll("[data-letter]")].map((link) => ({
  keys: [`g ${link.dataset.letter}`],
  label: interpolate(_("Go to %(page)s"), { page: link.textContent.trim() }),
  group: _("Pages"),
  run: () => location.assign(link.href),
}));
const newReport = document.querySelector("[data-new-report]");
bind([
  ...go,
  ...(newReport ? [{ keys: ["n"], label: newReport.getAttribute("aria-label"), group: _("On every page"), run: () => location.assign(newReport.href) }] : []),
  { keys: ["?"], label: _("Show keyboard shortcuts"), group: _("On every page"), run: openSheet },
  ...(pill
    ? [
        { keys: ["/"], label: _("Search posts"), group: _("On every page"), run: () => document.querySelector("#q").focus() },
        { keys: ["p"], label: _("Pause or resume live updates"), group: _("On every page"), run: () => live.togglePause() },
      ]
    : []),
]);

// --- time range and zone: pages with a filter bar of their own take them over
const select = document.querySelector("[data-time]");
if (select && !document.querySelector("[data-room]")) select.addEventListener("change", () => select.form.requestSubmit());
const mine = document.querySelector("[data-zone-mine]");
if (mine) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  mine.value = zone;
  mine.textContent = `${mine.textContent} (${zone})`;
  mine.hidden = false;
}
const name = document.querySelector("[data-zone-name]");
if (name) {
  const parts = new Intl.DateTimeFormat(locale, { timeZone: name.textContent, timeZoneName: "short" }).formatToParts();
  name.title = name.textContent;
  name.textContent = parts.find(({ type }) => type === "timeZoneName")?.value ?? name.textContent;
}

// --- the wall screen has a clock; paper has an open legend
const clockFace = document.querySelector("[data-clock]");
if (clockFace) {
  const face = new Intl.DateTimeFormat(locale, {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZone: clockFace.dataset.zone,
    timeZoneName: "short",
  });
  const tick = () => {
    clockFace.textContent = face.format(new Date());
  };
  setInterval(tick, 1000);
  tick();
}
addEventListener("beforeprint", () =>
  document.querySelectorAll("details.legend").forEach((legend) => {
    legend.open = true;
  }),
);

// --- what nobody needs in the first moment comes after the page, and after a map is drawn
const LATEST_MS = 10000; // for a map that cannot be drawn
export const mapDrawn = () =>
  new Promise((resolve) => {
    if (!document.querySelector("[data-room]:not([data-ready])")) return resolve(undefined);
    document.addEventListener("responder:drawn", resolve, { once: true });
    setTimeout(resolve, LATEST_MS);
  });
const rest = async () => {
  await mapDrawn();
  await Promise.all([
    document.querySelector("[data-device]") && import("./device.js"),
    import("./share.js"),
    document.querySelector("[data-tour]") && import("./tour.js"),
    import("./views.js"),
  ]);
  document.documentElement.dataset.shell = "ready";
};
if (document.readyState === "complete") rest();
else addEventListener("load", rest, { once: true });

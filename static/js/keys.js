// One registry of keyboard shortcuts. Ignored while typing; can be switched off (WCAG 2.1.4).

import { toggleWhy } from "./why.js";

const STORED = "responder.keys";

export const keys = ({ triage, live, map }) => {
  const sheet = document.querySelector("[data-shortcut-sheet]");
  const toggle = document.querySelector("[data-keys-on]");
  toggle.checked = localStorage.getItem(STORED) !== "off";
  toggle.addEventListener("change", () => localStorage.setItem(STORED, toggle.checked ? "on" : "off"));
  document.querySelector("[data-shortcuts]").addEventListener("click", () => sheet.showModal());

  const registry = {
    j: () => triage.step(1),
    k: () => triage.step(-1),
    a: () => triage.act("confirm"),
    x: () => triage.act("dismiss"),
    c: () => triage.menu(),
    w: () => toggleWhy(triage.current()),
    z: () => triage.undo(),
    m: () => {
      const item = triage.current();
      if (item?.dataset.latitude) triage.locate(item);
      map.focus();
    },
    p: () => live.togglePause(),
    "/": () => document.querySelector("#q").focus(),
    "?": () => sheet.showModal(),
  };

  addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !toggle.checked) return;
    const digit = /^Digit([0-9])$/.exec(event.code)?.[1];
    const inList = !event.target.closest("#map");
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
      return;
    }
    const action = registry[event.key.toLowerCase()] || (inList && { arrowdown: registry.j, arrowup: registry.k }[event.key.toLowerCase()]);
    if (digit && triage.current()) triage.change(digit);
    else if (action) action();
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
};

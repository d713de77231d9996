// Everything on the page that chooses which posts are meant. The URL holds the truth; controls follow it.

import { filter, groupsValue, write } from "./query.js";

const ALWAYS = new Set(["event", "t", "cat"]); // shown by controls of their own
const FIELDS = ["status", "sev", "conf", "lang", "source", "media", "owner", "need"];
const all = (selector) => [...document.querySelectorAll(selector)];

// A range that is none of the presets gets an option of its own.
const showSpan = (select, value) => {
  if (![...select.options].some((option) => option.value === value)) select.add(new Option(value, value));
  select.value = value;
};

// `changed()` is called after the URL was rewritten, by a control or by the browser's back and forward.
export const filterBar = ({ changed }) => {
  const select = document.querySelector("[data-time]");
  const search = document.querySelector("[data-search]");
  const form = document.querySelector("[data-filter-form]");
  const chips = all("[data-group]");
  const tabs = all(".tabs [data-status]");
  const count = document.querySelector("[data-filter-count]");
  const clear = document.querySelector("[data-filter-clear]");
  const standard = chips.map((chip) => chip.dataset.group).filter((group) => group !== "aside");

  const sync = () => {
    const wanted = filter();
    const groups = wanted.get("cat")?.split(",") ?? standard;
    for (const chip of chips) chip.setAttribute("aria-pressed", groups.includes(chip.dataset.group));
    showSpan(select, wanted.get("t") ?? "event");
    search.elements.q.value = wanted.get("q") ?? "";
    for (const name of FIELDS) {
      const control = form.elements[name];
      control.value = wanted.get(name) ?? control.options[0].value;
      if (control.selectedIndex < 0) control.selectedIndex = 0;
    }
    const status = wanted.get("status") ?? "all";
    for (const tab of tabs) {
      if (tab.dataset.status === status) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    const active = [...wanted.keys()].filter((key) => !ALWAYS.has(key)).length;
    count.textContent = String(active || "");
    count.hidden = !active;
    clear.hidden = !active && !wanted.get("cat") && !wanted.get("t");
  };
  const choose = (changes) => {
    write(changes, { push: true });
    sync();
    changed();
  };
  const toggle = (chip, only) => {
    const on = (other) => (only ? other === chip : (other.getAttribute("aria-pressed") === "true") !== (other === chip));
    const groups = chips.filter(on).map((other) => other.dataset.group);
    choose({ cat: groupsValue(groups.length ? groups : [chip.dataset.group]) });
  };

  for (const chip of chips) {
    chip.addEventListener("click", (event) => {
      event.preventDefault();
      toggle(chip, event.altKey);
    });
    chip.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      toggle(chip, event.altKey);
    });
  }
  for (const tab of tabs) {
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      choose({ status: tab.dataset.status === "all" ? null : tab.dataset.status });
    });
  }
  select.addEventListener("change", () => choose({ t: select.value === "event" ? null : select.value }));
  search.addEventListener("submit", (event) => {
    event.preventDefault();
    choose({ q: search.elements.q.value.trim() });
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value]));
    form.closest("details").open = false;
    choose({ ...chosen, status: chosen.status === "all" ? null : chosen.status });
  });
  clear.addEventListener("click", (event) => {
    event.preventDefault();
    choose(Object.fromEntries(["t", "cat", ...FIELDS, "place", "area", "q"].map((key) => [key, null])));
  });
  addEventListener("popstate", () => {
    sync();
    changed();
  });
  sync();
  return { choose };
};

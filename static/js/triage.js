// The triage page: list, open post, what stands beside it; keyboard, selection, undo, live.

import { MiniMap } from "./minimap.js";
import { Outbox } from "./outbox.js";
import { filter } from "./query.js";
import { live } from "./shell.js";
import { bind } from "./shortcuts.js";
import { _, interpolate } from "./texts.js";
import { keepTimes } from "./times.js";
import { Actions } from "./triage-actions.js";
import { QueueList } from "./triage-list.js";
import { Pane } from "./triage-pane.js";
import { Selection } from "./triage-selection.js";
import { Undo } from "./undo.js";
import { loadReasons, toggleWhy } from "./why.js";

const STORED_ADVANCE = "responder.advance";
const root = document.querySelector("[data-queue]");
const announcer = document.querySelector("[data-announce]");
const announce = (text) => {
  announcer.textContent = text;
};
const minimap = new MiniMap(root.querySelector("[data-minimap]"), root.querySelector("[data-minimap-note]"), root.dataset.world);

const advance = root.querySelector("[data-advance]");
advance.checked = localStorage.getItem(STORED_ADVANCE) !== "off";
advance.addEventListener("change", () => localStorage.setItem(STORED_ADVANCE, advance.checked ? "on" : "off"));

const list = new QueueList(root, { announce });
const pane = new Pane(root, list, { announce, place: (row) => minimap.show(row) });
const selection = new Selection(root, list);
const undo = new Undo(root.querySelector("[data-undo]"), { run: () => actions.takeBack(), stored: "responder.undo" });
const outbox = new Outbox(root.dataset.user);
const actions = new Actions({ root, list, pane, selection, undo, outbox, announce, advances: () => advance.checked });

list.changed = ({ focused }) => {
  selection.sync();
  list.mark(list.row(pane.id));
  const first = list.rows()[0];
  if (!pane.id && first) pane.open(first.dataset.item, { focus: false, quiet: true });
  else if (focused) (list.current() ?? first)?.querySelector("[data-open]").focus({ preventScroll: true });
};
if (root.dataset.first) pane.adopt(root.dataset.first);

// --- pointer
list.list.addEventListener("click", (event) => {
  const link = event.target.closest("[data-open]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  pane.open(link.closest("[data-item]").dataset.item);
});
root.addEventListener("click", (event) => {
  const other = event.target.closest("[data-other]");
  if (!other || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  pane.open(other.dataset.other, { focus: Boolean(list.row(other.dataset.other)) });
});
root.addEventListener("submit", (event) => {
  const attach = event.target.closest("[data-attach]");
  if (attach) {
    event.preventDefault();
    pane.attach(attach);
  }
  const form = event.target.closest("[data-act]");
  if (!form) return;
  event.preventDefault();
  const { name, value } = event.submitter ?? {};
  if (form.dataset.act === "undo") actions.takeBackShown(pane.shown(), form.elements.version.value);
  else if (form.dataset.act === "snooze") actions.act("snooze", value ? { span: value } : { grow_by: form.elements.grow_by.value });
  else actions.act(form.dataset.act, name ? { [name]: value } : {});
});
root.querySelector("[data-bulk]").addEventListener("click", (event) => {
  const chosen = event.target.closest("[data-bulk-act]");
  if (!chosen) return;
  const { bulkAct: verb, value } = chosen.dataset;
  chosen.closest("details")?.removeAttribute("open");
  actions.bulk(verb, value ? { [verb]: value } : {});
});

// --- choosing a category by a part of its name
root.addEventListener("input", (event) => {
  if (!event.target.matches("[data-typed]")) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const option of event.target.form.querySelectorAll(".change-option")) option.hidden = !option.textContent.toLowerCase().includes(wanted);
});
root.addEventListener("keydown", (event) => {
  if (!event.target.matches("[data-typed]") || event.key !== "Enter") return;
  event.preventDefault();
  event.target.form.querySelector(".change-option:not([hidden])")?.click();
});

// --- keyboard
const step = (by) => (event) => {
  const from = list.current();
  const next = list.beside(from, by);
  if (event.shiftKey && from) selection.set(from, true);
  if (!next) return;
  if (event.shiftKey) selection.set(next, true);
  pane.open(next.dataset.item);
};
const openMenu = (name, first) => () => {
  const menu = pane.body.querySelector(`[data-${name}]`);
  if (!menu) return;
  menu.open = true;
  menu.querySelector(first).focus();
};
const digit = (event) => (/^Digit/.test(event.code) ? event.code.at(-1) : event.key);
const setCategory = (event) => {
  const option = pane.body.querySelector(`.change-option[data-key="${digit(event)}"]`);
  if (option) actions.act("category", { category: option.value });
};
const inList = (event) => !event.target.closest("[data-pane], [data-beside], details[open]");
const posts = _("Posts");
bind([
  { keys: ["j"], label: _("Next post (with Shift: select it too)"), group: posts, run: step(1) },
  { keys: ["k"], label: _("Previous post (with Shift: select it too)"), group: posts, run: step(-1) },
  { keys: ["arrowdown"], label: _("Next post"), group: posts, quiet: true, when: inList, run: step(1) },
  { keys: ["arrowup"], label: _("Previous post"), group: posts, quiet: true, when: inList, run: step(-1) },
  { keys: ["a"], label: _("Confirm and open the next post"), group: posts, run: () => actions.act("confirm") },
  { keys: [..."1234567890"], label: _("Set the category with this digit"), group: posts, run: setCategory },
  { keys: ["c"], label: _("Change the category by typing part of its name"), group: posts, run: openMenu("change", "[data-typed]") },
  ...[..."1234"].map((level) => ({
    keys: [`s ${level}`],
    label: interpolate(_("Set severity %(level)s"), { level }),
    group: posts,
    quiet: level !== "1",
    run: () => actions.act("severity", { severity: level }),
  })),
  { keys: ["x"], label: _("Mark as not relevant"), group: posts, run: () => actions.act("dismiss") },
  { keys: ["i"], label: _("Attach to an incident or open a new one"), group: posts, when: () => pane.id, run: () => pane.toIncidents() },
  { keys: ["w"], label: _("Snooze"), group: posts, run: openMenu("snooze", ".change-option") },
  { keys: ["v"], label: _("Select"), group: posts, run: () => selection.toggle(list.current()) },
  {
    keys: ["escape"],
    label: _("Clear the selection"),
    group: posts,
    when: () => selection.picked.size > 0 && !document.querySelector("details.menu[open]"),
    run: () => selection.clear(),
  },
  { keys: ["z"], label: _("Undo"), group: posts, run: () => actions.takeBack() },
  {
    keys: ["m"],
    label: _("Show the post on the map"),
    group: posts,
    when: () => pane.id,
    run: () => location.assign(`${document.querySelector('[data-page="map"]').pathname}?${filter()}&sel=${pane.id}`),
  },
  { keys: ["y"], label: _("Show why the model suggests this category"), group: posts, run: () => toggleWhy(pane.body) },
]);

// --- live
live?.addEventListener("change", ({ detail }) => {
  for (const { id, new: isNew } of detail) if (!isNew && String(id) !== pane.id) pane.forget(id);
  list.arrived(detail);
});
live?.addEventListener("reload", () => {
  list.buffered.hidden = false;
  list.buffered.textContent = _("Show the updated list");
  list.countSoon();
});
addEventListener("popstate", () => {
  const id = pane.here();
  if (id) pane.open(id, { quiet: true });
});

keepTimes(root, root.dataset.timezone);
loadReasons(root, announce);
root.dataset.ready = "1";

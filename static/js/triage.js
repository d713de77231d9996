// The triage page: list, open post, what stands beside it; selection, undo, live.

import { MiniMap } from "./minimap.js";
import { outbox } from "./outbox-here.js";
import { live } from "./shell.js";
import { _ } from "./texts.js";
import { keepTimes } from "./times.js";
import { Actions } from "./triage-actions.js";
import { QueueList } from "./triage-list.js";
import { Pane } from "./triage-pane.js";
import { Selection } from "./triage-selection.js";
import { bindKeys } from "./triage-shortcuts.js";
import { Undo } from "./undo.js";
import { loadReasons } from "./why.js";

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
const actions = new Actions({ root, list, pane, selection, undo, outbox, announce, advances: () => advance.checked });

// Loaded when it is first needed; without a connection the link leads to the page with the same form.
const openPlace = (link) =>
  import("./place-dialog.js").then(
    ({ openPlace: open }) => open(link, { decide: (id, fields) => actions.place(id, fields), announce }),
    () => location.assign(link.href),
  );

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
root.addEventListener("click", (event) => {
  const link = event.target.closest("[data-place-open]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  openPlace(link);
});
root.addEventListener("submit", (event) => {
  const attach = event.target.closest("[data-attach]");
  if (attach) {
    event.preventDefault();
    pane.attach(attach);
  }
  const once = event.target.closest("[data-at-once]");
  if (once) {
    event.preventDefault();
    actions.atOnce(once);
    return;
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

// --- menus of the actions open to the side where there is more room, and no further
root.addEventListener(
  "toggle",
  ({ target }) => {
    const menu = target.closest(".actions > details");
    if (!menu?.open || pane.isNarrow()) return; // on a phone they open upwards
    const options = /** @type {HTMLElement} */ (menu.querySelector(".menu-body"));
    const [{ top, bottom }, around] = [options.offsetParent.getBoundingClientRect(), menu.closest("[data-pane]").getBoundingClientRect()];
    const [above, below] = [top - Math.max(0, around.top), Math.min(innerHeight, around.bottom) - bottom];
    menu.classList.toggle("opens-up", above > below);
    options.style.maxHeight = `${Math.max(above, below) - 16}px`;
  },
  true, // toggle does not bubble
);

bindKeys({ list, pane, selection, actions });

// --- live
live?.addEventListener("change", ({ detail }) => {
  for (const { id, new: isNew } of detail) if (!isNew && String(id) !== pane.id) pane.forget(id);
  list.arrived(detail);
});
live?.addEventListener("reload", () => {
  pane.cards.clear();
  list.buffered.hidden = false;
  list.buffered.textContent = _("Show the updated list");
  list.countSoon();
});
addEventListener("popstate", () => {
  const id = pane.here();
  if (id) {
    if (pane.isNarrow()) root.dataset.view = "item";
    pane.open(id, { quiet: true });
  } else if (pane.isNarrow()) pane.showList();
});

keepTimes(root, root.dataset.timezone);
loadReasons(root, announce);
root.dataset.ready = "1";

// The board of the response, kept fresh in place: focus, the current row and an open form stay as they are.

import { fragment } from "./dom.js";
import { getHtml, post } from "./http.js";
import { Latest } from "./latest.js";
import { bind } from "./shortcuts.js";
import { _, interpolate, ngettext } from "./texts.js";
import { keepTimes } from "./times.js";

const EVERY_MS = 10000;
const page = document.querySelector("[data-response]");
const announcer = page.querySelector("[data-announce]");
const stale = page.querySelector("[data-stale]");
const requests = new Latest();
let current = "";

const part = () => page.querySelector("[data-part]");
const rows = () => [...page.querySelectorAll("[data-row]")];
const row = () => document.activeElement?.closest("[data-row]") ?? rows().find(({ dataset }) => dataset.row === current) ?? null;
const busy = () => Boolean(part().querySelector("[data-resolve][open], [aria-busy]"));

const mark = () => {
  for (const one of rows()) one.classList.toggle("is-current", one.dataset.row === current);
};

// What is drawn anew gets the focus that the old one had; a row that left passes it to the one in its place.
const draw = (html) => {
  const fresh = fragment(html).querySelector("[data-part]");
  if (!fresh) return;
  const before = Number(part().dataset.unanswered);
  const medians = part().querySelector(".resp-medians").open;
  const focused = part().contains(document.activeElement) ? document.activeElement.dataset.focus : "";
  const at = rows().findIndex(({ dataset }) => dataset.row === current);
  const scrolled = document.scrollingElement.scrollTop;
  fresh.querySelector(".resp-medians").open = medians;
  part().replaceWith(fresh);
  if (current && !rows().some(({ dataset }) => dataset.row === current)) current = rows()[Math.min(at, rows().length - 1)]?.dataset.row ?? "";
  mark();
  if (focused) {
    const again = [...page.querySelectorAll("[data-focus]")].find(({ dataset }) => dataset.focus === focused);
    (again ?? row()?.querySelector("[data-open]") ?? document.querySelector("#content")).focus({ preventScroll: true });
  }
  document.scrollingElement.scrollTop = scrolled;
  const now = Number(fresh.dataset.unanswered);
  if (now !== before)
    announcer.textContent = interpolate(ngettext("%(count)s incident is unanswered", "%(count)s incidents are unanswered", now), { count: now });
};

// The clocks stand still from here on, and the page says so.
const tellStale = (reason) => {
  stale.textContent = interpolate(_("The board could not be updated: %(reason)s"), { reason });
  stale.hidden = false;
};

const refresh = async () => {
  if (document.hidden || busy()) return;
  try {
    const html = await requests.run((signal) => getHtml(page.dataset.partUrl, signal));
    if (!html || busy()) return;
    draw(html);
    stale.hidden = true;
  } catch (error) {
    tellStale(error.message);
  }
};

const refreshByItself = () => {
  if (requests.waits) return;
  if (requests.busy) tellStale(_("The server does not answer."));
  refresh();
};

const send = async (form) => {
  const holder = form.closest("[data-row]");
  const ref = holder.dataset.row;
  if (form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  try {
    await post(form.action, new FormData(form));
    form.removeAttribute("aria-busy");
    form.closest("[data-resolve]")?.removeAttribute("open");
    announcer.textContent = interpolate(_("%(ref)s: saved"), { ref });
    current = ref;
    await refresh();
  } catch (error) {
    form.removeAttribute("aria-busy");
    const { by, what } = error.problem ?? {};
    const text = error.status === 409 && by ? interpolate(_("%(who)s was first: %(what)s"), { who: by, what }) : error.message;
    if (error.status === 409) {
      form.closest("[data-resolve]")?.removeAttribute("open");
      await refresh();
    }
    const target = rows()
      .find(({ dataset }) => dataset.row === ref)
      ?.querySelector("[data-refused]");
    if (target) {
      target.textContent = text;
      target.hidden = false;
    }
    announcer.textContent = text;
  }
};

page.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-step]")) return;
  event.preventDefault();
  send(event.target);
});
page.addEventListener("focusin", (event) => {
  const holder = event.target.closest("[data-row]");
  if (!holder) return;
  current = holder.dataset.row;
  mark();
});

const step = (by) => () => {
  const all = rows();
  const at = all.indexOf(row());
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))];
  next?.querySelector("[data-open]").focus();
  next?.scrollIntoView({ block: "nearest" });
};
const press = (name) => () => row()?.querySelector(`[data-step="${name}"]`)?.requestSubmit();
const resolve = () => {
  const menu = row()?.querySelector("[data-resolve]");
  if (!menu) return;
  menu.open = true;
  menu.querySelector("select").focus();
};

const group = _("Response");
bind([
  { keys: ["j"], label: _("Next incident"), group, run: step(1) },
  { keys: ["k"], label: _("Previous incident"), group, run: step(-1) },
  { keys: ["c"], label: _("Confirm"), group, run: press("confirm") },
  { keys: ["a"], label: _("Take it: assign it to yourself"), group, run: press("take") },
  { keys: ["o"], label: _("Somebody is on the way"), group, run: press("set_off") },
  { keys: ["r"], label: _("Resolve"), group, run: resolve },
]);
keepTimes(page, page.dataset.timezone || "UTC");
setInterval(refreshByItself, EVERY_MS);
document.addEventListener("visibilitychange", refreshByItself);

// The live tail: new posts come in at the top while the reader is there, else they are counted. Older ones on demand.

import { banner } from "./banners.js";
import { getHtml } from "./http.js";
import { filter } from "./query.js";
import { live } from "./shell.js";
import { bind } from "./shortcuts.js";
import { _, interpolate, ngettext } from "./texts.js";
import { keepTimes } from "./times.js";

const MOST = 400; // posts on the page: older ones make room
const TOP = 40;
const SOON_MS = 1000;
const feed = document.querySelector("[data-feed]");
const list = feed.querySelector("[data-posts]");
const button = feed.querySelector("[data-buffered]");
const announcer = document.querySelector("[data-announce]");
const waiting = new Set();
let timer = 0;

const posts = () => [...list.children];
const has = (id) => list.querySelector(`[data-post="${id}"]`);
const fragment = (html) => {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
};

// Nothing moves under a reader who scrolled, selected, opened a menu or stands in the list with the keyboard.
const reading = () =>
  scrollY > TOP || list.contains(document.activeElement) || !getSelection().isCollapsed || document.querySelector("details.menu[open], dialog[open]");

const count = () => {
  button.hidden = waiting.size === 0;
  button.textContent = interpolate(ngettext("Show %(count)s new post", "Show %(count)s new posts", waiting.size), { count: waiting.size });
};

const fetchPage = async (query) => fragment(await getHtml(`${feed.dataset.itemsUrl}?${query}`)).firstElementChild;

// In the order of the server; a reader who began to read meanwhile is not moved, but told.
const place = (page) => {
  const fresh = [];
  let before = list.firstElementChild;
  for (const item of [...page.children]) {
    const known = has(item.dataset.post);
    if (known) before = known.nextElementSibling;
    else {
      item.classList.add("is-fresh");
      list.insertBefore(item, before);
      fresh.push(item);
    }
  }
  return fresh;
};

const showNew = async ({ asked = false } = {}) => {
  clearTimeout(timer);
  timer = 0;
  try {
    const page = await fetchPage(filter());
    if (!asked && reading()) {
      for (const item of page.children) if (!has(item.dataset.post)) waiting.add(Number(item.dataset.post));
      count();
      return;
    }
    const fresh = place(page);
    for (const old of posts().slice(MOST)) old.remove();
    document.querySelector("[data-nothing]")?.remove();
    waiting.clear();
    count();
    banner("feed", "");
    if (fresh.length) announcer.textContent = interpolate(ngettext("%(count)s new post", "%(count)s new posts", fresh.length), { count: fresh.length });
  } catch (error) {
    banner("feed", interpolate(_("Could not load new posts: %(reason)s"), { reason: error.message }), { run: () => showNew({ asked: true }) });
  }
};

live.addEventListener("change", ({ detail }) => {
  for (const { id, new: isNew } of detail) if (isNew && !has(id)) waiting.add(id);
  if (!waiting.size) return;
  if (reading()) count();
  else timer ||= setTimeout(() => (reading() ? count() : showNew()), SOON_MS);
});
live.addEventListener("reload", () => (reading() ? count() : showNew()));
live.addEventListener("state", ({ detail: { stale, since } }) =>
  banner("stale", stale ? interpolate(_("No updates since %(since)s. The data may be out of date."), { since }) : "", { run: () => live.restart() }),
);
button.addEventListener("click", async () => {
  await showNew({ asked: true });
  scrollTo({ top: 0 });
  posts()[0]?.focus();
});

const more = feed.querySelector("[data-more]");
more?.addEventListener("click", async (event) => {
  if (event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const query = new URL(more.href).searchParams;
  try {
    const page = await fetchPage(query);
    const older = [...page.children].filter((item) => !has(item.dataset.post));
    const [first] = older;
    list.append(...older);
    first?.focus({ preventScroll: true });
    if (page.dataset.moreUrl) more.href = page.dataset.moreUrl;
    else more.remove();
  } catch (error) {
    banner("more", error.message, { run: () => more.click() });
  }
});

const step = (by) => {
  const at = posts().indexOf(document.activeElement.closest?.("[data-post]"));
  const next = posts()[at < 0 ? 0 : Math.min(posts().length - 1, Math.max(0, at + by))];
  next?.focus();
};
const group = _("Posts");
bind([
  { keys: ["j"], label: _("Next post"), group, run: () => step(1) },
  { keys: ["k"], label: _("Previous post"), group, run: () => step(-1) },
  {
    keys: ["m"],
    label: _("Show the post on the map"),
    group,
    when: () => list.contains(document.activeElement),
    run: () => document.activeElement.closest("[data-post]").querySelector(".post-meta a").click(),
  },
]);
keepTimes(list, feed.dataset.zone);
feed.dataset.ready = "1";

// The page of this device: what waits to be sent, what is asked about it, and what is kept for use without a network.

import { button } from "./dom.js";
import { outbox } from "./outbox-here.js";
import { _, interpolate, locale, ngettext } from "./texts.js";
import { nameOf, question, timeOf } from "./waiting-words.js";

const page = document.querySelector("[data-on-device]");
const list = page.querySelector("[data-waiting-list]");
const none = page.querySelector("[data-waiting-none]");
const others = page.querySelector("[data-waiting-others]");
const said = page.querySelector("[data-said]");

// --- what waits
const row = (entry) => {
  const item = document.createElement("li");
  if (entry.state) {
    item.append(question(outbox, entry));
    return item;
  }
  const [text, time] = [document.createElement("bdi"), document.createElement("time")];
  text.textContent = nameOf(entry);
  time.dateTime = new Date(entry.at).toISOString();
  time.textContent = timeOf(entry);
  item.append(
    text,
    time,
    button(_("Discard"), () => outbox.discard(entry)),
  );
  return item;
};
const draw = () => {
  const entries = outbox.entries;
  const focused = list.contains(document.activeElement);
  list.replaceChildren(...entries.map(row));
  none.hidden = entries.length > 0;
  page.querySelector("[data-send-now]").hidden = !outbox.waiting().length;
  if (focused) (list.querySelector("button") ?? page.querySelector("h1")).focus();
  const count = outbox.others;
  const text = ngettext(
    "%(count)s decision or report of another person waits on this device. It is sent when that person signs in here again.",
    "%(count)s decisions and reports of other people wait on this device. They are sent when those people sign in here again.",
    count,
  );
  others.textContent = count ? interpolate(text, { count }) : "";
};
outbox.addEventListener("change", draw);
outbox.ready.then(draw);
page.querySelector("[data-send-now]").addEventListener("click", () => outbox.flush());

// --- what is kept
const PAGES = "responder-pages-";
const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const megabytes = (bytes) => interpolate(_("%(number)s MB"), { number: number.format(bytes / 1e6) });
const time = (at) => new Date(at).toLocaleString(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const names = Object.fromEntries([...page.querySelectorAll("[data-page-name]")].map(({ dataset, textContent }) => [dataset.pageName, textContent.trim()]));

const sizeOf = async (response) => Number(response.headers.get("X-Responder-Size")) || (await response.blob()).size;
const measure = async () => {
  const found = { pages: [], cards: 0, bytes: 0, map: 0, files: 0 };
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const response = await cache.match(request);
      if (!response) continue; // removed meanwhile
      const [url, at, size] = [new URL(request.url), response.headers.get("X-Responder-Stored"), await sizeOf(response)];
      if (name.startsWith("responder-world-")) found.map += size;
      else if (name.startsWith(PAGES)) {
        found.bytes += size;
        if (names[url.pathname]) found.pages.push({ url, at });
        else found.cards += 1;
      } else found.files += size;
    }
  }
  return found;
};

const line = (label, value) => {
  const [holder, term, meaning] = ["div", "dt", "dd"].map((name) => document.createElement(name));
  term.textContent = label;
  meaning.append(value);
  holder.append(term, meaning);
  return holder;
};
const showKept = async () => {
  const { pages, cards, bytes, map, files } = await measure();
  pages.sort((a, b) => (a.at < b.at ? 1 : -1));
  const lines = pages.map(({ url, at }) => {
    const link = document.createElement("a");
    link.href = `${url.pathname}${url.search}`;
    link.textContent = interpolate(_("as of %(time)s"), { time: time(at) });
    const event = url.searchParams.get("event");
    return line(event ? `${names[url.pathname]} · ${event}` : names[url.pathname], link);
  });
  const most = megabytes(Number(page.dataset.mapBytes));
  lines.push(
    line(_("Posts and data of these pages"), `${number.format(cards)} · ${megabytes(bytes)}`),
    line(_("Map of the event’s area"), interpolate(_("%(size)s of at most %(most)s"), { size: megabytes(map), most })),
    line(_("Scripts, styles and the coarse world map"), megabytes(files)),
  );
  page.querySelector("[data-kept-list]").replaceChildren(...lines);
};

// Asks the service worker for something, and waits until it is done.
const ask = async (message) => {
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  active.postMessage(message, [port2]);
  return answer;
};
const isOff = async () => (await (await (await caches.open("responder-meta")).match("/off"))?.json()) === true;

const begin = async () => {
  const toggle = page.querySelector("[data-keep]");
  toggle.checked = !(await isOff());
  toggle.addEventListener("change", async () => {
    await ask({ type: "switch", on: toggle.checked });
    said.textContent = toggle.checked ? _("Pages are kept on this device from now on.") : _("Nothing more is kept. What was kept is removed.");
    await showKept();
  });
  page.querySelector("[data-forget]").addEventListener("click", async () => {
    await ask({ type: "forget" });
    said.textContent = _("What was kept on this device is removed.");
    await showKept();
  });
  page.querySelector("[data-kept]").hidden = false;
  await showKept();
};
const unsupported = () => {
  page.querySelector("[data-unsupported]").hidden = false;
};
if ("serviceWorker" in navigator && "caches" in window) begin().catch(unsupported);
else unsupported();

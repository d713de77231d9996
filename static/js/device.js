// What the frame of every page tells of this device: that it is offline and from when the page is, what waits to be sent, and
// what is asked about it. It registers the service worker, which keeps pages for use without a network.

import { outbox } from "./outbox-here.js";
import { filter, params } from "./query.js";
import { live } from "./shell.js";
import { _, interpolate, locale, ngettext } from "./texts.js";
import { counted, question } from "./waiting-words.js";

const strip = document.querySelector("[data-device]");
const offline = strip.querySelector("[data-offline]");
const back = strip.querySelector("[data-back-online]");
const waits = strip.querySelector("[data-waiting]");
const asked = strip.querySelector("[data-asked-here]");
const stored = document.documentElement.dataset.stored ?? ""; // the service worker wrote it: this page is a copy
const loaded = new Date();
const MOST_ASKED = 2; // in the frame; the page of the device lists all

// --- whether there is a network
const clock = (at) => {
  const zone = document.querySelector("[data-live]")?.dataset.zone;
  return new Date(at).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", ...(zone ? { timeZone: zone } : {}) });
};
const show = (isAway) => {
  const time = offline.querySelector("[data-offline-time]");
  if (isAway && !stored) {
    const reached = new Date(live?.heard ?? loaded);
    time.dateTime = reached.toISOString();
    time.textContent = clock(reached);
  }
  offline.hidden = !isAway;
  back.hidden = isAway || !stored;
};
addEventListener("offline", () => show(true));

// `navigator.onLine` says that there is some network, not that it leads to the server: a copy of a page is believed last.
const askServer = async () => {
  try {
    await outbox.identify();
    show(false);
  } catch {
    show(true);
  }
};
addEventListener("online", askServer);
if (!navigator.onLine) show(true);
else if (stored) askServer();
if (stored) setInterval(() => offline.hidden || askServer(), 15_000);
back.querySelector("[data-reload]").addEventListener("click", () => location.reload());

// --- what waits
const blocked = {
  "signed-out": _("Sign in again to send them."),
  other: _("Somebody else is signed in in this browser now. They stay here until you sign in again."),
};
const tell = () => {
  const waiting = outbox.waiting();
  const number = waiting.length;
  const text = ngettext(
    "%(what)s is saved on this device and will be sent when the server is available again.",
    "%(what)s are saved on this device and will be sent when the server is available again.",
    number,
  );
  const words = number ? [interpolate(text, { what: counted(waiting) }), blocked[outbox.blocked] ?? ""].join(" ").trim() : "";
  const target = waits.querySelector("[data-waiting-text]");
  if (target.textContent !== words) target.textContent = words;
  waits.hidden = !number;
  waits.querySelector("[data-sign-in]").hidden = outbox.blocked !== "signed-out";
  const asking = outbox.asking();
  if (asked.dataset.shown === asking.map(({ order, refusedAt }) => `${order}:${refusedAt}`).join()) return;
  asked.dataset.shown = asking.map(({ order, refusedAt }) => `${order}:${refusedAt}`).join();
  asked.replaceChildren(...asking.slice(0, MOST_ASKED).map((entry) => question(outbox, entry)));
  asked.hidden = !asking.length;
  const more = asking.length - MOST_ASKED;
  if (more <= 0) return;
  const link = document.createElement("a");
  link.href = waits.querySelector("[data-list]").href;
  link.textContent = interpolate(ngettext("%(number)s more question", "%(number)s more questions", more), { number: more });
  asked.append(link);
};
outbox.addEventListener("change", tell);
outbox.addEventListener("sent", tell);
waits.querySelector("[data-send-now]").addEventListener("click", () => outbox.flush());
outbox.ready.then(tell);

// --- signing out with work that is not sent: nobody loses it without having been asked
const dialog = document.querySelector("[data-unsent]");
for (const form of document.querySelectorAll("[data-sign-out]")) {
  form.addEventListener("submit", (event) => {
    if (!outbox.entries.length || form.dataset.agreed) return;
    event.preventDefault();
    dialog.querySelector("[data-unsent-what]").textContent = counted(outbox.entries);
    const leave = async ({ discard }) => {
      if (discard) for (const entry of outbox.entries) await outbox.discard(entry);
      form.dataset.agreed = "1";
      form.requestSubmit();
    };
    dialog.querySelector("[data-unsent-keep]").onclick = () => leave({ discard: false });
    dialog.querySelector("[data-unsent-discard]").onclick = () => leave({ discard: true });
    dialog.showModal();
  });
}

// --- the service worker, and what it fetches ahead
const ahead = () => {
  const { event } = document.querySelector("[data-live]")?.dataset ?? {};
  const query = event ? `?${new URLSearchParams({ event })}` : "";
  const pages = strip.dataset.pages.split(" ").map((page) => `${page}${query}`);
  const bbox = strip.dataset.bbox ? strip.dataset.bbox.split(",").map(Number) : null;
  const current = document.querySelector("[data-room]") && params().get("event") === event ? filter() : new URLSearchParams(event ? { event } : {});
  return { type: "keep", name: `${event ?? ""}?${current}`, pages, filter: String(current), bbox: navigator.connection?.saveData ? null : bbox };
};
const register = async () => {
  await navigator.serviceWorker.register(strip.dataset.worker, { scope: "/", updateViaCache: "none" });
  const { active } = await navigator.serviceWorker.ready;
  if (!stored && strip.dataset.pages) active.postMessage(ahead());
};
// Secure contexts alone have service workers: over plain HTTP, what waits is kept all the same.
if ("serviceWorker" in navigator) register().catch(() => {});

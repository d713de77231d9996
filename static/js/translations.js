// Machine translations beside posts: asks for one at the press of the button, or by itself where the person chose so in
// their profile, and shows it once it is there. Posts come and go with the page, so the document is watched.

import { fragment } from "./dom.js";
import { getJson, post } from "./http.js";

const SETTLED_MS = 400; // who steps through a list quickly asks for nothing
const FIRST_MS = 1500;
const LONGEST_MS = 15000;
const GIVE_UP_MS = 10 * 60000;
const AT_ONCE = 50;
const asked = new Set(); // posts that this page has asked for
const since = new Map(); // post → when this page first saw it waiting
const announcer = document.querySelector("[data-announce]");

const parts = (state) => [...document.querySelectorAll(`[data-translation][data-state="${state}"]`)];

const show = (translations, { announce = false } = {}) => {
  for (const [id, html] of Object.entries(translations)) {
    for (const old of document.querySelectorAll(`[data-translation="${id}"]`)) {
      const fresh = fragment(html).querySelector("[data-translation]");
      if (!fresh || (old.dataset.state === fresh.dataset.state && old.textContent === fresh.textContent)) continue;
      const focused = old.contains(document.activeElement);
      old.replaceWith(fresh);
      if (focused) {
        fresh.tabIndex = -1; // the button is gone, and the keyboard stays here
        fresh.focus({ preventScroll: true });
      }
      const text = fresh.querySelector(".translation-text, [role=status]");
      if (announce && text && announcer) announcer.textContent = text.textContent;
    }
  }
};

const refuse = (holder, message) => {
  const text = holder.querySelector("[role=alert]") ?? document.createElement("p");
  text.className = "translation-note";
  text.setAttribute("role", "alert");
  text.textContent = message;
  holder.prepend(text);
};

const ask = async (form) => {
  const holder = form.closest("[data-translation]");
  const button = form.querySelector("button");
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true"); // a disabled one would lose the keyboard
  asked.add(holder.dataset.translation);
  try {
    show((await post(form.action, new FormData(form))).translations, { announce: true });
    soon(FIRST_MS);
  } catch (error) {
    button.removeAttribute("aria-disabled");
    refuse(holder, error.message);
  }
};

// A card that was fetched before the translation came is shown again: what there is now stands beside it.
const showAnew = async () => {
  const found = [...parts("none"), ...parts("waiting")].filter(({ dataset }) => asked.has(dataset.translation));
  if (!found.length) return;
  try {
    show((await getJson(address(found))).translations);
  } catch {
    // as it is, it can be asked for again
  }
};

const address = (found) => `${found[0].dataset.url}?${new URLSearchParams(found.slice(0, AT_ONCE).map(({ dataset }) => ["post", dataset.translation]))}`;

const askForUnread = async () => {
  const found = parts("none").filter((part) => "auto" in part.dataset && !asked.has(part.dataset.translation));
  const ids = [...new Set(found.map((part) => part.dataset.translation))].slice(0, AT_ONCE);
  if (!ids.length) return;
  for (const id of ids) asked.add(id);
  const fields = [["automatic", "1"], ...ids.map((id) => ["post", id])];
  try {
    show((await post(found[0].dataset.ask, fields)).translations);
  } catch {
    // the button is still there, and says what is wrong
  }
};

let timer = 0;
let wait = FIRST_MS;
const soon = (ms) => {
  clearTimeout(timer);
  wait = ms;
  timer = setTimeout(look, ms);
};

const look = async () => {
  const now = Date.now();
  const waiting = parts("waiting").filter(({ dataset }) => {
    if (!since.has(dataset.translation)) since.set(dataset.translation, now);
    return now - since.get(dataset.translation) < GIVE_UP_MS;
  });
  if (!waiting.length) return;
  if (!document.hidden) {
    try {
      show((await getJson(address(waiting))).translations, { announce: true });
    } catch {
      // the next look tries again
    }
  }
  soon(Math.min(wait * 1.5, LONGEST_MS));
};

let settling = 0;
const settle = () => {
  clearTimeout(settling);
  settling = setTimeout(async () => {
    await showAnew();
    await askForUnread();
    if (parts("waiting").length) soon(FIRST_MS);
  }, SETTLED_MS);
};

document.addEventListener(
  "submit",
  (event) => {
    if (!event.target.matches("form[data-translate]")) return;
    event.preventDefault();
    event.stopPropagation();
    ask(event.target);
  },
  true,
); // before the page's own forms

const holdsTranslation = ({ addedNodes }) =>
  [...addedNodes].some((node) => node.nodeType === Node.ELEMENT_NODE && (node.matches("[data-translation]") || node.querySelector("[data-translation]")));

new MutationObserver((changes) => {
  if (changes.some(holdsTranslation)) settle();
}).observe(document.querySelector("main") ?? document.body, { childList: true, subtree: true });
settle();

// The form for a report that somebody phones in: what the model suggests while it is typed, and Ctrl Enter to save.

import { HttpError, post } from "./http.js";
import { outbox } from "./outbox-here.js";
import { _, interpolate } from "./texts.js";

const PAUSE_MS = 700;
const LEAST = 12; // characters, as on the server
const EXCERPT = 120; // characters of the text that name a report which waits

const form = document.querySelector("[data-field-report]");
const text = form?.querySelector("[data-report-text]");
const shown = form?.querySelector("[data-suggestion]");
let timer = 0;
let asked = 0;

const sentence = ({ category, severity, is_sure: isSure, places }) => {
  const parts = [category, severity, ...places].filter(Boolean).join(" · ");
  return isSure ? interpolate(_("Suggestion: %(parts)s"), { parts }) : interpolate(_("Suggestion (unsure): %(parts)s"), { parts });
};

// Never in the way: without an answer nothing is shown, and an old answer is not shown for a new text.
const suggest = async () => {
  const value = text.value.trim();
  asked += 1;
  const mine = asked;
  if (value.length < LEAST) {
    shown.textContent = "";
    return;
  }
  const found = await post(form.dataset.suggest, { text: value, event: form.elements.namedItem("event").value }).catch(() => null);
  if (mine === asked) shown.textContent = found ? sentence(found) : "";
};

text?.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(suggest, PAUSE_MS);
});

form?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit();
});

// --- sending: kept on this device first, so that no report is lost with the network, the page or the browser
const fields = () =>
  Object.fromEntries(
    [...new FormData(/** @type {any} */ (form))].filter(([name]) => name !== "csrfmiddlewaretoken").map(([name, value]) => [name, String(value)]),
  );
const newKey = () => {
  form.elements.namedItem("form_key").value = outbox.uuid();
};
if (form && document.documentElement.dataset.stored) newKey(); // a copy of the page comes with the same key each time
const button = form?.querySelector("button.primary");
const away = document.querySelector("[data-report-kept]");

// An empty form for the next report, with how it came in and its event as before.
const next = ({ url, keeps }) => {
  if (url && !keeps) {
    location.assign(url);
    return;
  }
  form.querySelector("[data-place-clear]")?.click();
  for (const name of ["text", "place_name", "name", "telephone"]) form.elements.namedItem(name).value = "";
  newKey();
  shown.textContent = "";
  away.hidden = false;
  text.focus();
};

const send = async () => {
  if (button.disabled) return;
  button.disabled = true;
  try {
    const answer = await outbox.send(form.action, fields(), { about: text.value.trim().slice(0, EXCERPT), aged: true });
    next(answer ? { url: answer.url, keeps: false } : { url: "", keeps: true });
  } catch (error) {
    if (error instanceof HttpError)
      form.submit(); // the server's page says what is wrong, beside its field
    else shown.textContent = error.message;
  } finally {
    button.disabled = false;
  }
};
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
text?.addEventListener("input", () => {
  away.hidden = true;
});

if (text && !form.querySelector("[autofocus]")) text.focus();

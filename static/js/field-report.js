// The form for a report that somebody phones in: what the model suggests while it is typed, and Ctrl Enter to save.

import { post } from "./http.js";
import { _, interpolate } from "./texts.js";

const PAUSE_MS = 700;
const LEAST = 12; // characters, as on the server

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

if (text && !form.querySelector("[autofocus]")) text.focus();

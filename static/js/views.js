// Saved views: what a form keeps is the filter that the address says now, and changes of it are told.

import { filter } from "./query.js";

const holder = document.querySelector("[data-views]");
const unsaved = document.querySelector("[data-unsaved]");
const sorted = (query) => {
  const wanted = new URLSearchParams(query);
  wanted.delete("tz");
  for (const [key, value] of [...wanted]) if (!value || (key === "t" && value === "event") || (key === "status" && value === "all")) wanted.delete(key);
  wanted.sort();
  return wanted.toString();
};

const tell = () => {
  if (unsaved) unsaved.hidden = sorted(filter()) === sorted(holder.dataset.savedQuery);
};

if (holder) {
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-view-form]")) event.target.elements.query.value = filter().toString();
  });
  // The rule is made of the filter as it is when the link is followed.
  const rule = holder.querySelector("[data-rule-link]");
  const point = () => {
    const url = new URL(rule.href);
    url.searchParams.set("query", `${location.pathname}?${filter()}`);
    rule.href = url.href;
  };
  if (rule) for (const kind of ["pointerdown", "focus"]) rule.addEventListener(kind, point);
  addEventListener("filterchange", tell);
  addEventListener("popstate", tell);
}

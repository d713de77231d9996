// Key figures, counts on the chips, and what the map does not show.

import { ago } from "./times.js";

const MINUTE = 60000;
const number = new Intl.NumberFormat("en");

// Writes the server's figures; `covered` critical posts are drawn where something lies over them.
// Returns how many more unreviewed critical posts there are than before.
export const showFigures = (data, covered) => {
  const critical = document.querySelector('[data-figure="critical_unreviewed"]');
  const before = Number(critical.textContent.replace(/\D/g, ""));
  for (const [name, value] of Object.entries(data.figures)) {
    const target = document.querySelector(`[data-figure="${name}"]`);
    if (target) target.textContent = number.format(value);
  }
  for (const { id, count } of data.groups) {
    document.querySelector(`[data-group-count="${id}"]`).textContent = number.format(count);
  }
  const { critical_unreviewed: now, critical_oldest_minutes: oldest } = data.figures;
  const outside = data.outside_view.critical + covered;
  const note = document.querySelector("[data-critical-note]");
  const button = document.querySelector("[data-outside]");
  note.textContent = now && oldest !== null ? `oldest ${ago(oldest * MINUTE)}` : "";
  note.hidden = outside > 0 || !note.textContent;
  button.hidden = outside === 0;
  button.textContent = `${number.format(outside)} outside view →`;
  return now - before;
};

// What to say over a map that shows nothing, or not everything; `opens`: "area" or "list", what the action shows.
export const hiddenPosts = (data) => {
  const outside = data.outside_view.count;
  if (data.clusters.length) return outside ? { text: `${number.format(outside)} outside this view`, action: "show all", opens: "area" } : null;
  if (outside) return { text: `No posts in this view; ${number.format(outside)} outside it`, action: "show them", opens: "area" };
  const unplaced = data.figures.no_location;
  return unplaced ? { text: `No located posts; ${number.format(unplaced)} without location`, action: "list", opens: "list" } : { text: "No posts match these filters", action: "" };
};

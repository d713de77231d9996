// Key figures, counts on the chips, and what the map does not show.

import { _, interpolate, locale, ngettext } from "./texts.js";
import { duration } from "./times.js";

const MINUTE = 60000;
const number = new Intl.NumberFormat(locale);
const counted = (text, count) => interpolate(text, { count: number.format(count) });
let before = null; // unanswered posts that the figures counted last

// Writes the server's figures; `covered` unanswered posts are drawn where something lies over them.
// Returns how many more unanswered posts there are than before.
export const showFigures = (data, covered) => {
  for (const [name, value] of Object.entries(data.figures)) {
    const target = document.querySelector(`[data-figure="${name}"]`);
    if (target) target.textContent = number.format(value);
  }
  for (const { id, count } of data.groups) {
    document.querySelector(`[data-group-count="${id}"]`).textContent = number.format(count);
  }
  const { unanswered: now, unanswered_oldest_minutes: oldest, unanswered_no_location: unplaced } = data.figures;
  const outside = data.outside_view.unanswered + covered;
  const button = document.querySelector("[data-outside]");
  const age = document.querySelector("[data-unanswered-age]");
  age.textContent = now && oldest !== null ? interpolate(_("oldest %(age)s"), { age: duration(oldest * MINUTE) }) : "";
  const nowhere = document.querySelector("[data-unanswered-unplaced]");
  nowhere.textContent = unplaced ? counted(ngettext("%(count)s without location", "%(count)s without location", unplaced), unplaced) : "";
  button.hidden = outside === 0;
  button.textContent = counted(ngettext("Show %(count)s outside view", "Show %(count)s outside view", outside), outside);
  const more = before === null ? 0 : now - before;
  before = now;
  return more;
};

// What to say over a map that shows nothing, or not everything; `opens`: "area" or "list", what the action shows.
export const hiddenPosts = (data) => {
  const outside = data.outside_view.count;
  if (data.clusters.length && !outside) return null;
  if (outside) {
    const text = data.clusters.length
      ? ngettext("%(count)s post is outside this view.", "%(count)s posts are outside this view.", outside)
      : ngettext("No posts in this view. %(count)s post is outside it.", "No posts in this view. %(count)s posts are outside it.", outside);
    return { text: counted(text, outside), action: _("Show all"), opens: "area" };
  }
  const unplaced = data.figures.no_location;
  if (!unplaced) return { text: _("No posts match these filters."), action: "" };
  const text = ngettext("No posts on the map. %(count)s post has no location.", "No posts on the map. %(count)s posts have no location.", unplaced);
  return { text: counted(text, unplaced), action: _("Open the list"), opens: "list" };
};

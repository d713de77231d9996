// Key figures, counts on the chips, and what the map does not show.

import { _, interpolate, ngettext } from "./texts.js";
import { duration } from "./times.js";

const MINUTE = 60000;
const number = new Intl.NumberFormat("en");
const counted = (text, count) => interpolate(text, { count: number.format(count) });
let unreviewed = null; // critical posts that the figures counted last

// Writes the server's figures; `covered` critical posts are drawn where something lies over them.
// Returns how many more unreviewed critical posts there are than before.
export const showFigures = (data, covered) => {
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
  note.textContent = now && oldest !== null ? interpolate(_("oldest %(age)s"), { age: duration(oldest * MINUTE) }) : "";
  note.hidden = outside > 0 || !note.textContent;
  button.hidden = outside === 0;
  button.textContent = counted(ngettext("Show %(count)s outside view", "Show %(count)s outside view", outside), outside);
  const more = unreviewed === null ? 0 : now - unreviewed;
  unreviewed = now;
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

// Marks on the map: donuts for clusters, glyph discs for single posts; each a real button with a spoken name.

import { _, interpolate, ngettext } from "./texts.js";

const SVG = "http://www.w3.org/2000/svg";
const GROUPS = ["needs", "people", "damage", "response", "information", "unmeasured", "aside"];
const LABELS = {
  needs: _("Needs"),
  people: _("People"),
  damage: _("Damage"),
  response: _("Response"),
  information: _("Info"),
  unmeasured: _("Languages we can't read yet"),
  aside: _("Set aside"),
};
const GAP = 1.6;
const SEVERITIES = { 1: _("critical severity"), 2: _("high severity"), 3: _("medium severity"), 4: _("low severity") };

const shape = (name, attributes, style = {}) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  Object.assign(element.style, style);
  return element;
};

export const radius = (count) => (count === 1 ? 12 : Math.min(30, 11 + 2.1 * Math.sqrt(count)));

const spokenPost = ({ category, severity, reviewed }, unanswered, categories) =>
  [categories.get(category)?.label || _("Post"), SEVERITIES[severity], reviewed && _("reviewed"), unanswered > 0 && _("unanswered")].filter(Boolean).join(", ");

const spokenCluster = ({ count, groups: counts, unanswered }) => {
  const groups = GROUPS.filter((group) => counts[group])
    .map((group) => `${counts[group]} ${LABELS[group]}`)
    .join(", ");
  const all = interpolate(ngettext("%(count)s post: %(groups)s", "%(count)s posts: %(groups)s", count), { count, groups });
  if (!unanswered) return all;
  return `${all}; ${interpolate(ngettext("%(count)s unanswered", "%(count)s unanswered", unanswered), { count: unanswered })}`;
};

export const spokenName = (cluster, categories) => {
  const name = cluster.post ? spokenPost(cluster.post, cluster.unanswered, categories) : spokenCluster(cluster);
  return cluster.place ? `${cluster.place}: ${name}` : name;
};

const ring = (svg, cluster, r) => {
  const high = cluster.count === 1 ? cluster.high > 0 : cluster.high >= 3;
  if (cluster.unanswered) {
    svg.append(shape("circle", { r: r + 4, fill: "none", "stroke-width": 3 }, { stroke: "var(--alarm)" }));
  } else if (high) {
    svg.append(shape("circle", { r: r + 3.5, fill: "none", "stroke-width": 2, "stroke-dasharray": "5 3.5" }, { stroke: "var(--sev-2)" }));
  }
};

const badge = (svg, cluster, r) => {
  if (!cluster.unanswered) return;
  const offset = (r + 3) * Math.SQRT1_2;
  const label = cluster.unanswered > 99 ? "99+" : String(cluster.unanswered);
  const width = 16 + (label.length - 1) * 6;
  const box = { x: offset - width / 2, y: -offset - 8, width, height: 16, rx: 8, class: "mark-badge" };
  const text = shape("text", { x: offset, y: -offset + 0.5, class: "mark-badge-text" });
  text.textContent = label;
  svg.append(shape("rect", box), text);
};

const donut = (svg, cluster, r) => {
  svg.append(shape("circle", { r: r + 1.6 }, { fill: "var(--surface)" }));
  const width = Math.max(5, r * 0.36);
  const middle = r - width / 2;
  const around = 2 * Math.PI * middle;
  const present = GROUPS.filter((group) => cluster.groups[group]);
  const gap = present.length > 1 ? GAP : 0;
  let start = 0;
  for (const group of present) {
    const length = (cluster.groups[group] / cluster.count) * around;
    const dash = `${Math.max(0.6, length - gap)} ${around}`;
    const attributes = { r: middle, fill: "none", "stroke-width": width, "stroke-dasharray": dash, "stroke-dashoffset": -start, transform: "rotate(-90)" };
    svg.append(shape("circle", attributes, { stroke: `var(--grp-${group})` }));
    start += length;
  }
  const text = shape("text", { class: "mark-count", y: 0.5 });
  text.textContent = cluster.count > 9999 ? `${Math.round(cluster.count / 1000)}k` : cluster.count;
  text.style.fontSize = cluster.count > 99 ? "12px" : "11px";
  svg.append(text);
};

const single = (svg, cluster, category, sprite) => {
  const { band, reviewed } = cluster.post;
  const css = category?.css || "unsure";
  const solid = reviewed || band >= 4;
  svg.append(shape("circle", { r: 13 }, { fill: "var(--surface)" }));
  const fill = solid ? `var(--cat-${css})` : band === 3 ? `var(--cat-${css}-tint)` : "var(--surface)";
  const dash = !solid && band < 3 ? "3 2.5" : "none";
  svg.append(shape("circle", { r: 10.5, "stroke-width": 2, "stroke-dasharray": dash }, { fill, stroke: `var(--cat-${css})` }));
  const glyph = shape("use", { href: `${sprite}#${category?.glyph || "circle-question-mark"}`, x: -6.5, y: -6.5, width: 13, height: 13 });
  glyph.style.color = solid ? "var(--surface)" : `var(--cat-${css}-ink)`;
  svg.append(glyph);
};

// One cluster of the server's answer as { root, button }. What sighted people read lies beside the button, not in it:
// the button's spoken name says all of it.
export const mark = (cluster, categories, sprite, { fresh }) => {
  const r = radius(cluster.count);
  const size = 2 * r + 4;
  const root = document.createElement("div");
  root.className = `mark${fresh ? " is-new" : ""}`;
  const svg = shape("svg", { width: size, height: size, viewBox: `${-size / 2} ${-size / 2} ${size} ${size}`, "aria-hidden": "true" });
  const chosen = shape("circle", { r: r + (cluster.unanswered ? 8 : 5), class: "mark-chosen" });
  svg.append(chosen);
  ring(svg, cluster, r);
  if (cluster.post) single(svg, cluster, categories.get(cluster.post.category), sprite);
  else donut(svg, cluster, r);
  badge(svg, cluster, r);
  const button = document.createElement("button");
  button.type = "button";
  button.tabIndex = -1;
  button.className = "mark-button";
  button.dataset.mark = cluster.id;
  button.setAttribute("aria-label", spokenName(cluster, categories));
  root.append(svg, button);
  if (cluster.place && cluster.count > 1) root.append(label(cluster.place));
  return { root, button };
};

const label = (place) => {
  const element = document.createElement("span");
  element.className = "mark-label";
  element.setAttribute("aria-hidden", "true");
  element.textContent = place;
  return element;
};

const LABEL_HEIGHT = 16;
const LETTER = 7.2; // pixels, generous for 12 px semi-bold
const BADGE = 8;
const GAP_BESIDE = 4;
const SIDES = { bottom: "", top: "at-top", right: "at-right", left: "at-left" };

// The most urgent cluster first: any critical or unanswered post, then how many nobody answers, then high ones, then all.
export const byUrgency = (one, other) => {
  const rank = ({ critical = 0, unanswered, high, count }) => [critical || unanswered ? 2 : high ? 1 : 0, unanswered, critical, high, count];
  const [mine, theirs] = [rank(one), rank(other)];
  const at = mine.findIndex((value, index) => value !== theirs[index]);
  return at < 0 ? 0 : theirs[at] - mine[at];
};

const labelBox = (side, { x, y, r }, width) => {
  const half = width / 2;
  const middle = { top: y - LABEL_HEIGHT / 2, bottom: y + LABEL_HEIGHT / 2 };
  if (side === "bottom") return { left: x - half, right: x + half, top: y + r, bottom: y + r + LABEL_HEIGHT };
  if (side === "top") return { left: x - half, right: x + half, top: y - r - LABEL_HEIGHT, bottom: y - r };
  if (side === "right") return { left: x + r + GAP_BESIDE, right: x + r + GAP_BESIDE + width, ...middle };
  return { left: x - r - GAP_BESIDE - width, right: x - r - GAP_BESIDE, ...middle };
};

// Shows the names of marks below, above or beside them, where they cover neither a mark, nor a name already shown, nor
// what floats above the map (`obstacles`), and lie within it; `entries` by importance.
// Returns the boxes, in the map's pixels, that marks and names take.
export const placeLabels = (map, entries, obstacles = []) => {
  const { x: width, y: height } = map.getSize();
  const spots = entries.map(({ cluster, root }) => {
    const { x, y } = map.latLngToContainerPoint([cluster.latitude, cluster.longitude]);
    const r = radius(cluster.count) + (cluster.unanswered ? BADGE : 3);
    return { root, x, y, r, name: root.querySelector(".mark-label") };
  });
  const taken = spots.map(({ x, y, r }) => ({ left: x - r, right: x + r, top: y - r, bottom: y + r }));
  const isWhole = ({ left, right, top, bottom }) => left >= 0 && top >= 0 && right <= width && bottom <= height;
  spots.forEach((spot, index) => {
    if (!spot.name) return;
    const isFree = (rect) =>
      isWhole(rect) && !taken.some((other, at) => at !== index && touches(rect, other)) && !obstacles.some((other) => touches(rect, other));
    const side = Object.keys(SIDES).find((one) => isFree(labelBox(one, spot, spot.name.textContent.length * LETTER)));
    spot.root.classList.toggle("has-label", Boolean(side));
    for (const [one, name] of Object.entries(SIDES)) if (name) spot.root.classList.toggle(name, one === side);
    if (side) taken.push(labelBox(side, spot, spot.name.textContent.length * LETTER));
  });
  return taken;
};

const touches = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

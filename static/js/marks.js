// Marks on the map: donuts for clusters, glyph discs for single posts; each a real button with a spoken name.

const SVG = "http://www.w3.org/2000/svg";
const GROUPS = ["needs", "people", "damage", "response", "information", "aside"];
const LABELS = { needs: "Needs", people: "People", damage: "Damage", response: "Response", information: "Info", aside: "Set aside" };
const GAP = 1.6;
const SEVERITIES = ["", "critical", "high", "medium", "low"];

const shape = (name, attributes, style = {}) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  Object.assign(element.style, style);
  return element;
};

export const radius = (count) => (count === 1 ? 12 : Math.min(30, 11 + 2.1 * Math.sqrt(count)));

const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

export const spokenName = (cluster, categories) => {
  const place = cluster.place ? `${cluster.place}: ` : "";
  if (cluster.post) {
    const category = categories.get(cluster.post.category) || "post";
    return `${place}${category}, ${SEVERITIES[cluster.post.severity] || ""} severity${cluster.post.reviewed ? ", reviewed" : ""}`;
  }
  const parts = GROUPS.filter((group) => cluster.groups[group]).map((group) => `${cluster.groups[group]} ${LABELS[group]}`);
  return `${place}${plural(cluster.count, "post")}: ${parts.join(", ")}${cluster.critical ? `; ${cluster.critical} critical, unreviewed` : ""}`;
};

const ring = (svg, cluster, r) => {
  const high = cluster.count === 1 ? cluster.high > 0 : cluster.high >= 3;
  if (cluster.critical) {
    svg.append(shape("circle", { r: r + 4, fill: "none", "stroke-width": 3 }, { stroke: "var(--alarm)" }));
  } else if (high) {
    svg.append(shape("circle", { r: r + 3.5, fill: "none", "stroke-width": 2, "stroke-dasharray": "5 3.5" }, { stroke: "var(--sev-2)" }));
  }
};

const badge = (svg, cluster, r) => {
  if (!cluster.critical) return;
  const offset = (r + 3) * Math.SQRT1_2;
  const label = cluster.critical > 99 ? "99+" : String(cluster.critical);
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

// A button for one cluster of the server's answer.
export const button = (cluster, categories, sprite, { zoom, fresh }) => {
  const element = document.createElement("button");
  element.type = "button";
  element.tabIndex = -1;
  element.className = `mark${fresh ? " is-new" : ""}`;
  element.dataset.mark = cluster.id;
  element.setAttribute("aria-label", spokenName(cluster, new Map([...categories].map(([id, c]) => [id, c.label]))));
  const r = radius(cluster.count);
  const size = 2 * r + 4;
  const svg = shape("svg", { width: size, height: size, viewBox: `${-size / 2} ${-size / 2} ${size} ${size}`, "aria-hidden": "true" });
  ring(svg, cluster, r);
  if (cluster.post) single(svg, cluster, categories.get(cluster.post.category), sprite);
  else donut(svg, cluster, r);
  badge(svg, cluster, r);
  element.append(svg);
  if (cluster.place && cluster.count > 1 && zoom >= 5) {
    const label = document.createElement("span");
    label.className = "mark-label";
    label.textContent = cluster.place;
    element.append(label);
  }
  return element;
};

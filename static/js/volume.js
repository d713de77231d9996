// Volume over time: stacked bars by group; the part outside the chosen time range is pale, the last bar is hatched.

const SVG = "http://www.w3.org/2000/svg";
const GROUPS = ["needs", "people", "damage", "response", "information", "aside"];
const AXIS = 16;

const shape = (name, attributes, style = {}) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  Object.assign(element.style, style);
  return element;
};

const clock = (moment, zone) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(moment);

export const drawVolume = (target, note, timeline, zone = "UTC") => {
  const { width, height } = target.getBoundingClientRect();
  target.replaceChildren();
  if (!width || !timeline.buckets.length) return;
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const sums = timeline.buckets.map((bucket) => Object.values(bucket.groups).reduce((a, b) => a + b, 0));
  const top = Math.max(1, ...sums);
  const step = width / timeline.buckets.length;
  timeline.buckets.forEach((bucket, index) => {
    let y = height - AXIS;
    for (const group of GROUPS) {
      const part = ((bucket.groups[group] || 0) / top) * (height - AXIS - 2);
      if (!part) continue;
      y -= part;
      const last = index === timeline.buckets.length - 1;
      const box = { x: index * step + 0.75, y, width: Math.max(1, step - 1.5), height: part, opacity: last ? 0.6 : 1 };
      svg.append(shape("rect", box, { fill: `var(--grp-${group})` }));
    }
  });
  const every = Math.ceil(timeline.buckets.length / Math.max(2, Math.floor(width / 110)));
  timeline.buckets.forEach((bucket, index) => {
    if (index % every) return;
    const text = shape("text", { x: index * step + 2, y: height - 3 });
    text.textContent = clock(new Date(bucket.start), zone);
    svg.append(text);
  });
  target.append(svg);
  const total = sums.reduce((a, b) => a + b, 0);
  note.textContent = `posts per ${timeline.bucket_minutes} min, by group · ${zone}`;
  target.setAttribute("aria-label", `${total} posts over time by category group; at most ${top} in ${timeline.bucket_minutes} minutes`);
};

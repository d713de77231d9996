// Volume over time: stacked bars by group, and the start of the time range as a slider on the same axis.

import { bounds } from "./ranges.js";
import { _, interpolate, locale, ngettext } from "./texts.js";
import { duration } from "./times.js";

const SVG = "http://www.w3.org/2000/svg";
const GROUPS = ["needs", "people", "damage", "response", "information", "unmeasured", "aside"];
const AXIS = 18;
const MINUTE = 60000;
const TICKS = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 40320].map((minutes) => minutes * MINUTE);
const TICK_WIDTH = 84;

const shape = (name, attributes, style = {}) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  Object.assign(element.style, style);
  return element;
};

const clock = (moment, zone, extra = {}) => new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: zone, ...extra }).format(moment);
const offset = (moment, zone) => {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
  }).formatToParts(moment);
  const { year, month, day, hour, minute } = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(moment / MINUTE) * MINUTE;
};

export class Volume {
  // `choose(range)` is called with one of the values of `select`.
  constructor(root, { zone, select, labels, choose }) {
    this.root = root;
    this.zone = zone;
    this.select = select;
    this.labels = labels;
    this.choose = choose;
    this.plot = root.querySelector("[data-volume]");
    this.handle = root.querySelector("[data-volume-start]");
    this.note = root.querySelector("[data-volume-note]");
    this.selected = root.querySelector("[data-volume-selected]");
    this.clear = root.querySelector("[data-volume-clear]");
    this.clear.addEventListener("click", (event) => {
      event.preventDefault();
      choose("event");
    });
    this.plot.addEventListener("pointerdown", (event) => this.grab(event));
    this.handle.addEventListener("pointerdown", (event) => this.grab(event));
    this.plot.addEventListener("pointermove", (event) => this.read(event));
    this.plot.addEventListener("pointerleave", () => this.describe());
    this.handle.addEventListener("keydown", (event) => this.step(event));
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  show(timeline, asOf) {
    const same = JSON.stringify(timeline) === JSON.stringify(this.timeline) && this.drawnRange === this.range();
    this.timeline = timeline;
    this.now = Date.parse(asOf);
    if (!same) this.draw();
  }

  range() {
    return this.select.value;
  }

  draw() {
    const { width, height } = this.plot.getBoundingClientRect();
    if (!this.timeline?.buckets.length || !width) return;
    const { buckets, bucket_minutes: minutes } = this.timeline;
    this.drawnRange = this.range();
    this.start = Date.parse(buckets[0].start);
    this.end = this.start + buckets.length * minutes * MINUTE;
    this.width = width;
    const [from, until] = bounds(this.range(), this.now);
    this.from = Math.min(Math.max(this.start, from), this.end);
    this.until = Math.max(this.from, Math.min(until, this.now));
    this.sums = buckets.map(({ groups }) => Object.values(groups).reduce((a, b) => a + b, 0));
    const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    const floor = height - AXIS;
    if (this.range() !== "event")
      svg.append(
        shape(
          "rect",
          { x: this.x(this.from), y: 0, width: Math.max(0, this.x(this.until) - this.x(this.from)), height: floor },
          { fill: "var(--accent-tint)" },
        ),
      );
    this.bars(svg, floor);
    this.axis(svg, height, floor);
    this.plot.querySelector("svg")?.remove();
    this.plot.prepend(svg);
    this.place();
    this.describe();
  }

  x(moment) {
    return ((Math.min(moment, this.end) - this.start) / (this.end - this.start)) * this.width;
  }

  bars(svg, floor) {
    const { buckets, bucket_minutes: minutes } = this.timeline;
    const step = this.width / buckets.length;
    const top = Math.max(1, ...this.sums);
    buckets.forEach((bucket, index) => {
      const begin = this.start + index * minutes * MINUTE;
      const outside = begin + minutes * MINUTE <= this.from || begin >= this.until;
      const partial = begin + minutes * MINUTE > this.now;
      const bar = shape("g", { opacity: outside ? 0.38 : partial ? 0.6 : 1 });
      let y = floor;
      for (const group of GROUPS) {
        const part = ((bucket.groups[group] || 0) / top) * (floor - 4);
        if (!part) continue;
        y -= part;
        const height = Math.max(0.8, part - (part > 4 ? 0.8 : 0));
        bar.append(shape("rect", { x: index * step + 0.75, y, width: Math.max(1, step - 1.5), height }, { fill: `var(--grp-${group})` }));
      }
      svg.append(bar);
    });
  }

  axis(svg, height, floor) {
    svg.append(shape("line", { x1: 0, x2: this.width, y1: floor + 0.5, y2: floor + 0.5 }, { stroke: "var(--border)" }));
    const every = TICKS.find((tick) => (tick / (this.end - this.start)) * this.width >= TICK_WIDTH) || TICKS.at(-1);
    const shift = offset(this.start, this.zone);
    const days = every >= 720 * MINUTE ? { weekday: "short" } : {};
    for (let moment = Math.ceil((this.start + shift) / every) * every - shift; moment < this.end; moment += every) {
      const x = this.x(moment);
      if (x > this.width - 40) break;
      const text = shape("text", { x: Math.max(0, x - 1), y: height - 4 });
      text.textContent = clock(moment, this.zone, days);
      svg.append(shape("line", { x1: x, x2: x, y1: floor, y2: floor + 4 }, { stroke: "var(--border-strong)" }), text);
    }
  }

  place() {
    const option = this.select.selectedOptions[0];
    this.handle.style.left = `${this.range() === "event" ? 0 : Math.min(this.width - 3, this.x(this.from))}px`;
    this.handle.setAttribute("aria-valuemin", 0);
    this.handle.setAttribute("aria-valuemax", this.select.options.length - 1);
    this.handle.setAttribute("aria-valuenow", this.select.selectedIndex);
    this.handle.setAttribute("aria-valuetext", option.textContent);
  }

  describe() {
    if (!this.timeline) return;
    const total = this.sums.reduce((a, b) => a + b, 0);
    const top = Math.max(0, ...this.sums);
    const minutes = this.timeline.bucket_minutes;
    const interval = duration(minutes * MINUTE);
    this.note.textContent = interpolate(_("posts per %(interval)s, by group"), { interval });
    const name = ngettext(
      "%(total)s post over time by category group; at most %(top)s in %(interval)s",
      "%(total)s posts over time by category group; at most %(top)s in %(interval)s",
      total,
    );
    this.plot.setAttribute("aria-label", interpolate(name, { total, top, interval }));
    const chosen = this.range() !== "event";
    const period = (zone) => `${clock(this.from, zone)}–${clock(this.until, zone, { timeZoneName: "short" })}`;
    const whole = `${clock(this.start, this.zone)}–${clock(this.end, this.zone, { timeZoneName: "short" })}`;
    this.selected.textContent = chosen ? interpolate(_("Selected: %(period)s · %(utc)s"), { period: period(this.zone), utc: period("UTC") }) : whole;
    this.clear.hidden = !chosen;
  }

  read(event) {
    if (!this.timeline) return;
    const { left } = this.plot.getBoundingClientRect();
    const { buckets, bucket_minutes: minutes } = this.timeline;
    const index = Math.min(buckets.length - 1, Math.max(0, Math.floor(((event.clientX - left) / this.width) * buckets.length)));
    const begin = this.start + index * minutes * MINUTE;
    const parts = GROUPS.filter((group) => buckets[index].groups[group]).map((group) => `${buckets[index].groups[group]} ${this.labels[group]}`);
    const period = `${clock(begin, this.zone)}–${clock(begin + minutes * MINUTE, this.zone)}`;
    const sum = interpolate(ngettext("%(period)s: %(count)s post", "%(period)s: %(count)s posts", this.sums[index]), { period, count: this.sums[index] });
    this.note.textContent = [sum, ...(parts.length ? [parts.join(", ")] : [])].join(" — ");
  }

  // Drag the start of the range: it snaps to the nearest range that can be chosen.
  grab(event) {
    if (!this.timeline || event.button) return;
    event.preventDefault();
    const { left } = this.plot.getBoundingClientRect();
    const at = (pointer) => Math.min(this.width, Math.max(0, pointer.clientX - left));
    const move = (pointer) => {
      this.handle.style.left = `${at(pointer)}px`;
    };
    const drop = (pointer) => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", drop);
      removeEventListener("pointercancel", drop);
      this.choose(this.nearest(at(pointer)));
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", drop);
    addEventListener("pointercancel", drop);
    move(event);
  }

  nearest(x) {
    const ranges = [...this.select.options].map(({ value }) => value);
    const position = (range) => (range === "event" ? 0 : Math.max(0, this.x(Math.max(this.start, bounds(range, this.now)[0]))));
    return ranges.reduce((best, range) => (Math.abs(position(range) - x) < Math.abs(position(best) - x) ? range : best));
  }

  step(event) {
    const by = { ArrowLeft: 1, ArrowDown: 1, ArrowRight: -1, ArrowUp: -1, Home: 99, End: -99 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const { options, selectedIndex } = this.select;
    this.choose(options[Math.min(options.length - 1, Math.max(0, selectedIndex + by))].value);
  }
}

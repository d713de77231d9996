// Measuring a distance along points on the map: by clicks, or with the keyboard at the ring in the map's middle.
/* global L */

import { element } from "./layer-parts.js";
import { _, interpolate, locale } from "./texts.js";

const MOST = 100; // points

// A distance in metres as people read it.
export const kilometres = (metres) => {
  if (metres < 1000) return `${Math.round(metres).toLocaleString(locale)} m`;
  const digits = metres < 100000 ? 1 : 0;
  return `${(metres / 1000).toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })} km`;
};

export class Measuring extends EventTarget {
  constructor(map) {
    super();
    this.map = map;
    this.points = [];
    this.wrap = map.getContainer().parentElement;
    this.total = element("strong", {});
    this.hint = element("span", {});
    const button = (words, run) => {
      const made = element("button", { type: "button", class: "button" }, words);
      made.addEventListener("click", run);
      return made;
    };
    this.bar = element(
      "div",
      { class: "measure-bar", role: "status" },
      this.total,
      this.hint,
      button(_("Undo"), () => this.undo()),
      button(_("Finish"), () => this.stop()),
    );
    this.clicked = ({ latlng }) => this.add(latlng);
    this.pressed = (event) => this.key(event);
  }

  start() {
    if (this.layer) return;
    this.points = [];
    this.layer = L.layerGroup().addTo(this.map);
    this.wrap.classList.add("is-measuring");
    this.wrap.append(this.bar);
    this.map.on("click", this.clicked);
    this.map.doubleClickZoom.disable();
    // Before the map's own keys, of which Enter goes to the marks.
    this.wrap.addEventListener("keydown", this.pressed, { capture: true });
    this.show();
    this.map.getContainer().focus({ preventScroll: true });
  }

  stop() {
    if (!this.layer) return;
    this.layer.remove();
    this.layer = null;
    this.bar.remove();
    this.wrap.classList.remove("is-measuring");
    this.map.off("click", this.clicked);
    this.map.doubleClickZoom.enable();
    this.wrap.removeEventListener("keydown", this.pressed, { capture: true });
    this.dispatchEvent(new CustomEvent("ended", { detail: this.length() }));
  }

  key(event) {
    const onMap = event.target === this.map.getContainer();
    if (event.key === "Escape") this.stop();
    else if (event.key === "Enter" && onMap) this.add(this.map.getCenter());
    else if (event.key === "Backspace" && onMap) this.undo();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  add(point) {
    if (this.points.length >= MOST) return;
    this.points.push(point);
    this.show();
  }

  undo() {
    this.points.pop();
    this.show();
  }

  // In metres along the points.
  length() {
    return this.points.slice(1).reduce((sum, point, index) => sum + this.map.distance(this.points[index], point), 0);
  }

  show() {
    this.layer.clearLayers();
    if (this.points.length > 1) L.polyline(this.points, { className: "measure-line", interactive: false }).addTo(this.layer);
    for (const point of this.points) L.circleMarker(point, { radius: 5, className: "measure-point", interactive: false }).addTo(this.layer);
    this.total.textContent = interpolate(_("Distance: %(distance)s"), { distance: kilometres(this.length()) });
    this.hint.textContent = this.points.length ? "" : _("Click points on the map, or move it and press Enter for a point in its middle.");
  }
}

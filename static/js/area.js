// "Search this area": after the map was moved by hand, what lies in view can be made the filter's area.
/* global L */

import { params } from "./query.js";

const STEP = 10; // edges to a degree, as the server widens them

export class AreaSearch {
  // `choose(text or null)` writes the area into the filter.
  constructor(map, { choose }) {
    this.map = map;
    this.choose = choose;
    this.search = document.querySelector("[data-area-search]");
    this.clear = document.querySelector("[data-area-clear]");
    this.search.addEventListener("click", () => this.take());
    this.clear.addEventListener("click", () => {
      this.choose(null);
      map.getContainer().focus({ preventScroll: true });
    });
    const moved = () => {
      this.search.hidden = false;
    };
    map.on("dragend", moved);
    map.getContainer().addEventListener("wheel", moved, { passive: true });
    map.getContainer().addEventListener("keydown", ({ key }) => {
      if (/^Arrow|^[+-]$/.test(key)) moved();
    });
    for (const name of ["[data-zoom-in]", "[data-zoom-out]"]) document.querySelector(name).addEventListener("click", moved);
    addEventListener("filterchange", () => this.show());
    addEventListener("popstate", () => this.show());
    this.show();
  }

  take() {
    const box = this.map.getBounds().pad(-0.02); // what is on the very edge was not looked at
    const [west, east] = [Math.max(-180, box.getWest()), Math.min(180, box.getEast())];
    const [south, north] = [Math.max(-90, box.getSouth()), Math.min(90, box.getNorth())];
    const edges = [Math.floor(west * STEP), Math.floor(south * STEP), Math.ceil(east * STEP), Math.ceil(north * STEP)];
    this.choose(edges.map((edge) => edge / STEP).join(","));
    this.search.hidden = true;
    this.clear.focus({ preventScroll: true });
  }

  show() {
    const text = params().get("area") ?? "";
    if (text === this.shown) return;
    this.shown = text;
    this.box?.remove();
    this.clear.hidden = !text;
    const [west, south, east, north] = text.split(",").map(Number);
    if (![west, south, east, north].every(Number.isFinite) || !text) return;
    this.box = L.rectangle(
      [
        [south, west],
        [north, east],
      ],
      { className: "area-box", interactive: false },
    ).addTo(this.map);
  }
}

// Rivers and lakes of the bundled base map, by continent, from where a map shows a region.
/* global L */

import { load, ring } from "./basemap.js";

// South, west, north and east of what each file holds, in degrees.
const CONTINENTS = {
  africa: [-35, -30, 38, 62],
  europe: [34, -30, 72, 66],
  asia: [-50, 55, 78, 180],
  "north-america": [10, -170, 84, -50],
  "south-america": [-56, -82, 16, -33],
};
const WATER = "var(--map-water)";
const PANE = "waters"; // above the land, below tiles

// Draws them on `map` as it comes to each continent.
export const waters = (map, folder) => {
  map.createPane(PANE).style.zIndex = "160";
  const style = { pane: PANE, interactive: false, color: WATER, fillColor: WATER, fillOpacity: 1 };
  const asked = new Set();
  const drawContinent = async (name) => {
    asked.add(name);
    try {
      const { step, rivers, lakes } = await load(`${folder}waters/${name}.json`);
      const line = (steps) => ring(steps, step);
      L.polyline(rivers.map(line), { ...style, className: "river", weight: 1.5 }).addTo(map);
      L.polygon(
        lakes.map((rings) => rings.map(line)),
        { ...style, className: "lake", weight: 0 },
      ).addTo(map);
    } catch {
      asked.delete(name); // the next move tries again
    }
  };
  const look = () => {
    const bounds = map.getBounds();
    for (const [name, [south, west, north, east]] of Object.entries(CONTINENTS)) {
      if (!asked.has(name) && bounds.intersects(L.latLngBounds([south, west], [north, east]))) drawContinent(name);
    }
  };
  map.on("moveend", look);
  look();
};

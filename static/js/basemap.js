// The bundled base map: the world coarsely at once; countries in view more finely the closer the map comes.
/* global L */

const FINER = [
  { folder: "middle", zoom: 5 },
  { folder: "fine", zoom: 8 },
];
const NAMES_FROM_ZOOM = 4;
const LETTER = 11; // pixels of a spaced capital
const HEIGHT = 20;
const LAND = "land"; // a pane below all tiles
const CLOSE = 7; // the first map of a country does without what is drawn from here
const touches = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

export const load = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
};

// A ring is one list: its first point, then steps from point to point, in parts of a degree.
export const ring = (steps, step) => {
  let [x, y] = [0, 0];
  return Array.from({ length: steps.length / 2 }, (_point, index) => {
    x += steps[2 * index];
    y += steps[2 * index + 1];
    return [y / step, x / step];
  });
};

const shape = ({ polygons, step }) =>
  L.polygon(
    polygons.map((rings) => rings.map((steps) => ring(steps, step))),
    { className: "land", pane: LAND, weight: 1, interactive: false },
  );

const inView =
  (bounds) =>
  ({ boxes }) =>
    boxes.some(([west, south, east, north]) =>
      bounds.intersects([
        [south, west],
        [north, east],
      ]),
    );

// Names of countries, each at the first of its places that is in view and covers no mark; else not at all.
class Names {
  constructor(map, index) {
    this.map = map;
    this.index = index;
    this.layer = L.layerGroup().addTo(map);
    this.taken = [];
    map.createPane("names").style.zIndex = "450";
    map.getPane("names").style.pointerEvents = "none";
  }

  // `taken`: boxes in the map's pixels that names keep clear of.
  place(taken = this.taken) {
    this.taken = taken;
    this.layer.clearLayers();
    if (this.map.getZoom() < NAMES_FROM_ZOOM) return;
    const { x: width, y: height } = this.map.getSize();
    const used = [...taken];
    for (const { name, labels } of this.index.filter(inView(this.map.getBounds()))) {
      const half = (name.length * LETTER) / 2;
      for (const [longitude, latitude] of labels) {
        const { x, y } = this.map.latLngToContainerPoint([latitude, longitude]);
        const rect = { left: x - half, right: x + half, top: y - HEIGHT / 2, bottom: y + HEIGHT / 2 };
        const whole = rect.left > 0 && rect.right < width && rect.top > 0 && rect.bottom < height - HEIGHT;
        if (!whole || used.some((other) => touches(rect, other))) continue;
        used.push(rect);
        this.layer.addLayer(this.name(name, latitude, longitude));
        break;
      }
    }
  }

  name(words, latitude, longitude) {
    const text = document.createElement("span");
    text.className = "country-label";
    text.textContent = words;
    const icon = L.divIcon({ html: text, className: "", iconSize: [0, 0] });
    return L.marker([latitude, longitude], { icon, interactive: false, keyboard: false, pane: "names" });
  }
}

// How close a map may come: where the page names no base maps, nothing more is drawn beyond 14.
export const closest = () => (document.getElementById("basemaps") ? 18 : 14);

// Rivers, streets and pictures: loaded when the map comes close, or at once where somebody chose pictures before.
const drawCloser = (map, folder) => {
  const begin = () => {
    if (map.getZoom() < CLOSE && !localStorage.getItem("responder.basemap")) return;
    map.off("moveend", begin);
    import("./closer.js").then(
      ({ closer }) => closer(map, folder),
      () => {}, // the outlines stay
    );
  };
  map.on("moveend", begin);
  begin();
};

// Draws the base map and returns its Names.
export const basemap = async (map, folder) => {
  map.createPane(LAND).style.zIndex = "150";
  drawCloser(map, folder);
  const [world, index] = [load(`${folder}world.json`), load(`${folder}index.json`)];
  index.catch(() => {}); // told below, when it is waited for
  const drawn = new Map();
  for (const { key, ...country } of await world) drawn.set(key, { level: -1, layer: shape(country).addTo(map) });
  const asked = new Map(); // how finely each country was asked for
  const refine = async (key, level) => {
    const before = asked.get(key);
    asked.set(key, level);
    try {
      const layer = shape(await load(`${folder}${FINER[level].folder}/${key}.json`));
      const old = drawn.get(key);
      if (old?.level > level) return;
      old?.layer.remove();
      drawn.set(key, { level, layer: layer.addTo(map) });
    } catch {
      if (asked.get(key) === level) asked.set(key, before); // what is drawn stays; the next move tries again
    }
  };
  const countries = await index;
  const look = () => {
    const level = FINER.findLastIndex(({ zoom }) => map.getZoom() >= zoom);
    if (level < 0) return;
    for (const { key } of countries.filter(inView(map.getBounds()))) if (!(asked.get(key) >= level)) refine(key, level);
  };
  map.on("moveend", look);
  look();
  return new Names(map, countries);
};

// Outlines of areas on a map: the event's, and those of its teams.

// GeoJSON's [longitude, latitude] of a ring, as Leaflet's [latitude, longitude].
export const corners = (polygon) => polygon.coordinates[0].map(([longitude, latitude]) => [latitude, longitude]);

// A name as an element: Leaflet would take a text as markup.
const label = (name) => {
  const element = document.createElement("bdi");
  element.textContent = name;
  return element;
};

const PANE = "outlines";

// Options of an outline. It has a pane of its own above the countries, which are drawn anew whenever the map comes closer.
export const outlineStyle = (map, className) => {
  if (!map.getPane(PANE)) map.createPane(PANE).style.zIndex = "420";
  return { className, pane: PANE };
};

// Draws `outlines`, each with a `name` (empty for the event's own) and a `polygon`. Gives the layer that holds them.
export const drawOutlines = (map, outlines, { named = false } = {}) => {
  const layer = L.featureGroup().addTo(map);
  for (const { name, polygon } of outlines) {
    const shape = L.polygon(corners(polygon), { ...outlineStyle(map, name ? "outline outline-team" : "outline"), interactive: false }).addTo(layer);
    if (named && name) shape.bindTooltip(label(name), { permanent: true, direction: "center", className: "outline-name" });
  }
  return layer;
};

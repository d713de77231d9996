// The bundled base map: the world coarsely at once; countries in view finely when the map comes close.
/* global L */

const FINE_FROM_ZOOM = 5;
const NAMES_FROM_ZOOM = 4;
const LETTER = 11; // pixels of a spaced capital
const HEIGHT = 20;
const touches = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

const load = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
};

const shape = (geometry) =>
  L.geoJSON({ type: "Feature", properties: {}, geometry }, { interactive: false, style: { className: "land", weight: 1 } });

const inView = (bounds) => ({ boxes }) =>
  boxes.some(([west, south, east, north]) => bounds.intersects([[south, west], [north, east]]));

// Names of countries, each at the first of its places that is in view and covers no mark; else not at all.
class Names {
  constructor(map, index) {
    Object.assign(this, { map, index, layer: L.layerGroup().addTo(map), taken: [] });
    map.createPane("names").style.zIndex = 450;
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

// Draws the base map and returns its Names.
export const basemap = async (map, folder) => {
  const drawn = new Map();
  for (const { key, geometry } of await load(`${folder}world.json`)) drawn.set(key, shape(geometry).addTo(map));
  const index = await load(`${folder}index.json`);
  const asked = new Set();
  const refine = async ({ key }) => {
    asked.add(key);
    try {
      const fine = shape(await load(`${folder}fine/${key}.json`)).addTo(map);
      drawn.get(key)?.remove();
      drawn.set(key, fine);
    } catch {
      asked.delete(key); // the coarse shape stays; the next move tries again
    }
  };
  const look = () => {
    if (map.getZoom() < FINE_FROM_ZOOM) return;
    for (const country of index.filter(inView(map.getBounds()))) if (!asked.has(country.key)) refine(country);
  };
  map.on("moveend", look);
  look();
  return new Names(map, index);
};

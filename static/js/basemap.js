// The bundled base map: the world coarsely at once; countries in view finely when the map comes close.
/* global L */

const FINE_FROM_ZOOM = 5;
const NAMES_FROM_ZOOM = 4;

const load = async (url) => {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
};

const shape = (geometry) =>
  L.geoJSON({ type: "Feature", properties: {}, geometry }, { interactive: false, style: { className: "land", weight: 1 } });

const inView = (bounds) => ({ boxes }) =>
  boxes.some(([west, south, east, north]) => bounds.intersects([[south, west], [north, east]]));

const name = ({ name: words, label: [longitude, latitude] }) => {
  const text = document.createElement("span");
  text.className = "country-label";
  text.textContent = words;
  const icon = L.divIcon({ html: text, className: "", iconSize: [0, 0] });
  return L.marker([latitude, longitude], { icon, interactive: false, keyboard: false, pane: "names" });
};

export const basemap = async (map, folder) => {
  map.createPane("names").style.zIndex = 450;
  map.getPane("names").style.pointerEvents = "none";
  const drawn = new Map();
  for (const { key, geometry } of await load(`${folder}world.json`)) drawn.set(key, shape(geometry).addTo(map));

  const index = await load(`${folder}index.json`);
  const names = L.layerGroup(index.map(name));
  const asked = new Set();
  const refine = async (country) => {
    asked.add(country.key);
    try {
      const fine = shape(await load(`${folder}fine/${country.key}.json`)).addTo(map);
      drawn.get(country.key)?.remove();
      drawn.set(country.key, fine);
    } catch {
      asked.delete(country.key); // the coarse shape stays; the next move tries again
    }
  };
  const look = () => {
    if (map.getZoom() >= NAMES_FROM_ZOOM) names.addTo(map);
    else names.remove();
    if (map.getZoom() < FINE_FROM_ZOOM) return;
    for (const country of index.filter(inView(map.getBounds()))) if (!asked.has(country.key)) refine(country);
  };
  map.on("moveend", look);
  look();
};

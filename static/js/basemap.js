// The bundled base map: land and borders of Natural Earth, coarse at once, finer when there is time.
/* global L */

const load = async (url) => (await fetch(url)).json();

const draw = (map, world) =>
  L.geoJSON(world, { interactive: false, style: { className: "land", weight: 1 }, smoothFactor: 1.2 }).addTo(map);

const centre = (geometry) => {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const largest = polygons.reduce((a, b) => (b[0].length > a[0].length ? b : a));
  const [xs, ys] = [largest[0].map((p) => p[0]), largest[0].map((p) => p[1])];
  return [(Math.min(...ys) + Math.max(...ys)) / 2, (Math.min(...xs) + Math.max(...xs)) / 2];
};

const labels = (map, world) => {
  const layer = L.layerGroup();
  for (const country of world.features) {
    if (!country.geometry) continue;
    const text = document.createElement("span");
    text.className = "country-label";
    text.textContent = country.properties.name;
    const icon = L.divIcon({ html: text, className: "", iconSize: null });
    L.marker(centre(country.geometry), { icon, interactive: false, keyboard: false, pane: "names" }).addTo(layer);
  }
  const toggle = () => (map.getZoom() >= 4 ? layer.addTo(map) : layer.remove());
  map.on("zoomend", toggle);
  toggle();
};

export const basemap = async (map, folder) => {
  map.createPane("names").style.zIndex = 450;
  map.getPane("names").style.pointerEvents = "none";
  const world = await load(`${folder}countries-110m.json`);
  let coarse = draw(map, world);
  labels(map, world);
  const refine = async () => {
    if (!coarse || map.getZoom() < 5) return;
    const gone = coarse;
    coarse = null;
    draw(map, await load(`${folder}countries-50m.json`));
    gone.remove();
  };
  map.on("zoomend", refine);
  (window.requestIdleCallback || setTimeout)(() => refine(), { timeout: 3000 });
};

// Copies the third parties' files that the pages use from node_modules to static/vendor, with their licences.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { geoArea, geoCentroid, geoEquirectangular } from "d3-geo";
import { geoProject } from "d3-geo-projection";
import { feature } from "topojson-client";

const OUT = "static/vendor";
const ICONS = [
  "ban", "bell", "chart-column", "check", "chevron-down", "circle-alert", "circle-question-mark", "clock", "copy",
  "crosshair", "footprints", "hand-helping", "heart", "heart-pulse", "info", "key-round", "keyboard", "languages",
  "life-buoy", "link", "list", "log-out", "map", "map-pin", "map-pin-off", "maximize", "megaphone", "minus", "moon",
  "pause", "play", "plus", "scroll-text", "search", "sliders-horizontal", "sun", "undo-2", "user-round-search", "x",
  "zap-off",
];

const copy = (from, to) => {
  mkdirSync(`${OUT}/${to}`.replace(/\/[^/]+$/, ""), { recursive: true });
  copyFileSync(`node_modules/${from}`, `${OUT}/${to}`);
};

copy("leaflet/dist/leaflet.js", "leaflet/leaflet.js");
copy("leaflet/dist/leaflet.css", "leaflet/leaflet.css");
copy("leaflet/LICENSE", "leaflet/LICENSE");
copy("chart.js/dist/chart.umd.min.js", "chartjs/chart.umd.js");
copy("chart.js/LICENSE.md", "chartjs/LICENSE.md");
copy("@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", "inter/inter-latin-wght-normal.woff2");
copy("@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2", "inter/inter-latin-ext-wght-normal.woff2");
copy("@fontsource-variable/inter/LICENSE", "inter/LICENSE");
copy("lucide-static/LICENSE", "lucide/LICENSE");
copy("world-atlas/LICENSE", "world/LICENSE");
copy("axe-core/axe.min.js", "../../tests/browser/axe.min.js");
copy("axe-core/LICENSE", "../../tests/browser/axe.LICENSE");

// One sprite of the icons in use: <svg><use href="sprite.svg#map"></use></svg>
const symbols = ICONS.map((name) => {
  const svg = readFileSync(`node_modules/lucide-static/icons/${name}.svg`, "utf8");
  const body = svg.replace(/<!--[\s\S]*?-->/, "").replace(/[\s\S]*?<svg[\s\S]*?>/, "").replace(/<\/svg>\s*$/, "");
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${body.replace(/\s*\n\s*/g, "")}</symbol>`;
});
writeFileSync(`${OUT}/lucide/sprite.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);

// Natural Earth, cut at the antimeridian: uncut, Russia and Fiji would draw bands across the map.
// One coarse file of the world for the first paint; one fine file per country for when a map comes close.
const degrees = geoEquirectangular().scale(180 / Math.PI).translate([0, 0]).precision(0);
const north = (value) => (typeof value[0] === "number" ? [value[0], -value[1]] : value.map(north));
const rounded = (value, step) => (Array.isArray(value) ? value.map((part) => rounded(part, step)) : Math.round(value * step) / step);
// A few islands are so small that rounding turned their ring: taken literally, they cover all the world but themselves.
const upright = ({ coordinates, ...rest }) => {
  const turned = (rings) => geoArea({ type: "Polygon", coordinates: rings }) > 2 * Math.PI;
  const right = (rings) => (turned(rings) ? rings.map((ring) => ring.toReversed()) : rings);
  return { ...rest, coordinates: rest.type === "Polygon" ? right(coordinates) : coordinates.map(right) };
};
const flat = (geometry, step) => {
  const { type, coordinates } = geoProject(upright(geometry), degrees);
  return { type, coordinates: rounded(north(coordinates), step) };
};
const keyOf = ({ properties }) => properties.name.normalize("NFD").toLowerCase().replace(/[^a-z]+/g, "-").replace(/^-|-$/g, "");
const countries = (scale) => {
  const atlas = JSON.parse(readFileSync(`node_modules/world-atlas/countries-${scale}.json`, "utf8"));
  return feature(atlas, atlas.objects.countries).features;
};
const save = (name, content) => writeFileSync(`${OUT}/world/${name}.json`, JSON.stringify(content));
const polygons = ({ type, coordinates }) => (type === "Polygon" ? [coordinates] : coordinates);
const largest = (geometry) => {
  const parts = polygons(geometry).map((coordinates) => ({ type: "Polygon", coordinates }));
  return parts.reduce((best, part) => (geoArea(part) > geoArea(best) ? part : best));
};
const box = (points) => {
  const edges = (odd) => points.map((point) => point[odd]).reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const [[west, east], [south, north]] = [edges(0), edges(1)];
  return rounded([west, south, east, north], 10);
};
// West, south, east, north; two boxes for countries on both sides of the antimeridian.
const boxes = (geometry) => {
  const points = polygons(geometry).flat(2);
  const [west, , east] = box(points);
  if (east - west < 180) return [box(points)];
  return [points.filter(([x]) => x < 0), points.filter(([x]) => x >= 0)].filter((half) => half.length).map(box);
};

save("world", countries("110m").map((country) => ({ key: keyOf(country), geometry: flat(country.geometry, 100) })));
mkdirSync(`${OUT}/world/fine`, { recursive: true });
save("index", countries("10m").map((country) => {
  const geometry = flat(country.geometry, 1000);
  save(`fine/${keyOf(country)}`, geometry);
  const label = rounded(geoCentroid(largest(upright(country.geometry))), 10);
  return { key: keyOf(country), name: country.properties.name, boxes: boxes(geometry), label };
}));

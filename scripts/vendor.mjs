// Copies the third parties' files that the pages use from node_modules to static/vendor, with their licences.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { geoEquirectangular } from "d3-geo";
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
const degrees = geoEquirectangular().scale(180 / Math.PI).translate([0, 0]).precision(0);
const round = (value) => (Array.isArray(value) ? value.map(round) : Math.round(value * 100) / 100);
for (const scale of ["110m", "50m"]) {
  const atlas = JSON.parse(readFileSync(`node_modules/world-atlas/countries-${scale}.json`, "utf8"));
  const features = feature(atlas, atlas.objects.countries).features.map((country) => {
    const flat = geoProject(country.geometry, degrees);
    const turn = (value) => (typeof value[0] === "number" ? [value[0], -value[1]] : value.map(turn));
    return { type: "Feature", properties: { name: country.properties.name }, geometry: { type: flat.type, coordinates: round(turn(flat.coordinates)) } };
  });
  writeFileSync(`${OUT}/world/countries-${scale}.json`, JSON.stringify({ type: "FeatureCollection", features }));
}

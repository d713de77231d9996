// Streets and pictures under the marks: the files of vector tiles of this installation, or pictures of another server.
/* global L */

import { labelRules, paintRules, readColours } from "./street-styles.js";
import { _ } from "./texts.js";

const CHOSEN = "responder.basemap";
const STREETS = "streets";
const OUTLINES = "outlines";
const PANE = "tilePane"; // above the land, below all that is drawn on the map
const FROM_ZOOM = 9;
const MOST_ZOOM = 18;
const EDGE = 16; // pixels beyond a tile from which labels reach into it
const drawn = new WeakMap();

const SCRIPT = new URL("../vendor/protomaps-leaflet/protomaps-leaflet.js", import.meta.url).href;

const loaded = (element) =>
  new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", () => reject(new Error("not loaded")));
    document.head.append(element);
  });

let styles = null;
const loadStyles = () => {
  styles ??= loaded(Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("../css/streets.css", import.meta.url).href }));
  return styles;
};

let library = null;
const load = () => {
  library ??= Promise.all([loadStyles(), loaded(Object.assign(document.createElement("script"), { src: SCRIPT }))]);
  return library;
};

const boundsOf = ([west, south, east, north]) => L.latLngBounds([south, west], [north, east]);

// A file's layer. Where a file above it covers a tile wholly, it leaves the tile out.
const fileLayer = (source, above) => {
  const layer = globalThis.protomapsL.leafletLayer({
    url: source.url,
    maxDataZoom: source.max_zoom,
    minZoom: Math.max(FROM_ZOOM, source.min_zoom + 1),
    maxZoom: MOST_ZOOM,
    devicePixelRatio: 2, // sharp on a phone, and between two zooms on any screen
    bounds: boundsOf(source.bounds),
    pane: PANE,
    attribution: "",
    noWrap: true,
    lang: document.documentElement.lang,
    paintRules: paintRules(globalThis.protomapsL),
    labelRules: labelRules(globalThis.protomapsL, document.documentElement.lang.split("-")[0]),
  });
  const isValid = layer._isValidTile.bind(layer);
  layer._isValidTile = (coords) =>
    isValid(coords) && !above.some(({ bounds, min_zoom }) => coords.z > min_zoom && boundsOf(bounds).contains(layer._tileCoordsToBounds(coords)));
  remember(layer);
  return layer;
};

// Keeps what each tile was drawn from, so that it can be drawn anew at once: printing waits for nothing.
const remember = (layer) => {
  layer.prepared = new Map();
  const key = ({ x, y, z }) => `${x}:${y}:${z}`;
  for (const view of layer.views.values()) {
    const get = view.getDisplayTile.bind(view);
    view.getDisplayTile = async (coords) => {
      const tile = await get(coords);
      layer.prepared.set(key(coords), tile);
      return tile;
    };
  }
  layer.on("tileunload", ({ coords }) => layer.prepared.delete(key(layer._wrapCoords(coords))));
  layer.repaint = () => {
    for (const { coords, el } of Object.values(layer._tiles)) {
      const at = layer._wrapCoords(coords);
      const tile = layer.prepared.get(key(at));
      const labels = layer.labelers.getIndex(at.z);
      if (!tile || !labels || !el.width) continue;
      const context = el.getContext("2d");
      const scale = layer.tileSize / 256;
      const [left, top] = [256 * at.x, 256 * at.y];
      context.setTransform(scale, 0, 0, scale, 0, 0);
      context.clearRect(0, 0, 256, 256);
      const box = { minX: left - EDGE, minY: top - EDGE, maxX: left + 256 + EDGE, maxY: top + 256 + EDGE };
      globalThis.protomapsL.paint(context, at.z, new Map([["", [tile]]]), labels, layer.paintRules, box, { x: left, y: top }, false, "");
    }
  };
};

const pictureLayer = ({ url, max_zoom }) => L.tileLayer(url, { maxNativeZoom: max_zoom, maxZoom: MOST_ZOOM, pane: PANE });

const isFile = ({ kind }) => kind === "file";

// Where a map states whose it is: its page's own line, or one of ours at its lower edge.
const creditOf = (map) => {
  const container = map.getContainer();
  const stated = container.parentElement.querySelector(":scope > .attribution");
  if (stated) return stated;
  const made = Object.assign(document.createElement("p"), { className: "base-credit" });
  container.append(made);
  return made;
};

class BaseMaps {
  constructor(map, sources) {
    this.map = map;
    this.sources = sources;
    this.layers = [];
    this.attribution = document.createElement("span");
    creditOf(map).append(this.attribution);
    map.on("moveend", () => this.attribute());
  }

  get choices() {
    const pictures = this.sources.filter((source) => !isFile(source)).map(({ key, name }) => ({ key, name }));
    const streets = this.sources.some(isFile) ? [{ key: STREETS, name: _("Streets") }] : [];
    return [...streets, ...pictures, { key: OUTLINES, name: _("Outlines only") }];
  }

  get chosen() {
    const stored = localStorage.getItem(CHOSEN);
    return this.choices.some(({ key }) => key === stored) ? stored : this.choices.some(({ key }) => key === STREETS) ? STREETS : OUTLINES;
  }

  choose(key) {
    if (key === STREETS) localStorage.removeItem(CHOSEN);
    else localStorage.setItem(CHOSEN, key);
    return this.draw();
  }

  // Those that are drawn now, the first on top.
  get active() {
    const { chosen } = this;
    return this.sources.filter((source) => (isFile(source) ? chosen === STREETS : chosen === source.key));
  }

  async draw() {
    const active = this.active;
    if (active.length) await loadStyles();
    if (active.some(isFile)) {
      await load();
      this.recolour();
    }
    for (const layer of this.layers) layer.remove();
    const layers = active.map((source, index) => (isFile(source) ? fileLayer(source, active.slice(0, index)) : pictureLayer(source)));
    this.layers = layers;
    for (const [index, layer] of layers.entries()) {
      layer.setZIndex(layers.length - index);
      layer.addTo(this.map);
      layer.getContainer().dir = "ltr"; // labels are placed from the left; letters keep their own direction
      layer.getContainer().dataset.basemap = active[index].kind;
    }
    this.attribute();
  }

  // The attributions of what is in view, besides those that the page always states.
  attribute() {
    const bounds = this.map.getBounds();
    const found = this.active.filter(
      (source) => source.attribution && bounds.intersects(boundsOf(source.bounds)) && (!isFile(source) || this.map.getZoom() >= FROM_ZOOM),
    );
    const words = [...new Set(found.map(({ attribution }) => attribution))];
    this.attribution.replaceChildren(
      ...words.map((word) => {
        const text = document.createElement("bdi");
        text.textContent = word;
        const part = document.createElement("span");
        part.append(" · ", text);
        return part;
      }),
    );
  }

  recolour(paper = false) {
    const probe = Object.assign(document.createElement("i"), { className: paper ? "streets-paper" : "", hidden: true });
    document.body.append(probe);
    readColours(probe);
    probe.remove();
    for (const layer of this.layers) layer.repaint?.();
  }

  follow() {
    addEventListener("beforeprint", () => this.recolour(true));
    addEventListener("afterprint", () => this.recolour());
    matchMedia("print").addEventListener("change", ({ matches }) => this.recolour(matches));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    new MutationObserver(() => this.recolour()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }
}

const on = (map, sources) => {
  if (!drawn.has(map)) drawn.set(map, new BaseMaps(map, sources ?? JSON.parse(document.getElementById("basemaps").textContent)));
  return drawn.get(map);
};

// Draws the chosen base map on `map`; `sources` are those that the page names.
export const draw = async (map, sources) => {
  const maps = on(map, sources);
  await maps.draw();
  maps.follow();
};

// The choice of a base map, for the panel of layers.
export const chooser = (map) => {
  const maps = on(map);
  const field = Object.assign(document.createElement("fieldset"), { className: "base-maps" });
  const legend = document.createElement("legend");
  legend.textContent = _("Base map");
  field.append(legend);
  for (const { key, name } of maps.choices) {
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "base-map", value: key, checked: key === maps.chosen });
    const words = document.createElement("bdi");
    words.textContent = name;
    const label = document.createElement("label");
    label.append(input, words);
    input.addEventListener("change", () => maps.choose(key));
    field.append(label);
  }
  loadStyles().catch(() => {}); // it can be used without
  return field;
};

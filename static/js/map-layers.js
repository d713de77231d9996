// Layers of the map that are loaded when somebody opens them: official alerts, and what the posts cannot tell.
/* global L */

import { corners } from "./basemap.js";
import { fragment } from "./dom.js";
import { getJson } from "./http.js";
import { Latest } from "./latest.js";
import { filter } from "./query.js";
import { _, interpolate, locale } from "./texts.js";

const STORED = "responder.layers";
const REFRESH_MS = 60000;
const NAMED = 12; // alerts whose name stands on the map; of others it is told on touch
const HATCH = "hatch-unknown";
const PANES = { hazards: 405, unknowns: 410, "hazard-names": 590 }; // above the countries, below the marks

// The styles of the layers, which the map itself does without.
const styled = () =>
  new Promise((resolve) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("../css/hazards.css", import.meta.url).href;
    link.addEventListener("load", resolve);
    link.addEventListener("error", resolve);
    document.head.append(link);
  });

const element = (name, attributes, ...inside) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
};

const text = (words) => element("bdi", {}, words);

const alertPopup = ({ title, line, url, assumed }) => {
  const popup = element("div", { class: "hazard-popup" }, element("a", { href: url }, text(title)), element("p", {}, text(line)));
  if (assumed) popup.append(element("p", {}, _("The source states a point. The circle is our assumption.")));
  return popup;
};

// The name of an alert above its outline, below the marks.
const nameTag = (group, alert, bounds) => {
  /** @type {L.TooltipOptions} */
  const options = { permanent: true, direction: "top", className: "hazard-name", pane: "hazard-names" };
  L.tooltip(options).setLatLng([bounds.getNorth(), bounds.getCenter().lng]).setContent(text(alert.name)).addTo(group);
};

const drawAlerts = (group, { alerts }) => {
  alerts.forEach((alert, index) => {
    const style = { className: `hazard hazard-${alert.level}`, pane: "hazards" };
    const shapes = [
      ...(alert.polygons ?? []).map((ring) => L.polygon(corners({ coordinates: [ring] }), style)),
      ...(alert.circles ?? []).map(([longitude, latitude, km]) => L.circle([latitude, longitude], { ...style, radius: km * 1000 })),
    ];
    for (const shape of shapes) shape.addTo(group).bindPopup(() => alertPopup(alert));
    if (index < NAMED && shapes.length) nameTag(group, alert, shapes[0].getBounds());
    else for (const shape of shapes) shape.bindTooltip(text(alert.name), { sticky: true });
  });
};

const SVG = "http://www.w3.org/2000/svg";
const hatch = (map) => {
  const svg = map.getPane("unknowns").querySelector("svg");
  if (!svg || svg.querySelector(`#${HATCH}`)) return;
  const pattern = document.createElementNS(SVG, "pattern");
  const line = document.createElementNS(SVG, "path");
  for (const [key, value] of Object.entries({ id: HATCH, width: 6, height: 6, patternUnits: "userSpaceOnUse" })) pattern.setAttribute(key, String(value));
  line.setAttribute("d", "M-1 1 1 -1M0 6 6 0M5 7 7 5");
  line.setAttribute("class", "hatch-line");
  pattern.append(line);
  svg.prepend(pattern);
};

const silentWords = ({ name, words, people, recent, earlier }) =>
  interpolate(_("%(name)s: %(words)s. About %(people)s people; posts in the last 6 hours: %(recent)s, in the 3 days before: %(earlier)s."), {
    name,
    words,
    people: people.toLocaleString(locale),
    recent,
    earlier,
  });

const drawSilence = (group, { places, areas }, map) => {
  const style = (place) => ({ className: `silent silent-${place.why}`, pane: "unknowns", fillColor: `url(#${HATCH})` });
  for (const area of areas)
    L.polygon(corners(area.polygon), style(area))
      .bindTooltip(text(silentWords(area)), { sticky: true })
      .addTo(group);
  for (const place of places) {
    const radius = Math.min(20, 8 + Math.sqrt(place.people) / 60);
    L.circleMarker([place.latitude, place.longitude], { ...style(place), radius })
      .bindTooltip(text(silentWords(place)))
      .addTo(group);
  }
  hatch(map);
};

class Layer {
  constructor(map, { key, label, url, draw }) {
    this.map = map;
    this.key = key;
    this.url = url;
    this.draw = draw;
    this.requests = new Latest();
    this.group = L.featureGroup();
    this.box = element("input", { type: "checkbox", "data-layer": key });
    this.told = element("div", { "data-layer-told": key, "aria-live": "polite" });
    this.root = element("div", {}, element("label", {}, this.box, label), this.told);
    this.box.addEventListener("change", () => this.switched());
  }

  get on() {
    return this.box.checked;
  }

  async switched() {
    const on = stored().filter((key) => key !== this.key);
    localStorage.setItem(STORED, [...on, ...(this.on ? [this.key] : [])].join(","));
    if (this.on) {
      this.group.addTo(this.map);
      await this.refresh();
    } else {
      this.group.remove();
      this.group.clearLayers();
      this.told.replaceChildren();
    }
  }

  async refresh() {
    if (!this.on) return;
    try {
      const data = await this.requests.run((signal) => getJson(`${this.url}?${filter()}`, signal));
      if (!data || !this.on) return;
      this.group.clearLayers();
      this.draw(this.group, data, this.map);
      this.told.replaceChildren(fragment(data.panel));
    } catch (error) {
      this.told.replaceChildren(element("p", { role: "alert" }, interpolate(_("Could not load this layer: %(reason)s"), { reason: error.message })));
    }
  }
}

const stored = () => (localStorage.getItem(STORED) ?? "").split(",").filter(Boolean);

let panel = null;

// The button is a link to the list of alerts, for who has no scripts; the data of the layers lie beside the pages.
const made = async (map, button) => {
  await styled();
  button.setAttribute("aria-controls", "layers");
  for (const [pane, height] of Object.entries(PANES)) map.createPane(pane).style.zIndex = String(height);
  const layers = [
    { key: "hazards", label: _("Official alerts"), url: new URL("map", button.href).pathname, draw: drawAlerts },
    { key: "unknowns", label: _("What we don't know"), url: new URL("../unknowns/map", button.href).pathname, draw: drawSilence },
  ].map((options) => new Layer(map, options));
  const root = element("section", { class: "layer-panel", id: "layers", "aria-label": _("Layers") }, ...layers.map((layer) => layer.root));
  map.getContainer().parentElement.append(root);
  if (document.getElementById("basemaps")) import("./streets.js").then(({ chooser }) => root.prepend(chooser(map)));
  const refresh = () => {
    for (const layer of layers) layer.refresh();
  };
  setInterval(() => {
    for (const layer of layers) if (!layer.requests.waits) layer.refresh();
  }, REFRESH_MS);
  addEventListener("filterchange", refresh);
  for (const layer of layers) {
    layer.box.checked = stored().includes(layer.key);
    if (layer.on) layer.switched();
  }
  button.addEventListener("keydown", (event) => {
    if (event.key !== " ") return; // a link that is a button
    event.preventDefault();
    button.click();
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    show(button, false);
    button.focus();
  });
  return root;
};

const show = (button, shown) => {
  panel.hidden = !shown;
  button.setAttribute("aria-expanded", String(shown));
  if (shown) panel.querySelector("input").focus();
};

// Opens or closes the panel of layers; what is drawn stays while the panel is closed. Layers of the last visit are drawn again
// when `quietly` asks for them without opening the panel.
export const open = async (map, button, { quietly = false } = {}) => {
  if (!panel) {
    panel = await made(map, button);
    panel.hidden = true;
    if (quietly) return;
  }
  show(button, panel.hidden);
};

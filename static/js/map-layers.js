// The panel of layers, loaded when somebody opens it or had layers on: which are on, their order, how strongly each is
// drawn, and the legend of each. The choice is kept with the account, so that it is there on every device.
/* global L */

import { fragment } from "./dom.js";
import { getJson, post } from "./http.js";
import { Latest } from "./latest.js";
import { fileLayer } from "./layers-from-files.js";
import { element, text } from "./layer-parts.js";
import { drawIncidents, drawReports, drawTeams } from "./layers-of-places.js";
import { drawAlerts, drawSilence } from "./layers-of-hazards.js";
import { filter } from "./query.js";
import { _, interpolate } from "./texts.js";

const STORED = "responder.layers"; // where an account keeps nothing yet, and for a page without a network
const REFRESH_MS = 60000;
const KEEP_MS = 600;
const HEIGHT = 405; // of the layers' panes: above the countries, below outlines, names and marks
const ABOVE_MARKS = 620;
const FULL = 100;
const LEAST_OPACITY = 20;

const styled = () =>
  Promise.all(
    ["hazards", "map-layers"].map(
      (name) =>
        new Promise((resolve) => {
          const link = document.createElement("link");
          link.rel = "stylesheet";
          link.href = new URL(`../css/${name}.css`, import.meta.url).href;
          link.addEventListener("load", resolve);
          link.addEventListener("error", resolve);
          document.head.append(link);
        }),
    ),
  );

const storedHere = () => (localStorage.getItem(STORED) ?? "").split(",").filter(Boolean);

const glyphButton = (words, glyph, run) => {
  const button = element("button", { type: "button", class: "icon-button layer-move", "aria-label": words }, glyph);
  button.addEventListener("click", run);
  return button;
};

class Layer {
  // `draw(group, data, layer)` draws what `url` answers and may return nodes for the legend.
  constructor(map, panel, { key, label, url, draw, filtered = true, note = "", credit = "", choices = null, load = null, height = HEIGHT }) {
    Object.assign(this, { map, panel, key, label, url, draw, filtered, note, credit });
    this.load = load ?? ((signal) => getJson(`${this.url}?${filter()}`, signal));
    this.requests = new Latest();
    this.group = L.featureGroup();
    this.pane = `layer-${key}`;
    map.createPane(this.pane).style.zIndex = String(height);
    map.createPane(`${this.pane}-names`).style.zIndex = "590";
    this.settings = { key, on: false, opacity: FULL, measure: "posts", rate: false };
    this.box = element("input", { type: "checkbox", "data-layer": key });
    this.told = element("div", { class: "layer-told", "data-layer-told": key, "aria-live": "polite" });
    this.strength = element("input", {
      type: "range",
      min: LEAST_OPACITY,
      max: FULL,
      step: 10,
      "aria-label": interpolate(_("Strength of “%(layer)s”"), { layer: label }),
    });
    this.up = glyphButton(interpolate(_("Move “%(layer)s” up"), { layer: label }), "↑", () => panel.move(this, -1));
    this.down = glyphButton(interpolate(_("Move “%(layer)s” down"), { layer: label }), "↓", () => panel.move(this, 1));
    this.own = element("div", { class: "layer-own" });
    if (choices) this.own.append(...choices(this));
    this.more = element("div", { class: "layer-more" }, element("span", { class: "layer-strength" }, _("Strength"), this.strength), this.up, this.down);
    this.root = element("li", { class: "layer-row", "data-layer-row": key }, element("label", {}, this.box, text(label)), this.more, this.own, this.told);
    this.box.addEventListener("change", () => {
      this.settings.on = this.box.checked;
      panel.keep();
      this.switched();
    });
    this.strength.addEventListener("input", () => {
      this.settings.opacity = Number(this.strength.value);
      this.fade();
      panel.keep();
    });
    this.fade();
  }

  get on() {
    return this.box.checked;
  }

  // Takes over what the account keeps.
  take(settings) {
    Object.assign(this.settings, settings);
    this.box.checked = this.settings.on;
    this.strength.value = String(Math.max(LEAST_OPACITY, this.settings.opacity));
    this.chosen?.();
    this.fade();
  }

  fade() {
    this.map.getPane(this.pane).style.opacity = String(this.settings.opacity / FULL);
    this.more.hidden = this.own.hidden = !this.on;
  }

  async switched() {
    this.fade();
    this.panel.creditSources();
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
      const data = await this.requests.run((signal) => this.load(signal));
      if (!data || !this.on) return;
      this.group.clearLayers();
      const legend = this.draw(this.group, data, this);
      const isOpen = this.told.querySelector("details")?.open;
      if (data.panel) this.told.replaceChildren(fragment(data.panel));
      else this.told.replaceChildren(...(legend ?? []), ...(this.note ? [element("p", { class: "layer-sources" }, text(this.note))] : []));
      if (isOpen) this.told.querySelector("details")?.setAttribute("open", "");
    } catch (error) {
      this.told.replaceChildren(element("p", { role: "alert" }, interpolate(_("Could not load this layer: %(reason)s"), { reason: error.message })));
    }
  }
}

class Panel {
  // The button is a link to the list of alerts, for who has no scripts; the data of the layers lie beside the pages.
  constructor(map, button) {
    this.map = map;
    this.button = button;
    this.layers = [];
    this.list = element("ul", { class: "layer-list" });
    this.tools = element("div", { class: "layer-tools" });
    this.links = element("p", { class: "layer-links" });
    const title = element("h2", { id: "layers-title" }, _("Layers"));
    const close = element("button", { type: "button", class: "icon-button layer-close", "aria-label": _("Close") }, "×");
    close.addEventListener("click", () => this.leave());
    this.root = element(
      "section",
      { class: "layer-panel", id: "layers", "aria-labelledby": "layers-title" },
      element("div", { class: "layer-head" }, title, close),
      this.list,
      this.links,
      this.tools,
    );
    this.root.hidden = true;
    map.getContainer().parentElement.append(this.root);
    button.setAttribute("aria-controls", "layers");
    button.addEventListener("keydown", (event) => {
      if (event.key !== " ") return; // a link that is a button
      event.preventDefault();
      button.click();
    });
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.leave();
    });
    addEventListener("filterchange", () => this.refresh());
    map.on("popupopen", ({ popup }) => popup.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", _("Close")));
    setInterval(() => {
      for (const layer of this.layers) if (layer.filtered && !layer.requests.waits) layer.refresh();
    }, REFRESH_MS);
  }

  leave() {
    this.show(false);
    this.button.focus();
  }

  show(shown) {
    this.root.hidden = !shown;
    this.button.setAttribute("aria-expanded", String(shown));
    if (shown) (this.root.querySelector("input") ?? this.root).focus();
  }

  async fill() {
    const at = (path) => new URL(path, this.button.href).pathname;
    const places = (kind) => at(`../map/layers/${kind}`);
    let offered = { layers: [], settings: [], page: "" };
    try {
      offered = await getJson(`${at("../map/layers")}?${filter()}`);
    } catch (error) {
      this.links.textContent = interpolate(_("Could not load the layers from files: %(reason)s"), { reason: error.message });
    }
    const own = [
      { key: "incidents", label: _("Open incidents"), url: places("incidents"), draw: drawIncidents, height: ABOVE_MARKS },
      { key: "reports", label: _("Reports from people"), url: places("reports"), draw: drawReports, height: ABOVE_MARKS },
      { key: "teams", label: _("Teams and their areas"), url: places("teams"), draw: drawTeams },
      { key: "hazards", label: _("Official alerts"), url: at("map"), draw: drawAlerts },
      { key: "unknowns", label: _("What we don't know"), url: at("../unknowns/map"), draw: drawSilence },
    ];
    const files = offered.layers.map(fileLayer);
    const shapes = files.filter(({ key }) => key.startsWith("shapes-"));
    const areas = files.filter(({ key }) => key.startsWith("areas-"));
    this.layers = [...own, ...shapes, ...areas].map((options) => new Layer(this.map, this, options));
    this.take(offered.settings);
    if (offered.page) this.links.replaceChildren(element("a", { href: offered.page }, _("Layers from files")));
    this.order();
    for (const layer of this.layers) if (layer.on) layer.switched();
  }

  // The order and the settings of the account; without any, what this browser had on.
  take(settings) {
    const rank = new Map(settings.map(({ key }, index) => [key, index]));
    const last = settings.length;
    this.layers.sort((one, other) => (rank.get(one.key) ?? last) - (rank.get(other.key) ?? last));
    const here = storedHere();
    for (const layer of this.layers) {
      const kept = settings.find(({ key }) => key === layer.key);
      layer.take(kept ?? { on: !settings.length && here.includes(layer.key) });
    }
  }

  // The topmost layer stands first.
  order() {
    this.list.replaceChildren(...this.layers.map(({ root }) => root));
    // All have one height: those that come later in the document are drawn above the others.
    for (const { pane } of [...this.layers].reverse()) this.map.getPane("mapPane").append(this.map.getPane(pane));
    this.layers.forEach((layer, index) => {
      layer.up.disabled = index === 0;
      layer.down.disabled = index === this.layers.length - 1;
    });
  }

  move(layer, step) {
    const from = this.layers.indexOf(layer);
    const to = from + step;
    if (to < 0 || to >= this.layers.length) return;
    this.layers.splice(to, 0, ...this.layers.splice(from, 1));
    this.order();
    const again = step < 0 ? layer.up : layer.down;
    (again.disabled ? (step < 0 ? layer.down : layer.up) : again).focus();
    this.keep();
  }

  keep() {
    const on = this.layers.filter((layer) => layer.on).map(({ key }) => key);
    localStorage.setItem(STORED, on.join(","));
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => {
      const layers = JSON.stringify(this.layers.map(({ settings }) => settings));
      post(new URL("../map/layers/mine", this.button.href).pathname, { layers }).catch(() => {}); // this browser keeps it
    }, KEEP_MS);
  }

  // Names the sources of what is drawn beside those of the base map.
  creditSources() {
    const names = [...new Set(this.layers.filter(({ on, credit }) => on && credit).map(({ credit }) => credit))];
    this.credits ??= element("span", { class: "layer-credits" });
    this.credits.textContent = names.length ? ` · ${names.join(" · ")}` : "";
    document.querySelector(".attribution")?.append(this.credits);
  }

  refresh() {
    for (const layer of this.layers) if (layer.filtered) layer.refresh();
  }
}

let panel = null;

const made = async (map, button) => {
  await styled();
  const one = new Panel(map, button);
  await one.fill();
  if (document.getElementById("basemaps"))
    import("./streets.js").then(
      ({ chooser }) => one.list.before(chooser(map)),
      () => {},
    ); // the map keeps what it draws
  import("./map-tools.js").then(
    ({ addTools }) => addTools(map, one),
    () => {},
  ); // the layers work without them
  return one;
};

// Opens or closes the panel of layers; what is drawn stays while the panel is closed. Layers of the last visit are drawn again
// when `quietly` asks for them without opening the panel.
export const open = async (map, button, { quietly = false } = {}) => {
  const first = !panel;
  panel ??= made(map, button);
  const shown = await panel;
  if (quietly) return;
  shown.show(first || shown.root.hidden);
};

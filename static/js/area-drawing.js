// Drawing an area on a map: a rectangle or a polygon, in step with the form's four numbers and its GeoJSON.
/* global L */

import { eventMap, lookAt } from "./event-map.js";
import { corners, outlineStyle } from "./basemap.js";
import { _ } from "./texts.js";

const DECIMALS = 5; // as the server rounds
const MOST_POINTS = 201; // of a pasted outline; the server refuses a longer one
const NAMES = ["west", "south", "east", "north"];
const DRAWN = "editable:drawing:commit editable:vertex:dragend editable:vertex:deleted editable:edited";
const rounded = (value) => Number(value.toFixed(DECIMALS));
const within = (value, most) => Math.max(-most, Math.min(most, value));

// Handles are for the pointer: the keyboard has the numbers, and would find dozens of buttons without a name.
const handles = () => {
  const { VertexMarker, MiddleMarker } = /** @type {any} */ (L).Editable;
  return {
    vertexMarkerClass: VertexMarker.extend({ options: { keyboard: false } }),
    middleMarkerClass: MiddleMarker.extend({ options: { keyboard: false } }),
    lineGuideOptions: { className: "outline-guide", pane: "outlines" },
  };
};

const edges = (points) => {
  const [latitudes, longitudes] = [points.map(([latitude]) => latitude), points.map(([, longitude]) => longitude)];
  return [Math.min(...longitudes), Math.min(...latitudes), Math.max(...longitudes), Math.max(...latitudes)];
};

const isRectangle = (points) => {
  const [west, south, east, north] = edges(points);
  const distinct = new Set(points.map(String));
  return distinct.size === 4 && points.every(([latitude, longitude]) => [south, north].includes(latitude) && [west, east].includes(longitude));
};

export class AreaDrawing {
  constructor(fieldset) {
    this.fieldset = fieldset;
    this.hint = fieldset.querySelector("[data-area-hint]");
    this.text = fieldset.querySelector("textarea");
    this.numbers = NAMES.map((name) => fieldset.querySelector(`input[name=${name}]`));
    this.buttons = [...fieldset.querySelectorAll("[data-draw]")];
    this.map = eventMap(fieldset.querySelector("[data-event-map]"), { editable: true, editOptions: handles() });
    this.tools = /** @type {any} */ (this.map).editTools;
    this.style = outlineStyle(this.map, "outline outline-drawn");
    this.layer = null;
    fieldset.querySelector("[data-area-tools]").hidden = false;
    for (const button of this.buttons) button.addEventListener("click", () => this.draw(button));
    fieldset.querySelector("[data-area-view]").addEventListener("click", () => this.takeView());
    fieldset.querySelector("[data-area-clear]").addEventListener("click", () => this.clear());
    for (const input of this.numbers) input.addEventListener("change", () => this.fromNumbers());
    this.text.addEventListener("change", () => this.fromText());
    this.map.on(DRAWN, () => this.store());
    this.map.on("editable:drawing:end", () => this.ended());
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.tools.drawing()) this.tools.stopDrawing();
    });
    this.fromText({ told: false });
    fieldset.closest("form").addEventListener("countrybounds", ({ detail }) => this.lookAtCountries(detail));
  }

  // Shows the chosen countries, as long as nothing is drawn.
  lookAtCountries([west, south, east, north]) {
    if (this.layer || this.tools.drawing()) return;
    this.map.fitBounds([
      [south, west],
      [north, east],
    ]);
  }

  // Begins to draw; the same button again stops.
  draw(button) {
    const drawing = this.tools.drawing();
    const again = drawing && button.getAttribute("aria-pressed") === "true";
    if (drawing) this.tools.stopDrawing();
    if (again) return;
    this.before = this.layer;
    this.before?.disableEdit();
    const rectangle = button.dataset.draw === "rectangle";
    this.layer = rectangle ? this.tools.startRectangle(undefined, this.style) : this.tools.startPolygon(undefined, this.style);
    button.setAttribute("aria-pressed", "true");
    this.hint.textContent = rectangle
      ? _("Press on the map and drag to the opposite corner. Escape cancels.")
      : _("Click each corner on the map, and the last one again to finish. Escape cancels.");
  }

  // Drawing is over: the new outline takes the place of the old one, unless nothing was drawn.
  ended() {
    for (const button of this.buttons) button.setAttribute("aria-pressed", "false");
    const drawn = this.points();
    if (drawn) this.before?.remove();
    else {
      this.layer?.disableEdit();
      this.layer?.remove();
      this.layer = this.before ?? null;
      this.layer?.enableEdit();
    }
    this.before = null;
    this.hint.textContent = drawn ? _("Drag the corners to change the area.") : "";
    if (drawn) this.store();
  }

  // The corners of what is drawn, rounded; null where they enclose nothing.
  points() {
    const [ring = []] = this.layer?.getLatLngs() ?? [];
    const points = ring.map(({ lat, lng }) => [rounded(within(lat, 90)), rounded(within(lng, 180))]);
    const [west, south, east, north] = points.length > 2 ? edges(points) : [0, 0, 0, 0];
    return west < east && south < north ? points : null;
  }

  // Writes what is drawn into the form.
  store() {
    const points = this.points();
    if (!points) return;
    const ring = [...points, points[0]].map(([latitude, longitude]) => [longitude, latitude]);
    this.text.value = JSON.stringify({ type: "Polygon", coordinates: [ring] });
    edges(points).forEach((value, index) => {
      this.numbers[index].value = String(value);
    });
    this.told();
  }

  // The four numbers make a rectangle once they are all there and in order.
  fromNumbers() {
    const texts = this.numbers.map((input) => input.value.trim().replace("−", "-").replace(",", "."));
    const [west, south, east, north] = texts.map(Number);
    if (texts.some((text) => !text) || ![west, south, east, north].every(Number.isFinite)) return;
    if (!(west >= -180 && west < east && east <= 180 && south >= -90 && south < north && north <= 90)) return;
    this.put([
      [south, west],
      [south, east],
      [north, east],
      [north, west],
    ]);
    this.store();
    lookAt(this.map, this.layer);
  }

  // A pasted GeoJSON polygon is drawn; the server says what is wrong with another text.
  fromText({ told = true } = {}) {
    let points = null;
    try {
      const given = JSON.parse(this.text.value || "null");
      points = corners(given.type === "Feature" ? given.geometry : given);
      points.forEach((point) => {
        L.latLng(point);
      });
    } catch {
      return;
    }
    if (points.length > MOST_POINTS) return;
    this.put(points.slice(0, String(points[0]) === String(points.at(-1)) ? -1 : undefined));
    lookAt(this.map, this.layer);
    if (told) this.store();
  }

  // What the map shows becomes the area: this way a keyboard or a finger draws one, too.
  takeView() {
    const box = this.map.getBounds().pad(-0.05);
    const [west, east] = [within(box.getWest(), 180), within(box.getEast(), 180)];
    const [south, north] = [within(box.getSouth(), 90), within(box.getNorth(), 90)];
    this.put([
      [south, west],
      [south, east],
      [north, east],
      [north, west],
    ]);
    this.store();
    this.hint.textContent = _("The area is what the map shows. Drag the corners to change it.");
  }

  clear() {
    if (this.tools.drawing()) this.tools.stopDrawing();
    this.remove();
    for (const input of [...this.numbers, this.text]) input.value = "";
    this.hint.textContent = _("The area is removed. Save the form to apply this.");
    this.told();
  }

  put(points) {
    if (this.tools.drawing()) this.tools.stopDrawing();
    this.remove();
    const options = /** @type {any} */ ({ ...this.style, editOptions: { editTools: this.tools } });
    this.layer = isRectangle(points) ? L.rectangle(points, options) : L.polygon(points, options);
    this.layer.addTo(this.map).enableEdit(this.map);
  }

  remove() {
    this.layer?.disableEdit();
    this.layer?.remove();
    this.layer = null;
  }

  told() {
    this.fieldset.dispatchEvent(new CustomEvent("areachange", { bubbles: true }));
  }
}

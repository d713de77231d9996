// The place picker of templates/places/_picker.html: a search, a map whose pin is dropped, dragged or moved by keys, and
// the fields of the form, which stay the one truth: whatever changes writes into them, and typing in them moves the pin.
/* global L */

import { basemap, closest } from "./basemap.js";
import { getJson } from "./http.js";
import { Latest } from "./latest.js";
import { _, interpolate } from "./texts.js";

const WAIT_MS = 120; // who types on is not asked about each letter
const LEAST = 1;
const [STEP, LEAP] = [16, 96]; // pixels that an arrow key moves the pin, without and with Shift
const [NEAR, FAR] = [8, 2]; // zoom for a pin, and without one
const SVG = "http://www.w3.org/2000/svg";
const KM_PER_DEGREE = 111;
const DEFAULT_KM = "2";
const NEAR_KM = 40; // from the nearest town
const [LABEL_WIDTH, LABEL_HEIGHT] = [7, 16]; // pixels of a letter and of a line
const TOWNS_FROM_ZOOM = 5;
const TYPES = {
  country: _("country"),
  state: _("state or province"),
  county: _("district"),
  city: _("city"),
  town: _("town"),
  coordinates: _("position"),
};
const shape = (name, attributes) => {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
};
const zoomFor = (km) => Math.max(4, Math.min(12, Math.floor(Math.log2((360 * KM_PER_DEGREE) / (km * 10)))));
const wrapped = (longitude) => ((((longitude + 180) % 360) + 360) % 360) - 180;
const parsed = (input) => (input.value.trim() ? Number(input.value.trim().replace(",", ".")) : Number.NaN);

class PlacePicker {
  constructor(root) {
    this.root = root;
    const field = (name) => root.querySelector(`[name=${name}]`);
    this.name = field("place_name");
    this.latitude = field("latitude");
    this.longitude = field("longitude");
    this.radius = field("radius_km");
    this.id = field("gazetteer_id");
    this.status = root.querySelector("[data-place-status]");
    this.query = root.querySelector("[data-place-query]");
    this.list = root.querySelector("[data-place-found]");
    this.element = root.querySelector("[data-place-map]");
    this.requests = new Latest();
    this.found = [];
    this.towns = [];
    this.named = Boolean(this.name.value);
    for (const part of root.querySelectorAll("[data-place-search], [data-place-candidates], [data-place-map], [data-place-credit]")) part.hidden = false;
    this.listen();
    this.startMap();
  }

  listen() {
    this.query.addEventListener("input", () => this.soon());
    this.query.addEventListener("keydown", (event) => this.pressed(event));
    this.query.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the field
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item) this.choose([...this.list.children].indexOf(item));
    });
    this.root.addEventListener("click", (event) => {
      const candidate = event.target.closest("[data-place-candidate]");
      if (candidate) this.takeCandidate(candidate.dataset);
    });
    this.root.querySelector("[data-place-clear]").addEventListener("click", () => this.clear());
    this.name.addEventListener("input", () => {
      this.named = true;
    });
    for (const input of [this.latitude, this.longitude, this.radius]) {
      input.addEventListener("change", () => this.typed(input));
    }
  }

  // --- the search
  soon() {
    clearTimeout(this.waiting);
    if (this.query.value.trim().length < LEAST) {
      this.close();
      return;
    }
    this.waiting = setTimeout(() => this.search(), WAIT_MS);
  }

  async search() {
    const url = new URL(this.root.dataset.searchUrl, location.href);
    url.searchParams.set("q", this.query.value.trim());
    if (this.root.dataset.event) url.searchParams.set("event", this.root.dataset.event);
    try {
      const answer = await this.requests.run((signal) => getJson(url, signal));
      if (answer) this.show(answer.results);
    } catch (error) {
      this.say(error.message);
      this.close();
    }
  }

  show(results) {
    this.found = results;
    this.at = -1;
    this.list.replaceChildren(...results.map((place, index) => this.option(place, index)));
    if (!results.length) {
      const nothing = document.createElement("li");
      nothing.dataset.nothing = "";
      nothing.textContent = _("No place found. Drop the pin on the map instead.");
      this.list.append(nothing);
      this.say(nothing.textContent);
    }
    this.list.hidden = false;
    this.query.setAttribute("aria-expanded", String(results.length > 0));
    this.mark();
  }

  option(place, index) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${index}`;
    item.setAttribute("role", "option");
    const [name, detail] = [document.createElement("bdi"), document.createElement("span")];
    name.textContent = place.name || `${place.latitude}, ${place.longitude}`;
    detail.className = "place-detail";
    detail.textContent = [TYPES[place.type] ?? place.type, place.region, place.country].filter(Boolean).join(", ");
    item.append(name, detail);
    return item;
  }

  mark() {
    for (const [index, item] of [...this.list.children].entries())
      if (!("nothing" in item.dataset)) item.setAttribute("aria-selected", String(index === this.at));
    const chosen = this.found.length ? this.list.children[this.at] : null;
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen) this.query.setAttribute("aria-activedescendant", chosen.id);
    else this.query.removeAttribute("aria-activedescendant");
  }

  pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const open = !this.list.hidden;
    if (step && open && this.found.length) {
      this.at = this.at < 0 && step < 0 ? this.found.length - 1 : (this.at + step + this.found.length) % this.found.length;
      this.mark();
    } else if (event.key === "ArrowDown" && this.query.value.trim()) this.search();
    else if (event.key === "Enter") this.enter(open);
    else if (event.key === "Escape" && open) {
      this.close();
      event.stopPropagation();
    } else return;
    event.preventDefault();
  }

  // Enter never sends the form from here: it takes the marked place, or else the first one.
  enter(open) {
    if (open && this.found.length) this.choose(Math.max(0, this.at));
    else if (this.query.value.trim()) this.search();
  }

  close() {
    clearTimeout(this.waiting);
    this.list.hidden = true;
    this.query.setAttribute("aria-expanded", "false");
    this.query.removeAttribute("aria-activedescendant");
  }

  choose(index) {
    const place = this.found[index];
    if (!place) return;
    this.close();
    this.query.value = "";
    this.take({ ...place, radiusKm: place.radius_km });
  }

  takeCandidate({ name, latitude, longitude, radiusKm, start, end }) {
    this.take({ name, latitude: +latitude, longitude: +longitude, radiusKm: +radiusKm || 2 });
    const mention = this.root.closest("form")?.elements.namedItem("mention");
    const span = `${start}-${end}`;
    if (mention) mention.value = [...mention.options].some((option) => option.value === span) ? span : "";
  }

  // --- the place
  take({ id = "", name = "", latitude, longitude, radiusKm }) {
    this.name.value = name;
    this.named = false;
    this.id.value = id ?? "";
    this.setRadius(radiusKm);
    this.write(latitude, longitude);
    this.draw({ move: true });
    this.changed();
  }

  // The standard radius that is not smaller, else the place's own: nothing becomes more exact than it is.
  setRadius(km) {
    const values = [...this.radius.options].map((option) => Number(option.value)).sort((a, b) => a - b);
    const value = values.find((one) => one >= km);
    const text = String(value ?? Math.ceil(km));
    if (value === undefined) this.radius.add(new Option(interpolate(_("about %(km)s km"), { km: text }), text));
    this.radius.value = text;
  }

  clear() {
    for (const input of [this.name, this.latitude, this.longitude, this.id]) input.value = "";
    this.named = false;
    this.draw();
    this.changed();
  }

  write(latitude, longitude) {
    this.latitude.value = Math.max(-90, Math.min(90, latitude)).toFixed(5);
    this.longitude.value = wrapped(longitude).toFixed(5);
  }

  typed(input) {
    if (input !== this.radius) this.id.value = "";
    this.draw({ move: true });
    this.changed();
  }

  // The pin was put somewhere by hand: it is no longer the place of the gazetteer.
  dropped(at) {
    this.id.value = "";
    this.write(at.lat, at.lng);
    if (!this.named) this.name.value = this.nearest(at);
    if (!this.radius.value) this.radius.value = DEFAULT_KM;
    this.draw();
    this.changed();
  }

  // What a person typed stays; otherwise a moved pin is called after the nearest town that the map shows.
  nearest(at) {
    const [closest] = this.towns.map((town) => [this.map.distance(at, [town.latitude, town.longitude]) / 1000, town]).sort(([a], [b]) => a - b);
    if (!closest) return "";
    const [km, { name, radius_km: radius }] = closest;
    if (km <= radius) return name;
    return km <= NEAR_KM ? interpolate(_("near %(place)s"), { place: name }) : "";
  }

  position() {
    const [latitude, longitude] = [parsed(this.latitude), parsed(this.longitude)];
    return Number.isFinite(latitude) && Number.isFinite(longitude) && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
      ? L.latLng(latitude, longitude)
      : null;
  }

  changed() {
    const at = this.position();
    const words = at && [this.name.value, `${at.lat.toFixed(3)}, ${at.lng.toFixed(3)}`, this.radius.selectedOptions[0]?.textContent].filter(Boolean);
    this.say(words ? interpolate(_("Pin: %(place)s"), { place: words.join(" · ") }) : _("No pin"));
    this.root.dispatchEvent(new CustomEvent("placechange", { bubbles: true }));
  }

  say(text) {
    this.status.textContent = text;
  }

  // --- the map
  startMap() {
    const options = {
      attributionControl: false,
      keyboard: false,
      fadeAnimation: false,
      zoomAnimation: false,
      minZoom: 1,
      maxZoom: closest(),
      worldCopyJump: true,
    };
    this.map = L.map(this.element, options).setView([0, 0], FAR);
    for (const button of this.element.querySelectorAll(".leaflet-control a")) button.tabIndex = -1; // plus and minus do the same
    this.map.createPane("place").style.zIndex = "440"; // above the land, which is drawn again when its fine shape arrives
    this.map.on("click", ({ latlng }) => this.dropped(latlng.wrap()));
    this.element.addEventListener("keydown", (event) => this.moved(event));
    basemap(this.map, this.root.dataset.world).catch(() => {}); // the fields say the same
    new ResizeObserver(() => this.map.invalidateSize({ pan: false })).observe(this.element);
    this.labels = L.layerGroup().addTo(this.map);
    this.townRequests = new Latest();
    this.map.on("moveend", () => this.showTowns());
    this.home();
    this.draw({ move: true });
    this.showTowns();
  }

  // The outlines alone would not tell where one is: the largest towns in view, as far as they have room.
  async showTowns() {
    if (this.map.getZoom() < TOWNS_FROM_ZOOM) {
      this.drawTowns([]);
      return;
    }
    const box = this.map.getBounds();
    const edges = [wrapped(box.getWest()), Math.max(-90, box.getSouth()), wrapped(box.getEast()), Math.min(90, box.getNorth())];
    const url = new URL(this.root.dataset.townsUrl, location.href);
    url.searchParams.set("bbox", edges.map((edge) => edge.toFixed(4)).join(","));
    try {
      const answer = await this.townRequests.run((signal) => getJson(url, signal));
      if (answer) this.drawTowns(answer.towns);
    } catch {
      // the map works without names
    }
  }

  drawTowns(towns) {
    this.towns = towns;
    this.labels.clearLayers();
    const taken = [];
    for (const { name, latitude, longitude } of towns) {
      const { x, y } = this.map.latLngToContainerPoint([latitude, longitude]);
      const box = { left: x, right: x + 12 + name.length * LABEL_WIDTH, top: y - LABEL_HEIGHT / 2, bottom: y + LABEL_HEIGHT / 2 };
      if (taken.some((other) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)) continue;
      taken.push(box);
      const text = document.createElement("span");
      text.className = "place-label";
      text.textContent = name;
      const icon = L.divIcon({ html: text, className: "", iconSize: [0, 0], iconAnchor: [3, 8] });
      L.marker([latitude, longitude], { icon, interactive: false, keyboard: false, pane: "place" }).addTo(this.labels);
    }
  }

  home() {
    const [west, south, east, north] = this.root.dataset.bbox.split(",").map(Number);
    if (!this.root.dataset.bbox || ![west, south, east, north].every(Number.isFinite)) return;
    this.map.fitBounds([
      [south, west],
      [north, east >= west ? east : east + 360],
    ]);
  }

  draw({ move = false } = {}) {
    const at = this.position();
    if (!at) {
      this.pin?.remove();
      this.circle?.remove();
      this.pin = this.circle = null;
      return;
    }
    const km = Number(this.radius.value) || 2;
    if (!this.pin) {
      this.circle = L.circle(at, { radius: km * 1000, className: "halo", interactive: false, pane: "place" }).addTo(this.map);
      this.pin = L.marker(at, { icon: this.icon(), draggable: true, autoPan: true, keyboard: false }).addTo(this.map);
      this.pin.on("drag", () => this.circle.setLatLng(this.pin.getLatLng()));
      this.pin.on("dragend", () => this.dropped(this.pin.getLatLng().wrap()));
    }
    this.pin.setLatLng(at);
    this.circle.setLatLng(at).setRadius(km * 1000);
    if (move) this.map.setView(at, Math.min(zoomFor(km), Math.max(this.map.getZoom(), NEAR)), { animate: false });
    else if (!this.map.getBounds().contains(at)) this.map.panTo(at, { animate: false });
  }

  icon() {
    const svg = shape("svg", { viewBox: "0 0 24 24" });
    svg.append(shape("path", { d: "M20 10c0 6-8 12-8 12s-8-6-8-12a8 8 0 0 1 16 0Z" }), shape("circle", { cx: "12", cy: "10", r: "3" }));
    const holder = document.createElement("span");
    holder.className = "place-pin";
    holder.append(svg);
    return L.divIcon({ html: holder, className: "", iconSize: [28, 28], iconAnchor: [14, 26] });
  }

  moved(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? LEAP : STEP;
    const by = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] }[event.key];
    if (by) this.nudge(by);
    else if (event.key === "+" || event.key === "=") this.map.zoomIn(1, { animate: false });
    else if (event.key === "-") this.map.zoomOut(1, { animate: false });
    else if (event.key === "Enter" || event.key === " ") this.dropped(this.map.getCenter().wrap());
    else return;
    event.preventDefault();
    event.stopPropagation(); // these keys are shortcuts of the page elsewhere
  }

  nudge(by) {
    const from = this.position() ?? this.map.getCenter();
    const to = this.map.unproject(this.map.project(from).add(by));
    this.dropped(L.latLng(Math.max(-90, Math.min(90, to.lat)), to.lng).wrap());
  }
}

// Starts the pickers in a part of the page that have not started yet.
/** @param {ParentNode} part */
export const startPickers = (part = document) => {
  for (const root of part.querySelectorAll("[data-place-picker]:not([data-ready])")) {
    root.dataset.ready = "1";
    new PlacePicker(root);
    // The map pushes the fields down: a field that has the focus, such as a refused one, stays in sight.
    if (root.contains(document.activeElement)) document.activeElement.scrollIntoView({ block: "center" });
  }
};

startPickers();

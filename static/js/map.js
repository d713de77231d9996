// The operations map: what the URL's filter means, drawn, kept live, and joined to the triage list.
/* global L */

import { basemap } from "./basemap.js";
import { getJson } from "./http.js";
import { keys } from "./keys.js";
import { Live } from "./live.js";
import { mark, placeLabels, radius } from "./marks.js";
import { filter, groupsValue, params, write } from "./query.js";
import { Triage } from "./triage.js";
import { drawVolume } from "./volume.js";

const MIN_REFRESH_MS = 1000;
const ANNOUNCE_MS = 10000;
const WORLD = [[-50, -130], [65, 150]];
const room = document.querySelector("[data-room]");
const announcer = document.querySelector("[data-announce]");
const categories = new Map(JSON.parse(document.getElementById("categories").textContent).map((c) => [c.id, c]));
const number = new Intl.NumberFormat("en");

let announcedAt = 0;
const announce = (text, { rarely = false } = {}) => {
  if (rarely && Date.now() - announcedAt < ANNOUNCE_MS) return;
  announcedAt = Date.now();
  announcer.textContent = text;
};

const banner = (id, text, action) => {
  document.querySelector(`[data-banner="${id}"]`)?.remove();
  if (!text) return;
  const element = document.createElement("p");
  element.className = "notice";
  element.dataset.banner = id;
  element.setAttribute("role", "status");
  element.append(text);
  if (action) {
    const retry = document.createElement("button");
    retry.className = "button";
    retry.textContent = "Try again";
    retry.addEventListener("click", action);
    element.append(" ", retry);
  }
  document.querySelector("[data-banners]").append(element);
};

// --- the map itself
const map = L.map("map", { zoomControl: false, attributionControl: false, worldCopyJump: true, minZoom: 2, maxZoom: 14, zoomSnap: 1 });
const home = () => {
  const text = params().get("bbox") || room.dataset.bbox || "";
  const [west, south, east, north] = text.split(",").map(Number);
  return text && [west, south, east, north].every(Number.isFinite) ? [[south, west], [north, east]] : WORLD;
};
map.fitBounds(home());
const layer = L.layerGroup().addTo(map);
let drawn = new Map();
let markOrder = [];
let halo = null;
let selected = null;

const icon = (cluster, element) => {
  const size = 2 * radius(cluster.count) + 4;
  return L.divIcon({ html: element, className: "mark-icon", iconSize: [size, size] });
};

const draw = (clusters) => {
  const focused = document.activeElement?.dataset?.mark;
  const before = drawn;
  const first = before.size === 0;
  drawn = new Map();
  for (const cluster of clusters) {
    const signature = JSON.stringify(cluster);
    const old = before.get(cluster.id);
    if (old && old.signature === signature) {
      drawn.set(cluster.id, old);
      before.delete(cluster.id);
      continue;
    }
    const grew = !first && cluster.critical > (old?.cluster.critical ?? 0);
    const { root, button } = mark(cluster, categories, room.dataset.sprite, { fresh: grew });
    const marker = L.marker([cluster.latitude, cluster.longitude], {
      icon: icon(cluster, root), keyboard: false, riseOnHover: true, zIndexOffset: cluster.critical ? 1000 : cluster.high ? 500 : 0,
    }).addTo(layer);
    button.addEventListener("click", (event) => pick(cluster, event));
    drawn.set(cluster.id, { marker, root, button, cluster, signature });
  }
  for (const old of before.values()) old.marker.remove();
  const rank = ({ cluster: c }) => c.critical * 1e6 + c.high * 1e3 + c.count;
  const ranked = [...drawn.values()].sort((a, b) => rank(b) - rank(a));
  placeLabels(map, ranked);
  markOrder = ranked.map((entry) => entry.button);
  showSelected();
  // Focus is never lost: it stays on the mark, or goes to the map where the mark was split or merged.
  if (focused) (drawn.get(focused)?.button ?? map.getContainer()).focus({ preventScroll: true });
};

const pick = (cluster, event) => {
  event.stopPropagation();
  if (cluster.post) {
    triage.open(cluster.post.id);
    return;
  }
  const [west, south, east, north] = cluster.bbox;
  if (event.shiftKey || (east - west < 0.02 && north - south < 0.02) || map.getZoom() >= map.getMaxZoom()) {
    triage.showArea(cluster.bbox, cluster.place);
    return;
  }
  map.fitBounds([[south, west], [north, east]], { padding: [60, 60], maxZoom: map.getZoom() + 3 });
};

// The open post: a circle as wide as its place is uncertain, and a ring around the mark that holds it.
const highlight = (item) => {
  halo?.remove();
  halo = null;
  selected = item?.dataset.latitude ? item.dataset : null;
  if (selected) {
    const metres = (+selected.radiusKm || 3) * 1000;
    halo = L.circle([+selected.latitude, +selected.longitude], { radius: metres, className: "halo", interactive: false }).addTo(map);
  }
  showSelected();
};

const holds = ({ cluster }) => {
  if (cluster.post) return String(cluster.post.id) === selected.item;
  const [west, south, east, north] = cluster.bbox;
  const [latitude, longitude] = [+selected.latitude, +selected.longitude];
  return latitude >= south && latitude <= north && longitude >= west && longitude <= east;
};

const showSelected = () => {
  const entries = [...drawn.values()];
  const smallest = (a, b) => a.cluster.count - b.cluster.count;
  const chosen = selected && entries.filter(holds).sort(smallest)[0];
  for (const entry of entries) {
    const is = entry === chosen;
    if (entry.root.classList.toggle("is-selected", is) === Boolean(entry.root.querySelector(".mark-flag"))) continue;
    if (is) entry.root.append(flag());
    else entry.root.querySelector(".mark-flag").remove();
  }
};

const flag = () => {
  const element = document.createElement("span");
  element.className = "mark-flag";
  element.setAttribute("aria-hidden", "true");
  element.textContent = room.dataset.selectedWord;
  return element;
};

// --- figures, chips, volume
const figures = (data) => {
  const before = Number(document.querySelector('[data-figure="critical_unreviewed"]').textContent.replace(/\D/g, ""));
  for (const [name, value] of Object.entries(data.figures)) {
    const target = document.querySelector(`[data-figure="${name}"]`);
    if (target) target.textContent = number.format(value);
  }
  const outside = data.outside_view.critical;
  const oldest = data.figures.critical_oldest_minutes;
  const age = oldest === null || !data.figures.critical_unreviewed ? "" : `oldest ${oldest} min`;
  document.querySelector("[data-critical-note]").textContent = outside ? `${outside} outside view →` : age;
  for (const group of data.groups) {
    document.querySelector(`[data-group-count="${group.id}"]`).textContent = number.format(group.count);
  }
  const now = data.figures.critical_unreviewed;
  if (now > before) announce(`${now} critical posts are unreviewed`, { rarely: true });
};

const message = (data) => {
  const target = document.querySelector("[data-map-message]");
  const outside = data.outside_view.count;
  let text = "";
  if (!data.clusters.length) {
    text = outside
      ? `No posts in this view; ${number.format(outside)} outside it.`
      : `No located posts; ${number.format(data.figures.no_location)} without location, in the list.`;
  } else if (outside) text = `${number.format(outside)} posts outside this view`;
  target.textContent = text;
  target.hidden = !text;
};

let running = null;
let queued = null;
let lastRefresh = 0;
let newest = null;

const refresh = async () => {
  clearTimeout(queued);
  queued = null;
  running?.abort();
  running = new AbortController();
  lastRefresh = Date.now();
  const query = filter();
  const bounds = map.getBounds();
  const west = Math.max(-180, bounds.getWest());
  const east = Math.min(180, bounds.getEast());
  query.set("bbox", [west, Math.max(-90, bounds.getSouth()), east, Math.min(90, bounds.getNorth())].map((v) => v.toFixed(4)).join(","));
  query.set("z", map.getZoom());
  try {
    const data = await getJson(`${room.dataset.dataUrl}?${query}`, running.signal);
    newest = data;
    draw(data.clusters);
    figures(data);
    message(data);
    volume();
    banner("error", "");
    room.dataset.asOf = data.as_of;
    if (!performance.getEntriesByName("map-ready").length) performance.mark("map-ready");
    room.dataset.ready = "1";
  } catch (error) {
    if (error.name === "AbortError") return;
    const asOf = room.dataset.asOf ? ` You see data as of ${new Date(room.dataset.asOf).toLocaleTimeString("en-GB")}.` : "";
    banner("error", `The map could not be updated: ${error.message}${asOf}`, refresh);
  }
};

const soon = () => {
  if (queued) return;
  queued = setTimeout(refresh, Math.max(0, MIN_REFRESH_MS - (Date.now() - lastRefresh)));
};

const volume = () => {
  if (newest) drawVolume(document.querySelector("[data-volume]"), document.querySelector("[data-volume-note]"), newest.timeline);
};

// --- wiring
const triage = new Triage({ announce, highlight, changed: soon, locate: (item) => map.setView([+item.dataset.latitude, +item.dataset.longitude], Math.max(map.getZoom(), 9)) });
const live = new Live(document.querySelector("[data-live]"), filter);
const filterChanged = (changes) => {
  write(changes, { push: true });
  refresh();
  triage.reload();
  live.restart();
};

live.addEventListener("change", (event) => {
  soon();
  triage.arrived(event.detail);
});
live.addEventListener("reload", () => {
  refresh();
  triage.reload();
});
live.addEventListener("state", (event) => {
  const { stale, since } = event.detail;
  const there = document.querySelector('[data-banner="stale"]');
  if (stale && !there) banner("stale", `No word from the server since ${since}. What you see may be old.`, () => live.restart());
  if (!stale && there) banner("stale", "");
});
map.on("moveend", () => {
  const bounds = map.getBounds();
  write({ bbox: [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((v) => v.toFixed(2)).join(","), z: map.getZoom() });
  refresh();
});
document.querySelector("[data-zoom-in]").addEventListener("click", () => map.zoomIn());
document.querySelector("[data-zoom-out]").addEventListener("click", () => map.zoomOut());
document.querySelector("[data-fit]").addEventListener("click", () => {
  write({ bbox: null, z: null });
  map.fitBounds(home());
});
for (const chip of document.querySelectorAll("[data-group]")) {
  chip.addEventListener("click", (event) => {
    event.preventDefault();
    const chips = [...document.querySelectorAll("[data-group]")];
    const only = event.altKey;
    for (const other of only ? chips : [chip]) {
      const on = only ? other === chip : other.getAttribute("aria-pressed") !== "true";
      other.setAttribute("aria-pressed", on);
    }
    let active = chips.filter((c) => c.getAttribute("aria-pressed") === "true").map((c) => c.dataset.group);
    if (!active.length) {
      chip.setAttribute("aria-pressed", "true");
      active = [chip.dataset.group];
    }
    filterChanged({ cat: groupsValue(active) });
  });
  chip.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      event.preventDefault();
      chip.click();
    }
  });
}
document.querySelector("[data-time]").addEventListener("change", (event) => filterChanged({ t: event.target.value }));
document.querySelector("[data-search]").addEventListener("submit", (event) => {
  event.preventDefault();
  filterChanged({ q: event.target.elements.q.value.trim() });
});
for (const tab of document.querySelectorAll("[data-status]")) {
  tab.addEventListener("click", (event) => {
    event.preventDefault();
    for (const other of document.querySelectorAll("[data-status]")) other.removeAttribute("aria-current");
    tab.setAttribute("aria-current", "page");
    filterChanged({ status: tab.dataset.status === "all" ? null : tab.dataset.status });
  });
}
document.querySelector("[data-share]").addEventListener("click", async () => {
  await navigator.clipboard.writeText(location.href).then(
    () => announce("The link to this view was copied"),
    () => banner("share", `Copy this address: ${location.href}`),
  );
});
addEventListener("popstate", () => location.reload());
addEventListener("resize", volume);

const container = map.getContainer();
container.addEventListener("keydown", (event) => {
  const at = markOrder.indexOf(document.activeElement);
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (event.key === "Enter" && document.activeElement === container && markOrder.length) markOrder[0].focus();
  else if (event.key === "Escape" && at >= 0) container.focus();
  else if (step && at >= 0) markOrder[(at + step + markOrder.length) % markOrder.length].focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });

keys({ triage, live, map: container });
basemap(map, room.dataset.world).catch(() => banner("base", "The base map could not be loaded; marks and list are complete."));
refresh();

// The operations map: what the URL's filter means, drawn, kept live, and joined to the triage list.
/* global L */

import { AreaSearch } from "./area.js";
import { banner } from "./banners.js";
import { basemap, closest, drawOutlines } from "./basemap.js";
import { hiddenPosts, showFigures } from "./figures.js";
import { filterBar } from "./filterbar.js";
import { getJson } from "./http.js";
import { Latest, spaced } from "./latest.js";
import { MapList } from "./map-list.js";
import { byUrgency, mark, placeLabels, radius } from "./marks.js";
import { MarkStops } from "./mark-stops.js";
import { outbox } from "./outbox-here.js";
import { filter, params, write } from "./query.js";
import { live } from "./shell.js";
import { bind } from "./shortcuts.js";
import { _, interpolate, locale, ngettext } from "./texts.js";
import { keepTimes } from "./times.js";
import { cannotSplit, centre, fit, isCovered, overlaid, panelToggle, showWhole, WORLD } from "./viewport.js";
import { Volume } from "./volume.js";

const MIN_REFRESH_MS = 1000;
const ANNOUNCE_MS = 10000;
const SKELETON_MS = 200;
const NEAR_ZOOM = 9;
const room = document.querySelector("[data-room]");
const announcer = document.querySelector("[data-announce]");
const zone = room.dataset.timezone || "UTC";
const categories = new Map(JSON.parse(document.getElementById("categories").textContent).map((category) => [category.id, category]));

let announcedAt = 0;
const announce = (text, { rarely = false } = {}) => {
  if (rarely && Date.now() - announcedAt < ANNOUNCE_MS) return;
  announcedAt = Date.now();
  announcer.textContent = text;
};

// --- the map and its marks
const map = L.map("map", {
  zoomControl: false,
  attributionControl: false,
  worldCopyJump: true,
  minZoom: 2,
  maxZoom: closest(),
  zoomSnap: 0.5,
  keyboardPanDelta: 120,
});
const bounds = (text) => {
  const [west, south, east, north] = (text || "").split(",").map(Number);
  return text && [west, south, east, north].every(Number.isFinite) ? L.latLngBounds([south, west], [north, east]) : null;
};
const home = () => bounds(room.dataset.bbox) || WORLD;
const start = () => {
  const linked = bounds(params().get("bbox"));
  if (linked) map.fitBounds(linked);
  else fit(map, home());
};
start();
drawOutlines(map, JSON.parse(document.getElementById("outlines")?.textContent ?? "[]"));
const layer = L.layerGroup().addTo(map);
L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
let drawn = new Map();
const stops = new MarkStops(map.getContainer());
let halo = null;
let selected = null;
let names = null;
let taken = [];

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
    const grew = !first && cluster.unanswered > (old?.cluster.unanswered ?? 0);
    const { root, button } = mark(cluster, categories, room.dataset.sprite, { fresh: grew });
    const marker = L.marker([cluster.latitude, cluster.longitude], {
      icon: icon(cluster, root),
      keyboard: false,
      riseOnHover: true,
      zIndexOffset: cluster.unanswered ? 1000 : cluster.high ? 500 : 0,
    }).addTo(layer);
    button.addEventListener("click", (event) => pick(cluster, event));
    drawn.set(cluster.id, { marker, root, button, cluster, signature });
  }
  for (const old of before.values()) old.marker.remove();
  const ranked = [...drawn.values()].sort((one, other) => byUrgency(one.cluster, other.cluster));
  const floating = overlaid(map);
  taken = [...floating, ...placeLabels(map, ranked, floating)];
  names?.place(taken);
  const inSight = ranked.find(({ cluster }) => !isCovered(map, cluster.latitude, cluster.longitude));
  stops.set(
    ranked.map((entry) => entry.button),
    inSight?.button,
  );
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
  if (event.shiftKey || cannotSplit(map, cluster.bbox) || map.getZoom() >= map.getMaxZoom()) {
    const { button } = drawn.get(cluster.id) ?? {};
    import("./mark-contents.js").then(
      ({ reveal }) => reveal(map, cluster, { url: room.dataset.markUrl, back: button, choose: (id) => triage.open(id, { focus: true }) }),
      () => triage.showArea(cluster.bbox, cluster.place),
    );
    return;
  }
  fit(map, L.latLngBounds([south, west], [north, east]), { maxZoom: map.getZoom() + 3 });
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
    if (is) entry.root.append(flag(entry.cluster));
    else entry.root.querySelector(".mark-flag").remove();
  }
};

// On the side where it covers no other mark.
const FLAG = 90;
const flag = ({ latitude, longitude, count }) => {
  const element = document.createElement("span");
  const { x, y } = map.latLngToContainerPoint([latitude, longitude]);
  const r = radius(count);
  const onLeft = taken.some((box) => box.right > x - r - FLAG && box.right < x && box.top < y + 10 && box.bottom > y - 10);
  element.className = onLeft ? "mark-flag is-right" : "mark-flag";
  element.setAttribute("aria-hidden", "true");
  element.textContent = room.dataset.selectedWord;
  return element;
};

// --- the data behind it
const requests = new Latest();

const visible = () => {
  const box = map.getBounds();
  const edges = [Math.max(-180, box.getWest()), Math.max(-90, box.getSouth()), Math.min(180, box.getEast()), Math.min(90, box.getNorth())];
  return edges.map((value) => value.toFixed(4)).join(",");
};

// What was kept holds the marks of the whole world, so what lies outside the view is counted here.
const beyond = (clusters) => {
  const view = map.getBounds();
  const outside = clusters.filter(({ latitude, longitude }) => !view.contains([latitude, longitude]));
  const sum = (key) => outside.reduce((total, cluster) => total + cluster[key], 0);
  return { count: sum("count"), unanswered: sum("unanswered") };
};

const show = (data) => {
  if (data.stored_at) data.outside_view = beyond(data.clusters);
  draw(data.clusters);
  const covered = data.clusters.filter((c) => c.unanswered && isCovered(map, c.latitude, c.longitude));
  const more = showFigures(
    data,
    covered.reduce((sum, c) => sum + c.unanswered, 0),
  );
  if (more > 0) {
    const count = data.figures.unanswered;
    announce(interpolate(ngettext("%(count)s post is unanswered", "%(count)s posts are unanswered", count), { count }), { rarely: true });
  }
  const hidden = hiddenPosts(data);
  const target = document.querySelector("[data-map-message]");
  target.hidden = !hidden;
  target.querySelector("[data-map-message-text]").textContent = hidden?.text ?? "";
  const action = target.querySelector("[data-map-message-action]");
  action.textContent = hidden?.action ?? "";
  action.hidden = !hidden?.action;
  action.dataset.opens = hidden?.opens ?? "";
  const leftOut = document.querySelector("[data-area-note]");
  leftOut.textContent = data.left_out_by_area;
  leftOut.hidden = !data.left_out_by_area;
  volume.show(data.timeline, data.as_of);
};

const refresh = async () => {
  const query = filter();
  query.set("bbox", visible());
  query.set("z", String(map.getZoom()));
  const slow = setTimeout(() => room.setAttribute("aria-busy", "true"), SKELETON_MS);
  try {
    const data = await requests.run((signal) => getJson(`${room.dataset.dataUrl}?${query}`, signal));
    if (!data) return;
    show(data);
    banner("error", "");
    room.dataset.asOf = data.as_of;
    if (!performance.getEntriesByName("map-ready").length) performance.mark("map-ready");
    room.dataset.ready = "1";
  } catch (error) {
    banner("error", sentences(interpolate(_("Could not update the map: %(reason)s"), { reason: error.message }), asOf()), { run: refresh });
  } finally {
    clearTimeout(slow);
    if (!requests.busy) room.removeAttribute("aria-busy");
  }
};

const sentences = (...all) => all.filter(Boolean).join(" ");
const asOf = () => {
  if (!room.dataset.asOf) return "";
  const time = new Date(room.dataset.asOf).toLocaleTimeString(locale, { timeZone: zone, timeZoneName: "short" });
  return interpolate(_("The map shows data as of %(time)s."), { time });
};

const soon = spaced(requests, refresh, MIN_REFRESH_MS);

const showAll = () => showWhole(map, home());

// --- wiring
const triage = new MapList({
  announce,
  highlight,
  changed: soon,
  locate: (item) => centre(map, +item.dataset.latitude, +item.dataset.longitude, Math.max(map.getZoom(), NEAR_ZOOM)),
  outbox,
});
const filters = filterBar({
  changed: () => {
    refresh();
    triage.reload();
    live.restart();
  },
});
const volume = new Volume(document.querySelector(".volume"), {
  zone,
  select: document.querySelector("[data-time]"),
  labels: Object.fromEntries([...document.querySelectorAll("[data-group]")].map((chip) => [chip.dataset.group, chip.dataset.label])),
  choose: (range) => filters.choose({ t: range === "event" ? null : range }),
});

new AreaSearch(map, { choose: (area) => filters.choose({ area }) });

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
  banner("stale", stale ? interpolate(_("No updates since %(since)s. The data may be out of date."), { since }) : "", { run: () => live.restart() });
});
addEventListener("online", () => {
  live.restart();
  refresh();
});

map.on("moveend", () => {
  const box = map.getBounds();
  const digits = map.getZoom() > 11 ? 4 : 2; // among streets, a hundredth of a degree is several blocks
  write({ bbox: [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((value) => value.toFixed(digits)).join(","), z: map.getZoom() });
  refresh();
});
document.querySelector("[data-zoom-in]").addEventListener("click", () => map.zoomIn());
document.querySelector("[data-zoom-out]").addEventListener("click", () => map.zoomOut());
document.querySelector("[data-fit]").addEventListener("click", () => fit(map, home()));
document.querySelector("[data-outside]").addEventListener("click", showAll);
document.querySelector("[data-map-message-action]").addEventListener("click", ({ currentTarget }) => {
  if (currentTarget.dataset.opens === "area") showAll();
  else triage.focusList();
});
const togglePanel = panelToggle(map, room);

// --- layers of a person's click, and of their last visit
const layers = document.querySelector("[data-layers]");
const openLayers = (event) => {
  event?.preventDefault();
  import("./map-layers.js").then(
    ({ open }) => open(map, layers, { quietly: !event }),
    () => event && location.assign(layers.href),
  );
};
layers.addEventListener("click", openLayers);
if (layers.dataset.on || localStorage.getItem("responder.layers")) openLayers();

keepTimes(document.querySelector("[data-panel]"), zone);
// Loaded when somebody first asks why.
const why = (use) => import("./why.js").then(use, ({ message }) => announce(message));
triage.list.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.matches("[data-why][open]")) why(({ loadReason }) => loadReason(target, announce));
  },
  true, // toggle does not bubble
);

// --- shortcuts of this page
const inList = (event) => !event.target.closest("#map");
const digits = [..."1234567890"];
bind([
  { keys: ["j"], label: _("Next post"), group: _("Posts"), run: () => triage.step(1) },
  { keys: ["k"], label: _("Previous post"), group: _("Posts"), run: () => triage.step(-1) },
  { keys: ["arrowdown"], label: _("Next post"), group: _("Posts"), quiet: true, when: inList, run: () => triage.step(1) },
  { keys: ["arrowup"], label: _("Previous post"), group: _("Posts"), quiet: true, when: inList, run: () => triage.step(-1) },
  { keys: ["a"], label: _("Confirm and open the next post"), group: _("Posts"), run: () => triage.act("confirm") },
  { keys: ["c"], label: _("Change the category"), group: _("Posts"), run: () => triage.menu() },
  {
    keys: digits,
    label: _("Set the category with this digit"),
    group: _("Posts"),
    when: () => triage.current(),
    run: (event) => triage.change(/^Digit/.test(event.code) ? event.code.at(-1) : event.key),
  },
  { keys: ["x"], label: _("Mark as not relevant"), group: _("Posts"), run: () => triage.act("dismiss") },
  { keys: ["y"], label: _("Show why the model suggests this category"), group: _("Posts"), run: () => why(({ toggleWhy }) => toggleWhy(triage.current())) },
  {
    keys: ["i"],
    label: _("Attach to an incident or open a new one"),
    group: _("Posts"),
    run: () => triage.current()?.querySelector("[data-pick-incident]")?.click(),
  },
  {
    keys: ["o"],
    label: _("Open an incident with the post at once"),
    group: _("Posts"),
    run: () => triage.current()?.querySelector('[data-at-once="open"]')?.requestSubmit(),
  },
  {
    keys: ["t"],
    label: _("Take the post's incident: assign it to yourself"),
    group: _("Posts"),
    run: () => triage.current()?.querySelector('[data-at-once="take"]')?.requestSubmit(),
  },
  { keys: ["l"], label: _("Set the place"), group: _("Posts"), run: () => triage.current()?.querySelector("[data-place-open]")?.click() },
  { keys: ["z"], label: _("Undo"), group: _("Posts"), run: () => triage.undo() },
  { keys: ["]"], label: _("Hide or show the list"), group: _("Map"), run: togglePanel },
  {
    keys: ["m"],
    label: _("Show the post on the map"),
    group: _("Posts"),
    run: () => {
      const item = triage.current();
      if (item?.dataset.latitude) triage.locate(item);
      map.getContainer().focus();
    },
  },
]);
basemap(map, room.dataset.world).then(
  (found) => {
    names = found;
    names.place(taken);
  },
  () => banner("base", _("Could not load the base map. The marks and the list are complete.")),
);
refresh().finally(() => triage.start()); // the map first

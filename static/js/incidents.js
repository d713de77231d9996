// The list and the page of incidents, kept fresh without moving anything: what is new is counted and offered.
/* global L */

import { basemap, closest } from "./basemap.js";
import { getJson } from "./http.js";
import { Presence } from "./presence.js";
import { interpolate, ngettext } from "./texts.js";
import { keepTimes } from "./times.js";

const EVERY_MS = 15000;
const list = document.querySelector("[data-incidents]");
const page = document.querySelector("[data-incident-page]");
const announcer = document.querySelector("[data-announce]");

const offer = (holder, text) => {
  const link = holder.querySelector("a");
  if (link.textContent === text) return;
  link.textContent = text;
  holder.hidden = false;
  announcer.textContent = text;
};

const look = async () => {
  if (document.hidden) return;
  try {
    const url = new URL(list.dataset.newsUrl, location.href);
    url.searchParams.set("after", list.dataset.newest);
    const answer = await getJson(url);
    if (answer.new) {
      const text = ngettext("Show %(count)s new incident", "Show %(count)s new incidents", answer.new);
      offer(document.querySelector("[data-new]"), interpolate(text, { count: answer.new }));
    }
  } catch {
    // the next look tries again; the pill of the frame tells that the server is away
  }
};

const grew = ({ size }) => {
  const grown = size - Number(page.dataset.size);
  if (grown <= 0) return;
  const text = ngettext("Show %(count)s new piece of evidence", "Show %(count)s new pieces of evidence", grown);
  offer(document.querySelector("[data-grown]"), interpolate(text, { count: grown }));
};

const draw = (element) => {
  const { latitude, longitude, radiusKm, world } = element.dataset;
  const map = L.map(element, {
    zoomControl: false,
    attributionControl: false,
    keyboard: false,
    scrollWheelZoom: false,
    dragging: false,
    doubleClickZoom: false,
    touchZoom: false,
    boxZoom: false,
    zoomSnap: 0.5,
  });
  map.createPane("halo").style.zIndex = "440"; // above the land, which is drawn again when its fine shape arrives
  const circle = L.circle([+latitude, +longitude], { radius: Math.max(1, +radiusKm) * 1000, className: "halo", interactive: false, pane: "halo" });
  map.setView([+latitude, +longitude], 7);
  circle.addTo(map);
  map.fitBounds(circle.getBounds(), { maxZoom: closest() - 5, padding: [30, 30] }); // 9 without streets
  basemap(map, world).catch(() => {}); // the words beside it name the place
};

const timed = list ?? page ?? document.querySelector(".inc-page"); // what to check again is neither: it is not kept fresh
keepTimes(timed, timed.dataset.timezone || "UTC");
const map = document.querySelector("[data-map]");
if (map) draw(map);
if (page) new Presence(() => page.querySelector("[data-here]"), grew).open(page.dataset.hereUrl);
if (list) {
  setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
}

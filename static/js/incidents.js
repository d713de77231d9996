// The list and the page of incidents, kept fresh without moving anything: what is new is counted and offered.
/* global L */

import { basemap } from "./basemap.js";
import { getJson } from "./http.js";
import { keepTimes } from "./times.js";

const EVERY_MS = 15000;
const list = document.querySelector("[data-incidents]");
const page = document.querySelector("[data-incident-page]");
const announcer = document.querySelector("[data-announce]");

const offer = (holder, count) => {
  const link = holder.querySelector("a");
  const words = `${count} ${link.dataset.word}`;
  if (link.textContent === words) return;
  link.textContent = words;
  holder.hidden = false;
  announcer.textContent = words;
};

const look = async () => {
  if (document.hidden) return;
  try {
    if (list) {
      const url = new URL(list.dataset.newsUrl, location.href);
      url.searchParams.set("after", list.dataset.newest);
      const answer = await getJson(url);
      if (answer.new) offer(document.querySelector("[data-new]"), answer.new);
    }
    if (page) {
      const { size } = await getJson(page.dataset.sizeUrl);
      const grown = size - Number(page.dataset.size);
      if (grown > 0) offer(document.querySelector("[data-grown]"), grown);
    }
  } catch {
    // the next look tries again; the pill of the frame tells that the server is away
  }
};

const draw = (element) => {
  const { latitude, longitude, radiusKm, world } = element.dataset;
  const map = L.map(element, { zoomControl: false, attributionControl: false, keyboard: false, scrollWheelZoom: false, dragging: false, doubleClickZoom: false, touchZoom: false, boxZoom: false, zoomSnap: 0.5 });
  map.createPane("halo").style.zIndex = 440; // above the land, which is drawn again when its fine shape arrives
  const circle = L.circle([+latitude, +longitude], { radius: Math.max(1, +radiusKm) * 1000, className: "halo", interactive: false, pane: "halo" });
  map.setView([+latitude, +longitude], 7);
  circle.addTo(map);
  map.fitBounds(circle.getBounds(), { maxZoom: 9, padding: [30, 30] });
  basemap(map, world).catch(() => {}); // the words beside it name the place
};

keepTimes(list ?? page, (list ?? page).dataset.timezone || "UTC");
const map = document.querySelector("[data-map]");
if (map) draw(map);
setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);

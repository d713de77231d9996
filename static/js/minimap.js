// A small still map of where the open post is, and how exactly that is known.
/* global L */

import { basemap } from "./basemap.js";
import { _, interpolate } from "./texts.js";

const KM_PER_DEGREE = 111;
const zoomFor = (radiusKm) => Math.max(4, Math.min(9, Math.round(Math.log2((360 * KM_PER_DEGREE) / (radiusKm * 12)))));

export class MiniMap {
  constructor(element, note, world) {
    this.element = element;
    this.note = note;
    this.world = world;
  }

  start() {
    const still = {
      zoomControl: false,
      attributionControl: false,
      dragging: false,
      keyboard: false,
      scrollWheelZoom: false,
      doubleClickZoom: false,
      touchZoom: false,
      boxZoom: false,
    };
    this.map = L.map(this.element, { ...still, fadeAnimation: false, zoomAnimation: false }).setView([0, 0], 2);
    this.layer = L.layerGroup().addTo(this.map);
    basemap(this.map, this.world).catch(() => {}); // the words below say the same
  }

  // `row`: the post's row, or null for none.
  show(row) {
    const { latitude, longitude, radiusKm } = row?.dataset ?? {};
    this.element.hidden = this.note.hidden = !latitude;
    if (!latitude) return;
    if (!this.map) this.start();
    const [at, km] = [L.latLng(+latitude, +longitude), +radiusKm || 3];
    this.map.invalidateSize({ pan: false });
    this.map.setView(at, zoomFor(km), { animate: false });
    this.layer.clearLayers();
    L.circle(at, { radius: km * 1000, className: "halo", interactive: false }).addTo(this.layer);
    L.circleMarker(at, { radius: 5, className: "minimap-dot", interactive: false }).addTo(this.layer);
    this.note.textContent = interpolate(_("Accurate to about %(distance)s km · © Natural Earth · boundaries imply no endorsement"), {
      distance: Math.max(1, Math.round(km)),
    });
  }
}

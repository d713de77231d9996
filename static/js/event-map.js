// A map of the world for the pages of an event, with the outlines that the page holds.
/* global L */

import { basemap, closest, drawOutlines } from "./basemap.js";

const WORLD = L.latLngBounds([-58, -170], [75, 180]);
const EDGE = [16, 16];
const ONE_WORLD = L.latLngBounds([-90, -180], [90, 180]); // an area lies within it

// Gives the map in `element`. It shows `outlines`, and looks at them where there are any.
export const eventMap = (element, options = {}) => {
  const map = L.map(element, {
    attributionControl: false,
    maxBounds: ONE_WORLD,
    maxBoundsViscosity: 1,
    minZoom: 1,
    maxZoom: closest(),
    zoomSnap: 0.5,
    ...options,
  });
  map.fitBounds(WORLD);
  basemap(map, element.dataset.world).then(
    (names) => {
      names.place();
      map.on("moveend", () => names.place());
    },
    () => {}, // the numbers beside the map say the same
  );
  const shown = drawOutlines(map, JSON.parse(document.getElementById("outlines").textContent), { named: true });
  lookAt(map, shown);
  return map;
};

export const lookAt = (map, layer) => {
  const bounds = layer.getBounds();
  if (bounds.isValid()) map.fitBounds(bounds, { padding: EDGE, maxZoom: 10 });
};

// The map's view: fitted so that nothing important lies under what floats above the map.
/* global L */

const EDGE = matchMedia("(max-width: 820px)").matches ? 10 : 24;
const overlays = () => [".figures", ".panel"].map((selector) => document.querySelector(selector));
const floating = () => [...overlays(), ...document.querySelectorAll(".map-tools, .legend")];

const over = (element, map) => {
  const [a, b] = [element.getBoundingClientRect(), map.getContainer().getBoundingClientRect()];
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
    ? { left: a.left - b.left, right: a.right - b.left, top: a.top - b.top, bottom: a.bottom - b.top }
    : null;
};

/**
 * @param {L.Map} map
 * @param {L.LatLngBoundsExpression} bounds
 * @param {{ maxZoom?: number }} limits
 */
export const fit = (map, bounds, { maxZoom } = {}) => {
  const [figures, panel] = overlays().map((element) => over(element, map));
  const top = figures ? figures.bottom : 0;
  const bottom = panel ? map.getSize().y - panel.top : 0;
  map.fitBounds(bounds, { paddingTopLeft: [EDGE, top + EDGE], paddingBottomRight: [EDGE, bottom + EDGE], maxZoom });
};

// Brings a point into the middle of what is not covered.
export const centre = (map, latitude, longitude, zoom) => {
  const panel = over(overlays()[1], map);
  const covered = panel ? map.getSize().y - panel.top : 0;
  const point = map.project([latitude, longitude], zoom).add([0, covered / 2]);
  map.setView(map.unproject(point, zoom), zoom);
};

// Boxes, in the map's pixels, of what floats above the map.
export const overlaid = (map) =>
  floating()
    .map((element) => over(element, map))
    .filter(Boolean);

// Whether a mark lies under the key figures or the sheet, where nobody sees it.
export const isCovered = (map, latitude, longitude) => {
  const { x, y } = map.latLngToContainerPoint(L.latLng(latitude, longitude));
  return overlays().some((element) => {
    const rect = over(element, map);
    return rect && x >= rect.left && x <= rect.right && y >= rect.top && y <= rect.bottom;
  });
};

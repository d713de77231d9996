// The map's view: fitted so that nothing important lies under what floats above the map.
/* global L */

const EDGE = 40; // room for the largest mark with its ring and badge, from its middle
const NARROW_EDGE = 8;
const LEAST = 60; // pixels to fit into
const panel = () => document.querySelector(".panel");
const covering = () => [...document.querySelectorAll(".figures, .panel, .attribution")];
const floating = () => [
  ...covering(),
  ...document.querySelectorAll(".map-tools, .legend, .area-tools > *, .layer-panel, .measure-bar, .leaflet-control-scale, .map-message"),
];

const over = (element, map) => {
  const [a, b] = [element.getBoundingClientRect(), map.getContainer().getBoundingClientRect()];
  return a.width > 0 && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
    ? { element, left: a.left - b.left, right: a.right - b.left, top: a.top - b.top, bottom: a.bottom - b.top }
    : null;
};

// What each side of the map loses to these boxes: each takes from the side where it takes the least, but what lies along
// the lower edge, however high, takes from there.
const lostTo = (boxes, { x: width, y: height }) => {
  const lost = { left: 0, right: 0, top: 0, bottom: 0 };
  for (const box of boxes) {
    const takes = { top: box.bottom, bottom: height - box.top, left: box.right, right: width - box.left };
    const share = (side) => takes[side] / (side === "left" || side === "right" ? width : height);
    const [least] = Object.keys(takes).sort((one, other) => share(one) - share(other));
    const side = box.element.matches(".panel, .attribution") ? "bottom" : least;
    lost[side] = Math.max(lost[side], takes[side]);
  }
  return lost;
};

// Where a small screen leaves too little of the map, marks may lie under its small tools, never under the list.
const margins = (map) => {
  const size = map.getSize();
  const leaves = ({ left, right, top, bottom }, edge) => Math.min(size.x - left - right, size.y - top - bottom) - 2 * edge >= LEAST;
  const all = lostTo(overlaid(map), size);
  const [lost, edge] = leaves(all, EDGE) ? [all, EDGE] : [lostTo(boxes(covering(), map), size), NARROW_EDGE];
  return leaves(lost, 0) ? { ...lost, edge } : { left: 0, right: 0, top: 0, bottom: 0, edge: NARROW_EDGE };
};

/**
 * @param {L.Map} map
 * @param {L.LatLngBoundsExpression} bounds
 * @param {{ maxZoom?: number }} limits
 */
export const fit = (map, bounds, { maxZoom } = {}) => {
  const { left, right, top, bottom, edge } = margins(map);
  map.fitBounds(bounds, { paddingTopLeft: [left + edge, top + edge], paddingBottomRight: [right + edge, bottom + edge], maxZoom });
};

// Brings a point into the middle of what is not covered.
export const centre = (map, latitude, longitude, zoom) => {
  const box = over(panel(), map);
  const covered = box ? map.getSize().y - box.top : 0;
  const point = map.project([latitude, longitude], zoom).add([0, covered / 2]);
  map.setView(map.unproject(point, zoom), zoom);
};

const boxes = (elements, map) => elements.map((element) => over(element, map)).filter(Boolean);

// Boxes, in the map's pixels, of what floats above the map.
export const overlaid = (map) => boxes(floating(), map);

// Whether a mark lies under what floats above the map, where nobody sees it.
export const isCovered = (map, latitude, longitude) => {
  const { x, y } = map.latLngToContainerPoint(L.latLng(latitude, longitude));
  return overlaid(map).some((box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom);
};

const SPLIT_PX = 44;

// Whether even the closest view would show posts within these bounds as one mark.
export const cannotSplit = (map, [west, south, east, north]) => {
  const closest = map.getMaxZoom();
  const size = map.project([south, east], closest).subtract(map.project([north, west], closest));
  return Math.max(Math.abs(size.x), Math.abs(size.y)) < SPLIT_PX;
};

const STORED_WIDE = "responder.wide";

// The list on a phone: as it is, whole, or only its handle.
export const resizePanel = (panel) => {
  const order = { undefined: "full", full: "peek", peek: undefined };
  const size = order[panel.dataset.size];
  if (size) panel.dataset.size = size;
  else delete panel.dataset.size;
  panel.querySelector("[data-panel-handle]").setAttribute("aria-expanded", String(size !== "peek"));
};

// The list beside the map can make room for it, and does so again on the next visit. Returns what toggles it.
export const panelToggle = (map, room) => {
  const toggleButton = document.querySelector("[data-panel-toggle]");
  const setWide = (wide) => {
    if (wide && document.querySelector("[data-panel]").contains(document.activeElement)) toggleButton.focus();
    room.classList.toggle("is-wide", wide);
    toggleButton.setAttribute("aria-expanded", String(!wide));
    map.invalidateSize({ pan: false });
  };
  const togglePanel = () => {
    const wide = !room.classList.contains("is-wide");
    localStorage.setItem(STORED_WIDE, wide ? "1" : "");
    setWide(wide);
  };
  toggleButton.addEventListener("click", togglePanel);
  if (localStorage.getItem(STORED_WIDE) && matchMedia("(min-width: 821px)").matches) setWide(true);
  return togglePanel;
};

export const WORLD = L.latLngBounds([-50, -130], [65, 150]);

// All that is there: the event's area first, and the world if that is what one sees already.
export const showWhole = (map, area) => {
  const before = map.getBounds();
  fit(map, area);
  if (before.equals(map.getBounds(), 0.01)) fit(map, WORLD);
};

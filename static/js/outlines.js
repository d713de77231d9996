// Outlines of areas on a map: the event's, and those of its teams.
/* global L */

// GeoJSON's [longitude, latitude] of a ring, as Leaflet's [latitude, longitude].
export const corners = (polygon) => polygon.coordinates[0].map(([longitude, latitude]) => [latitude, longitude]);

// A name as an element: Leaflet would take a text as markup.
const label = (name) => {
  const element = document.createElement("bdi");
  element.textContent = name;
  return element;
};

const PANE = "outlines";

// Options of an outline. It has a pane of its own above the countries, which are drawn anew whenever the map comes closer.
export const outlineStyle = (map, className) => {
  if (!map.getPane(PANE)) map.createPane(PANE).style.zIndex = "420";
  return { className, pane: PANE };
};

// Draws `outlines`, each with a `name` (empty for the event's own) and a `polygon`. Gives the layer that holds them.
export const drawOutlines = (map, outlines, { named = false } = {}) => {
  const layer = L.featureGroup().addTo(map);
  for (const { name, polygon } of outlines) {
    const shape = L.polygon(corners(polygon), { ...outlineStyle(map, name ? "outline outline-team" : "outline"), interactive: false }).addTo(layer);
    if (named && name) shape.bindTooltip(label(name), { permanent: true, direction: "center", className: "outline-name" });
  }
  return layer;
};

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

// Draws `outlines`, each with a `name` (empty for the event's own) and a `polygon`. Gives the layer that holds them.
export const drawOutlines = (map, outlines, { named = false } = {}) => {
  const layer = L.featureGroup().addTo(map);
  for (const { name, polygon } of outlines) {
    const shape = L.polygon(corners(polygon), { className: name ? "outline outline-team" : "outline", interactive: false }).addTo(layer);
    if (named && name) shape.bindTooltip(label(name), { permanent: true, direction: "center", className: "outline-name" });
  }
  return layer;
};

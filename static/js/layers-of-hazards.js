// Official alerts, and what the posts cannot tell, as layers.
/* global L */

import { corners } from "./basemap.js";
import { element, hatch, text } from "./layer-parts.js";
import { _, interpolate, locale } from "./texts.js";

const NAMED = 12; // alerts whose name stands on the map; of others it is told on touch

const alertPopup = ({ title, line, url, assumed }) => {
  const popup = element("div", { class: "hazard-popup" }, element("a", { href: url }, text(title)), element("p", {}, text(line)));
  if (assumed) popup.append(element("p", {}, _("The source states a point. The circle is our assumption.")));
  return popup;
};

// The name of an alert above its outline, below the marks.
const nameTag = (group, alert, bounds, pane) => {
  /** @type {L.TooltipOptions} */
  const options = { permanent: true, direction: "top", className: "hazard-name", pane };
  L.tooltip(options).setLatLng([bounds.getNorth(), bounds.getCenter().lng]).setContent(text(alert.name)).addTo(group);
};

export const drawAlerts = (group, { alerts }, { pane }) => {
  alerts.forEach((alert, index) => {
    const style = { className: `hazard hazard-${alert.level}`, pane };
    const shapes = [
      ...(alert.polygons ?? []).map((ring) => L.polygon(corners({ coordinates: [ring] }), style)),
      ...(alert.circles ?? []).map(([longitude, latitude, km]) => L.circle([latitude, longitude], { ...style, radius: km * 1000 })),
    ];
    for (const shape of shapes) shape.addTo(group).bindPopup(() => alertPopup(alert));
    if (index < NAMED && shapes.length) nameTag(group, alert, shapes[0].getBounds(), `${pane}-names`);
    else for (const shape of shapes) shape.bindTooltip(text(alert.name), { sticky: true });
  });
};

const silentWords = ({ name, words, people, recent, earlier }) =>
  interpolate(_("%(name)s: %(words)s. About %(people)s people; posts in the last 6 hours: %(recent)s, in the 3 days before: %(earlier)s."), {
    name,
    words,
    people: people.toLocaleString(locale),
    recent,
    earlier,
  });

export const drawSilence = (group, { places, areas }, { map, pane }) => {
  const hatched = hatch(map, pane);
  const style = (place) => ({ className: `silent silent-${place.why}`, pane, fillColor: hatched.fill });
  for (const area of areas)
    L.polygon(corners(area.polygon), style(area))
      .bindTooltip(text(silentWords(area)), { sticky: true })
      .addTo(group);
  for (const place of places) {
    const radius = Math.min(20, 8 + Math.sqrt(place.people) / 60);
    L.circleMarker([place.latitude, place.longitude], { ...style(place), radius })
      .bindTooltip(text(silentWords(place)))
      .addTo(group);
  }
  hatched.draw();
};

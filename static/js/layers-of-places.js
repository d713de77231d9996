// Incidents, reports from people, and teams, as layers beside the posts. Each mark is a button with a name.
/* global L */

import { corners } from "./basemap.js";
import { element, legendRow, text } from "./layer-parts.js";
import { _, interpolate, locale, ngettext } from "./texts.js";

const SIZE = 24;
const BESIDE = 28; // an incident is where its posts are: it stands beside their mark, with a line to the place

const popup = ({ name, url = "" }, ...lines) =>
  element(
    "div",
    { class: "hazard-popup" },
    url ? element("a", { href: url }, text(name)) : text(name),
    ...lines.filter(Boolean).map((line) => element("p", {}, text(line))),
  );

const place = (group, { map: _map, pane }, one, { kind, spoken, content }) => {
  const drawn = element("span", { class: `place-mark place-${kind}${one.severity === 1 ? " is-critical" : ""}${one.unanswered ? " is-unanswered" : ""}` });
  const isBeside = kind !== "team";
  const icon = L.divIcon({
    html: drawn,
    className: isBeside ? "place-icon is-beside" : "place-icon",
    iconSize: [SIZE, SIZE],
    ...(isBeside ? { iconAnchor: [BESIDE, BESIDE] } : {}),
  });
  const marker = L.marker([one.latitude, one.longitude], { icon, pane, keyboard: true, riseOnHover: true }).addTo(group);
  marker.getElement()?.setAttribute("aria-label", spoken);
  marker.bindPopup(() => content);
  marker.bindTooltip(text(spoken));
};

// The marks of a layer are one stop of Tab, the most urgent first; arrow keys go from one to the next.
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
const oneStop = (group) => {
  const marks = [];
  group.eachLayer((layer) => layer instanceof L.Marker && layer.getElement() && marks.push(layer.getElement()));
  marks.forEach((mark, index) => {
    mark.tabIndex = index ? -1 : 0;
    mark.addEventListener("keydown", (event) => {
      if (!STEPS[event.key]) return;
      const next = marks[(index + STEPS[event.key] + marks.length) % marks.length];
      [mark.tabIndex, next.tabIndex] = [-1, 0];
      next.focus();
      event.preventDefault();
      event.stopPropagation();
    });
  });
};

const time = (iso) => (iso ? new Date(iso).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" }) : "");

// What the map can't show: places that are not known, and rows beyond the most that are drawn.
const rest = ({ places, unplaced, more }) => {
  const said = [];
  if (more)
    said.push(interpolate(ngettext("Only the first %(count)s is drawn.", "Only the first %(count)s are drawn.", places.length), { count: places.length }));
  if (unplaced)
    said.push(
      interpolate(ngettext("%(count)s has no place and is not on the map.", "%(count)s have no place and are not on the map.", unplaced), { count: unplaced }),
    );
  return said.map((words) => element("p", { class: "layer-sources" }, words));
};

export const drawIncidents = (group, data, layer) => {
  for (const one of data.places) {
    const spoken = [_("Incident"), one.ref, one.name, one.severity_word, one.state].filter(Boolean).join(", ");
    place(group, layer, one, { kind: "incident", spoken, content: popup(one, [one.ref, one.severity_word, one.state].filter(Boolean).join(" · ")) });
  }
  oneStop(group);
  const rows = [
    legendRow("place-mark place-incident is-critical is-unanswered", _("Critical, nobody is going")),
    legendRow(
      "place-mark place-incident",
      interpolate(ngettext("%(count)s open incident", "%(count)s open incidents", data.places.length), { count: data.places.length }),
    ),
  ];
  return [element("ul", { class: "layer-key" }, ...rows), ...rest(data)];
};

export const drawReports = (group, data, layer) => {
  for (const one of data.places) {
    const spoken = [_("Report"), one.ref, one.name, one.severity_word].filter(Boolean).join(", ");
    place(group, layer, one, { kind: "report", spoken, content: popup(one, [one.ref, one.severity_word].filter(Boolean).join(" · "), time(one.at)) });
  }
  oneStop(group);
  const count = data.places.length;
  const row = legendRow("place-mark place-report", interpolate(ngettext("%(count)s report", "%(count)s reports", count), { count }));
  return [element("ul", { class: "layer-key" }, row), ...rest(data)];
};

export const drawTeams = (group, data, layer) => {
  for (const { name, polygon } of data.areas) {
    const area = L.polygon(corners(polygon), { className: "team-area", pane: layer.pane }).addTo(group);
    area.bindTooltip(text(name), { permanent: true, direction: "center", className: "shape-name", pane: `${layer.pane}-names` });
  }
  for (const one of data.places) {
    const spoken = [_("Team"), one.name, one.state].filter(Boolean).join(", ");
    const lines = [
      [one.state, one.area].filter(Boolean).join(" · "),
      one.skills.join(", "),
      one.at && interpolate(_("Was here: %(time)s"), { time: time(one.at) }),
    ];
    place(group, layer, one, { kind: "team", spoken, content: popup(one, ...lines) });
  }
  oneStop(group);
  const rows = [legendRow("place-mark place-team", _("Team, where it was last")), legendRow("layer-swatch", _("Area of a team"))];
  return [element("ul", { class: "layer-key" }, ...rows), ...rest(data)];
};

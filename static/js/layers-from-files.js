// Layers that people brought as files: shapes of the event, and areas coloured by how many posts of the filter lie in them.
/* global L */

import { getJson } from "./http.js";
import { element, hatch, legendRow, text } from "./layer-parts.js";
import { filter } from "./query.js";
import { classes, rateOf } from "./classes.js";
import { _, interpolate, locale, ngettext } from "./texts.js";

const MEASURES = ["posts", "unanswered", "people"];
const WORDS = { posts: _("All posts"), unanswered: _("Unanswered posts"), people: _("Posts about people: injured, missing, displaced") };
const ROWS = 60; // of the table; the map shows all
const POINT = 7; // pixels
const LINES = new Set(["road-closed", "route"]);
const number = (value) => value.toLocaleString(locale, { maximumFractionDigits: value < 10 ? 1 : 0 });

// --- shapes of the event

const shapePopup = (one, name) =>
  element(
    "div",
    { class: "hazard-popup" },
    text(name || one.name),
    element("p", {}, text([one.kind_word, one.as_of].filter(Boolean).join(" · "))),
    ...(one.source ? [element("p", {}, text(one.source))] : []),
  );

const drawShapes =
  (one) =>
  (group, data, { pane }) => {
    const className = `shape layer-${one.colour} shape-${one.kind}`;
    const options = /** @type {any} */ ({
      pane,
      style: { className, pane },
      pointToLayer: (_feature, at) => L.circleMarker(at, { radius: POINT, className: `${className} shape-point`, pane }),
      onEachFeature: ({ properties }, shape) => {
        shape.bindPopup(() => shapePopup(one, properties?.name));
        if (properties?.name) shape.bindTooltip(text(properties.name), { sticky: true });
      },
    });
    L.geoJSON(data, options).addTo(group);
    const swatch = LINES.has(one.kind) ? `layer-line shape-${one.kind} layer-${one.colour}` : `layer-swatch layer-${one.colour}`;
    return [element("ul", { class: "layer-key" }, legendRow(swatch, one.kind_word))];
  };

// --- areas with counts

// The words of an area: what lies in it, and that no posts are no good news.
const areaWords = ({ name, code, people }, [posts, unanswered, about]) => {
  const title = [name || code || _("Area without a name"), name && code ? `(${code})` : ""].filter(Boolean).join(" ");
  const living = people ? interpolate(_("%(people)s people live there."), { people: people.toLocaleString(locale) }) : "";
  if (!posts) return [`${title}: ${_("no posts. That is unknown, not calm.")}`, living].filter(Boolean).join(" ");
  const counted = [
    interpolate(ngettext("%(count)s post", "%(count)s posts", posts), { count: number(posts) }),
    interpolate(_("%(count)s unanswered"), { count: number(unanswered) }),
    interpolate(_("%(count)s about people"), { count: number(about) }),
  ].join(", ");
  return [`${title}: ${counted}.`, living].filter(Boolean).join(" ");
};

const NONE = [0, 0, 0];

const legend = (found, { rate, measure }, { hasUnknown }) => {
  const unit = rate ? interpolate(_("%(measure)s, per 100,000 people"), { measure: WORDS[measure] }) : WORDS[measure];
  const rows = found.map(({ least, most }, index) =>
    legendRow(`area-key area-${index + 1} of-${found.length}`, least === most ? number(least) : `${number(least)} – ${number(most)}`),
  );
  if (measure !== "posts") rows.push(legendRow("area-key area-zero", _("Posts, but none of these")));
  rows.push(legendRow("hatch-key", _("No posts: unknown, not calm")));
  if (hasUnknown) rows.push(legendRow("area-key area-unknown", _("Number of people not known")));
  return [element("p", { class: "layer-unit" }, unit), element("ul", { class: "layer-key" }, ...rows)];
};

const remarks = ({ outside, rough, unplaced, square_m: square, as_of: at }) =>
  [
    outside &&
      interpolate(ngettext("%(count)s post lies in none of these areas.", "%(count)s posts lie in none of these areas.", outside), { count: number(outside) }),
    rough &&
      interpolate(
        ngettext("%(count)s post is placed too roughly to count in one area.", "%(count)s posts are placed too roughly to count in one area.", rough),
        { count: number(rough) },
      ),
    unplaced && interpolate(ngettext("%(count)s post has no place.", "%(count)s posts have no place.", unplaced), { count: number(unplaced) }),
    square && interpolate(_("Counted by squares of %(metres)s m, because the posts have so many places."), { metres: number(square) }),
    interpolate(_("Counted at %(time)s."), { time: new Date(at).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" }) }),
  ]
    .filter(Boolean)
    .map((words) => element("p", { class: "layer-sources" }, words));

const cell = (value) => element("td", { class: "num" }, value);

// The same as a table: every fact of the map can be read in a list.
const table = (rows, { rate }) => {
  const sorted = [...rows].sort((one, other) => (other.value ?? -1) - (one.value ?? -1) || other.sums[0] - one.sums[0]);
  const head = [_("Area"), _("Posts"), _("Unanswered"), _("About people"), ...(rate ? [_("Per 100,000")] : [])].map((words) =>
    element("th", { scope: "col" }, words),
  );
  const body = sorted
    .slice(0, ROWS)
    .map(({ properties, sums, value }) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, text(properties.name || properties.code || "–")),
        ...sums.map((sum, index) => cell(sums[0] ? number(sum) : index ? "–" : _("no posts"))),
        ...(rate ? [cell(value === null ? "–" : number(value))] : []),
      ),
    );
  const made = element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body));
  return element(
    "details",
    { class: "layer-table" },
    element("summary", {}, _("As a table")),
    element("div", { class: "layer-scroll", tabindex: 0, role: "region", "aria-label": _("Areas and their posts") }, made),
  );
};

// The class of each area by what is measured; null where that is not known.
const measured = ({ shapes, counts }, { measure, rate }) =>
  shapes.features.map((feature) => {
    const sums = counts.areas[feature.id] ?? NONE;
    const properties = feature.properties ?? {};
    const count = sums[MEASURES.indexOf(measure)];
    return { feature, properties, sums, value: rate ? rateOf(count, properties.people) : count };
  });

const drawAreas = (group, data, layer) => {
  const { map, pane, settings } = layer;
  const rows = measured(data, settings);
  const found = classes(rows.filter(({ sums, value }) => sums[0] && value > 0).map(({ value }) => value));
  const hatched = hatch(map, pane);
  const look = ({ sums, value }) => {
    if (!sums[0]) return { className: "area area-none", fillColor: hatched.fill };
    if (value === null) return { className: "area area-unknown" };
    const at = found.findIndex(({ least, most }) => value >= least && value <= most);
    return { className: at < 0 ? "area area-zero" : `area area-${at + 1} of-${found.length}` };
  };
  for (const row of rows) {
    const options = /** @type {any} */ ({ pane, style: { ...look(row), pane } });
    L.geoJSON(row.feature, options)
      .bindTooltip(text(areaWords(row.properties, row.sums)), { sticky: true, className: "area-tip" })
      .addTo(group);
  }
  hatched.draw();
  const hasUnknown = rows.some(({ sums, value }) => sums[0] && value === null);
  return [...legend(found, settings, { hasUnknown }), ...remarks(data.counts), table(rows, settings)];
};

// What is measured, and whether by people; chosen beside the layer.
const choices = (one) => (layer) => {
  const select = element("select", { "aria-label": interpolate(_("What “%(layer)s” counts"), { layer: one.name }) });
  for (const measure of MEASURES) select.append(element("option", { value: measure }, WORDS[measure]));
  const box = element("input", { type: "checkbox" });
  const changed = () => {
    layer.settings.measure = select.value;
    layer.settings.rate = box.checked;
    layer.panel.keep();
    layer.refresh();
  };
  select.addEventListener("change", changed);
  box.addEventListener("change", changed);
  layer.chosen = () => {
    layer.settings.rate = layer.settings.rate && one.has_people;
    select.value = layer.settings.measure;
    box.checked = layer.settings.rate;
  };
  layer.chosen();
  return one.has_people ? [select, element("label", {}, box, _("Per 100,000 people"))] : [select];
};

// The options of a layer of the panel, for one that the server offers.
export const fileLayer = (one) => {
  const note = [one.source, one.as_of && interpolate(_("Data of %(date)s"), { date: one.as_of })].filter(Boolean).join(" · ");
  const shared = { key: one.key, label: one.name, url: one.shapes_url, note };
  let shapes = null; // they stay the same
  const load = async (signal) => {
    shapes ??= await getJson(one.shapes_url, signal);
    return shapes;
  };
  if (one.purpose === "shapes") return { ...shared, filtered: false, draw: drawShapes(one), load };
  const both = async (signal) => {
    const [drawn, counts] = await Promise.all([load(signal), getJson(`${one.counts_url}?${filter()}`, signal)]);
    return { shapes: drawn, counts };
  };
  return { ...shared, draw: drawAreas, choices: choices(one), load: both };
};

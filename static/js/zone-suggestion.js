// Suggests a time zone by the countries and the area, until a person has chosen one, and tells the map where the countries are.

import { getJson } from "./http.js";
import { Latest } from "./latest.js";
import { _, interpolate } from "./texts.js";

const CORNERS = ["west", "south", "east", "north"];

export const suggestZone = (form) => {
  const select = form.querySelector("select[name=time_zone]");
  const hint = form.querySelector("[data-zone-hint]");
  const requests = new Latest();
  let suggested = select.value;
  const suggest = async () => {
    const sent = new FormData(form);
    const query = new URLSearchParams(sent.getAll("countries").map((code) => ["countries", String(code)]));
    for (const name of CORNERS) query.set(name, String(sent.get(name) ?? ""));
    try {
      const answer = await requests.run((signal) => getJson(`${form.dataset.zonesUrl}?${query}`, signal));
      if (!answer) return;
      show(answer.zones);
      if (answer.bounds) form.dispatchEvent(new CustomEvent("countrybounds", { detail: answer.bounds }));
    } catch {
      hint.textContent = ""; // the server suggests one when the form is sent
    }
  };
  const show = ([best, ...others]) => {
    const free = !select.value || select.value === suggested;
    if (best && free && !form.dataset.stored) {
      select.value = best;
      suggested = best;
    }
    const zones = [best, ...others].filter((zone) => zone && zone !== select.value).join(", ");
    hint.textContent = zones ? interpolate(_("The countries and the area also suggest: %(zones)s"), { zones }) : "";
  };
  form.addEventListener("areachange", suggest);
  form.addEventListener("change", ({ target }) => {
    if (target.name === "countries") suggest();
  });
};

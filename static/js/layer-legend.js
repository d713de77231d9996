// The legends of the layers that are on, for paper and for the picture of the map.

import { element, text } from "./layer-parts.js";

// { label, rows: [{ swatch, words }], notes: [words] } of each layer that is on, the topmost first.
export const legends = (layers) =>
  layers
    .filter(({ on }) => on)
    .map(({ label, told }) => ({
      label,
      rows: [...told.querySelectorAll("ul.layer-key li, p.layer-key")].map((row) => ({ swatch: row.firstElementChild, words: row.textContent.trim() })),
      notes: [...told.querySelectorAll(".layer-unit, .layer-sources")].map((note) => note.textContent.trim()).filter(Boolean),
    }));

// The same below the map on paper, for as long as it is printed.
export const onPaper = (layers) => {
  let shown = null;
  addEventListener("beforeprint", () => {
    const found = legends(layers());
    if (!found.length) return;
    const parts = found.map(({ label, rows, notes }) =>
      element(
        "section",
        {},
        element("h3", {}, text(label)),
        element("ul", { class: "layer-key" }, ...rows.map(({ swatch, words }) => element("li", {}, ...(swatch ? [swatch.cloneNode(true)] : []), text(words)))),
        ...notes.map((words) => element("p", {}, text(words))),
      ),
    );
    shown = element("div", { class: "print-legend" }, ...parts);
    document.querySelector("[data-room]").after(shown);
  });
  addEventListener("afterprint", () => {
    shown?.remove();
    shown = null;
  });
};

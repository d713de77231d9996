// What the layers of the map share: elements, words, and the hatch of what is not known.

export const element = (name, attributes, ...inside) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...inside);
  return made;
};

// A name as an element: Leaflet would take a text as markup.
export const text = (words) => element("bdi", {}, words);

const SVG = "http://www.w3.org/2000/svg";
const SIZE = 6;

// The paint of a hatch within a layer's pane: `url(#…)` for Leaflet's `fillColor`. `draw` it once paths are there.
export const hatch = (map, pane) => {
  const id = `hatch-${pane}`;
  return {
    fill: `url(#${id})`,
    draw: () => {
      const svg = map.getPane(pane).querySelector("svg");
      if (!svg || svg.querySelector(`#${id}`)) return;
      const pattern = document.createElementNS(SVG, "pattern");
      const line = document.createElementNS(SVG, "path");
      for (const [key, value] of Object.entries({ id, width: SIZE, height: SIZE, patternUnits: "userSpaceOnUse" })) pattern.setAttribute(key, String(value));
      line.setAttribute("d", "M-1 1 1 -1M0 6 6 0M5 7 7 5");
      line.setAttribute("class", "hatch-line");
      pattern.append(line);
      svg.prepend(pattern);
    },
  };
};

export const legendRow = (swatch, ...words) => element("li", {}, element("span", { class: swatch, "aria-hidden": "true" }), element("span", {}, ...words));

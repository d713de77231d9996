// What is drawn under the marks once the map is close: rivers and lakes, then streets or pictures where the page names any.

import { waters } from "./waters.js";

const STREETS_FROM = 9;

export const closer = (map, folder) => {
  waters(map, folder);
  const sources = JSON.parse(document.getElementById("basemaps")?.textContent ?? "[]");
  if (!sources.length) return;
  const begin = () => {
    if (map.getZoom() < STREETS_FROM && !localStorage.getItem("responder.basemap")) return;
    map.off("moveend", begin);
    import("./streets.js").then(({ draw }) => draw(map, sources)).catch(() => {}); // the outlines stay
  };
  map.on("moveend", begin);
  begin();
};

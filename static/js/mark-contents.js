// What a mark holds that no zoom takes apart: its places and its most urgent posts, in a popup beside it.
/* global L */

import { fragment } from "./dom.js";
import { getHtml } from "./http.js";
import { filter } from "./query.js";
import { _, interpolate, ngettext } from "./texts.js";

const WIDTH = 300;

const heading = ({ place, count }) => {
  const title = document.createElement("h2");
  title.tabIndex = -1;
  const posts = interpolate(ngettext("%(count)s post", "%(count)s posts", count), { count });
  title.textContent = place ? `${place}: ${posts}` : posts;
  return title;
};

// `choose(id)` opens a post; `back` gets the focus again when the popup is closed by key.
export const reveal = async (map, cluster, { url, back, choose }) => {
  const root = document.createElement("section");
  root.className = "mark-contents";
  root.setAttribute("aria-label", _("What this mark holds"));
  const title = heading(cluster);
  const told = document.createElement("p");
  told.textContent = _("Loading…");
  root.append(title, told);
  const room = map.getContainer().getBoundingClientRect();
  const popup = L.popup({
    maxWidth: Math.min(WIDTH, room.width - 40),
    maxHeight: Math.max(160, room.height * 0.4),
    autoPanPadding: [12, 12],
    keepInView: false,
  })
    .setLatLng([cluster.latitude, cluster.longitude])
    .setContent(root)
    .openOn(map);
  popup.getElement()?.querySelector(".leaflet-popup-close-button")?.setAttribute("aria-label", _("Close"));
  title.focus({ preventScroll: true });
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      map.closePopup(popup);
      (back?.isConnected ? back : map.getContainer()).focus({ preventScroll: true });
    }
    event.stopPropagation(); // keys here neither move the map nor decide on a post
  });
  root.addEventListener("click", (event) => {
    const link = /** @type {HTMLElement} */ (event.target).closest("[data-mark-post]");
    if (!link || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    map.closePopup(popup);
    choose(/** @type {HTMLElement} */ (link).dataset.markPost);
  });
  try {
    const query = filter();
    query.set("bbox", cluster.bbox.join(","));
    const html = await getHtml(`${url}?${query}`);
    told.replaceWith(fragment(html));
    const isInside = root.contains(document.activeElement);
    popup.update(); // puts the content in anew, which drops the focus
    if (isInside) title.focus({ preventScroll: true });
  } catch (error) {
    told.textContent = interpolate(_("Could not load this: %(reason)s"), { reason: error.message });
  }
};

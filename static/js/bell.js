// The bell of every page: how many notifications are unread, asked for while the page is seen; a new one is said and heard.

import { getJson } from "./http.js";
import { _, interpolate, ngettext } from "./texts.js";

const EVERY_MS = 15000;

export const watch = (bell) => {
  const badge = bell.querySelector("[data-bell-badge]");
  const name = bell.querySelector("[data-bell-name]");
  const said = bell.querySelector("[data-bell-said]");
  const fixed = Number(bell.dataset.fixed); // what the page found out by itself: it changes with the next page
  const links = document.querySelectorAll("[data-bell-count]");
  let newest = Number(bell.dataset.newest);

  const show = (answer) => {
    const count = fixed + answer.count;
    badge.textContent = count;
    badge.hidden = count === 0;
    name.textContent = interpolate(ngettext("%(n)s notification", "%(n)s notifications", count), { n: count });
    for (const link of links) link.textContent = answer.count || "";
    if (!answer.newest || answer.newest.id <= newest) return;
    newest = answer.newest.id;
    said.textContent = interpolate(_("New notification: %(title)s"), { title: answer.newest.title });
    bell.querySelector("[data-bell-new]").textContent = answer.newest.title;
    bell.querySelector("[data-bell-fresh]").hidden = false;
    if (answer.sound)
      import("./sounds.js").then(
        ({ play }) => play(answer.sound),
        () => {},
      );
  };

  const ask = async () => {
    if (!document.hidden) await getJson(bell.dataset.url).then(show, () => {});
    setTimeout(ask, EVERY_MS);
  };
  setTimeout(ask, EVERY_MS);
};

// A link to what is seen: a moving window counts back from whenever it is opened, a frozen one shows this moment.

import { banner } from "./banners.js";
import { params } from "./query.js";
import { bounds } from "./ranges.js";
import { _, interpolate } from "./texts.js";

const EARLIEST = Date.UTC(2000, 0, 1);
const written = (moment) => `${new Date(moment).toISOString().slice(0, 19)}Z`;

const frozen = (range) => {
  const now = Date.now();
  const [from, until] = bounds(range, now);
  return `${written(Math.max(from, EARLIEST))}..${written(Math.min(until, now))}`;
};

const address = (kind) => {
  const query = params();
  if (kind === "frozen") query.set("t", frozen(query.get("t")));
  return `${location.origin}${location.pathname}?${query}`;
};

for (const menu of document.querySelectorAll("[data-share]")) {
  menu.addEventListener("click", async (event) => {
    const kind = event.target.closest("[data-share-kind]")?.dataset.shareKind;
    if (!kind) return;
    menu.open = false;
    menu.querySelector("summary").focus();
    const link = address(kind);
    const close = { label: _("Close"), run: () => banner("share", "") };
    await navigator.clipboard.writeText(link).then(
      () => banner("share", _("The link was copied."), close),
      () => banner("share", interpolate(_("Copy this link: %(link)s"), { link }), close),
    );
  });
}

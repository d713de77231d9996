// The keyboard shortcuts of the triage page.

import { filter } from "./query.js";
import { bind } from "./shortcuts.js";
import { _, interpolate } from "./texts.js";
import { toggleWhy } from "./why.js";

const inList = (event) => !event.target.closest("[data-pane], [data-beside], details[open]");
const digit = (event) => (/^Digit/.test(event.code) ? event.code.at(-1) : event.key);

/** Bind the shortcuts to what they act on: the list, the open post, the selection and the decisions. */
export function bindKeys({ list, pane, selection, actions }) {
  const step = (by) => (event) => {
    const from = list.current();
    const next = list.beside(from, by);
    if (event.shiftKey && from) selection.set(from, true);
    if (!next) return;
    if (event.shiftKey) selection.set(next, true);
    pane.open(next.dataset.item);
  };
  const openMenu = (name, first) => () => {
    const menu = pane.body.querySelector(`[data-${name}]`);
    if (!menu) return;
    menu.open = true;
    menu.querySelector(first).focus();
  };
  const setCategory = (event) => {
    const option = pane.body.querySelector(`.change-option[data-key="${digit(event)}"]`);
    if (option) actions.act("category", { category: option.value });
  };
  const posts = _("Posts");
  bind([
    { keys: ["j"], label: _("Next post (with Shift: select it too)"), group: posts, run: step(1) },
    { keys: ["k"], label: _("Previous post (with Shift: select it too)"), group: posts, run: step(-1) },
    { keys: ["arrowdown"], label: _("Next post"), group: posts, quiet: true, when: inList, run: step(1) },
    { keys: ["arrowup"], label: _("Previous post"), group: posts, quiet: true, when: inList, run: step(-1) },
    { keys: ["a"], label: _("Confirm and open the next post"), group: posts, run: () => actions.act("confirm") },
    { keys: [..."1234567890"], label: _("Set the category with this digit"), group: posts, run: setCategory },
    { keys: ["c"], label: _("Change the category by typing part of its name"), group: posts, run: openMenu("change", "[data-typed]") },
    ...[..."1234"].map((level) => ({
      keys: [`s ${level}`],
      label: interpolate(_("Set severity %(level)s"), { level }),
      group: posts,
      quiet: level !== "1",
      run: () => actions.act("severity", { severity: level }),
    })),
    { keys: ["x"], label: _("Mark as not relevant"), group: posts, run: () => actions.act("dismiss") },
    { keys: ["i"], label: _("Attach to an incident or open a new one"), group: posts, when: () => pane.id, run: () => pane.toIncidents() },
    {
      keys: ["o"],
      label: _("Open an incident with the post at once"),
      group: posts,
      run: () => pane.body.querySelector('[data-at-once="open"]')?.requestSubmit(),
    },
    {
      keys: ["t"],
      label: _("Take the post's incident: assign it to yourself"),
      group: posts,
      run: () => pane.body.querySelector('[data-at-once="take"]')?.requestSubmit(),
    },
    { keys: ["l"], label: _("Set the place"), group: posts, run: () => pane.body.querySelector("[data-place-open]")?.click() },
    { keys: ["w"], label: _("Snooze"), group: posts, run: openMenu("snooze", ".change-option") },
    { keys: ["v"], label: _("Select"), group: posts, run: () => selection.toggle(list.current()) },
    {
      keys: ["escape"],
      label: _("Clear the selection"),
      group: posts,
      when: () => selection.picked.size > 0 && !document.querySelector("details.menu[open]"),
      run: () => selection.clear(),
    },
    { keys: ["z"], label: _("Undo"), group: posts, run: () => actions.takeBack() },
    {
      keys: ["m"],
      label: _("Show the post on the map"),
      group: posts,
      when: () => pane.id,
      run: () => location.assign(`${document.querySelector('[data-page="map"]').pathname}?${filter()}&sel=${pane.id}`),
    },
    { keys: ["y"], label: _("Show why the model suggests this category"), group: posts, run: () => toggleWhy(pane.body) },
  ]);
}

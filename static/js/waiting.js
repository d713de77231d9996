// Decisions that wait on this device: how many there are, and which of them were refused when they were sent at last.

import { banner } from "./banners.js";
import { told } from "./conflict.js";
import { _, interpolate, ngettext } from "./texts.js";

// `open(id)` shows a post; `settled({ entry, answer, id, verb })` follows a decision that was sent late.
export const showWaiting = (outbox, { open, settled }) => {
  const count = () => {
    const number = outbox.waiting().length;
    const text = interpolate(
      ngettext(
        "%(number)s decision is saved on this device and will be sent when the server is available again.",
        "%(number)s decisions are saved on this device and will be sent when the server is available again.",
        number,
      ),
      { number },
    );
    banner("outbox", number ? text : "", { run: () => outbox.flush() });
  };
  outbox.addEventListener("change", count);
  outbox.addEventListener("sent", ({ detail: { entry, answer, error } }) => {
    const [, id, verb] = /(\d+)\/(\w+)$/.exec(entry.url) ?? [];
    if (!id) return;
    if (error) refused(id, error, open);
    settled({ entry, answer, id, verb });
  });
  count();
};

// Somebody else decided meanwhile, or the server refused it: this person chooses with the post before them.
const refused = (id, error, open) => {
  const name = `late-${id}`;
  const why = error.status === 409 ? told(error.problem) : error.message;
  banner(name, interpolate(_("A saved decision was not applied: %(reason)s"), { reason: why }), {
    label: _("Open the post"),
    run: () => {
      banner(name, "");
      open(id);
    },
  });
};

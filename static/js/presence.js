// Who else has the same thing open: asks every 15 seconds while the page is looked at, which tells others of this reader.

import { post } from "./http.js";
import { _, interpolate, ngettext } from "./texts.js";

const EVERY_MS = 15000;
const NAMED = 4; // people; the others are counted

export const alsoHere = (people) => {
  const names = people.slice(0, NAMED).join(", ");
  const count = people.length - NAMED;
  if (count <= 0) return people.length ? interpolate(_("Also here: %(names)s"), { names }) : "";
  return interpolate(ngettext("Also here: %(names)s and %(count)s other person", "Also here: %(names)s and %(count)s other people", count), { names, count });
};

export class Presence {
  // `find` gives the element that says it, or none; `heard` is called with each answer.
  constructor(find, heard = (_answer) => {}) {
    this.find = find;
    this.heard = heard;
    this.url = null;
    setInterval(() => this.say(), EVERY_MS);
    document.addEventListener("visibilitychange", () => this.say());
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", ({ persisted }) => persisted && this.say());
  }

  // What is open from now on; null for nothing.
  open(url) {
    if (url === this.url) return;
    this.leave();
    this.url = url;
    this.show([]);
    this.say();
  }

  async say() {
    const { url } = this;
    if (!url || document.hidden) return;
    try {
      const answer = await post(url, {});
      if (url !== this.url) return; // something else was opened meanwhile
      this.failed = 0;
      this.show(answer.people);
      this.heard(answer);
    } catch {
      // Work goes on without it, and the pill of the frame tells that the server is away. Who is here is no longer known.
      this.failed = (this.failed ?? 0) + 1;
      if (url === this.url && this.failed > 1) this.show([]);
    }
  }

  // A status that is written anew is read out anew, so only a change is written.
  show(people) {
    const target = this.find();
    const text = alsoHere(people);
    if (!target || target.textContent === text) return;
    target.textContent = text;
  }

  leave() {
    if (!this.url) return;
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    navigator.sendBeacon(this.url, new URLSearchParams({ csrfmiddlewaretoken: token, leave: "1" }));
  }
}

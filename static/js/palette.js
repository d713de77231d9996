// The command palette: pages, saved views, events, incidents, places, commands and a search, by a few letters.

import { getJson } from "./http.js";
import { Latest } from "./latest.js";
import { params } from "./query.js";
import { shortcuts, shownKey } from "./shortcuts.js";
import { _, interpolate } from "./texts.js";

const SHOWN = 12;
const SHORTEST = 2; // characters, from which incidents and places are looked up
const TYPED_MS = 150;
const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const links = (selector, kind) =>
  [...document.querySelectorAll(selector)].map((link) => ({
    label: link.dataset.name || link.textContent.trim().replace(/\s+/g, " "),
    kind,
    run: () => location.assign(link.href),
  }));

export class Palette {
  constructor(dialog) {
    this.dialog = dialog;
    this.input = dialog.querySelector("[data-palette-input]");
    this.list = dialog.querySelector("[data-palette-list]");
    this.requests = new Latest();
    this.looked = [];
    this.input.addEventListener("input", () => {
      this.looked = [];
      this.show();
      clearTimeout(this.typed);
      this.typed = setTimeout(() => this.lookUp(), TYPED_MS);
    });
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.list.addEventListener("click", (event) => this.clicked(event));
    dialog.addEventListener("close", () => this.back?.focus?.());
  }

  // The dialog was opened; `back` gets the focus when it closes. What was typed before this script came counts.
  opened(back) {
    this.back = back;
    this.commands = [
      ...links("[data-page]", _("Page")),
      ...links("[data-view-link]", _("Saved view")),
      ...links(".event-menu .menu-link", _("Event")),
      ...shortcuts()
        .filter(({ keys }) => !keys[0].startsWith("g "))
        .map(({ label, keys, run }) => ({ label, kind: _("Command"), keys: shownKey(keys[0]), run })),
    ];
    this.looked = [];
    this.show();
    this.lookUp();
  }

  matching() {
    const wanted = fold(this.input.value).split(/\s+/).filter(Boolean);
    const found = this.commands.filter(({ label }) => wanted.every((word) => fold(label).includes(word)));
    const text = this.input.value.trim();
    const search = { label: interpolate(_("Search posts for “%(text)s”"), { text }), kind: "", run: () => this.search(text) };
    const all = [...found.slice(0, SHOWN), ...this.looked];
    return text && document.querySelector("[data-search]") ? [...all, search] : all;
  }

  // What only the server knows: incidents by title or reference, places of posts.
  async lookUp() {
    const text = this.input.value.trim();
    if (text.length < SHORTEST || !document.querySelector("[data-search]")) return;
    const query = new URLSearchParams({ find: text, event: params().get("event") ?? "" });
    try {
      const answer = await this.requests.run((signal) => getJson(`${this.dialog.dataset.findUrl}?${query}`, signal));
      if (!answer || text !== this.input.value.trim()) return;
      const entry = (kind) => (one) => ({ label: one.label, kind: `${kind} · ${one.note}`, run: () => location.assign(one.url) });
      this.looked = [...answer.incidents.map(entry(_("Incident"))), ...answer.places.map(entry(_("Place")))];
    } catch {
      return; // pages and commands are found without the server
    }
    // What the person moved to stays chosen; else the first is.
    const chosen = this.at ? this.found[this.at] : null;
    this.show();
    if (chosen) this.at = Math.max(0, this.found.indexOf(this.found.find(({ label, kind }) => label === chosen.label && kind === chosen.kind)));
    this.mark();
  }

  search(text) {
    const form = document.querySelector("[data-search]");
    form.elements.q.value = text;
    form.requestSubmit();
  }

  show() {
    this.found = this.matching();
    this.at = 0;
    this.list.replaceChildren(...this.found.map((command, index) => this.option(command, index)));
    this.mark();
  }

  /**
   * @param {{ label: string, kind?: string, keys?: string[] }} command
   * @param {number} index
   */
  option({ label, kind, keys }, index) {
    const item = document.createElement("li");
    item.id = `palette-${index}`;
    item.setAttribute("role", "option");
    const [name, note] = [document.createElement("span"), document.createElement("span")];
    name.textContent = label;
    note.className = "palette-kind";
    note.textContent = keys ? keys.join(" ") : kind;
    item.append(name, note);
    return item;
  }

  mark() {
    for (const [index, item] of [...this.list.children].entries()) item.setAttribute("aria-selected", String(index === this.at));
    const chosen = this.list.children[this.at];
    chosen?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", chosen?.id ?? "");
  }

  pressed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") this.choose(this.at);
    else if (step && this.found.length) {
      this.at = (this.at + step + this.found.length) % this.found.length;
      this.mark();
    } else return;
    event.preventDefault();
  }

  clicked(event) {
    const item = event.target.closest("[role=option]");
    if (item) this.choose([...this.list.children].indexOf(item));
  }

  choose(index) {
    const command = this.found[index];
    if (!command) return;
    this.dialog.close();
    command.run();
  }
}

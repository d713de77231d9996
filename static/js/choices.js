// A long list of checkboxes: a search box hides what does not match, and a line says what is chosen. The list is one stop
// of the Tab key; arrows move within it.

import { _, interpolate } from "./texts.js";

const SHOWN = 8; // names of the line
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export class Choices {
  constructor(fieldset) {
    this.options = [...fieldset.querySelectorAll("[data-choice]")].map((label) => {
      const [name, box] = [label.textContent.trim(), label.querySelector("input")];
      return { label, name, box, words: plain(`${name} ${box.value}`) };
    });
    this.chosen = fieldset.querySelector("[data-choices-chosen]");
    const holder = fieldset.querySelector("[data-choices-search]");
    const search = holder.querySelector("input");
    const list = fieldset.querySelector("[data-choices-list]");
    holder.hidden = false;
    list.open = true; // without scripts it is closed, so that Tab passes it
    list.querySelector("summary").hidden = true;
    for (const { box } of this.options) box.tabIndex = -1;
    this.stopAt(this.options[0]);
    list.addEventListener("focusin", ({ target }) => this.stopAt(this.options.find(({ box }) => box === target)));
    list.addEventListener("keydown", (event) => this.step(event));
    search.addEventListener("input", () => this.filter(plain(search.value.trim())));
    search.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") this.stop?.box.focus();
      if (event.key !== "Enter") return;
      event.preventDefault(); // Enter chooses what was searched for; it does not send the form
      this.only(search);
    });
    fieldset.addEventListener("change", () => this.say());
    this.say();
  }

  filter(words) {
    for (const option of this.options) option.label.hidden = !option.words.includes(words);
    this.stopAt(this.shown()[0]);
  }

  shown() {
    return this.options.filter(({ label }) => !label.hidden);
  }

  // The one checkbox that Tab reaches.
  stopAt(option) {
    if (!option) return;
    if (this.stop) this.stop.box.tabIndex = -1;
    this.stop = option;
    option.box.tabIndex = 0;
  }

  step(event) {
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    const shown = this.shown();
    const at = shown.findIndex(({ box }) => box === document.activeElement);
    shown[(at + step + shown.length) % shown.length]?.box.focus();
  }

  // Ticks or clears the single option that the search has left, or the one that it names in full.
  only(search) {
    const left = this.shown();
    const exact = left.filter(({ name, box }) => [plain(name), box.value.toLowerCase()].includes(plain(search.value.trim())));
    const option = left.length === 1 ? left[0] : exact.length === 1 ? exact[0] : null;
    if (!option) return;
    option.box.checked = !option.box.checked;
    option.box.dispatchEvent(new Event("change", { bubbles: true }));
    search.value = "";
    this.filter("");
  }

  say() {
    const names = this.options.filter(({ box }) => box.checked).map(({ name }) => name);
    const more = names.length - SHOWN;
    const listed = names.slice(0, SHOWN).join(", ");
    if (!names.length) this.chosen.textContent = _("None chosen");
    else if (more > 0) this.chosen.textContent = interpolate(_("Chosen: %(names)s and %(more)s more"), { names: listed, more });
    else this.chosen.textContent = interpolate(_("Chosen: %(names)s"), { names: listed });
  }
}

// A long list of checkboxes: a search box hides what does not match, and a line says what is chosen.

import { _, interpolate } from "./texts.js";

const SHOWN = 8; // names of the line
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
    holder.hidden = false;
    search.addEventListener("input", () => this.filter(plain(search.value.trim())));
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault(); // Enter chooses what was searched for; it does not send the form
      this.only(search);
    });
    fieldset.addEventListener("change", () => this.say());
    this.say();
  }

  filter(words) {
    for (const option of this.options) option.label.hidden = !option.words.includes(words);
  }

  // Ticks or clears the single option that the search has left, or the one that it names in full.
  only(search) {
    const left = this.options.filter(({ label }) => !label.hidden);
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

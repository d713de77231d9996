// Which posts are selected: a set of ids that outlives actions, updates and new pages of the list.

import { _, interpolate } from "./texts.js";

export class Selection {
  constructor(root, list) {
    this.root = root;
    this.list = list;
    this.picked = new Map(); // id → version as it was last known
    this.bar = root.querySelector("[data-bulk]");
    list.list.addEventListener("change", (event) => {
      if (event.target.matches("[data-pick]")) this.set(event.target.closest("[data-item]"), event.target.checked);
    });
    this.alert = root.querySelector("[data-bulk-alert]");
    this.alert.addEventListener("submit", (event) => this.draft(event));
    root.querySelector("[data-bulk-clear]").addEventListener("click", () => this.clear());
    root.querySelector("[data-bulk-all]").addEventListener("click", () => {
      for (const row of list.rows()) this.set(row, true);
    });
  }

  set(row, on) {
    const id = row.dataset.item;
    if (on) this.picked.set(id, row.dataset.version);
    else this.picked.delete(id);
    row.querySelector("[data-pick]").checked = on;
    row.classList.toggle("is-picked", on);
    this.show();
  }

  toggle(row) {
    if (row) this.set(row, !this.picked.has(row.dataset.item));
  }

  clear() {
    for (const id of [...this.picked.keys()]) {
      const row = this.list.row(id);
      this.picked.delete(id);
      if (row) this.set(row, false);
    }
    this.say("");
    this.show();
  }

  // After the list changed: its boxes follow the set, and the set learns newer versions.
  sync() {
    for (const row of this.list.rows()) {
      const on = this.picked.has(row.dataset.item);
      row.querySelector("[data-pick]").checked = on;
      row.classList.toggle("is-picked", on);
    }
    this.show();
  }

  learn(id, version) {
    if (this.picked.has(String(id))) this.picked.set(String(id), String(version));
  }

  items(most) {
    return [...this.picked]
      .slice(0, most)
      .map(([id, version]) => `${id}:${version}`)
      .join(",");
  }

  // A warning is drafted from all that are selected; the server's page follows.
  draft(event) {
    const { least, most } = this.alert.dataset;
    if (this.picked.size < least || this.picked.size > most) {
      event.preventDefault();
      this.say(interpolate(_("Select %(least)s to %(most)s posts to draft an alert."), { least, most }));
      return;
    }
    const fields = [...this.picked.keys()].map((id) => Object.assign(document.createElement("input"), { type: "hidden", name: "post", value: id }));
    this.alert.querySelector("[data-bulk-posts]").replaceChildren(...fields);
  }

  say(text) {
    this.bar.querySelector("[data-bulk-said]").textContent = text;
  }

  show() {
    const number = this.picked.size;
    const gone = [...this.picked.keys()].filter((id) => !this.list.row(id)).length;
    this.bar.hidden = !number;
    this.bar.querySelector("[data-bulk-count]").textContent = interpolate(
      gone ? _("%(number)s selected, %(gone)s not in this list") : _("%(number)s selected"),
      { number, gone },
    );
  }
}

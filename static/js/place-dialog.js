// Setting the place of the open post in a dialog; what is decided goes the way of every other decision.

import { fragment } from "./dom.js";
import { getHtml } from "./http.js";
import { startPickers } from "./place-picker.js";
import { styled } from "./styles.js";

class PlaceDialog {
  // `decide(id, fields)` sends the decision; `announce(text)` tells what went wrong.
  constructor({ decide, announce }) {
    this.decide = decide;
    this.announce = announce;
    this.dialog = document.createElement("dialog");
    this.dialog.className = "place-dialog";
    document.body.append(this.dialog);
    this.dialog.addEventListener("submit", (event) => this.submitted(event));
    this.dialog.addEventListener("click", (event) => {
      if (!event.target.closest("[data-place-cancel]")) return;
      event.preventDefault();
      this.dialog.close();
    });
    this.dialog.addEventListener("close", () => this.dialog.replaceChildren());
  }

  // `link`: the post's link to the form.
  async open(link) {
    const id = link.dataset.placeOpen;
    let html;
    try {
      [html] = await Promise.all([getHtml(link.href), styled("place-picker.css")]);
    } catch (error) {
      this.announce(error.message);
      return;
    }
    if (this.dialog.open) return;
    const title = document.createElement("h2");
    title.id = "place-dialog-title";
    title.textContent = link.firstChild.textContent.trim();
    this.dialog.setAttribute("aria-labelledby", title.id);
    this.dialog.replaceChildren(title, fragment(html));
    this.dialog.dataset.post = id;
    this.dialog.showModal();
    startPickers(this.dialog);
    this.dialog.querySelector("[data-place-query]").focus();
  }

  submitted(event) {
    event.preventDefault();
    const { submitter, target: form } = event;
    const fields = Object.fromEntries(new FormData(form, submitter));
    delete fields.csrfmiddlewaretoken;
    delete fields.next;
    if (submitter?.name !== "no_place" && !this.complete(form)) return;
    this.dialog.close();
    this.decide(this.dialog.dataset.post, { copies: "", ...fields });
  }

  // The server checks again; asking here keeps what was typed in sight.
  complete(form) {
    for (const name of ["latitude", "longitude", "radius_km"]) {
      const input = form.elements.namedItem(name);
      if (input.value.trim()) continue;
      input.focus();
      this.dialog.querySelector("[data-place-status]").textContent = this.missing(form, name);
      input.setAttribute("aria-invalid", "true");
      return false;
    }
    return true;
  }

  missing(form, name) {
    return form.querySelector(`label[for="${form.elements.namedItem(name).id}"]`)?.textContent ?? name;
  }
}

let dialog = null;

// Opens the one dialog of the page for a post's link; `options` are those of `PlaceDialog`.
export const openPlace = (link, options) => {
  dialog ??= new PlaceDialog(options);
  return dialog.open(link);
};

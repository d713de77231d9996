// The open post: its card at once, then what stands beside it, and a claim that tells others who has it open.

import { Cards, KEPT } from "./cards.js";
import { fragment } from "./dom.js";
import { getHtml, post } from "./http.js";
import { Presence } from "./presence.js";
import { params, write } from "./query.js";
import { _, interpolate } from "./texts.js";

const SETTLED_MS = 350; // who steps through the list quickly neither claims nor loads what stands beside
const RENEW_MS = 30000;
const AHEAD = 2;
const TRIES = 3;
const AGAIN_MS = 300;

// A server that is busy for a moment (503) is asked again before anybody is told.
const patient = async (url, tries = TRIES) => {
  try {
    return await getHtml(url);
  } catch (error) {
    if (error.status !== 503 || tries <= 1) throw error;
    await new Promise((ready) => {
      setTimeout(ready, AGAIN_MS);
    });
    return patient(url, tries - 1);
  }
};

export class Pane {
  constructor(root, list, { announce, place }) {
    this.root = root;
    this.list = list;
    this.announce = announce;
    this.place = place;
    this.body = root.querySelector("[data-pane-body]");
    this.beside = root.querySelector("[data-beside-body]");
    this.cards = new Cards((id) => patient(this.url("item", id)));
    root.querySelector("[data-back]").addEventListener("click", () => this.back());
    this.presence = new Presence(() => root.querySelector("[data-here]"));
    addEventListener("pagehide", () => this.release());
    setInterval(() => this.renew(), RENEW_MS);
  }

  url(kind, id) {
    const base = { item: this.root.dataset.itemUrl, act: this.root.dataset.postUrl.replace(/confirm$/, "") }[kind];
    return base.replace(/0(?=\/?$)/, id);
  }

  shown() {
    return this.body.querySelector("[data-card]")?.dataset.card ?? null;
  }

  forget(id) {
    this.cards.forget(id);
  }

  // One thing at a time: the list, or the open post.
  isNarrow() {
    return getComputedStyle(this.root.querySelector("[data-back]")).display !== "none";
  }

  // The card that the server rendered into the page.
  adopt(id) {
    this.id = id;
    this.list.mark(this.list.row(id));
    this.settle(id);
  }

  async open(id, { focus = true, quiet = false } = {}) {
    const turn = (this.turn ?? 0) + 1;
    this.turn = turn;
    const row = this.list.row(id);
    if (this.id !== String(id)) this.unsettle();
    this.id = String(id);
    this.list.mark(row);
    if (row && focus) {
      row.querySelector("[data-open]").focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest" });
    }
    this.body.setAttribute("aria-busy", "true");
    try {
      const html = await this.cards.get(this.id);
      if (turn !== this.turn) return; // another post was asked for meanwhile
      this.body.replaceChildren(fragment(html));
    } catch (error) {
      if (turn === this.turn) this.fail(error);
      return;
    } finally {
      if (turn === this.turn) this.body.removeAttribute("aria-busy");
    }
    if (!quiet) {
      // On a phone the open post is a page of its own: the browser's Back leads from it to the list.
      const entered = this.isNarrow() && this.root.dataset.view !== "item";
      write({ sel: this.id }, entered ? { push: true, state: { fromList: true } } : {});
      this.root.dataset.view = "item";
      if (focus && this.isNarrow()) this.body.focus({ preventScroll: true });
    }
    this.body.closest("[data-pane]").scrollTop = 0;
    this.settle(this.id);
    this.ahead(row);
  }

  fail(error) {
    const text = document.createElement("p");
    text.className = "alert";
    text.setAttribute("role", "alert");
    text.textContent = interpolate(_("Could not open the post: %(reason)s"), { reason: error.message });
    this.body.replaceChildren(text);
  }

  empty() {
    this.id = null;
    this.turn = (this.turn ?? 0) + 1;
    this.release();
    this.presence.open(null);
    const text = document.createElement("p");
    text.className = "empty";
    text.textContent = _("No post is open.");
    this.body.replaceChildren(text);
    this.beside.replaceChildren();
    this.place(null);
    write({ sel: null });
    this.root.dataset.view = "list";
  }

  ahead(row) {
    let next = row;
    for (let step = 0; step < AHEAD && next; step += 1) {
      next = this.list.beside(next, 1);
      if (next) this.cards.get(next.dataset.item).catch(() => {});
    }
  }

  settle(id) {
    clearTimeout(this.settling);
    this.unsettle();
    this.settling = setTimeout(async () => {
      if (this.id !== id) return;
      this.place(this.list.row(id) ?? this.body.querySelector("[data-card]"));
      this.beside.parentElement.classList.remove("is-settling");
      this.release();
      this.claim(id);
      this.presence.open(`${this.url("act", id)}here`);
      try {
        const html = await patient(`${this.url("item", id)}/beside`);
        if (this.id === id) this.beside.replaceChildren(fragment(html));
      } catch (error) {
        if (this.id === id) this.beside.textContent = error.message;
      }
      if (this.id === id) this.keepFollowing(id);
    }, SETTLED_MS);
  }

  keepFollowing(id) {
    const rows = this.list.rows().map((row) => row.dataset.item);
    const at = rows.indexOf(id) + 1;
    this.cards.keep(rows.slice(at, at + KEPT));
  }

  // Attaches the open post to an incident of those beside it, and shows there what became of it.
  async attach(form) {
    const id = this.id;
    if (form.elements.post.value !== id || this.shown() !== id) {
      this.announce(_("The post is still loading. Try again in a moment."));
      return;
    }
    try {
      const { ref } = await post(form.action, new FormData(form));
      this.announce(interpolate(_("Attached to %(incident)s"), { incident: ref }));
      const html = await patient(`${this.url("item", id)}/beside`);
      if (this.id !== id) return;
      this.beside.replaceChildren(fragment(html));
      this.beside.querySelector("a")?.focus({ preventScroll: true });
    } catch (error) {
      const target = this.beside.querySelector("[data-attach-refused]");
      if (target) Object.assign(target, { textContent: error.message, hidden: false });
    }
  }

  // To the incidents beside the open post; before they are there, to the page that lists them.
  toIncidents() {
    const beside = this.beside.querySelector("[data-attach] button") ?? this.beside.querySelector(".beside-part a");
    if (beside) beside.focus();
    else this.body.querySelector("[data-pick-incident]")?.click();
  }

  // What stood beside another post must not be read as standing beside this one.
  unsettle() {
    this.beside.replaceChildren();
    this.beside.parentElement.classList.add("is-settling");
  }

  async claim(id) {
    const seen = this.list
      .rows()
      .map((row) => row.dataset.item)
      .slice(0, 200)
      .join(",");
    this.claimed = id;
    try {
      const { claims } = await post(`${this.url("act", id)}claim`, { seen });
      this.list.showClaims(claims);
      const other = claims.find((claim) => String(claim.id) === id);
      const held = this.body.querySelector("[data-held]");
      if (!held || this.id !== id) return;
      held.hidden = !other;
      held.textContent = other ? interpolate(_("%(name)s has this post open too"), other) : "";
    } catch {
      // claims only tell others: work goes on without them
    }
  }

  renew() {
    if (this.claimed && this.claimed === this.id && !document.hidden) this.claim(this.claimed);
  }

  release() {
    if (!this.claimed) return;
    const body = new URLSearchParams({ csrfmiddlewaretoken: document.querySelector("[name=csrfmiddlewaretoken]").value });
    navigator.sendBeacon(`${this.url("act", this.claimed)}release`, body);
    this.claimed = null;
  }

  back() {
    if (history.state?.fromList) {
      history.back(); // showList follows
      return;
    }
    write({ sel: null });
    this.showList();
  }

  showList() {
    this.root.dataset.view = "list";
    (this.list.current() ?? this.list.rows()[0])?.querySelector("[data-open]").focus();
  }

  here() {
    return params().get("sel");
  }
}

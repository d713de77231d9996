// The list of the triage page: which row is current, the next page, what arrived, who has what open.

import { fragment } from "./dom.js";
import { getHtml, getJson } from "./http.js";
import { Latest } from "./latest.js";
import { params } from "./query.js";
import { _, interpolate, ngettext } from "./texts.js";

const COUNT_MS = 400;
const COUNT_AGAIN_MS = 5000;

export class QueueList {
  constructor(root, { announce }) {
    this.root = root;
    this.announce = announce;
    this.list = root.querySelector("[data-list]");
    this.scroll = root.querySelector("[data-list-scroll]");
    this.buffered = root.querySelector("[data-buffered]");
    this.moreButton = root.querySelector("[data-more]");
    this.waiting = new Set();
    this.mine = new Set();
    this.pages = new Latest();
    this.counts = new Latest();
    this.changed = (_how) => {};
    this.moreButton.addEventListener("click", () => this.more());
    this.buffered.addEventListener("click", () => this.reload());
  }

  rows() {
    return [...this.list.querySelectorAll("[data-item]")];
  }

  row(id) {
    return this.list.querySelector(`[data-item="${id}"]`);
  }

  current() {
    return this.list.querySelector(".is-current");
  }

  mark(row) {
    const before = this.current();
    before?.classList.remove("is-current");
    before?.querySelector("[data-open]").removeAttribute("aria-current");
    row?.classList.add("is-current");
    row?.querySelector("[data-open]").setAttribute("aria-current", "true");
  }

  // The row to go to from `row`: what is being sent away is passed over.
  beside(row, by) {
    const rows = this.rows().filter((one) => one === row || !one.classList.contains("is-leaving"));
    if (!row) return rows[0];
    return rows[rows.indexOf(row) + by];
  }

  after(row) {
    return this.beside(row, 1) ?? this.beside(row, -1);
  }

  // Replaces the text of a row, and keeps what the person did to it.
  refresh(row, html) {
    const fresh = fragment(html).querySelector("[data-item]");
    if (!fresh) return row;
    const picked = row.querySelector("[data-pick]").checked;
    const current = row.classList.contains("is-current");
    row.replaceWith(fresh);
    fresh.querySelector("[data-pick]").checked = picked;
    if (current) this.mark(fresh);
    return fresh;
  }

  restore(html, before) {
    const fresh = fragment(html).querySelector("[data-item]");
    if (!fresh) return null;
    this.row(fresh.dataset.item)?.remove();
    const place = before && this.row(before);
    if (place) place.before(fresh);
    else this.list.prepend(fresh);
    this.settle();
    return fresh;
  }

  // Focus is never lost: from the last row it goes to the list.
  remove(row) {
    const focused = row.contains(document.activeElement);
    row.remove();
    if (focused) this.scroll.focus({ preventScroll: true });
    this.settle();
    if (this.rows().length < 5 && this.list.dataset.nextCursor) this.more();
  }

  settle() {
    // What could not be loaded yet, without a network for example, is not nothing.
    this.root.querySelector("[data-empty]").hidden = this.rows().length > 0 || Boolean(this.list.dataset.nextCursor);
    this.moreButton.hidden = !this.list.dataset.nextCursor;
  }

  query() {
    const query = params();
    query.delete("sel");
    query.set("tab", this.root.dataset.tab);
    return query;
  }

  async more() {
    if (this.pages.busy) return;
    const query = this.query();
    query.set("cursor", this.list.dataset.nextCursor);
    const html = await this.page(query);
    if (html) this.fill(html, { replace: false });
  }

  async reload() {
    this.waiting.clear();
    this.buffered.hidden = true;
    const focused = document.activeElement === this.buffered || document.activeElement === document.body;
    const html = await this.page(this.query());
    if (!html) return;
    this.fill(html, { replace: true });
    this.scroll.scrollTop = 0;
    this.changed({ focused });
    this.count();
  }

  // The rows' HTML, or null where they could not be had or a later request took its place.
  async page(query) {
    try {
      return await this.pages.run((signal) => getHtml(`${this.root.dataset.rowsUrl}?${query}`, signal));
    } catch (error) {
      this.announce(error.message);
      return null;
    }
  }

  fill(html, { replace }) {
    const page = fragment(html).querySelector("[data-next-cursor]");
    const fresh = [...page.children].filter((row) => replace || !this.row(row.dataset.item));
    if (replace) this.list.replaceChildren(...fresh);
    else this.list.append(...fresh);
    this.list.dataset.nextCursor = page.dataset.nextCursor;
    this.settle();
    this.changed({});
  }

  async count() {
    const query = this.query();
    query.delete("tab");
    try {
      const answer = await this.counts.run((signal) => getJson(`${this.root.dataset.countsUrl}?${query}`, signal));
      if (!answer) return;
      const { tabs, pace } = answer;
      for (const [tab, number] of Object.entries(tabs)) this.root.querySelector(`[data-tab-count="${tab}"]`).textContent = number;
      this.root.querySelector("[data-pace]").textContent = pace;
    } catch {
      this.countSoon(COUNT_AGAIN_MS);
    }
  }

  // One count at a time, and one more after it: where changes come faster than counts, each would put the next one off.
  countSoon(wait = COUNT_MS) {
    this.counting ??= setTimeout(() => {
      this.counting = null;
      if (this.counts.waits) this.countSoon();
      else this.count();
    }, wait);
  }

  // New posts are counted, never pushed under what somebody aims at.
  arrived(posts) {
    for (const { id, new: isNew, status, group } of posts) {
      if (!isNew && status !== "unreviewed") this.decidedElsewhere(this.row(id));
      const { tab } = this.root.dataset;
      const waits = isNew && status === "unreviewed" && (["review", "uncertain"].includes(tab) || tab === group);
      if (waits && !this.row(id) && !this.mine.has(String(id))) this.waiting.add(id);
    }
    this.countSoon();
    if (!this.waiting.size) return;
    this.buffered.hidden = false;
    this.buffered.textContent = interpolate(ngettext("Show %(count)s new post", "Show %(count)s new posts", this.waiting.size), { count: this.waiting.size });
  }

  decidedElsewhere(row) {
    const meta = row?.querySelector(".item-meta");
    if (!meta || this.mine.has(row.dataset.item) || row.dataset.status !== "unreviewed") return;
    row.dataset.status = "decided";
    row.classList.add("is-decided");
    const note = document.createElement("span");
    note.className = "reviewed";
    note.textContent = _("✓ Reviewed by someone else just now");
    meta.append(note);
  }

  showClaims(claims) {
    const held = new Map(claims.map((claim) => [String(claim.id), claim]));
    for (const row of this.rows()) {
      const target = row.querySelector("[data-claim]");
      const claim = held.get(row.dataset.item);
      target.hidden = !claim;
      target.querySelector("[data-claim-initials]").textContent = claim?.initials ?? "";
      target.querySelector("[data-claim-name]").textContent = claim ? interpolate(_("%(name)s has it open"), claim) : "";
    }
  }
}

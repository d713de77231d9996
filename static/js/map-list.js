// The list by urgency: open a post, decide, undo. Optimistic, but the server's version decides.

import { showConflict, showProblem } from "./conflict.js";
import { excerpt, fragment, openMenu } from "./dom.js";
import { getHtml, HttpError, post } from "./http.js";
import { Latest } from "./latest.js";
import { filter, params, write } from "./query.js";
import { _, interpolate, ngettext } from "./texts.js";
import { Undo } from "./undo.js";
import { resizePanel } from "./viewport.js";
import { followWaiting } from "./waiting.js";

const room = document.querySelector("[data-room]");
const AHEAD = 10; // cards kept for when the line breaks, of people who decide
const SETTLED_MS = 350; // who steps through the list quickly loads nothing ahead
const isWide = () => matchMedia("(min-width: 821px)").matches;
const shown = ({ target }) => target.matches("[data-change][open]") && target.querySelector(".menu-body").scrollIntoView({ block: "nearest" });

export class MapList {
  constructor({ announce, highlight, changed, locate, outbox }) {
    this.announce = announce;
    this.highlight = highlight;
    this.changed = changed;
    this.locate = locate;
    this.outbox = outbox;
    this.list = document.querySelector("[data-list]");
    this.scroll = document.querySelector("[data-list-scroll]");
    this.buffered = document.querySelector("[data-buffered]");
    this.undone = new Undo(document.querySelector("[data-undo]"), { run: () => this.undo() });
    this.waiting = new Set();
    this.mine = new Set();
    this.pages = new Latest();
    this.cards = null; // once a post is open: see keepFollowing
    addEventListener("popstate", () => this.wentBack());
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("submit", (event) => this.submitted(event));
    this.list.addEventListener("toggle", shown, true); // toggle does not bubble
    document.querySelector("[data-more]").addEventListener("click", () => this.more());
    document.querySelector("[data-panel-handle]").addEventListener("click", () => this.resize());
    this.buffered.addEventListener("click", () => this.reload());
    followWaiting(outbox, { held: (id) => this.held(id), settled: (late) => this.settledLate(late) });
  }

  // Opens the post that the URL names, else the first, unless the reader was faster.
  start() {
    if (this.turn) return;
    const selected = new URLSearchParams(location.search).get("sel");
    const first = this.items()[0];
    if (selected) this.open(selected);
    else if (first && isWide()) this.open(first.dataset.item, { quiet: true });
  }

  items() {
    return [...this.list.querySelectorAll("[data-item]")];
  }

  item(id) {
    return this.list.querySelector(`[data-item="${id}"]`);
  }

  current() {
    return this.list.querySelector(".is-open");
  }

  clicked(event) {
    const place = event.target.closest("[data-place-open]");
    if (place && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
      import("./place-dialog.js").then(
        ({ openPlace }) => openPlace(place, { decide: (id, fields) => this.place(id, fields), announce: this.announce }),
        () => location.assign(place.href), // without a connection: the page with the same form
      );
      return;
    }
    const link = event.target.closest("[data-open]");
    if (!link || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    this.open(link.closest("[data-item]").dataset.item, { focus: true });
  }

  // Opens a post in place; `quiet` neither moves the focus nor the URL.
  async open(id, { focus = false, quiet = false } = {}) {
    const turn = (this.turn ?? 0) + 1;
    this.turn = turn;
    let html;
    try {
      html = await this.card(id);
    } catch (error) {
      this.announce(error.message);
      if (focus) this.item(id)?.querySelector("[data-open]")?.focus({ preventScroll: true });
      return;
    }
    if (turn !== this.turn) return; // another post was asked for meanwhile
    let item = this.item(id);
    if (!item) {
      item = document.createElement("li");
      item.className = "item";
      item.dataset.item = id;
      this.list.prepend(item);
    }
    this.close();
    item.classList.add("is-open");
    item.append(fragment(html));
    item.tabIndex = -1;
    if (!quiet) {
      // On a phone the browser's Back closes the post instead of leaving the map.
      const entered = !isWide() && !params().get("sel");
      write({ sel: id }, { push: entered });
      item.scrollIntoView({ block: "nearest" });
    }
    if (focus) item.focus({ preventScroll: true });
    this.highlight(item);
    this.keepFollowing(id);
  }

  // As it is now; where the line is broken, as it was when it was kept.
  async card(id) {
    try {
      const html = await getHtml(room.dataset.itemUrl.replace(/0$/, id));
      this.cards?.forget(id);
      return html;
    } catch (error) {
      if (error instanceof HttpError || !this.cards) throw error;
      return this.cards.get(id);
    }
  }

  keepFollowing(id) {
    clearTimeout(this.following);
    if (!room.dataset.canTriage) return;
    this.following = setTimeout(async () => {
      try {
        const { Cards } = await import("./cards.js");
        this.cards ??= new Cards((one) => getHtml(room.dataset.itemUrl.replace(/0$/, one)));
      } catch {
        return; // the line is broken already
      }
      const ids = this.items().map((item) => item.dataset.item);
      const at = ids.indexOf(String(id)) + 1;
      this.cards.keep(ids.slice(at, at + AHEAD));
    }, SETTLED_MS);
  }

  wentBack() {
    const id = params().get("sel");
    if (isWide() || id === this.current()?.dataset.item) return;
    if (id) {
      this.open(id, { quiet: true });
      return;
    }
    const open = this.current();
    this.close();
    this.highlight(null);
    open?.querySelector("[data-open]")?.focus({ preventScroll: true });
  }

  // Posts of one mark that cannot be taken apart any further: go to the most urgent of them in the list.
  showArea([west, south, east, north], place) {
    const first = this.items().find(({ dataset }) => {
      const [latitude, longitude] = [Number(dataset.latitude || NaN), Number(dataset.longitude)];
      return latitude >= south && latitude <= north && longitude >= west && longitude <= east;
    });
    if (first) this.open(first.dataset.item, { focus: true });
    else if (place) this.announce(interpolate(_("The posts at %(place)s are further down the list. Load more posts to see them."), { place }));
    else this.announce(_("The posts at this mark are further down the list. Load more posts to see them."));
  }

  close() {
    const open = this.current();
    if (!open) return;
    open.querySelector("[data-card]")?.remove();
    open.classList.remove("is-open");
    if (!open.querySelector("[data-open]")) open.remove();
  }

  step(by) {
    const items = this.items();
    const at = items.indexOf(this.current());
    const next = items[Math.min(items.length - 1, Math.max(0, at + by))];
    if (next && next !== this.current()) this.open(next.dataset.item, { focus: true });
  }

  submitted(event) {
    const once = event.target.closest("[data-at-once]");
    const form = event.target.closest("[data-act]");
    if (!once && !form) return;
    event.preventDefault();
    if (once) return this.atOnce(once);
    const fields = { version: form.elements.version.value, copies: "1" };
    if (event.submitter?.name === "category") fields.category = event.submitter.value;
    this.send(form.closest("[data-item]"), form.action, fields);
  }

  async atOnce(form) {
    const { item } = form.closest("[data-item]").dataset;
    const { atOnce } = await import("./at-once.js");
    if (await atOnce(form, { id: item, undo: this.undone, announce: this.announce })) this.changed();
  }

  act(name, fields = {}) {
    const item = this.current();
    const form = item?.querySelector(`[data-act="${name}"]`);
    if (form) this.send(item, form.action, { version: form.elements.version.value, copies: "1", ...fields });
    else if (name === "confirm" && item?.querySelector("[data-unmeasured]")) {
      this.announce(_("The model can't read this language, so there is nothing to confirm. Choose a category."));
    }
  }

  change(key) {
    const option = this.current()?.querySelector(`.change-option[data-key="${key}"]`);
    if (option) this.act("category", { category: option.value });
  }

  menu() {
    openMenu(this.current()?.querySelector("[data-change]"));
  }

  place(id, fields) {
    const item = this.item(id);
    if (item) this.send(item, room.dataset.placeUrl.replace(/0(?=\/place$)/, id), fields);
  }

  async send(item, url, fields) {
    if (item.classList.contains("is-leaving")) return;
    item.classList.add("is-leaving");
    this.mine.add(item.dataset.item);
    try {
      const answer = await this.outbox.send(url, fields, { about: excerpt(item) });
      if (answer) this.decided(item, answer, url.endsWith("/undo"));
      else this.saved(item, url.endsWith("/place"));
    } catch (error) {
      item.classList.remove("is-leaving");
      if (error.status === 409) this.conflict(item, error.problem, url, fields);
      else this.problem(item, error.message);
    }
  }

  // The server is away: the decision waits on this device, and the person goes on with the next post.
  saved(item, stays) {
    const next = stays ? null : item.nextElementSibling || item.previousElementSibling;
    item.classList.remove("is-leaving");
    this.close();
    if (!stays && filter().get("status") === "review") item.remove();
    else this.note(item, _("Saved on this device"));
    this.announce(_("Saved on this device. It will be sent when the server is available again."));
    if (next) this.open(next.dataset.item, { focus: true });
    document.querySelector("[data-empty]").hidden = this.items().length > 0 || Boolean(this.list.dataset.nextCursor);
  }

  // Decided before this page was loaded, and not sent yet.
  held(id) {
    const item = this.item(id);
    this.mine.add(id);
    if (item) this.note(item, _("Saved on this device"));
  }

  settledLate({ answer, error, id }) {
    const item = this.item(id);
    if (error) this.announce(error.message);
    if (answer?.undo) this.undone.push({ id, ...answer.undo }, answer.message);
    if (item && answer) this.note(item, answer.message);
    this.changed();
  }

  decided(item, answer, undone) {
    const next = item.nextElementSibling || item.previousElementSibling;
    const fresh = fragment(answer.item_html).querySelector("[data-item]");
    const status = filter().get("status");
    const reviewed = fresh && fresh.dataset.status !== "unreviewed"; // a place and its undo leave the post as it was
    const leaves = (status === "review" && reviewed) || (status === "done" && !reviewed);
    this.close();
    if (leaves || !fresh) item.remove();
    else item.replaceWith(fresh);
    if (!undone && answer.undo) this.undone.push({ id: answer.id, ...answer.undo }, answer.message);
    this.announce(answer.message);
    this.changed();
    if ((undone || !reviewed) && fresh && !leaves) this.open(answer.id, { focus: true });
    else if (next) this.open(next.dataset.item, { focus: true });
    document.querySelector("[data-empty]").hidden = this.items().length > 0;
  }

  async undo() {
    const last = this.undone.pop();
    if (!last) return this.announce(_("There is nothing to undo"));
    const item = this.item(last.id);
    try {
      if (last.entry) {
        await post(last.url, { version: last.version, entry: last.entry });
        this.announce(_("Undone"));
        this.changed();
        return;
      }
      const answer = await post(last.url, { version: last.version, copies: "1" });
      if (item) this.decided(item, answer, true);
      else {
        this.announce(answer.message);
        this.changed();
        await this.reload();
        await this.open(answer.id, { focus: true });
      }
    } catch (error) {
      if (item && item !== this.current()) await this.open(last.id);
      this.problem(this.item(last.id), error.message);
    }
  }

  problem(item, text) {
    showProblem(item?.querySelector("[data-conflict]"), text);
    this.announce(text);
  }

  conflict(item, problem, url, fields) {
    showConflict(item.querySelector("[data-conflict]"), problem, {
      keep: () => this.open(item.dataset.item, { focus: true }),
      mine: () => this.send(item, url, { ...fields, version: problem.version }),
    });
  }

  // New posts are counted, not pushed under the reader's pointer.
  arrived(posts) {
    for (const { id, new: isNew } of posts) if (!isNew) this.cards?.forget(id);
    for (const { id, new: isNew, status } of posts) if (!isNew && status !== "unreviewed") this.decidedElsewhere(this.item(id));
    for (const { id, new: isNew } of posts) if (isNew && !this.item(id) && !this.mine.has(String(id))) this.waiting.add(id);
    if (!this.waiting.size) return;
    if (!this.items().length) {
      this.reload();
      return;
    }
    this.buffered.hidden = false;
    this.buffered.textContent = interpolate(ngettext("Show %(count)s new post", "Show %(count)s new posts", this.waiting.size), { count: this.waiting.size });
  }

  focusList() {
    const panel = document.querySelector("[data-panel]");
    if (panel.dataset.size === "peek") delete panel.dataset.size;
    this.scroll.focus();
  }

  // Somebody else decided on a post of this list: it stays where it is, and says so.
  decidedElsewhere(item) {
    const meta = item?.querySelector(".item-meta");
    if (!meta || this.mine.has(item.dataset.item) || item.dataset.status !== "unreviewed") return;
    item.dataset.status = "decided";
    this.note(item, _("✓ Reviewed by someone else just now"));
  }

  note(item, text) {
    const note = document.createElement("span");
    note.className = "reviewed";
    note.textContent = text;
    item.classList.add("is-decided");
    item.querySelector(".item-meta")?.append(note);
  }

  async reload() {
    this.waiting.clear();
    this.buffered.hidden = true;
    const open = this.current()?.dataset.item ?? (isWide() ? null : params().get("sel"));
    let html;
    try {
      html = await this.pages.run((signal) => getHtml(`${room.dataset.itemsUrl}?${filter()}`, signal));
    } catch (error) {
      this.announce(error.message);
    }
    if (!html) return;
    this.fill(html, { replace: true });
    this.scroll.scrollTop = 0;
    const first = isWide() ? this.items()[0]?.dataset.item : null;
    const again = open && this.item(open) ? open : first;
    if (again) await this.open(again, { quiet: true });
    else this.highlight(null);
  }

  async more() {
    if (this.pages.busy) return;
    const query = filter();
    query.set("cursor", this.list.dataset.nextCursor);
    try {
      const html = await this.pages.run((signal) => getHtml(`${room.dataset.itemsUrl}?${query}`, signal));
      if (html) this.fill(html, { replace: false });
    } catch (error) {
      this.announce(error.message);
    }
  }

  fill(html, { replace }) {
    const page = fragment(html).querySelector("[data-next-cursor]");
    if (replace) this.list.replaceChildren();
    this.list.append(...page.children);
    this.list.dataset.nextCursor = page.dataset.nextCursor;
    document.querySelector("[data-more]").hidden = !page.dataset.nextCursor;
    document.querySelector("[data-empty]").hidden = this.items().length > 0;
  }

  resize() {
    resizePanel(document.querySelector("[data-panel]"));
    this.changed();
  }
}

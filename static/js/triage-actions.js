// Deciding: shown at once, settled by the server. A refusal comes back to its row, with what the person had chosen.

import { atOnce, takeBackAtOnce } from "./at-once.js";
import { banner } from "./banners.js";
import { showConflict, told } from "./conflict.js";
import { excerpt, fragment } from "./dom.js";
import { getHtml, post } from "./http.js";
import { _, interpolate, ngettext } from "./texts.js";
import { followWaiting } from "./waiting.js";

const BULK = 200;
const NOTHING_TO_CONFIRM = _("The model can't read this language, so there is nothing to confirm. Choose a category.");

export class Actions {
  constructor({ root, list, pane, selection, undo, outbox, announce, advances }) {
    this.root = root;
    this.list = list;
    this.pane = pane;
    this.selection = selection;
    this.undo = undo;
    this.outbox = outbox;
    this.announce = announce;
    this.advances = advances;
    this.pending = Promise.resolve();
    followWaiting(this.outbox, { held: (id, verb) => this.held(id, verb), settled: (late) => this.settledLate(late) });
  }

  leaves(verb) {
    return !["severity", "place"].includes(verb) && this.root.dataset.tab !== "done";
  }

  // The open post, if its card is what the person sees: nobody decides on what is not shown yet.
  act(verb, fields = {}) {
    const id = this.pane.shown();
    if (!id || id !== this.pane.id) {
      this.announce(_("The post is still loading. Try again in a moment."));
      return;
    }
    if (verb === "confirm" && this.pane.body.querySelector("[data-unmeasured]")) {
      this.announce(NOTHING_TO_CONFIRM);
      this.pane.body.querySelector("[data-change] summary")?.focus();
      return;
    }
    const version = this.pane.body.querySelector("[name=version]").value;
    this.pending = this.decide(id, verb, { ...fields, version });
  }

  // `fields` hold the version that the person saw when the form was opened.
  place(id, fields) {
    this.pending = this.decide(id, "place", fields);
  }

  async decide(id, verb, fields) {
    const row = this.list.row(id);
    if (row?.classList.contains("is-leaving")) return;
    const before = row?.nextElementSibling?.dataset.item ?? null;
    const leaves = this.leaves(verb);
    this.list.mine.add(id);
    row?.classList.add("is-leaving");
    if (row) this.settleConflict(row);
    if (leaves) this.goOn(row, id);
    try {
      const url = `${this.pane.url("act", id)}${verb}`;
      const answer = await this.outbox.send(url, { copies: "1", ...fields, list: "queue" }, { about: excerpt(row ?? this.pane.body) });
      this.pane.forget(id);
      if (answer) this.done(id, verb, answer, before);
      else if (leaves && row) this.list.remove(row);
      else row?.classList.remove("is-leaving");
    } catch (error) {
      row?.classList.remove("is-leaving");
      this.refused(id, verb, fields, error);
    }
  }

  goOn(row, id) {
    if (this.pane.id !== id) return;
    const next = row && this.list.after(row);
    if (next && this.advances()) this.pane.open(next.dataset.item);
    else if (!next) this.pane.empty();
  }

  done(id, verb, answer, before) {
    const row = this.list.row(id);
    const entry =
      verb === "snooze"
        ? { id, before, url: `${this.pane.url("act", id)}wake`, reload: true }
        : { id, before, url: answer.undo.url, version: answer.undo.version };
    this.undo.push(entry, answer.message);
    this.announce(answer.message);
    this.selection.learn(id, answer.version ?? "");
    if (row && this.leaves(verb)) this.list.remove(row);
    else if (row) this.list.refresh(row, answer.item_html).classList.remove("is-leaving");
    if (this.pane.id === id) this.pane.open(id, { focus: false, quiet: true });
    this.selection.show();
    this.list.countSoon();
  }

  refused(id, verb, fields, error) {
    const row = this.list.row(id);
    const target = row ? this.rowTarget(row) : this.pane.body.querySelector("[data-conflict]");
    const text = error.status === 409 ? told(error.problem) : error.message;
    this.announce(text);
    if (!target) return;
    if (error.status !== 409 || !error.problem.version) {
      target.textContent = text;
      target.hidden = false;
      return;
    }
    showConflict(target, error.problem, {
      keep: () => this.keep(id),
      mine: () => {
        this.pending = this.decide(id, verb, { ...fields, version: error.problem.version });
      },
    });
  }

  rowTarget(row) {
    row.querySelector("[data-row-conflict]")?.remove();
    const target = document.createElement("div");
    target.className = "conflict";
    target.dataset.rowConflict = "";
    target.setAttribute("role", "alert");
    row.append(target);
    return target;
  }

  settleConflict(row) {
    const asked = row.querySelector("[data-row-conflict]");
    if (asked?.contains(document.activeElement)) (this.list.current() ?? row).querySelector("[data-open]").focus({ preventScroll: true });
    asked?.remove();
  }

  // Theirs stands: the row leaves where that decided the post, else it shows what it is now.
  async keep(id) {
    this.pane.forget(id);
    const row = this.list.row(id);
    const card = fragment(await getHtml(this.pane.url("item", id))).querySelector("[data-card]");
    if (!row) return;
    row.dataset.version = card.dataset.version;
    row.querySelector("[data-row-conflict]")?.remove();
    const next = this.list.after(row);
    if (card.dataset.status !== "unreviewed" && this.leaves("confirm")) {
      this.list.remove(row);
      if (this.pane.id === id && next) await this.pane.open(next.dataset.item);
      else (this.list.current() ?? next)?.querySelector("[data-open]").focus();
    } else await this.pane.open(id);
    this.list.countSoon();
  }

  async takeBack() {
    await this.pending; // what was just decided is the first to be undone
    const entry = this.undo.pop();
    if (!entry) {
      this.announce(_("There is nothing to undo"));
      return;
    }
    try {
      if (entry.entry) await this.takeBackIncident(entry);
      else if (entry.items) await this.takeBackMany(entry);
      else await this.takeBackOne(entry);
      this.list.countSoon();
    } catch (error) {
      const text = interpolate(_("Could not undo: %(reason)s"), { reason: error.message });
      this.announce(text);
      banner("undo", text, { label: _("Close"), run: () => banner("undo", "") });
    }
  }

  // The decision on the open post, whoever made it and when.
  takeBackShown(id, version) {
    this.undo.push({ id, version, before: null, url: `${this.pane.url("act", id)}undo` }, "");
    return this.takeBack();
  }

  // What stands beside the post names its incident, so it is read anew.
  async atOnce(form) {
    const id = this.pane.shown();
    if (await atOnce(form, { id, undo: this.undo, announce: this.announce })) await this.showAgain(id);
  }

  async takeBackIncident(entry) {
    await takeBackAtOnce(entry);
    this.announce(_("Undone"));
    await this.showAgain(entry.id);
  }

  async showAgain(id) {
    this.pane.forget(id);
    if (this.pane.id === id) await this.pane.open(id, { focus: false, quiet: true });
  }

  async takeBackOne(entry) {
    const answer = await post(entry.url, entry.reload ? {} : { version: entry.version, copies: "1", list: "queue" });
    this.pane.forget(entry.id);
    this.announce(answer.message);
    this.selection.learn(entry.id, answer.version ?? "");
    if (entry.reload) await this.list.reload();
    else if (this.root.dataset.tab === "done") this.list.row(entry.id)?.remove();
    else this.list.restore(answer.item_html, entry.before);
    this.selection.sync();
    await this.pane.open(entry.id);
  }

  async takeBackMany(entry) {
    const answer = await post(this.root.dataset.bulkUrl, { verb: "undo", items: entry.items });
    for (const { id, version } of answer.results) if (version) this.selection.learn(id, version);
    this.pane.cards.clear();
    await this.list.reload();
    const total = answer.results.length;
    this.announce(interpolate(ngettext("Undid %(done)s of %(total)s decision", "Undid %(done)s of %(total)s decisions", total), { done: answer.done, total }));
  }

  // One decision on all that is selected; what others changed meanwhile is told row by row.
  async bulk(verb, fields = {}) {
    const items = this.selection.items(BULK);
    if (!items) return;
    const sent = new Map(items.split(",").map((item) => item.split(":")));
    this.selection.say(_("Saving…"));
    let answer;
    try {
      answer = await post(this.root.dataset.bulkUrl, { verb, items, ...fields }, { key: this.outbox.uuid() });
    } catch (error) {
      this.selection.say(error.message);
      this.announce(error.message);
      return;
    }
    const before = this.list.current();
    const next = before && this.survivor(before, verb, answer.results);
    for (const result of answer.results) this.settled(result, verb, fields, sent);
    const undoable = answer.results.filter(({ status }) => status === 200).map(({ id, version }) => `${id}:${version}`);
    const said = this.summary(answer);
    if (undoable.length) this.undo.push({ items: undoable.join(",") }, said);
    this.selection.sync();
    this.selection.say(said);
    this.announce(said);
    if (before && !before.isConnected) {
      if (next?.isConnected) await this.pane.open(next.dataset.item, { focus: false });
      else this.pane.empty();
    }
    this.list.countSoon();
  }

  survivor(row, verb, results) {
    const gone = new Set(this.leaves(verb) ? results.filter(({ status }) => status === 200).map(({ id }) => String(id)) : []);
    const rows = this.list.rows();
    const from = rows.indexOf(row);
    return [...rows.slice(from), ...rows.slice(0, from).reverse()].find((one) => !gone.has(one.dataset.item));
  }

  settled(result, verb, fields, sent) {
    const id = String(result.id);
    const row = this.list.row(id);
    this.pane.forget(id);
    this.list.mine.add(id);
    if (result.status === 200) {
      this.selection.learn(id, result.version);
      if (row) row.dataset.version = result.version;
      if (row && this.leaves(verb)) this.list.remove(row);
      return;
    }
    const error = { status: result.status, message: result.detail, problem: result };
    if (row) this.refused(id, verb, { ...fields, version: sent.get(id) }, error);
  }

  summary({ done, posts, refused, what }) {
    const parts = [];
    if (done && posts > done)
      parts.push(
        interpolate(ngettext("%(decision)s: %(done)s (%(posts)s post)", "%(decision)s: %(done)s (%(posts)s posts)", posts), { decision: what, done, posts }),
      );
    else if (done) parts.push(`${what}: ${done}`);
    if (refused)
      parts.push(interpolate(ngettext("%(count)s was not changed: see its row", "%(count)s were not changed: see their rows", refused), { count: refused }));
    return parts.join(" · ");
  }

  // Decided before this page was loaded, and not sent yet: nobody is asked for it twice.
  held(id, verb) {
    const row = this.list.row(id);
    this.list.mine.add(id);
    if (!row || !this.leaves(verb)) return;
    const next = this.list.after(row);
    this.list.remove(row);
    if (this.pane.id !== id) return;
    if (next) this.pane.open(next.dataset.item, { focus: false, quiet: true });
    else this.pane.empty();
  }

  settledLate({ answer, error, id, verb }) {
    if (answer?.undo) this.done(id, verb, answer, null);
    if (error) this.announce(error.status === 409 ? told(error.problem) : error.message);
    this.list.countSoon();
  }
}

// Decisions and reports on their way: one after the other, in their order. Each is written to this device before it is sent, and
// removed when the server has answered: whatever ends the page or the browser in between, it is sent again under the same key,
// so that one which did arrive is not done twice. What one person made is never sent while another is signed in.

import { getJson, HttpError, post } from "./http.js";
import { openStore } from "./outbox-store.js";
import { _, interpolate } from "./texts.js";

const RETRY_MS = 5000;
const ANSWER_MS = 30_000; // until a request counts as lost
const STATE = "/offline/state";
const CHANNEL = "responder.outbox";
export const MOST = 500; // entries on one device
const LOST = [401, 412, 429, 502, 503, 504];

// Not the server's word on the work itself: nobody or somebody else is signed in, the page's token is old, the server is away.
const isAway = (error) => !(error instanceof HttpError) || LOST.includes(error.status) || (error.status === 403 && !error.problem.title);

export class Outbox extends EventTarget {
  /**
   * @param {string} person whose work it is
   * @param {{ store?: Promise<any>, identify?: () => Promise<{ person: string, token: string }> }} parts
   */
  constructor(person, { store = openStore(String(person)), identify = () => getJson(STATE) } = {}) {
    super();
    this.person = String(person);
    this.identify = identify;
    this.entries = [];
    this.others = 0; // entries of other people on this device
    this.blocked = ""; // "signed-out" or "other": why nothing is sent
    this.underway = new Set(); // keys of what the server has not answered for the first time
    this.turn = Promise.resolve();
    this.ready = store.then((opened) => {
      this.store = opened;
      return this.load();
    });
    this.ready.then(() => this.flush());
    this.channel = globalThis.BroadcastChannel && new BroadcastChannel(CHANNEL);
    this.channel?.addEventListener("message", () => this.load());
    addEventListener("online", () => this.flush());
    setInterval(() => this.flush(), RETRY_MS);
  }

  // What waits for the server.
  waiting() {
    return this.entries.filter(({ key, state }) => !state && !this.underway.has(key));
  }

  // What the server refused, or somebody else was first with: `state` is "asks" (keep theirs, use mine) or "refused".
  asking() {
    return this.entries.filter(({ state }) => state);
  }

  async load() {
    const all = await this.store.all();
    this.entries = all.filter(({ person }) => person === this.person);
    this.others = all.length - this.entries.length;
    this.dispatchEvent(new Event("change"));
  }

  async put(entry) {
    await this.store.put(entry);
    await this.changed();
  }

  async remove(entry) {
    await this.store.remove(entry);
    await this.changed();
  }

  async changed() {
    await this.load();
    this.channel?.postMessage("");
  }

  /**
   * Returns the server's answer, or null where the work waits for the server. Raises HttpError where the server refuses it, and
   * Error where it could neither be sent nor kept.
   * @param {string} url
   * @param {Record<string, string>} fields
   * @param {{ about?: string, aged?: boolean }} options the words that tell what it is; `aged`: sent late, it says how old it is
   */
  send(url, fields, { about = "", aged = false } = {}) {
    const entry = { key: crypto.randomUUID?.() ?? this.uuid(), person: this.person, url, fields, about, aged, at: Date.now() };
    this.underway.add(entry.key);
    const before = this.turn;
    const kept = this.ready.then(() => this.keep(entry));
    const answer = before.then(async () => {
      const trouble = await kept;
      return this.alone(() => this.sendNow(entry, trouble)).finally(() => this.arrived(entry));
    });
    this.turn = answer.catch(() => {});
    return answer;
  }

  // What is wrong, where it could not be written; it is sent all the same.
  async keep(entry) {
    if (this.entries.length >= MOST) return new Error(interpolate(_("This device keeps at most %(number)s decisions and reports."), { number: MOST }));
    try {
      await this.put(entry);
      navigator.storage?.persist?.().catch(() => {}); // so that the browser doesn't clear it when it needs room
    } catch {
      return new Error(_("This device has no room to keep it."));
    }
    return null;
  }

  arrived(entry) {
    this.underway.delete(entry.key);
    this.dispatchEvent(new Event("change"));
  }

  async sendNow(entry, trouble) {
    await this.load(); // another tab may have sent it
    const isKept = this.entries.some(({ key }) => key === entry.key);
    if (!trouble && !isKept) return null;
    if (this.waiting().length && !trouble) return null; // behind what waits
    try {
      const answer = await post(entry.url, entry.fields, { key: entry.key, within: ANSWER_MS });
      if (isKept) await this.remove(entry);
      return answer;
    } catch (error) {
      if (!isAway(error)) {
        if (isKept) await this.remove(entry);
        throw error;
      }
      if (trouble) throw new Error(`${error.message} ${trouble.message}`);
      return null;
    }
  }

  // One tab at a time: two would ask two people about one conflict.
  alone(work) {
    return navigator.locks ? navigator.locks.request(`${CHANNEL}.${this.person}`, work) : work();
  }

  async flush() {
    if (this.flushing || !navigator.onLine || !this.waiting().length) return;
    this.flushing = true;
    const sending = this.turn.then(() => this.alone(() => this.sendAll()));
    this.turn = sending.catch(() => {}); // still away: the next try begins where this one stopped
    await this.turn;
    this.flushing = false;
  }

  async sendAll() {
    const { person, token } = await this.identify();
    this.blocked = { "": "signed-out", [this.person]: "" }[person] ?? "other";
    await this.load();
    if (this.blocked) return;
    for (let [entry] = this.waiting(); entry; [entry] = this.waiting()) {
      const detail = await this.replay(entry, token);
      this.dispatchEvent(new CustomEvent("sent", { detail }));
    }
  }

  async replay(entry, token) {
    const age = entry.aged ? { age_s: String(Math.max(0, Math.round((Date.now() - entry.at) / 1000))) } : {};
    try {
      const answer = await post(entry.url, { ...entry.fields, ...age }, { key: entry.key, token, within: ANSWER_MS });
      await this.follow(entry, answer);
      await this.remove(entry);
      return { entry, answer };
    } catch (error) {
      if (isAway(error)) throw error;
      const asks = error.status === 409 && error.problem.version;
      Object.assign(entry, { state: asks ? "asks" : "refused", problem: error.problem, reason: error.message, refusedAt: Date.now() });
      await this.put(entry);
      return { entry, error };
    }
  }

  // A second decision on the same post was made on what the first one would leave: it is no conflict with oneself.
  async follow({ url, fields, order }, answer) {
    if (!answer?.version) return;
    const post = url.replace(/[^/]*$/, "");
    for (const other of this.waiting()) {
      if (other.order === order || !other.url.startsWith(post) || other.fields.version !== fields.version) continue;
      other.fields = { ...other.fields, version: String(answer.version) };
      await this.store.put(other);
    }
  }

  // After a conflict: this person's decision stands, on the post as it is now.
  async useMine(entry) {
    const { state, problem, reason, refusedAt, ...again } = entry;
    await this.put({ ...again, key: crypto.randomUUID?.() ?? this.uuid(), fields: { ...entry.fields, version: String(problem.version) } });
    await this.flush();
  }

  async sendAgain(entry) {
    const { state, problem, reason, refusedAt, ...again } = entry;
    await this.put({ ...again, key: crypto.randomUUID?.() ?? this.uuid() });
    await this.flush();
  }

  discard(entry) {
    return this.remove(entry);
  }

  // Pages that are not served over TLS have no randomUUID.
  uuid() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }
}

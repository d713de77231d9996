// Decisions on their way: one after the other, in their order. What could not be sent, or was still on its way when the
// page was left, is kept on this device and sent once when the server answers again. Each carries the key that it had
// the first time, so that one which did arrive is not done twice.

import { HttpError, post } from "./http.js";

const STORED = "responder.outbox";
const RETRY_MS = 5000;

export class Outbox extends EventTarget {
  constructor(user) {
    super();
    this.stored = `${STORED}.${user}`;
    this.under = new Map(); // key → what the server has not answered yet
    this.turn = Promise.resolve();
    addEventListener("pagehide", () => this.keep([...this.waiting(), ...this.under.values()]));
    addEventListener("online", () => this.flush());
    setInterval(() => this.flush(), RETRY_MS);
    setTimeout(() => this.flush());
  }

  waiting() {
    return JSON.parse(localStorage.getItem(this.stored) || "[]");
  }

  keep(entries) {
    const once = new Map(entries.map((entry) => [entry.key, entry]));
    localStorage.setItem(this.stored, JSON.stringify([...once.values()]));
    this.dispatchEvent(new Event("change"));
  }

  // The server's answer, or null where the decision waits for the server.
  send(url, fields) {
    const entry = { url, fields, key: crypto.randomUUID?.() ?? this.uuid() };
    this.under.set(entry.key, entry);
    const answer = this.turn.then(() => this.sendNow(entry));
    this.turn = answer.catch(() => {});
    return answer;
  }

  async sendNow(entry) {
    try {
      if (this.waiting().length) return this.later(entry);
      return await post(entry.url, entry.fields, { key: entry.key });
    } catch (error) {
      if (error instanceof HttpError && error.status !== 503) throw error;
      return this.later(entry);
    } finally {
      this.under.delete(entry.key);
    }
  }

  later(entry) {
    this.keep([...this.waiting(), entry]);
    return null;
  }

  async flush() {
    if (this.flushing || !navigator.onLine || !this.waiting().length) return;
    this.flushing = true;
    try {
      for (let [entry] = [this.waiting()[0]]; entry; [entry] = [this.waiting()[0]]) {
        const detail = await this.replay(entry);
        this.keep(this.waiting().filter(({ key }) => key !== entry.key)); // another tab may have sent it too
        this.dispatchEvent(new CustomEvent("sent", { detail }));
      }
    } catch {
      // still away: the next try begins where this one stopped
    } finally {
      this.flushing = false;
    }
  }

  async replay(entry) {
    try {
      return { entry, answer: await post(entry.url, entry.fields, { key: entry.key }) };
    } catch (error) {
      if (!(error instanceof HttpError) || error.status === 503) throw error;
      return { entry, error };
    }
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

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { told } from "../../static/js/conflict.js";
import { _, interpolate, ngettext } from "../../static/js/texts.js";
import { ago, duration } from "../../static/js/times.js";

const MINUTE = 60_000;
afterEach(() => {
  delete globalThis.gettext;
  delete globalThis.ngettext;
});

test("without the catalogue each text is shown as it is written, in its singular or plural", () => {
  assert.equal(_("Undo"), "Undo");
  assert.deepEqual(
    [0, 1, 2].map((count) => ngettext("post", "posts", count)),
    ["posts", "post", "posts"],
  );
});

test("with the catalogue its texts are shown", () => {
  globalThis.gettext = (text) => ({ Undo: "Annuler" })[text] ?? text;
  globalThis.ngettext = (_singular, _plural, count) => (count > 1 ? "messages" : "message");
  assert.equal(_("Undo"), "Annuler");
  assert.equal(_("Close"), "Close");
  assert.deepEqual(
    [0, 1, 2].map((count) => ngettext("post", "posts", count)),
    ["message", "message", "messages"],
  );
});

test("values go where their names are, and are not read as names themselves", () => {
  assert.equal(interpolate("%(b)s before %(a)s, 100 %", { a: "%(b)s", b: 0 }), "0 before %(b)s, 100 %");
});

test("durations are written as short as they can be read", () => {
  const written = [0, 1, 59, 60, 125, 599, 600, 2879, 2880, 10_080].map((minutes) => duration(minutes * MINUTE));
  assert.deepEqual(written, ["under 1 min", "1 min", "59 min", "1 h", "2 h 5 min", "9 h 59 min", "10 h", "48 h", "2 d", "7 d"]);
  assert.equal(ago(-5 * MINUTE), "now"); // the clock of this device is late
  assert.equal(ago(3 * MINUTE), "3 min ago");
});

test("a conflict says who did what and when, as far as it is known", () => {
  assert.equal(told({ by: "Ana", what: "Set Needs", ago_s: 0 }), "Ana changed this post just now: Set Needs.");
  assert.equal(told({ by: "Ana", what: "Set Needs", ago_s: 12 }), "Ana changed this post 12 s ago: Set Needs.");
  assert.equal(told({ by: "Ana", what: "Set Needs", ago_s: 240 }), "Ana changed this post 4 min ago: Set Needs.");
  assert.equal(told({ by: "The system", what: "changed this post", ago_s: null }), "The system changed this post.");
  assert.equal(told({}), "Someone changed this post.");
});

test("times and numbers follow the language of the page, with 24 hours and western digits", async () => {
  globalThis.document = { documentElement: { lang: "ar" } };
  const { locale } = await import("../../static/js/texts.js?ar");
  const evening = new Date("2026-11-30T21:05:00Z");
  assert.match(new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" }).format(evening), /21:05/);
  assert.match(new Intl.NumberFormat(locale).format(1234567), /^1\D?234\D?567$/);
  globalThis.document = undefined;
});

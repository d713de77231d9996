import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { open } from "./browser.mjs";

open();
const { Undo } = await import("../../static/js/undo.js");

let bar;
let clicked;
beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  open();
  clicked = [];
  const parts = { "[data-undo-button]": { addEventListener: (_kind, run) => clicked.push(run) }, "[data-undo-text]": { textContent: "" } };
  bar = { hidden: true, parts, querySelector: (selector) => parts[selector] };
});

const text = () => bar.parts["[data-undo-text]"].textContent;

test("the bar offers the newest decision, and its button runs the undo", () => {
  const run = () => {};
  const undo = new Undo(bar, { run });
  assert.deepEqual(clicked, [run]);
  undo.push({ id: "1" }, "Confirmed");
  undo.push({ id: "2" }, "Marked not relevant");
  assert.equal(text(), "Marked not relevant");
  assert.equal(bar.hidden, false);
});

test("decisions are undone from the newest to the oldest", () => {
  const undo = new Undo(bar, { run: () => {} });
  undo.push({ id: "1" }, "");
  undo.push({ id: "2" }, "");
  assert.deepEqual(undo.pop(), { id: "2" });
  assert.equal(bar.hidden, true);
  assert.deepEqual(undo.pop(), { id: "1" });
  assert.equal(undo.pop(), undefined);
});

test("the bar goes after ten seconds, counted from the newest decision; the decision can still be undone", () => {
  const undo = new Undo(bar, { run: () => {} });
  undo.push({ id: "1" }, "");
  mock.timers.tick(9_000);
  undo.push({ id: "2" }, "");
  mock.timers.tick(9_000);
  assert.equal(bar.hidden, false);
  mock.timers.tick(1_000);
  assert.equal(bar.hidden, true);
  assert.deepEqual(undo.pop(), { id: "2" });
});

test("the last twenty decisions are kept", () => {
  const undo = new Undo(bar, { run: () => {} });
  for (let id = 1; id <= 25; id += 1) undo.push({ id }, "");
  assert.deepEqual(
    undo.stack.map(({ id }) => id),
    Array.from({ length: 20 }, (_entry, index) => index + 6),
  );
});

test("with a name, the decisions outlive a reload of the tab; without one they do not", () => {
  new Undo(bar, { run: () => {}, stored: "responder.undo" }).push({ id: "1" }, "");
  const again = new Undo(bar, { run: () => {}, stored: "responder.undo" });
  assert.deepEqual(again.pop(), { id: "1" });
  assert.equal(new Undo(bar, { run: () => {}, stored: "responder.undo" }).pop(), undefined);
  new Undo(bar, { run: () => {} }).push({ id: "2" }, "");
  assert.equal(new Undo(bar, { run: () => {} }).pop(), undefined);
});

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { open } from "./browser.mjs";

let shortcuts;
let window;
let copies = 0;
beforeEach(async () => {
  mock.timers.reset();
  window = open();
  copies += 1;
  shortcuts = await import(`../../static/js/shortcuts.js?${copies}`); // each test has a registry of its own
  mock.timers.enable({ apis: ["setTimeout"] });
});

// Presses a key; returns whether the page took it.
const press = (key, { code = "", field = false, ...others } = {}) => {
  const event = Object.assign(new Event("keydown", { cancelable: true }), { key, code, ...others });
  Object.defineProperty(event, "target", { value: { closest: () => (field ? {} : null) } });
  window.events.dispatchEvent(event);
  return event.defaultPrevented;
};

const bound = (...names) => {
  const runs = [];
  shortcuts.bind(names.map((name) => ({ keys: [name], label: name, group: "Posts", run: () => runs.push(name) })));
  return runs;
};

test("a key runs what is bound to it, whatever its case", () => {
  const runs = bound("j");
  assert.equal(press("j"), true);
  assert.equal(press("J"), true);
  assert.equal(press("q"), false);
  assert.deepEqual(runs, ["j", "j"]);
});

test("a key that is bound twice is an error", () => {
  bound("j");
  assert.throws(() => bound("j"), /“j” is taken twice/);
});

test("a key with a modifier belongs to the browser", () => {
  const runs = bound("j");
  for (const modifier of ["ctrlKey", "metaKey", "altKey", "isComposing"]) assert.equal(press("j", { [modifier]: true }), false);
  assert.deepEqual(runs, []);
});

test("nothing runs while somebody types, or has switched single keys off", () => {
  const runs = bound("j");
  assert.equal(press("j", { field: true }), false);
  document.body.dataset.keys = "off";
  assert.equal(press("j"), false);
  document.body.dataset.keys = "on";
  assert.equal(press("j"), true);
  assert.deepEqual(runs, ["j"]);
});

test("two keys after each other are one shortcut", () => {
  const runs = bound("g m", "m");
  assert.equal(press("g"), false);
  press("m");
  press("m");
  assert.deepEqual(runs, ["g m", "m"]);
});

test("the first of two keys is forgotten after a moment", () => {
  const runs = bound("g m", "m");
  press("g");
  mock.timers.tick(1499);
  press("Shift");
  mock.timers.tick(1);
  press("m");
  assert.deepEqual(runs, ["m"]);
});

test("each sequence has the whole time", () => {
  const runs = bound("g m", "m");
  press("g");
  mock.timers.tick(1000);
  press("m");
  press("g");
  mock.timers.tick(1000);
  press("m");
  assert.deepEqual(runs, ["g m", "g m"]);
});

test("a second key that nothing is bound to ends the sequence", () => {
  const runs = bound("g m", "m");
  press("g");
  assert.equal(press("x"), false);
  press("m");
  assert.deepEqual(runs, ["m"]);
});

test("a digit is found where the layout writes another character (AZERTY)", () => {
  const runs = bound("2", "s 1");
  press("é", { code: "Digit2" });
  press("s");
  press("1", { code: "Digit1" });
  assert.deepEqual(runs, ["2", "s 1"]);
});

test("Shift and a digit are another character, not the digit", () => {
  const runs = bound("1");
  assert.equal(press("!", { code: "Digit1", shiftKey: true }), false);
  assert.deepEqual(runs, []);
});

test("a character that is bound itself comes before the digit of its key", () => {
  const runs = bound("é", "2");
  press("é", { code: "Digit2" });
  assert.deepEqual(runs, ["é"]);
});

test("where `when` says no, the browser does what it always does", () => {
  let allowed = false;
  const runs = [];
  shortcuts.bind([{ keys: ["arrowdown"], label: "Next post", group: "Posts", when: () => allowed, run: () => runs.push("down") }]);
  assert.equal(press("ArrowDown"), false);
  allowed = true;
  assert.equal(press("ArrowDown"), true);
  assert.deepEqual(runs, ["down"]);
});

test("the sheet lists each shortcut once, without the quiet ones", () => {
  const entry = { keys: ["1", "2"], label: "Choose", group: "Posts", run: () => {} };
  shortcuts.bind([entry, { keys: ["arrowdown"], label: "Next post", group: "Posts", quiet: true, run: () => {} }]);
  assert.deepEqual(shortcuts.shortcuts(), [entry]);
});

test("keys are shown as people know them", () => {
  assert.deepEqual(shortcuts.shownKey("g m"), ["G", "M"]);
  assert.deepEqual(shortcuts.shownKey("arrowdown"), ["↓"]);
  assert.deepEqual(shortcuts.shownKey("?"), ["?"]);
});

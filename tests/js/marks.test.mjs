import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./browser.mjs";

open();
const { byUrgency, placeLabels } = await import("../../static/js/marks.js");

const cluster = (change = {}) => ({ critical: 0, unanswered: 0, high: 0, count: 1, ...change });

test("the worst comes first, then what nobody answers, then the most", () => {
  const many = cluster({ count: 5000, high: 40 });
  const one = cluster({ unanswered: 1 });
  const critical = cluster({ critical: 1, count: 3 });
  const waiting = cluster({ unanswered: 7, count: 9 });
  const calm = cluster({ count: 800 });
  assert.deepEqual([calm, many, critical, one, waiting].sort(byUrgency), [waiting, one, critical, many, calm]);
  assert.equal(byUrgency(cluster(), cluster()), 0);
  assert.equal(byUrgency({ unanswered: 0, high: 0, count: 2 }, { unanswered: 0, high: 0, count: 3 }), 1);
});

// A map whose degrees are pixels.
const map = { getSize: () => ({ x: 400, y: 300 }), latLngToContainerPoint: ([latitude, longitude]) => ({ x: longitude, y: latitude }) };

const entry = (longitude, latitude, name, change = {}) => {
  const classes = new Set();
  const classList = { toggle: (one, on) => (on ? classes.add(one) : classes.delete(one)) };
  const root = { classList, querySelector: () => (name ? { textContent: name } : null) };
  return { cluster: { latitude, longitude, ...cluster({ count: 4, ...change }) }, root, classes };
};

test("a name stands below its mark where that is free", () => {
  const alone = entry(200, 150, "Beira");
  placeLabels(map, [alone]);
  assert.deepEqual([...alone.classes], ["has-label"]);
});

test("a name goes around what floats above the map, and to the other side at its edge", () => {
  const covered = entry(200, 150, "Beira");
  const panel = { left: 0, right: 400, top: 160, bottom: 300 };
  placeLabels(map, [covered], [panel]);
  assert.deepEqual([...covered.classes], ["has-label", "at-top"]);
  const atEdge = entry(20, 150, "Quelimane");
  placeLabels(map, [atEdge], [panel]);
  assert.deepEqual([...atEdge.classes], ["has-label", "at-right"]);
});

test("of two names with room for one, the more urgent is shown", () => {
  const walls = [
    { left: 0, right: 400, top: 0, bottom: 132 },
    { left: 0, right: 150, top: 0, bottom: 300 },
    { left: 250, right: 400, top: 0, bottom: 300 },
  ];
  const [first, second] = [entry(200, 150, "Alpha"), entry(203, 149, "Bravo")];
  placeLabels(map, [first, second], walls);
  assert.ok(first.classes.has("has-label"));
  assert.ok(!second.classes.has("has-label"));
});

test("what marks and names take is told to others", () => {
  const taken = placeLabels(map, [entry(200, 150, "Beira"), entry(300, 50, "")]);
  assert.equal(taken.length, 3);
});

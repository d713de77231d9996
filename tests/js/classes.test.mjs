import assert from "node:assert/strict";
import { test } from "node:test";

const { classes, rateOf } = await import("../../static/js/classes.js");

test("few values are classes of their own", () => {
  assert.deepEqual(classes([3, 1, 3, 7]), [
    { least: 1, most: 1 },
    { least: 3, most: 3 },
    { least: 7, most: 7 },
  ]);
  assert.deepEqual(classes([]), []);
});

test("many values make at most five classes that hold each of them once", () => {
  for (const values of [
    Array.from({ length: 97 }, (_value, index) => (index * index) % 211),
    [1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 900],
    Array.from({ length: 6 }, (_v, index) => index / 7),
  ]) {
    const found = classes(values);
    assert.ok(found.length >= 1 && found.length <= 5);
    for (const value of values) assert.equal(found.filter(({ least, most }) => value >= least && value <= most).length, 1, String(value));
    for (let index = 1; index < found.length; index += 1) assert.ok(found[index - 1].most < found[index].least);
  }
});

test("a rate needs to know how many people there are", () => {
  assert.equal(rateOf(5, 250000), 2);
  assert.equal(rateOf(0, 250000), 0);
  for (const people of [0, null, undefined]) assert.equal(rateOf(5, people), null);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./browser.mjs";

open();
const { kilometres } = await import("../../static/js/measuring.js");

test("a distance is said in metres, then in kilometres with as many digits as are of use", () => {
  assert.equal(kilometres(0), "0 m");
  assert.equal(kilometres(999.4), "999 m");
  assert.equal(kilometres(1000), "1.0 km");
  assert.equal(kilometres(12345), "12.3 km");
  assert.equal(kilometres(1234567), "1,235 km");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./browser.mjs";

open();
const { filter, groupsValue, params, write } = await import("../../static/js/query.js");

const shows = (event) => {
  document.querySelector = (selector) => (selector === "[data-live]" ? { dataset: { event } } : null);
};

test("the event that the page shows is named where the address does not name it", () => {
  open({ search: "?sev=1" });
  shows("flood");
  assert.equal(params().toString(), "sev=1&event=flood");
  open({ search: "?event=quake" });
  shows("flood");
  assert.equal(params().get("event"), "quake");
});

test("the filter is everything but where the map stands and what is open", () => {
  open({ search: "?q=water&sev=1&bbox=1,2,3,4&z=7&sel=9&cursor=x&kiosk=1&view=2" });
  assert.equal(filter().toString(), "q=water&sev=1");
});

test("changes are written into the address; what is empty leaves it", () => {
  const window = open({ search: "?q=water&sev=1&t=6h" });
  let told = 0;
  window.events.addEventListener("filterchange", () => {
    told += 1;
  });
  write({ q: "", sev: null, cat: "needs,people" });
  assert.deepEqual(window.replaced, ["/map/?t=6h&cat=needs%2Cpeople"]);
  assert.deepEqual(window.pushed, []);
  assert.equal(told, 1);
});

test("a choice of the person is a step of the browser's history", () => {
  const window = open();
  write({ t: "6h" }, { push: true });
  assert.deepEqual(window.pushed, ["/map/?t=6h"]);
  assert.deepEqual(window.replaced, []);
});

test("a value that is zero or false is kept", () => {
  open();
  write({ z: 0 });
  assert.equal(params().get("z"), "0");
});

test("the groups that are shown anyway need no place in the address", () => {
  const standard = ["needs", "people", "damage", "response", "information", "unmeasured"];
  assert.equal(groupsValue(standard), null);
  assert.equal(groupsValue([...standard].reverse()), null);
  assert.equal(groupsValue([...standard, "aside"]), "needs,people,damage,response,information,unmeasured,aside");
  assert.equal(groupsValue(["needs"]), "needs");
});

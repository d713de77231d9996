import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { open, server, settle } from "./browser.mjs";

open();
const { alsoHere, Presence } = await import("../../static/js/presence.js");

let requests;
let left;
let said;
let target;
beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setInterval"] });
  open();
  requests = server();
  left = [];
  navigator.sendBeacon = (url, body) => left.push([url, body.get("leave")]);
  document.addEventListener = () => {};
  document.querySelector = () => ({ value: "token" });
  said = [];
  target = {
    text: "",
    get textContent() {
      return this.text;
    },
    set textContent(text) {
      this.text = text;
      said.push(text);
    },
  };
});

test("four people are named and the others counted", () => {
  assert.equal(alsoHere([]), "");
  assert.equal(alsoHere(["Ana", "Bo"]), "Also here: Ana, Bo");
  assert.equal(alsoHere(["Ana", "Bo", "Cy", "Di", "Ed"]), "Also here: Ana, Bo, Cy, Di and 1 other person");
  assert.equal(alsoHere(["Ana", "Bo", "Cy", "Di", "Ed", "Flo"]), "Also here: Ana, Bo, Cy, Di and 2 other people");
});

test("it asks at once and every 15 seconds, and says only what changed", async () => {
  new Presence(() => target).open("/incidents/INC-1/here");
  requests[0].answer({ people: ["Ana"] });
  await settle();
  mock.timers.tick(15000);
  requests[1].answer({ people: ["Ana"] });
  await settle();
  mock.timers.tick(15000);
  requests[2].answer({ people: [] });
  await settle();
  assert.deepEqual(said, ["Also here: Ana", ""]);
});

test("a hidden page says nothing, so that its reader is forgotten", () => {
  const presence = new Presence(() => target);
  presence.open("/incidents/INC-1/here");
  document.hidden = true;
  mock.timers.tick(60000);
  assert.equal(requests.length, 1);
});

test("what was open is left, and a late answer about it is not shown", async () => {
  const presence = new Presence(() => target);
  presence.open("/triage/1/here");
  presence.open("/triage/2/here");
  requests[0].answer({ people: ["Ana"] });
  await settle();
  assert.deepEqual(left, [["/triage/1/here", "1"]]);
  assert.deepEqual(said, []);
  presence.open(null);
  mock.timers.tick(15000);
  assert.equal(requests.length, 2);
});

test("one failed request changes nothing; after the second nobody is known to be there", async () => {
  new Presence(() => target).open("/incidents/INC-1/here");
  requests[0].answer({ people: ["Ana"] });
  await settle();
  mock.timers.tick(15000);
  requests[1].fail();
  await settle();
  assert.equal(target.text, "Also here: Ana");
  mock.timers.tick(15000);
  requests[2].fail();
  await settle();
  assert.equal(target.text, "");
});

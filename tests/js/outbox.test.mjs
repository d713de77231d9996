import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { open, server, settle } from "./browser.mjs";

open();
const { Outbox } = await import("../../static/js/outbox.js");
const { HttpError } = await import("../../static/js/http.js");

let window;
let requests;
beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  window = open();
  document.querySelector = () => ({ value: "token" });
  requests = server();
});

const watched = (outbox) => {
  const sent = [];
  outbox.addEventListener("sent", ({ detail }) => sent.push(detail));
  return sent;
};

test("a decision carries its fields, the CSRF token and a key of its own", async () => {
  const answer = new Outbox("7").send("/triage/1/confirm", { version: "1" });
  await settle();
  assert.equal(requests.length, 1);
  assert.deepEqual(requests[0].fields, { version: "1", csrfmiddlewaretoken: "token" });
  assert.match(requests[0].key, /^[0-9a-f-]{36}$/);
  requests[0].answer({ message: "Confirmed" });
  assert.deepEqual(await answer, { message: "Confirmed" });
});

test("decisions are sent one after the other, in their order", async () => {
  const outbox = new Outbox("7");
  const answers = ["/triage/1/confirm", "/triage/2/confirm"].map((url) => outbox.send(url, {}));
  await settle();
  assert.deepEqual(
    requests.map(({ url }) => url),
    ["/triage/1/confirm"],
  );
  requests[0].answer({ id: 1 });
  await settle();
  assert.deepEqual(
    requests.map(({ url }) => url),
    ["/triage/1/confirm", "/triage/2/confirm"],
  );
  assert.notEqual(requests[0].key, requests[1].key);
  requests[1].answer({ id: 2 });
  assert.deepEqual(await Promise.all(answers), [{ id: 1 }, { id: 2 }]);
});

for (const [how, refuse] of [
  ["cannot be reached", (request) => request.fail()],
  ["is busy (503)", (request) => request.answer({}, 503)],
]) {
  test(`where the server ${how} a decision is kept, and sent later under the same key`, async () => {
    const outbox = new Outbox("7");
    const sent = watched(outbox);
    const answer = outbox.send("/triage/1/confirm", { version: "1" });
    await settle();
    refuse(requests[0]);
    assert.equal(await answer, null);
    assert.equal(outbox.waiting().length, 1);
    mock.timers.tick(5000);
    await settle();
    assert.equal(requests.length, 2);
    assert.equal(requests[1].key, requests[0].key);
    requests[1].answer({ id: 1 });
    await settle();
    assert.deepEqual(outbox.waiting(), []);
    assert.deepEqual(
      sent.map(({ answer: { id }, entry }) => [id, entry.url]),
      [[1, "/triage/1/confirm"]],
    );
  });
}

test("a refusal is told at once and is not kept", async () => {
  const outbox = new Outbox("7");
  const answer = outbox.send("/triage/1/confirm", {});
  await settle();
  requests[0].answer({ detail: "Reviewed by Ana", version: 2 }, 409);
  await assert.rejects(answer, (error) => error instanceof HttpError && error.status === 409 && error.problem.version === 2);
  assert.deepEqual(outbox.waiting(), []);
});

test("a refusal does not hold up the next decision", async () => {
  const outbox = new Outbox("7");
  const first = outbox.send("/triage/1/confirm", {});
  const second = outbox.send("/triage/2/confirm", {});
  await settle();
  requests[0].answer({}, 409);
  await assert.rejects(first);
  await settle();
  requests[1].answer({ id: 2 });
  assert.deepEqual(await second, { id: 2 });
});

test("what comes while others wait waits behind them, and all are sent in order", async () => {
  const outbox = new Outbox("7");
  const first = outbox.send("/triage/1/confirm", {});
  await settle();
  requests[0].fail();
  await first;
  assert.equal(await outbox.send("/triage/1/undo", {}), null);
  assert.equal(requests.length, 1);
  const flushed = outbox.flush();
  await settle();
  requests[1].answer({ id: 1 });
  await settle();
  requests[2].answer({ id: 1 });
  await flushed;
  assert.deepEqual(
    requests.slice(1).map(({ url }) => url),
    ["/triage/1/confirm", "/triage/1/undo"],
  );
  assert.deepEqual(outbox.waiting(), []);
});

test("sending stops where the server is away again, and goes on from there", async () => {
  const outbox = new Outbox("7");
  outbox.keep([1, 2].map((id) => ({ url: `/triage/${id}/confirm`, fields: {}, key: `key-${id}` })));
  const flushed = outbox.flush();
  await settle();
  requests[0].answer({ id: 1 });
  await settle();
  requests[1].fail();
  await flushed;
  assert.deepEqual(
    outbox.waiting().map(({ key }) => key),
    ["key-2"],
  );
});

test("what is refused when it is sent late leaves the store, with the reason", async () => {
  const outbox = new Outbox("7");
  const sent = watched(outbox);
  outbox.keep([{ url: "/triage/1/confirm", fields: {}, key: "key-1" }]);
  const flushed = outbox.flush();
  await settle();
  requests[0].answer({ detail: "Reviewed by Ana" }, 409);
  await flushed;
  assert.deepEqual(outbox.waiting(), []);
  assert.equal(sent[0].error.message, "Reviewed by Ana");
});

test("nothing is sent while the device is offline", async () => {
  const outbox = new Outbox("7");
  outbox.keep([{ url: "/triage/1/confirm", fields: {}, key: "key-1" }]);
  navigator.onLine = false;
  await outbox.flush();
  assert.equal(requests.length, 0);
  navigator.onLine = true;
  window.events.dispatchEvent(new Event("online"));
  await settle();
  assert.equal(requests.length, 1);
});

test("a page that is left keeps what has no answer yet, each decision once", async () => {
  const outbox = new Outbox("7");
  outbox.send("/triage/1/confirm", {});
  outbox.send("/triage/2/confirm", {});
  await settle();
  window.events.dispatchEvent(new Event("pagehide"));
  window.events.dispatchEvent(new Event("pagehide"));
  assert.deepEqual(
    outbox.waiting().map(({ url }) => url),
    ["/triage/1/confirm", "/triage/2/confirm"],
  );
  assert.equal(outbox.waiting()[0].key, requests[0].key);
});

test("two people at one device do not send each other's decisions", () => {
  const [ana, ben] = [new Outbox("7"), new Outbox("8")];
  ana.keep([{ url: "/triage/1/confirm", fields: {}, key: "key-1" }]);
  assert.equal(ana.waiting().length, 1);
  assert.deepEqual(ben.waiting(), []);
});

test("the key of pages without TLS is a random UUID", () => {
  const outbox = new Outbox("7");
  const keys = new Set(Array.from({ length: 50 }, () => outbox.uuid()));
  assert.equal(keys.size, 50);
  for (const key of keys) assert.match(key, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

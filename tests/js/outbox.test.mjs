import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { open, server, settle } from "./browser.mjs";

open();
const { MOST, Outbox } = await import("../../static/js/outbox.js");
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

const opened = async (person = "7", identify = async () => ({ person, token: "new token" })) => {
  document.body.dataset.person = person;
  const outbox = new Outbox(person, { identify });
  await outbox.ready;
  await settle();
  return outbox;
};
const keep = async (outbox, ...urls) => {
  for (const url of urls) await outbox.put({ key: `key of ${url}`, person: outbox.person, url, fields: { version: "1" }, about: "", at: Date.now() });
};
const urls = (entries) => entries.map(({ url }) => url);

const watched = (outbox) => {
  const sent = [];
  outbox.addEventListener("sent", ({ detail }) => sent.push(detail));
  return sent;
};

test("a decision carries its fields, the CSRF token, its person and a key of its own", async () => {
  const outbox = await opened();
  const answer = outbox.send("/triage/1/confirm", { version: "1" });
  await settle();
  assert.equal(requests.length, 1);
  assert.deepEqual(requests[0].fields, { version: "1", csrfmiddlewaretoken: "token" });
  assert.match(requests[0].key, /^[0-9a-f-]{36}$/);
  assert.equal(requests[0].person, "7");
  requests[0].answer({ message: "Confirmed" });
  assert.deepEqual(await answer, { message: "Confirmed" });
  assert.deepEqual(outbox.entries, []);
});

test("a decision is on the device before it is sent, and is not counted as waiting while it is on its way", async () => {
  const outbox = await opened();
  outbox.send("/triage/1/confirm", { version: "1" });
  await settle();
  assert.deepEqual(urls(outbox.entries), ["/triage/1/confirm"]);
  assert.deepEqual(outbox.waiting(), []);
  await opened(); // the browser was killed, and started again: it is sent once more at once
  assert.equal(requests[1].key, requests[0].key);
});

test("decisions are sent one after the other, in their order", async () => {
  const outbox = await opened();
  const answers = ["/triage/1/confirm", "/triage/2/confirm"].map((url) => outbox.send(url, {}));
  await settle();
  assert.deepEqual(urls(requests), ["/triage/1/confirm"]);
  requests[0].answer({ id: 1 });
  await settle();
  assert.deepEqual(urls(requests), ["/triage/1/confirm", "/triage/2/confirm"]);
  assert.notEqual(requests[0].key, requests[1].key);
  requests[1].answer({ id: 2 });
  assert.deepEqual(await Promise.all(answers), [{ id: 1 }, { id: 2 }]);
});

for (const [how, refuse] of [
  ["cannot be reached", (request) => request.fail()],
  ["is busy (503)", (request) => request.answer({}, 503)],
  ["is behind a gateway that can't reach it (502)", (request) => request.answer({}, 502)],
  ["has signed the person out (401)", (request) => request.answer({}, 401)],
  ["knows another person (412)", (request) => request.answer({ title: "Signed in as somebody else" }, 412)],
  ["takes the page's token for old (403 without a problem)", (request) => request.answer({}, 403)],
]) {
  test(`where the server ${how} a decision is kept, and sent later under the same key with a new token`, async () => {
    const outbox = await opened();
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
    assert.equal(requests[1].fields.csrfmiddlewaretoken, "new token");
    requests[1].answer({ id: 1 });
    await settle();
    assert.deepEqual(outbox.waiting(), []);
    assert.deepEqual(
      sent.map(({ answer: { id }, entry }) => [id, entry.url]),
      [[1, "/triage/1/confirm"]],
    );
  });
}

for (const status of [403, 404, 409, 500]) {
  test(`a refusal (${status}) is told at once and is not kept`, async () => {
    const outbox = await opened();
    const answer = outbox.send("/triage/1/confirm", {});
    await settle();
    requests[0].answer({ title: "No", detail: "Reviewed by Ana", version: 2 }, status);
    await assert.rejects(answer, (error) => error instanceof HttpError && error.status === status && error.problem.version === 2);
    assert.deepEqual(outbox.entries, []);
  });
}

test("a refusal does not hold up the next decision", async () => {
  const outbox = await opened();
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
  const outbox = await opened();
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
  assert.deepEqual(urls(requests.slice(1)), ["/triage/1/confirm", "/triage/1/undo"]);
  assert.deepEqual(outbox.waiting(), []);
});

test("sending stops where the server is away again, and goes on from there", async () => {
  const outbox = await opened();
  await keep(outbox, "/triage/1/confirm", "/triage/2/confirm");
  const flushed = outbox.flush();
  await settle();
  requests[0].answer({ id: 1 });
  await settle();
  requests[1].fail();
  await flushed;
  assert.deepEqual(urls(outbox.waiting()), ["/triage/2/confirm"]);
});

test("a conflict is kept until the person has chosen, and does not hold up what follows", async () => {
  const outbox = await opened();
  const sent = watched(outbox);
  await keep(outbox, "/triage/1/confirm", "/triage/2/confirm");
  const flushed = outbox.flush();
  await settle();
  requests[0].answer({ detail: "Reviewed by Ana", version: 4 }, 409);
  await settle();
  requests[1].answer({ id: 2 });
  await flushed;
  assert.equal(sent[0].error.message, "Reviewed by Ana");
  const [asked] = (await opened()).asking();
  assert.deepEqual([asked.state, asked.reason, asked.problem.version], ["asks", "Reviewed by Ana", 4]);
  assert.equal(requests.length, 2); // nothing is sent before the choice
  const mine = outbox.useMine(asked);
  await settle();
  assert.deepEqual([requests[2].url, requests[2].fields.version], ["/triage/1/confirm", "4"]);
  assert.notEqual(requests[2].key, requests[0].key);
  requests[2].answer({ id: 1 });
  await mine;
  assert.deepEqual(outbox.entries, []);
});

test("what was refused late is kept with the reason until it is discarded", async () => {
  const outbox = await opened();
  await keep(outbox, "/triage/1/confirm");
  const flushed = outbox.flush();
  await settle();
  requests[0].answer({ title: "Not found", detail: "Erased" }, 404);
  await flushed;
  assert.deepEqual(
    outbox.asking().map(({ state, reason }) => [state, reason]),
    [["refused", "Erased"]],
  );
  await outbox.discard(outbox.asking()[0]);
  assert.deepEqual((await opened()).entries, []);
});

test("a second decision on the same post follows the first one's version", async () => {
  const outbox = await opened();
  await keep(outbox, "/triage/1/severity", "/triage/2/confirm", "/triage/1/confirm");
  const flushed = outbox.flush();
  await settle();
  requests[0].answer({ id: 1, version: 2 });
  await settle();
  requests[1].answer({ id: 2, version: 2 });
  await settle();
  requests[2].answer({ id: 1, version: 3 });
  await flushed;
  assert.deepEqual(
    requests.map(({ url, fields }) => [url, fields.version]),
    [
      ["/triage/1/severity", "1"],
      ["/triage/2/confirm", "1"],
      ["/triage/1/confirm", "2"],
    ],
  );
});

test("a report that is sent late says how old it is", async () => {
  const outbox = await opened();
  const answer = outbox.send("/field-reports/new", { text: "Water" }, { about: "Water", aged: true });
  await settle();
  assert.equal(requests[0].fields.age_s, undefined);
  requests[0].fail();
  await answer;
  outbox.entries[0].at = Date.now() - 90_000;
  await outbox.put(outbox.entries[0]);
  const flushed = outbox.flush();
  await settle();
  assert.equal(requests[1].fields.age_s, "90");
  requests[1].answer({ ref: "R-1" });
  await flushed;
});

test("nothing is sent while the device is offline", async () => {
  const outbox = await opened();
  await keep(outbox, "/triage/1/confirm");
  navigator.onLine = false;
  await outbox.flush();
  assert.equal(requests.length, 0);
  navigator.onLine = true;
  window.events.dispatchEvent(new Event("online"));
  await settle();
  assert.equal(requests.length, 1);
});

for (const [who, blocked] of [
  ["", "signed-out"],
  ["8", "other"],
]) {
  test(`nothing is sent while ${who ? "somebody else" : "nobody"} is signed in`, async () => {
    const outbox = await opened("7", async () => ({ person: who, token: "" }));
    await keep(outbox, "/triage/1/confirm");
    await outbox.flush();
    assert.equal(requests.length, 0);
    assert.equal(outbox.blocked, blocked);
    assert.equal(outbox.waiting().length, 1);
  });
}

test("two people at one device do not send or see each other's decisions", async () => {
  await keep(await opened("7"), "/triage/1/confirm");
  const ben = await opened("8");
  assert.deepEqual([ben.entries, ben.others], [[], 1]);
  await ben.flush();
  assert.equal(requests.length, 0);
});

test("what an earlier version kept is taken over once", async () => {
  localStorage.setItem("responder.outbox.7", JSON.stringify([{ key: "old", url: "/triage/1/confirm", fields: { version: "1" } }]));
  await opened();
  assert.deepEqual([requests[0].key, requests[0].url], ["old", "/triage/1/confirm"]);
  assert.equal(localStorage.getItem("responder.outbox.7"), null);
});

test("where the device has no room a decision is sent all the same, and its failure is told", async () => {
  const outbox = await opened();
  outbox.store.put = () => Promise.reject(new Error("QuotaExceededError"));
  const arrives = outbox.send("/triage/1/confirm", {});
  const fails = outbox.send("/triage/2/confirm", {});
  await settle();
  requests[0].answer({ id: 1 });
  assert.deepEqual(await arrives, { id: 1 });
  await settle();
  requests[1].fail();
  await assert.rejects(fails, /can't be reached.*no room/);
});

test("a device keeps a bounded number of entries", async () => {
  const outbox = await opened();
  outbox.entries = Array.from({ length: MOST }, (_one, order) => ({ order, key: String(order), state: "refused" }));
  const answer = outbox.send("/triage/1/confirm", {});
  await settle();
  requests[0].fail();
  await assert.rejects(answer, /at most 500/);
});

test("the key of pages without TLS is a random UUID", async () => {
  const outbox = await opened();
  const keys = new Set(Array.from({ length: 50 }, () => outbox.uuid()));
  assert.equal(keys.size, 50);
  for (const key of keys) assert.match(key, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

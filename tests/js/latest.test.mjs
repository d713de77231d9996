import assert from "node:assert/strict";
import { test } from "node:test";
import { Latest } from "../../static/js/latest.js";

const request = () => {
  const made = {};
  made.run = (signal) => {
    made.signal = signal;
    return new Promise((resolve, reject) => Object.assign(made, { answer: resolve, fail: reject }));
  };
  return made;
};

test("the answer of a single request is given", async () => {
  const latest = new Latest();
  const one = request();
  const answer = latest.run(one.run);
  assert.equal(latest.busy, true);
  one.answer("list");
  assert.equal(await answer, "list");
  assert.equal(latest.busy, false);
});

test("a later request cancels the one before, whose answer is dropped even if it comes last", async () => {
  const latest = new Latest();
  const [first, second] = [request(), request()];
  const answers = [latest.run(first.run), latest.run(second.run)];
  assert.equal(first.signal.aborted, true);
  assert.equal(second.signal.aborted, false);
  second.answer("new");
  first.answer("old");
  assert.deepEqual(await Promise.all(answers), [null, "new"]);
});

test("the failure of a request that was replaced is not an error", async () => {
  const latest = new Latest();
  const [first, second] = [request(), request()];
  const answers = [latest.run(first.run), latest.run(second.run)];
  first.fail(new Error("aborted"));
  assert.equal(await answers[0], null);
  assert.equal(latest.busy, true);
  second.answer("new");
  assert.equal(await answers[1], "new");
});

test("the failure of the latest request is thrown, and the next one works", async () => {
  const latest = new Latest();
  const [first, second] = [request(), request()];
  const failed = latest.run(first.run);
  first.fail(new Error("503"));
  await assert.rejects(failed, /503/);
  assert.equal(latest.busy, false);
  const answer = latest.run(second.run);
  second.answer("list");
  assert.equal(await answer, "list");
});

test("what asks again by itself waits for the request that runs, for a minute", async (context) => {
  context.mock.timers.enable({ apis: ["Date"] });
  const latest = new Latest();
  const one = request();
  assert.equal(latest.waits, false);
  const answer = latest.run(one.run);
  context.mock.timers.tick(59_000);
  assert.equal(latest.waits, true);
  context.mock.timers.tick(1_000);
  assert.deepEqual([latest.waits, latest.busy], [false, true]);
  one.answer("late");
  assert.equal(await answer, "late");
  assert.equal(latest.waits, false);
});

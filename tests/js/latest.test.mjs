import assert from "node:assert/strict";
import { test } from "node:test";
import { Latest, spaced } from "../../static/js/latest.js";

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

test("in a storm of changes, each answer is waited for, and the last change is asked for", async (context) => {
  context.mock.timers.enable({ apis: ["Date", "setTimeout"] });
  const latest = new Latest();
  const made = [];
  const ask = () => {
    made.push(request());
    latest.run(made.at(-1).run);
  };
  const soon = spaced(latest, ask, 1_000);
  const seconds = (number) => {
    for (let tick = 0; tick < number * 10; tick++) {
      soon();
      context.mock.timers.tick(100);
    }
  };
  seconds(30);
  assert.equal(made.length, 1);
  assert.equal(made[0].signal.aborted, false);
  made[0].answer("slow");
  await new Promise((resolve) => setImmediate(resolve));
  seconds(2);
  assert.equal(made.length, 2);
  made[1].answer("last");
  await new Promise((resolve) => setImmediate(resolve));
  context.mock.timers.tick(5_000);
  assert.equal(made.length, 3); // for what changed after the second began
  made[2].answer("all");
  await new Promise((resolve) => setImmediate(resolve));
  context.mock.timers.tick(60_000);
  assert.equal(made.length, 3);
});

test("a change that another request brought is not asked for again", async (context) => {
  context.mock.timers.enable({ apis: ["Date", "setTimeout"], now: 5_000 });
  const latest = new Latest();
  let asked = 0;
  const soon = spaced(latest, () => asked++, 1_000);
  await latest.run(async () => "first");
  soon();
  context.mock.timers.tick(500);
  await latest.run(async () => "by hand");
  context.mock.timers.tick(5_000);
  assert.equal(asked, 0);
  soon();
  context.mock.timers.tick(1_000);
  assert.equal(asked, 1);
});

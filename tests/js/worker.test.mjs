// The service worker under fakes of a browser's caches and network: what it keeps, for whom, and what it shows without a network.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(new URL("../../static/js/worker.js", import.meta.url), "utf8");
const ORIGIN = "https://responder.example";
const SETTINGS = {
  version: "v1",
  assets: ["/static/js/map.js"],
  pages: { map: "/map/", triage: "/triage/", report: "/field-reports/new" },
  cards: { "/triage/": { url: "/triage/items/0", count: 2 } },
  data: "/map/data",
  away: "/offline/away",
  login: "/login/",
  logout: "/logout/",
  texts: "/texts/",
  fixed: "/static/",
  world: { url: "/static/vendor/world/", version: "w1" },
  passed: ["/api/", "/admin/", "/export"],
  hours: 12,
  map_bytes: 1000,
};
const absolute = (one) => new URL(one.url ?? String(one), ORIGIN).href;

const fakeCaches = () => {
  const held = new Map();
  const opened = (name) => {
    if (!held.has(name)) held.set(name, new Map());
    const entries = held.get(name);
    const cache = {
      put: async (key, response) => void entries.set(absolute(key), response),
      match: async (key) => entries.get(absolute(key))?.clone(),
      keys: async () => [...entries.keys()].map((url) => ({ url })),
      delete: async (key) => entries.delete(absolute(key)),
      addAll: async (requests) => {
        for (const request of requests) await cache.put(request, await network(request));
      },
    };
    return cache;
  };
  return {
    held,
    open: async (name) => opened(name),
    keys: async () => [...held.keys()],
    delete: async (name) => held.delete(name),
    match: async (key) => {
      for (const entries of held.values()) if (entries.has(absolute(key))) return entries.get(absolute(key)).clone();
      return undefined;
    },
  };
};

let listeners;
let caches;
let answers;
let asked;
let isOnline;

const network = async (request) => {
  const url = new URL(absolute(request));
  asked.push(url.pathname + url.search);
  if (!isOnline) throw new TypeError("Failed to fetch");
  const found = answers[url.pathname + url.search] ?? answers[url.pathname];
  if (!found) return new Response("", { status: 404 });
  const { body = "", status = 200, person = "7" } = typeof found === "string" ? { body: found } : found;
  const response = new Response(body, { status, headers: person ? { "X-Responder-Person": person } : {} });
  Object.defineProperties(response, { type: { value: "basic" }, url: { value: url.href } });
  const { clone } = response;
  response.clone = () => Object.defineProperties(clone.call(response), { type: { value: "basic" }, url: { value: url.href } });
  return response;
};

beforeEach(() => {
  [listeners, caches, answers, asked, isOnline] = [{}, fakeCaches(), {}, [], true];
  const self = {
    kept: SETTINGS,
    location: { origin: ORIGIN },
    registration: {},
    addEventListener: (name, run) => {
      listeners[name] = run;
    },
  };
  class OurRequest {
    constructor(url) {
      this.url = absolute(url);
    }
  }
  class OurResponse extends Response {
    static redirect(url) {
      return new Response(null, { status: 302, headers: { Location: url } });
    }
  }
  const timers = { setTimeout: (run, ms) => (ms > 1000 ? 0 : setTimeout(run, ms)) };
  vm.runInNewContext(SOURCE, { self, caches, fetch: network, Request: OurRequest, Response: OurResponse, Headers, URL, URLSearchParams, ...timers });
});

// What the worker answers to a request; undefined where it leaves it to the browser.
const request = async (path, { mode = "navigate", method = "GET" } = {}) => {
  let answer;
  const waits = [];
  const event = {
    request: { url: ORIGIN + path, mode, method },
    respondWith: (promise) => {
      answer = promise;
    },
    waitUntil: (promise) => waits.push(promise),
  };
  listeners.fetch(event);
  const response = await answer;
  await Promise.all(waits);
  return response;
};
const tell = async (data) => {
  const waits = [];
  listeners.message({ data, ports: [], waitUntil: (promise) => waits.push(promise) });
  await Promise.all(waits);
};
const page = (words, event = "flood") =>
  `<html lang="en"><p data-offline hidden><time data-offline-time></time></p><div data-event="${event}" data-zone="UTC">${words}</div>`;
const names = () => [...caches.held.keys()].filter((name) => name.startsWith("responder-pages-"));

test("a page is shown as last seen without a network, and says so", async () => {
  answers["/map/"] = page("Marks");
  assert.equal(await (await request("/map/?event=flood")).text(), page("Marks"));
  isOnline = false;
  const html = await (await request("/map/?event=flood&sel=3&z=8")).text();
  assert.match(html, /<html data-stored="20..-.*Z" lang="en">/);
  assert.match(html, /<p data-offline><time data-offline-time datetime="[^"]+">\d\d:\d\d<\/time>/);
  assert.match(html, /Marks/);
});

test("a copy with other filters or of another event is not shown under this address", async () => {
  answers["/map/?event=flood&sev=1"] = page("Critical only");
  await request("/map/?event=flood&sev=1");
  isOnline = false;
  const answer = await request("/map/?event=flood");
  assert.equal(answer.status, 302);
  assert.equal(answer.headers.get("Location"), `${ORIGIN}/map/?event=flood&sev=1`);
  assert.equal((await request("/map/?event=storm")).type, "error"); // nothing is kept of it
});

test("a server that is away shows the copy, one that refuses does not", async () => {
  answers["/map/"] = page("Marks");
  await request("/map/?event=flood");
  answers["/map/"] = { status: 503, person: "" };
  assert.match(await (await request("/map/?event=flood")).text(), /Marks/);
  answers["/map/"] = { status: 403, body: "No" };
  assert.equal((await request("/map/?event=flood")).status, 403);
});

test("a copy older than a session is not shown", async () => {
  answers["/map/"] = page("Marks");
  await request("/map/?event=flood");
  const [entries] = [...caches.held.entries()].filter(([name]) => name === "responder-pages-7").map(([, one]) => one);
  const [[key, response]] = entries;
  response.headers.set("X-Responder-Stored", new Date(Date.now() - 13 * 3_600_000).toISOString());
  assert.ok(entries.has(key));
  isOnline = false;
  assert.equal((await request("/map/?event=flood")).type, "error");
});

test("pages of one person are gone as soon as another one is signed in", async () => {
  answers["/map/"] = page("Of seven");
  await request("/map/?event=flood");
  assert.deepEqual(names(), ["responder-pages-7"]);
  answers["/response/"] = { body: "x", person: "8" };
  await request("/response/");
  assert.deepEqual(names(), []);
  isOnline = false;
  assert.equal((await request("/map/?event=flood")).type, "error");
});

for (const [how, leave] of [
  ["signing out", () => request("/logout/", { method: "POST" })],
  ["being asked to sign in", () => request("/login/?next=/map/")],
]) {
  test(`${how} removes what is kept`, async () => {
    answers["/map/"] = page("Of seven");
    answers["/login/"] = { body: "Sign in", person: "" };
    await request("/map/?event=flood");
    await leave();
    assert.deepEqual(names(), []);
  });
}

test("signing out without a network removes what is kept too", async () => {
  answers["/map/"] = page("Of seven");
  await request("/map/?event=flood");
  isOnline = false;
  await request("/logout/", { method: "POST" });
  assert.deepEqual(names(), []);
});

test("the API, the administration, exports and decisions are left to the browser", async () => {
  for (const path of ["/api/v1/posts", "/admin/", "/export/posts.csv"]) assert.equal(await request(path), undefined);
  assert.equal(await request("/posts/3/reveal", { mode: "cors" }), undefined);
  assert.equal(await request("/triage/3/confirm", { method: "POST", mode: "cors" }), undefined);
});

test("pages that are not for work without a network are never kept", async () => {
  for (const path of ["/posts/3/reveal", "/profile/", "/exports/"]) {
    answers[path] = page("Secret");
    await request(path);
  }
  const kept = [...caches.held.values()].flatMap((entries) => [...entries.keys()]);
  assert.deepEqual(
    kept.filter((url) => !url.endsWith("/person") && !url.endsWith("/fetched")),
    [],
  );
});

test("pages, cards, the map's data and the event's part of the map are fetched ahead", async () => {
  answers["/map/"] = page("Map");
  answers["/triage/"] = page('<li data-item="3"></li><li data-item="4"></li><li data-item="5"></li>');
  for (const id of [3, 4, 5]) answers[`/triage/items/${id}`] = `Card ${id}`;
  answers["/map/data"] = '{"clusters": []}';
  answers["/static/vendor/world/index.json"] = JSON.stringify([
    { key: "here", boxes: [[30, -25, 40, -10]] },
    { key: "far", boxes: [[100, 10, 110, 20]] },
  ]);
  for (const folder of ["middle", "fine"]) for (const country of ["here", "far"]) answers[`/static/vendor/world/${folder}/${country}.json`] = "x".repeat(400);
  await tell({ type: "keep", name: "flood", pages: ["/map/?event=flood", "/triage/?event=flood", "/admin/"], filter: "event=flood", bbox: [33, -20, 35, -19] });
  isOnline = false;
  assert.match(await (await request("/triage/?event=flood")).text(), /data-item="3"/);
  assert.equal(await (await request("/triage/items/4", { mode: "cors" })).text(), "Card 4");
  await assert.rejects(request("/triage/items/5", { mode: "cors" })); // more than are kept
  const data = await request("/map/data?event=flood&bbox=33,-20,35,-19&z=8", { mode: "cors" });
  assert.ok(data.headers.get("X-Responder-Stored"));
  await assert.rejects(request("/map/data?event=flood&sev=1&bbox=33,-20,35,-19&z=8", { mode: "cors" })); // another filter
  const world = [...caches.held.get("responder-world-w1").keys()].map((url) => url.replace(/.*world/, ""));
  assert.deepEqual(world, ["/middle/here.json", "/fine/here.json"]);
  assert.ok(!asked.includes("/admin/") || !caches.held.get("responder-pages-7").has(`${ORIGIN}/admin/?`));
});

test("tiles of the base maps that the map names are kept for the event's area, the lower zooms first", async () => {
  const source = { kind: "file", url: "/basemaps/r1/{z}/{x}/{y}.mvt", bounds: [34.8, -19.9, 34.9, -19.8], min_zoom: 9, max_zoom: 10 };
  const far = { ...source, url: "/basemaps/r2/{z}/{x}/{y}.mvt", bounds: [10, 10, 11, 11] };
  const pictures = { ...source, kind: "address", url: "https://tiles.example/{z}/{x}/{y}.jpg" };
  answers["/map/"] = page(`Map <script id="basemaps" type="application/json">${JSON.stringify([source, far, pictures])}</script>`);
  answers["/map/data"] = "{}";
  answers["/static/vendor/world/index.json"] = "[]";
  for (const tile of ["9/305/284", "10/610/569", "10/611/569"]) answers[`/basemaps/r1/${tile}.mvt`] = `tile ${tile}`;
  await tell({ type: "keep", name: "flood", pages: ["/map/"], filter: "", bbox: [33, -20, 35, -19] });
  assert.deepEqual(
    asked.filter((path) => path.includes("basemaps")),
    ["/basemaps/r1/9/305/284.mvt", "/basemaps/r1/10/610/569.mvt", "/basemaps/r1/10/611/569.mvt"],
  );
  isOnline = false;
  assert.equal(await (await request("/basemaps/r1/10/610/569.mvt", { mode: "cors" })).text(), "tile 10/610/569");
});

test("the map takes no more than its bound", async () => {
  answers["/map/"] = page("Map");
  answers["/map/data"] = "{}";
  const countries = ["a", "b", "c", "d"];
  answers["/static/vendor/world/index.json"] = JSON.stringify(countries.map((key) => ({ key, boxes: [[0, 0, 10, 10]] })));
  for (const folder of ["middle", "fine"]) for (const country of countries) answers[`/static/vendor/world/${folder}/${country}.json`] = "x".repeat(400);
  await tell({ type: "keep", name: "flood", pages: ["/map/"], filter: "", bbox: [1, 1, 2, 2] });
  assert.ok(caches.held.get("responder-world-w1").size <= 3);
});

test("the same event is not fetched ahead again within ten minutes", async () => {
  answers["/map/"] = page("Map");
  answers["/map/data"] = "{}";
  const message = { type: "keep", name: "flood", pages: ["/map/"], filter: "", bbox: null };
  await tell(message);
  const before = asked.length;
  await tell(message);
  assert.equal(asked.length, before);
});

test("switched off, nothing is kept", async () => {
  answers["/map/"] = page("Map");
  await request("/map/?event=flood");
  await tell({ type: "switch", on: false });
  await request("/map/?event=flood");
  await tell({ type: "keep", name: "flood", pages: ["/map/"], filter: "", bbox: null });
  assert.deepEqual(names(), []);
  await tell({ type: "switch", on: true });
  await request("/map/?event=flood");
  assert.deepEqual(names(), ["responder-pages-7"]);
});

test("a new version fetches its files and removes those of the old one", async () => {
  answers["/static/js/map.js"] = "script";
  answers["/offline/away"] = "No network";
  await (await caches.open("responder-assets-v0")).put("/static/js/map.js", new Response("old"));
  const waits = [];
  listeners.install({ waitUntil: (promise) => waits.push(promise) });
  await Promise.all(waits);
  listeners.activate({ waitUntil: (promise) => waits.push(promise) });
  await Promise.all(waits);
  assert.deepEqual(await caches.keys(), ["responder-assets-v1"]);
  isOnline = false;
  assert.equal(await (await request("/static/js/map.js", { mode: "cors" })).text(), "script");
  assert.equal(await (await request("/feed/")).text(), "No network");
});

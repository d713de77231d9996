// The few parts of a browser that the units need: storage, a document with a CSRF token, an address, events of the window.

export const storage = () => {
  const held = new Map();
  return {
    getItem: (key) => held.get(key) ?? null,
    setItem: (key, value) => held.set(key, String(value)),
    removeItem: (key) => held.delete(key),
  };
};

// Makes a new window as the global object that scripts expect; returns what tests look at.
export const open = ({ search = "", pathname = "/map/" } = {}) => {
  const events = new EventTarget();
  const seen = { events, pushed: [], replaced: [] };
  const define = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  define("localStorage", storage());
  define("sessionStorage", storage());
  define("navigator", { onLine: true });
  define("BroadcastChannel", undefined); // tests open one page at a time
  define("location", { search, pathname, origin: "https://responder.example" });
  const move = (kind) => (_state, _title, url) => {
    seen[kind].push(url);
    globalThis.location.search = url.slice(url.indexOf("?"));
  };
  define("history", { pushState: move("pushed"), replaceState: move("replaced") });
  define("document", { body: { dataset: {} }, querySelector: () => null });
  for (const name of ["addEventListener", "removeEventListener", "dispatchEvent"]) define(name, events[name].bind(events));
  return seen;
};

// A fetch that holds each request until the test answers it.
export const server = () => {
  const requests = [];
  globalThis.fetch = (url, options) =>
    new Promise((resolve, reject) => {
      requests.push({
        url,
        key: options.headers["Idempotency-Key"],
        person: options.headers["X-Responder-Person"],
        fields: Object.fromEntries(options.body),
        answer: (body, status = 200) => resolve(new Response(JSON.stringify(body), { status })),
        fail: () => reject(new TypeError("Failed to fetch")),
      });
    });
  return requests;
};

// Lets promises that are ready go on.
export const settle = () => new Promise((resolve) => setImmediate(resolve));

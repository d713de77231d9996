// Where work that waits for the server lies on this device: in IndexedDB, written through to the disk, so that it outlives a
// browser that is killed. A browser without IndexedDB keeps it in localStorage, which may lose the last seconds then.

const DATABASE = "responder";
const STORE = "outbox";
const FORMER = "responder.outbox"; // in localStorage, before version 1 of the database

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

class DatabaseStore {
  constructor(database) {
    this.database = database;
  }

  // Everybody's entries, in the order in which they were added.
  all() {
    return done(this.database.transaction(STORE).objectStore(STORE).getAll());
  }

  // Adds or replaces an entry; resolves once it is on the disk. An added one gets its `order`.
  async put(entry) {
    const transaction = this.database.transaction(STORE, "readwrite", { durability: "strict" });
    const written = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    const order = done(transaction.objectStore(STORE).put(entry));
    order.catch(() => {}); // `written` fails with it
    await written;
    entry.order = await order;
  }

  async remove(entry) {
    const transaction = this.database.transaction(STORE, "readwrite", { durability: "strict" });
    await done(transaction.objectStore(STORE).delete(entry.order));
  }
}

class TextStore {
  all() {
    return JSON.parse(localStorage.getItem(FORMER) || "[]");
  }

  put(entry) {
    const all = this.all();
    entry.order ??= Math.max(0, ...all.map(({ order }) => order)) + 1;
    this.write([...all.filter(({ order }) => order !== entry.order), entry]);
  }

  remove(entry) {
    this.write(this.all().filter(({ order }) => order !== entry.order));
  }

  write(entries) {
    entries.sort((a, b) => a.order - b.order);
    localStorage.setItem(FORMER, JSON.stringify(entries));
  }
}

const open = () => {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "order", autoIncrement: true });
  return done(request);
};

// What an earlier version of these scripts kept for this person, in localStorage.
const adopt = async (store, person) => {
  const name = `${FORMER}.${person}`;
  for (const { key, url, fields } of JSON.parse(localStorage.getItem(name) || "[]")) {
    await store.put({ key, person, url, fields, about: "", at: Date.now() });
  }
  localStorage.removeItem(name);
};

export const openStore = async (person) => {
  /** @type {any} */
  let store = new TextStore();
  try {
    store = new DatabaseStore(await open());
  } catch {
    /* not in this browser, or not in its private mode */
  }
  await adopt(store, person);
  return store;
};

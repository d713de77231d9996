// @ts-nocheck: the types of a page, which the others are checked with, are not those of a worker.
// The service worker keeps pages, cards and the event's part of the base map for use without a network. Settings: `self.kept`,
// see responder/web/offline.py. What is kept belongs to one person, is removed when they sign out or somebody else signs in, is
// shown only where the server doesn't answer, and then says from when it is.

(() => {
  const kept = self.kept;
  const ASSETS = `responder-assets-${kept.version}`;
  const WORLD = `responder-world-${kept.world.version}`;
  const PAGES = "responder-pages-";
  const META = "responder-meta";
  const PERSON = "X-Responder-Person";
  const STORED = "X-Responder-Stored"; // when, as an ISO time
  const SIZE = "X-Responder-Size"; // bytes
  const PATIENCE_MS = 12_000; // for a page of which there is a copy
  const AGAIN_MS = 600_000; // until the same event's pages are fetched anew
  const OF_ONE_PAGE = 4; // events or filters
  const MOST_CARDS = 120;
  const AWAY = [502, 503, 504];
  const PASSING = ["sel", "bbox", "z", "cursor"]; // don't change which posts a page shows
  const FINER = ["middle", "fine"]; // of the base map, see basemap.js
  const MARGIN = 1; // degrees around the event
  const DATA_ZOOM = "9";
  const TILES_FROM = 8; // the map draws streets from zoom 9 on, out of tiles of the zoom before
  const MOST_TILES = 3000; // of one base map

  // --- who it is for
  const meta = async (name, value) => {
    const cache = await caches.open(META);
    if (value === undefined) return (await cache.match(`/${name}`))?.json();
    await cache.put(`/${name}`, new Response(JSON.stringify(value)));
    return value;
  };
  const pagesOf = (person) => caches.open(`${PAGES}${person}`);

  // From here on, pages are kept for this person, and those of everybody else are gone; "" for nobody.
  const setPerson = async (person) => {
    const names = (await caches.keys()).filter((name) => name.startsWith(PAGES) && name !== `${PAGES}${person}`);
    await Promise.all(names.map((name) => caches.delete(name)));
    if (names.length || (await meta("person")) !== person) {
      await meta("person", person);
      await meta("fetched", {});
    }
  };

  // --- pages
  const isPage = (path) => Object.values(kept.pages).includes(path);
  const key = (url, event = "") => {
    const params = new URLSearchParams(url.search);
    for (const name of PASSING) params.delete(name);
    if (event && !params.get("event")) params.set("event", event);
    params.sort();
    return `${url.pathname}?${params}`;
  };
  const isFresh = (response) => Date.now() - Date.parse(response.headers.get(STORED)) < kept.hours * 3_600_000;

  const put = async (cache, name, response) => {
    const body = await response.arrayBuffer();
    const headers = new Headers(response.headers);
    for (const gone of ["Content-Encoding", "Content-Length", "Set-Cookie"]) headers.delete(gone);
    headers.set(STORED, new Date().toISOString());
    headers.set(SIZE, String(body.byteLength));
    await cache.put(name, new Response(body, { status: 200, headers }));
    return body.byteLength;
  };

  // Removes the oldest of those that `belongs` names, until `most` are left.
  const bound = async (cache, belongs, most) => {
    const found = [];
    for (const request of await cache.keys()) {
      if (belongs(new URL(request.url))) found.push([(await cache.match(request)).headers.get(STORED), request]);
    }
    found.sort(([a], [b]) => (a < b ? 1 : -1));
    await Promise.all(found.slice(most).map(([, request]) => cache.delete(request)));
  };

  const isWhole = (response, person) => response.status === 200 && !response.redirected && person && response.headers.get(PERSON) === person;

  // What a page that just arrived tells: who is signed in, and what the page looks like now.
  const seen = async (url, response) => {
    if (url.pathname === kept.login && response.status === 200) return setPerson("");
    const person = response.headers.get(PERSON);
    if (!person) return;
    await setPerson(person);
    if (url.searchParams.has("kiosk") || (await meta("off"))) return;
    if (isPage(url.pathname) && isWhole(response, person)) await keepPage(person, url, response);
  };

  const keepPage = async (person, url, response) => {
    const html = await response.clone().text();
    const event = /data-event="([^"]*)"/.exec(html)?.[1] ?? "";
    if ((await meta("person")) !== person) return html; // signed out meanwhile
    const cache = await pagesOf(person);
    await put(cache, key(url, event), response);
    await bound(cache, (one) => one.pathname === url.pathname, OF_ONE_PAGE);
    return html;
  };

  // The kept page says from when it is: what is unknown since then must not look like calm.
  const marked = async (response) => {
    const at = response.headers.get(STORED);
    const html = await response.text();
    const zone = /data-zone="([^"]+)"/.exec(html)?.[1];
    const language = /<html lang="([^"]+)"/.exec(html)?.[1];
    const isToday = new Date(at).toDateString() === new Date().toDateString();
    const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...(isToday ? {} : { day: "numeric", month: "short" }) };
    let time = at;
    try {
      time = new Intl.DateTimeFormat(language, { ...form, ...(zone ? { timeZone: zone } : {}) }).format(new Date(at));
    } catch {
      /* a zone that this browser doesn't know: the ISO time says it too */
    }
    const told = html
      .replace("<html ", `<html data-stored="${at}" `)
      .replace(" data-offline hidden", " data-offline")
      .replace("<time data-offline-time></time>", `<time data-offline-time datetime="${at}">${time}</time>`);
    const headers = new Headers(response.headers);
    headers.delete("Content-Length");
    return new Response(told, { status: 200, headers });
  };

  // The copy of a page; another copy of it under its own address where this one was not seen; null for none.
  const copyOf = async (url) => {
    const person = await meta("person");
    if (!person || !isPage(url.pathname)) return null;
    const cache = await pagesOf(person);
    const exact = await cache.match(key(url));
    if (exact && isFresh(exact)) return marked(exact);
    const event = url.searchParams.get("event");
    let best = null;
    for (const request of await cache.keys()) {
      const one = new URL(request.url);
      if (one.pathname !== url.pathname || (event && one.searchParams.get("event") !== event)) continue;
      const response = await cache.match(request);
      const at = response.headers.get(STORED);
      if (isFresh(response) && (!best || at > best.at)) best = { at, url: one };
    }
    return best && `${best.url}` !== `${url}` ? Response.redirect(`${best.url}`, 302) : null;
  };
  const away = async () => (await (await caches.open(ASSETS)).match(kept.away)) ?? Response.error();
  const after = (ms) =>
    new Promise((resolve) => {
      setTimeout(resolve, ms);
    });

  const navigate = async (event, url) => {
    const asked = fetch(event.request);
    const late = after(PATIENCE_MS).then(() => copyOf(url));
    const answer = await Promise.race([asked.catch(() => null), late.then((copy) => copy ?? asked.catch(() => null))]);
    if (!answer) return (await copyOf(url)) ?? away();
    if (AWAY.includes(answer.status)) return (await copyOf(url)) ?? answer;
    if (!answer.headers.has(STORED) && answer.type === "basic") event.waitUntil(seen(url, answer.clone()));
    return answer;
  };

  // Without the server, nobody is signed out there; what is kept here goes all the same.
  const signOut = async (event) => {
    event.waitUntil(setPerson(""));
    return fetch(event.request).catch(away);
  };

  // --- files that are the same for everybody
  const isFixed = (path) => path.startsWith(kept.fixed) || path.startsWith(kept.texts) || path.endsWith(".mvt");
  const fixed = async (request) => {
    const url = new URL(request.url);
    try {
      const response = await fetch(request);
      if (AWAY.includes(response.status)) throw new Error(String(response.status));
      if (response.ok && url.pathname.startsWith(kept.texts)) (await caches.open(ASSETS)).put(request, response.clone());
      return response;
    } catch (error) {
      const found = await caches.match(request, { ignoreSearch: !url.pathname.startsWith(kept.texts), ignoreVary: true });
      if (found) return found;
      throw error;
    }
  };

  // --- parts of pages: the cards of posts, and the map's data
  const cards = Object.values(kept.cards).map(({ url }) => url.replace(/0$/, ""));
  const isCard = (path) => cards.some((start) => path.startsWith(start) && /^\d+$/.test(path.slice(start.length)));
  const part = async (event, url) => {
    const person = await meta("person");
    const name = isCard(url.pathname) ? url.pathname : key(url);
    try {
      const response = await fetch(event.request);
      if (AWAY.includes(response.status)) throw new Error(String(response.status));
      if (isCard(url.pathname) && isWhole(response, person) && !(await meta("off"))) event.waitUntil(keepCard(person, name, response.clone()));
      return response;
    } catch (error) {
      const found = person && (await (await pagesOf(person)).match(name));
      if (found && isFresh(found)) return found;
      throw error;
    }
  };
  const keepCard = async (person, name, response) => {
    if ((await meta("person")) !== person) return; // signed out meanwhile
    const cache = await pagesOf(person);
    await put(cache, name, response);
    await bound(cache, (one) => isCard(one.pathname), MOST_CARDS);
  };

  // --- fetching ahead, while there is a network
  const ask = async (url) => {
    const response = await fetch(url, { credentials: "same-origin", headers: { Accept: url.pathname === kept.data ? "application/json" : "text/html" } });
    return response.type === "basic" ? response : null;
  };
  const keepCards = async (person, list, html) => {
    const { url, count } = kept.cards[list];
    const cache = await pagesOf(person);
    const ids = [...new Set([...html.matchAll(/data-item="(\d+)"/g)].map(([, id]) => id))].slice(0, count);
    for (const id of ids) {
      const name = url.replace(/0$/, id);
      const there = await cache.match(name);
      if (there && Date.now() - Date.parse(there.headers.get(STORED)) < AGAIN_MS) continue;
      const response = await ask(new URL(name, self.location.origin));
      if (response && isWhole(response, person)) await keepCard(person, name, response);
    }
  };
  // The texts of the scripts, in the language of the page.
  const keepTexts = async (html) => {
    const [, name] = html.split(`src="${kept.texts}`);
    if (!name) return;
    const cache = await caches.open(ASSETS);
    const address = kept.texts + name.slice(0, name.indexOf('"'));
    if (!(await cache.match(address))) await cache.add(address);
  };
  // All posts that have a place, whatever part of the map is looked at later: no part looks empty that is not.
  const keepData = async (person, filter) => {
    const url = new URL(`${kept.data}?${filter}`, self.location.origin);
    const name = key(url);
    url.searchParams.set("bbox", "-180,-90,180,90");
    url.searchParams.set("z", DATA_ZOOM);
    const response = await ask(url);
    if (response && isWhole(response, person) && (await meta("person")) === person) await put(await pagesOf(person), name, response);
  };

  const touches = ([west, south, east, north], [w, s, e, n]) => w < east + MARGIN && e > west - MARGIN && s < north + MARGIN && n > south - MARGIN;
  // The tiles of the base maps that a page names, for an area: lower zooms first, as far as MOST_TILES goes.
  const columnOf = (longitude, zoom) => Math.floor(((longitude + 180) / 360) * 2 ** zoom);
  const rowOf = (latitude, zoom) => Math.floor(((1 - Math.asinh(Math.tan((latitude * Math.PI) / 180)) / Math.PI) / 2) * 2 ** zoom);
  const tilesOf = ({ url, bounds, min_zoom, max_zoom }, bbox) => {
    const [west, south] = [0, 1].map((side) => Math.max(bounds[side], bbox[side]));
    const [east, north] = [2, 3].map((side) => Math.min(bounds[side], bbox[side]));
    const found = [];
    if (west >= east || south >= north) return found;
    for (let zoom = Math.max(min_zoom, TILES_FROM); zoom <= max_zoom; zoom += 1) {
      for (let x = columnOf(west, zoom); x <= columnOf(east, zoom); x += 1) {
        for (let y = rowOf(north, zoom); y <= rowOf(south, zoom); y += 1) {
          found.push(url.replace("{z}", String(zoom)).replace("{x}", String(x)).replace("{y}", String(y)));
          if (found.length >= MOST_TILES) return found;
        }
      }
    }
    return found;
  };
  const baseMapsIn = (html) => {
    const [, json] = html.split('<script id="basemaps" type="application/json">');
    return json ? JSON.parse(json.slice(0, json.indexOf("</script>"))).filter(({ kind }) => kind === "file") : [];
  };

  // Addresses of the base map's parts for an area; the bound on bytes is for all together.
  const mapParts = async (bbox, html) => {
    const index = await (await fetch(`${kept.world.url}index.json`)).json();
    const countries = index.filter(({ boxes }) => boxes.some((box) => touches(bbox, box)));
    const outlines = FINER.flatMap((folder) => countries.map((country) => `${kept.world.url}${folder}/${country.key}.json`));
    return [...outlines, ...baseMapsIn(html).flatMap((source) => tilesOf(source, bbox))];
  };
  const keepMap = async (bbox, html) => {
    const cache = await caches.open(WORLD);
    let bytes = 0;
    for (const request of await cache.keys()) bytes += Number((await cache.match(request)).headers.get(SIZE));
    for (const name of await mapParts(bbox, html)) {
      if (bytes >= kept.map_bytes) return;
      if (await cache.match(name)) continue;
      const response = await fetch(name);
      if (!response.ok || bytes + Number(response.headers.get("Content-Length")) > kept.map_bytes) continue;
      bytes += await put(cache, name, response);
    }
  };

  // `pages`: addresses; `filter`: of the map's posts; `bbox`: the event's area, or null.
  const fetchAhead = async ({ name, pages, filter, bbox }) => {
    if (await meta("off")) return;
    const before = await meta("fetched");
    if (before?.[name] && Date.now() - before[name] < AGAIN_MS) return;
    await meta("fetched", { ...before, [name]: Date.now() }); // at once: another tab may ask for the same
    let mapPage = "";
    for (const address of pages) {
      const url = new URL(address, self.location.origin);
      const response = await ask(url);
      if (!response) continue;
      if (new URL(response.url).pathname === kept.login) return;
      const person = response.headers.get(PERSON);
      if (!isPage(url.pathname) || !isWhole(response, person)) continue; // also pages that this person may not open
      if ((await meta("person")) !== person) await setPerson(person);
      const html = await keepPage(person, url, response);
      if (url.pathname === kept.pages.map) mapPage = html;
      await keepTexts(html);
      if (url.pathname in kept.cards) await keepCards(person, url.pathname, html);
    }
    const person = await meta("person");
    if (!person) return;
    await meta("fetched", { ...(await meta("fetched")), [name]: Date.now() }); // a new person began with none
    await keepData(person, filter);
    if (bbox) await keepMap(bbox, mapPage);
  };

  const forget = async () => {
    const person = await meta("person");
    for (const name of await caches.keys()) if (name.startsWith(PAGES) || name.startsWith("responder-world-")) await caches.delete(name);
    await meta("fetched", {});
    return person;
  };

  const messages = {
    keep: fetchAhead,
    forget,
    switch: async ({ on }) => {
      await meta("off", !on);
      if (!on) await forget();
    },
  };

  // --- events
  self.addEventListener("install", (event) => {
    const fresh = [...kept.assets, kept.away].map((url) => new Request(url, { cache: "no-cache" }));
    event.waitUntil(caches.open(ASSETS).then((cache) => cache.addAll(fresh)));
  });
  self.addEventListener("activate", (event) => {
    const old = (name) => /^responder-(assets|world)-/.test(name) && name !== ASSETS && name !== WORLD;
    event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))));
  });
  self.addEventListener("message", (event) => {
    const work = messages[event.data?.type];
    if (!work) return;
    const done = work(event.data).then(
      () => event.ports[0]?.postMessage("done"),
      () => event.ports[0]?.postMessage("failed"), // without a network: the next page asks again
    );
    event.waitUntil(done);
  });
  self.addEventListener("fetch", (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (url.origin !== self.location.origin) return;
    if (request.method === "POST" && url.pathname === kept.logout && request.mode === "navigate") event.respondWith(signOut(event));
    if (request.method !== "GET") return;
    if (request.mode === "navigate") {
      if (!kept.passed.some((start) => url.pathname.startsWith(start))) event.respondWith(navigate(event, url));
    } else if (isFixed(url.pathname)) event.respondWith(fixed(request));
    else if (isCard(url.pathname) || url.pathname === kept.data) event.respondWith(part(event, url));
  });
})();

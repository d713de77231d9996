// The filter lives in the URL: one place that reads and writes it.

const DEFAULT_GROUPS = ["needs", "people", "damage", "response", "information", "unmeasured"];
// The event that the page shows, where the address does not name it.
const shown = () => document.querySelector("[data-live]")?.dataset.event;

export const params = () => {
  const current = new URLSearchParams(location.search);
  if (!current.get("event") && shown()) current.set("event", shown());
  return current;
};

// What decides which posts are meant: everything but where the map stands and what is open.
export const filter = () => {
  const current = params();
  for (const key of ["bbox", "z", "sel", "cursor", "kiosk", "view"]) current.delete(key);
  return current;
};

// `push`: the browser's Back leads to the address before; `state`: what the new entry remembers.
export const write = (changes, { push = false, state = null } = {}) => {
  const current = params();
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === "") current.delete(key);
    else current.set(key, value);
  }
  history[push ? "pushState" : "replaceState"](push ? state : history.state, "", `${location.pathname}?${current}`);
  dispatchEvent(new Event("filterchange"));
};

export const groupsValue = (groups) => {
  const same = groups.length === DEFAULT_GROUPS.length && DEFAULT_GROUPS.every((group) => groups.includes(group));
  return same ? null : groups.join(",");
};

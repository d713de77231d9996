// The filter lives in the URL: one place that reads and writes it.

const DEFAULT_GROUPS = ["needs", "people", "damage", "response", "information"];
const room = () => document.querySelector("[data-room]");

export const params = () => {
  const current = new URLSearchParams(location.search);
  if (!current.get("event") && room().dataset.event) current.set("event", room().dataset.event);
  return current;
};

// What decides which posts are meant: everything but where the map stands and what is open.
export const filter = () => {
  const current = params();
  for (const key of ["bbox", "z", "sel", "cursor"]) current.delete(key);
  return current;
};

export const write = (changes, { push = false } = {}) => {
  const current = params();
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === "") current.delete(key);
    else current.set(key, value);
  }
  history[push ? "pushState" : "replaceState"](null, "", `${location.pathname}?${current}`);
};

export const groupsValue = (groups) => {
  const same = groups.length === DEFAULT_GROUPS.length && DEFAULT_GROUPS.every((group) => groups.includes(group));
  return same ? null : groups.join(",");
};

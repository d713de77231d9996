// Time ranges as the URL says them: `6h`, `now-90m`, `now-6h..now-1h`, two moments; `event` for all of it.

const UNITS = { m: 60e3, h: 3600e3, d: 86400e3 };

const edge = (text, now) => {
  if (text === "now") return now;
  const [, number, unit] = /^(?:now-)?(\d+)([mhd])$/.exec(text) ?? [];
  return number ? now - Number(number) * UNITS[unit] : Date.parse(text.toUpperCase());
};

// [from, until] in milliseconds; infinite for no limit, and where the text is no range.
export const bounds = (range, now) => {
  const [start, end = "now"] = (range || "event").split("..");
  const from = start === "event" ? NaN : edge(start, now);
  const until = range?.includes("..") ? edge(end, now) : NaN;
  return [Number.isNaN(from) ? -Infinity : from, Number.isNaN(until) ? Infinity : until];
};

// "4 min ago" that stays true: every <time data-ago> is rewritten each half minute, and when the list changes.

const EVERY_MS = 30000;
const MINUTE = 60000;

export const ago = (milliseconds) => {
  const minutes = Math.max(0, Math.floor(milliseconds / MINUTE));
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 600) return `${Math.floor(minutes / 60)} h ${minutes % 60 ? `${minutes % 60} min` : ""}`.trim();
  if (minutes < 2880) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1440)} d`;
};

export const keepTimes = (root, zone) => {
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });
  const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: zone });
  const utc = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
  const write = () => {
    for (const element of root.querySelectorAll("time[data-ago]")) {
      const moment = Date.parse(element.dateTime);
      const words = ago(Date.now() - moment);
      const text = element.dataset.ago === "clock" ? `${clock.format(moment)} · ${words === "now" ? words : `${words} ago`}` : words;
      if (element.textContent !== text) element.textContent = text;
      element.title = `${exact.format(moment)} (${utc.format(moment)} UTC)`;
    }
  };
  new MutationObserver(write).observe(root, { childList: true, subtree: true });
  setInterval(write, EVERY_MS);
  write();
};

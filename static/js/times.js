// "4 min ago" that stays true: every <time data-ago> is rewritten each half minute, and when the list changes.

import { _, interpolate, locale } from "./texts.js";

const EVERY_MS = 30000;
const MINUTE = 60000;

// "under 1 min", "4 min", "2 h 5 min", "30 h", "3 d"
export const duration = (milliseconds) => {
  const minutes = Math.floor(milliseconds / MINUTE);
  if (minutes < 1) return _("under 1 min");
  if (minutes < 60) return interpolate(_("%(minutes)s min"), { minutes });
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (minutes < 600 && rest) return interpolate(_("%(hours)s h %(minutes)s min"), { hours, minutes: rest });
  if (minutes < 2880) return interpolate(_("%(hours)s h"), { hours: Math.round(minutes / 60) });
  return interpolate(_("%(days)s d"), { days: Math.round(minutes / 1440) });
};

export const ago = (milliseconds) => (milliseconds < MINUTE ? _("now") : interpolate(_("%(duration)s ago"), { duration: duration(milliseconds) }));

export const keepTimes = (root, zone) => {
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: zone });
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", timeZone: zone });
  const utc = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
  const write = () => {
    for (const element of root.querySelectorAll("time[data-ago]")) {
      const moment = Date.parse(element.dateTime);
      const since = Date.now() - moment;
      const short = since < MINUTE ? _("now") : duration(since);
      const forms = { clock: () => `${clock.format(moment)} · ${ago(since)}`, phrase: () => ago(since) }; // "… ago" where words stand around it
      const text = forms[element.dataset.ago]?.() ?? short;
      if (element.textContent !== text) element.textContent = text;
      element.title = interpolate(_("%(time)s (%(utc)s UTC)"), { time: exact.format(moment), utc: utc.format(moment) });
    }
  };
  new MutationObserver(write).observe(root, { childList: true, subtree: true });
  setInterval(write, EVERY_MS);
  write();
};

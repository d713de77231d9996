// What waits on this device, in words, and the questions about what somebody else decided first.

import { showConflict, told } from "./conflict.js";
import { button } from "./dom.js";
import { _, interpolate, locale, ngettext } from "./texts.js";

const VERBS = {
  confirm: _("Confirm"),
  category: _("Change the category"),
  dismiss: _("Mark as not relevant"),
  severity: _("Set the severity"),
  place: _("Set the place"),
  snooze: _("Snooze"),
  undo: _("Undo"),
};
const verbOf = ({ url }) => /(\w+)$/.exec(url)?.[1] ?? "";
export const isReport = ({ url }) => url.includes("/field-reports/");

export const nameOf = (entry) => {
  const name = isReport(entry) ? _("Report") : (VERBS[verbOf(entry)] ?? _("Decision"));
  return entry.about ? interpolate(_("%(name)s: %(about)s"), { name, about: entry.about }) : name;
};

export const timeOf = ({ at }) => new Date(at).toLocaleString(locale, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

// "3 decisions and 1 report"
export const counted = (entries) => {
  const reports = entries.filter(isReport).length;
  const decisions = entries.length - reports;
  const parts = [
    decisions && interpolate(ngettext("%(number)s decision", "%(number)s decisions", decisions), { number: decisions }),
    reports && interpolate(ngettext("%(number)s report", "%(number)s reports", reports), { number: reports }),
  ].filter(Boolean);
  return parts.length < 2 ? parts.join("") : interpolate(_("%(decisions)s and %(reports)s"), { decisions: parts[0], reports: parts[1] });
};

// How long ago the other one was first grows while the question stands.
const aged = ({ problem, refusedAt }) => (problem.ago_s == null ? problem : { ...problem, ago_s: problem.ago_s + (Date.now() - refusedAt) / 1000 });
const reasonOf = (entry) => (entry.state === "asks" ? told(aged(entry)) : entry.reason);

// An element that asks what becomes of an entry that the server did not take.
export const question = (outbox, entry) => {
  const holder = document.createElement("div");
  holder.className = "asked";
  holder.dataset.asked = entry.state;
  const name = document.createElement("p");
  name.textContent = interpolate(_("A saved decision was not applied: %(reason)s"), { reason: reasonOf(entry) });
  if (isReport(entry)) name.textContent = interpolate(_("A saved report was not accepted: %(reason)s"), { reason: reasonOf(entry) });
  const what = document.createElement("p");
  what.className = "asked-what";
  what.textContent = nameOf(entry);
  const choices = document.createElement("div");
  if (entry.state === "asks") {
    showConflict(choices, aged(entry), { keep: () => outbox.discard(entry), mine: () => outbox.useMine(entry) });
    choices.querySelector("p").remove(); // said above, with what it was about
  } else {
    choices.append(
      button(_("Send again"), () => outbox.sendAgain(entry)),
      button(_("Discard"), () => outbox.discard(entry)),
    );
  }
  const [, post] = /\/(\d+)\/\w+$/.exec(entry.url) ?? [];
  if (post) {
    const link = document.createElement("a");
    link.href = `/triage/?sel=${post}`;
    link.textContent = _("Open the post");
    choices.append(link);
  }
  holder.append(name, what, choices);
  return holder;
};

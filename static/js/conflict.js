// Two people, one post: say who did what, and let this person choose. Neither choice is made for them.

import { button } from "./dom.js";
import { _, interpolate } from "./texts.js";
import { ago } from "./times.js";

const moment = (seconds) => {
  if (seconds < 5) return _("just now");
  return seconds < 60 ? interpolate(_("%(seconds)s s ago"), { seconds }) : ago(seconds * 1000);
};

export const told = (problem) => {
  const person = problem.by || _("Someone");
  if (!problem.what || problem.ago_s == null) return interpolate(_("%(person)s changed this post."), { person });
  const when = moment(problem.ago_s);
  return interpolate(_("%(person)s changed this post %(when)s: %(change)s."), { person, when, change: problem.what });
};

export const showConflict = (target, problem, { keep, mine, more = "" }) => {
  const text = document.createElement("p");
  text.textContent = more ? `${told(problem)} ${more}` : told(problem);
  const choices = document.createElement("div");
  choices.append(button(_("Keep theirs"), keep), button(_("Use mine"), mine));
  target.replaceChildren(text, choices);
  target.hidden = false;
};

// What went wrong, in the place for it.
export const showProblem = (target, text) => {
  if (!target) return;
  target.hidden = false;
  target.textContent = text;
};

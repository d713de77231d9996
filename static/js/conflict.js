// Two people, one post: say who did what, and let this person choose. Neither choice is made for them.

import { button } from "./dom.js";
import { ago } from "./times.js";

export const told = (problem) => {
  const what = problem.what ? problem.what.charAt(0).toLowerCase() + problem.what.slice(1) : "changed this post";
  const when = problem.ago_s >= 60 ? `${ago(problem.ago_s * 1000)} ago` : `${problem.ago_s ?? "a few"} s ago`;
  return `${problem.by || "Somebody"} ${what} ${when}.`;
};

export const showConflict = (target, problem, { keep, mine, more = "" }) => {
  const text = document.createElement("p");
  text.textContent = more ? `${told(problem)} ${more}` : told(problem);
  const choices = document.createElement("div");
  choices.append(button("Keep theirs", keep), button("Use mine", mine));
  target.replaceChildren(text, choices);
  target.hidden = false;
};

// "Why?" of an opened post: its words as soon as it is asked for, then the labelled posts that are alike.

import { button } from "./dom.js";
import { getHtml } from "./http.js";

const load = async (holder, announce) => {
  const url = holder.dataset.whyLoad;
  holder.querySelector(":scope > button")?.remove();
  delete holder.dataset.whyLoad;
  holder.setAttribute("aria-busy", "true");
  try {
    holder.innerHTML = await getHtml(url);
  } catch (error) {
    holder.dataset.whyLoad = url; // closing and opening asks again
    holder.firstElementChild.textContent = error.message;
    announce(error.message);
    offerRetry(holder, announce);
    return;
  } finally {
    holder.removeAttribute("aria-busy");
  }
  const rest = holder.querySelector("[data-why-load]");
  if (rest) await load(rest, announce);
};

const offerRetry = (holder, announce) => {
  const retry = () => {
    holder.tabIndex = -1; // the button goes, and the keyboard stays here
    holder.focus();
    load(holder, announce);
  };
  holder.append(button(holder.dataset.whyRetry, retry));
};

// Loads a disclosure that was opened, for the first time.
export const loadReason = (why, announce) => {
  const holder = why.querySelector("[data-why-load]");
  if (holder) load(holder, announce);
};

// Loads each disclosure of `list` when it is opened for the first time.
export const loadReasons = (list, announce) => {
  const opened = ({ target }) => {
    if (target.matches("[data-why][open]")) loadReason(target, announce);
  };
  list.addEventListener("toggle", opened, true); // toggle does not bubble
};

export const toggleWhy = (item) => {
  const why = item?.querySelector("[data-why]");
  if (!why) return;
  why.open = !why.open;
  why.querySelector("summary").focus();
};

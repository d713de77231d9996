// Messages above the map that stay until their cause is gone; one per cause.

import { _ } from "./texts.js";

/**
 * @param {string} id
 * @param {string} text
 * @param {{ label?: string, run?: () => void }} action a button, where `run` is given
 */
export const banner = (id, text, { label = _("Try again"), run } = {}) => {
  const holder = document.querySelector("[data-banners]");
  const there = holder.querySelector(`[data-banner="${id}"]`);
  if (!text) {
    there?.remove();
    return;
  }
  if (there?.dataset.text === text) return;
  there?.remove();
  const element = document.createElement("p");
  element.className = "notice";
  element.dataset.banner = id;
  element.dataset.text = text;
  element.setAttribute("role", "status");
  const words = document.createElement("span");
  words.textContent = text;
  element.append(words);
  if (run) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = label;
    button.addEventListener("click", run);
    element.append(button);
  }
  holder.append(element);
};

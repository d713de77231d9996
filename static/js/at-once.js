// One step on the open post: open an incident with it, or take its incident. The undo bar takes either back.

import { post } from "./http.js";

// Sends a card's form `[data-at-once]`. Returns whether the server did it; `id` is the post's.
export const atOnce = async (form, { id, undo, announce }) => {
  const card = form.closest("[data-card]");
  const refused = card.querySelector("[data-conflict]");
  refused.hidden = true;
  try {
    const answer = await post(form.action, {});
    undo.push({ id, ...answer.undo }, answer.message);
    announce(answer.message);
    return true;
  } catch (error) {
    refused.textContent = error.message;
    refused.hidden = false;
    announce(error.message);
    return false;
  }
};

// Takes back what `atOnce` did: its entries alone name an entry of an incident's timeline.
export const takeBackAtOnce = ({ url, version, entry }) => post(url, { version, entry });

// Requests to our own server, with the CSRF token, and errors that say what to do.

import { _, interpolate } from "./texts.js";

export class HttpError extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || interpolate(_("The server returned status %(status)s."), { status }));
    this.status = status;
    this.problem = problem;
  }
}

const answer = async (response, read) => {
  if (response.redirected && new URL(response.url).pathname.startsWith("/login")) {
    throw new HttpError(401, { detail: _("You are signed out. Reload the page to sign in again.") });
  }
  if (!response.ok) throw new HttpError(response.status, await response.json().catch(() => ({})));
  return response[read]();
};

// What the browser says where no answer came ("Failed to fetch") tells nobody what to do.
const reach = async (url, options) => {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(_("The server can't be reached. Check the connection and try again."));
  }
};

// `stored_at` is added to what the service worker kept, where the server did not answer.
export const getJson = async (url, signal) => {
  const response = await reach(url, { signal, headers: { Accept: "application/json" } });
  const found = await answer(response, "json");
  const at = response.headers.get("X-Responder-Stored");
  return at ? { ...found, stored_at: at } : found;
};

export const getHtml = async (url, signal) => answer(await reach(url, { signal, headers: { "X-Requested-With": "fetch" } }), "text");

// `key` makes a repeat of the request harmless: the server answers as it did the first time. `token` replaces the page's own,
// which is old where the page is; `within` milliseconds without an answer count as none. The person for whom the page was made
// goes along: the server refuses what would be done in another's name.
export const post = async (url, fields, { key = "", token = "", within = 0 } = {}) => {
  const body = new URLSearchParams(fields);
  body.set("csrfmiddlewaretoken", token || document.querySelector("[name=csrfmiddlewaretoken]").value);
  const { person } = document.body.dataset;
  const headers = {
    Accept: "application/json",
    "X-Requested-With": "fetch",
    ...(key ? { "Idempotency-Key": key } : {}),
    ...(person ? { "X-Responder-Person": person } : {}),
  };
  const limit = within && AbortSignal.timeout ? { signal: AbortSignal.timeout(within) } : {};
  return answer(await reach(url, { method: "POST", body, headers, ...limit }), "json");
};

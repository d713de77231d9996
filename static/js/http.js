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

export const getJson = async (url, signal) => answer(await reach(url, { signal, headers: { Accept: "application/json" } }), "json");

export const getHtml = async (url, signal) => answer(await reach(url, { signal, headers: { "X-Requested-With": "fetch" } }), "text");

// `key` makes a repeat of the request harmless: the server answers as it did the first time.
export const post = async (url, fields, { key = "" } = {}) => {
  const body = new URLSearchParams(fields);
  body.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  const headers = { Accept: "application/json", "X-Requested-With": "fetch", ...(key ? { "Idempotency-Key": key } : {}) };
  return answer(await reach(url, { method: "POST", body, headers }), "json");
};

/* A list of files, sent or asked for, follows the queue: fetched anew every three seconds until all are done. */
const part = document.querySelector("[data-state]");
const EVERY_MS = 3000;

async function refresh() {
  try {
    const response = await fetch(part.dataset.state, { headers: { Accept: "text/html" } });
    // What a person is using stays as it is: the next round tries again.
    if (response.ok && !part.contains(document.activeElement) && !part.querySelector("details[open]")) part.innerHTML = await response.text();
  } catch {
    /* offline: the next round tries again */
  }
  follow();
}

function follow() {
  if (!part.querySelector("[data-over=yes]")) setTimeout(refresh, EVERY_MS);
}

follow();

/* The state of the feeds is fetched every five seconds; never under somebody's fingers. */
const part = document.querySelector("[data-refresh]");
const EVERY_MS = 5000;

async function refresh() {
  try {
    if (!document.hidden && !part.contains(document.activeElement)) {
      const response = await fetch(part.dataset.refresh, { headers: { Accept: "text/html" } });
      if (response.ok) part.innerHTML = await response.text();
    }
  } catch {
    /* offline: the next round tries again */
  }
  setTimeout(refresh, EVERY_MS);
}

if (part) setTimeout(refresh, EVERY_MS);

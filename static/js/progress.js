/* A run's page follows its run: the part that changes is fetched every five seconds until the run is over. */
const part = document.querySelector("[data-progress]");
const EVERY_MS = 5000;

async function refresh() {
  if (part.querySelector("[data-over=yes]")) return;
  try {
    const response = await fetch(part.dataset.progress, { headers: { Accept: "text/html" } });
    if (response.ok) {
      const log = part.querySelector(".log");
      const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
      part.innerHTML = await response.text();
      if (atEnd) scrollToEnd();
      if (part.querySelector("[data-over=yes]")) return location.reload(); // the page's other parts changed too
    }
  } catch {
    /* offline: the next round tries again */
  }
  setTimeout(refresh, EVERY_MS);
}

function scrollToEnd() {
  const log = part.querySelector(".log");
  log.scrollTop = log.scrollHeight;
}

if (part) {
  scrollToEnd();
  setTimeout(refresh, EVERY_MS);
}

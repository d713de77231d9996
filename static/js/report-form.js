// The public form for reports works without this: it adds the device's position, and waits for a connection.

const RETRY_MS = 15_000;
const form = /** @type {HTMLFormElement} */ (document.querySelector("[data-report]"));
const offline = document.querySelector("[data-offline]");
const { waiting, located, refused } = form.dataset;

// --- position
const field = (name) => form.elements.namedItem(name);
const said = form.querySelector("[data-located-text]");
const here = form.querySelector("[data-here]");
const isForAnother = () => form.querySelector("[name=about]:checked")?.value === "other";
const showHere = () => {
  here.hidden = !field("latitude").value || !isForAnother();
};

const place = ({ coords }) => {
  field("latitude").value = coords.latitude.toFixed(6);
  field("longitude").value = coords.longitude.toFixed(6);
  field("accuracy_km").value = (coords.accuracy / 1000).toFixed(3);
  said.textContent = located.replace("%(metres)s", String(Math.max(1, Math.ceil(coords.accuracy))));
  showHere();
};

if (navigator.geolocation && isSecureContext) {
  form.querySelector("[data-position]").hidden = false;
  form.querySelector("[data-locate]").addEventListener("click", () => {
    const fail = () => {
      said.textContent = refused;
    };
    navigator.geolocation.getCurrentPosition(place, fail, { enableHighAccuracy: true, timeout: 20_000 });
  });
  form.addEventListener("change", showHere);
}

// --- sending: the form's key makes a repeat harmless, so that what got no answer is sent again
let timer = 0;
let isSending = false;

const send = async () => {
  clearTimeout(timer);
  if (isSending) return;
  isSending = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(/** @type {any} */ (new FormData(form))) });
    if (answer.redirected) location.assign(answer.url);
    else form.submit(); // the server's page says what is wrong
  } catch {
    offline.textContent = waiting;
    offline.hidden = false;
    timer = setTimeout(send, RETRY_MS);
  } finally {
    isSending = false;
  }
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
addEventListener("online", () => {
  if (timer) send();
});

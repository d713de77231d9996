// The page of notifications: push messages to this browser, asked for by a click alone.

import { post } from "./http.js";
import { _ } from "./texts.js";

const holder = document.querySelector("[data-push]");
const said = holder.querySelector("[data-push-said]");

const key = () => Uint8Array.from(atob(holder.dataset.key.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));

const browser = () => {
  const found = /(Firefox|Edg|OPR|Chrome|Safari)\//.exec(navigator.userAgent)?.[1] ?? "";
  return { Edg: "Edge", OPR: "Opera" }[found] ?? found;
};

const subscribe = async () => {
  if ((await Notification.requestPermission()) !== "granted") {
    said.textContent = _("This browser does not allow notifications of this site. Change that in its settings.");
    return;
  }
  const registration = await navigator.serviceWorker.register(holder.dataset.worker, { scope: "/", updateViaCache: "none" });
  // Earlier versions had a worker for messages alone, which would show each of them a second time.
  for (const other of await navigator.serviceWorker.getRegistrations()) {
    if (other.scope === registration.scope) continue;
    await (await other.pushManager.getSubscription())?.unsubscribe();
    await other.unregister();
  }
  const former = await registration.pushManager.getSubscription();
  await former?.unsubscribe();
  const worker = registration.installing ?? registration.waiting;
  if (worker && worker.state !== "activated") {
    await new Promise((done) => worker.addEventListener("statechange", () => worker.state === "activated" && done(worker)));
  }
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key() });
  await post(holder.dataset.url, { subscription: JSON.stringify(subscription), label: browser() });
  location.assign("#channels-h");
  location.reload();
};

if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window && holder.dataset.key) {
  holder.hidden = false;
  holder.querySelector("[data-push-button]").addEventListener("click", () => {
    said.textContent = _("Waiting for the browser…");
    subscribe().catch((error) => {
      said.textContent = error.problem?.detail ?? _("The browser could not subscribe. It may not reach its push service.");
    });
  });
}

// @ts-nocheck: the types of a page, which the others are checked with, are not those of a worker.
// Shows push messages while no page is open, and opens the page that a message is about.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  let message = {};
  try {
    message = event.data.json();
  } catch {
    /* shown without a text */
  }
  const options = { body: message.body ?? "", data: { url: message.url ?? "/notifications/" }, tag: message.url };
  event.waitUntil(self.registration.showNotification(message.title ?? "Responder", options));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  // Only this site: a message says where to go.
  event.waitUntil(self.clients.openWindow(url.origin === self.location.origin ? url.href : "/notifications/"));
});

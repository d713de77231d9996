// Live changes by server-sent events, by polling where those fail; silent while the page is hidden.
// Whether posts arrive is decided by the server (responder/queries/liveness.py). Here it is only known whether the server is heard.

import { _, interpolate, locale, ngettext } from "./texts.js";

const POLL_MS = 15000;
const STALE_MS = 60000;
const TICK_MS = 1000;
const FAILURES_BEFORE_POLLING = 3;

export class Live extends EventTarget {
  constructor(element, filter) {
    super();
    this.element = element;
    this.text = element.querySelector("[data-live-text]");
    this.pace = element.querySelector("[data-live-pace]");
    this.link = element.querySelector("[data-live-link]");
    this.said = element.querySelector("[data-live-said]");
    this.announced = element.dataset.drawn;
    this.filter = filter;
    this.zone = element.dataset.zone || "UTC"; // of the page's other times
    this.cursor = element.dataset.cursor;
    this.waiting = 0;
    this.paused = false;
    this.failures = 0;
    this.heard = Date.now();
    this.rate = null;
    element.querySelector("[data-live-pause]").addEventListener("click", () => this.togglePause());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
    setInterval(() => this.show(), TICK_MS);
    this.open();
  }

  url(base, key) {
    const query = this.filter();
    query.set(key, this.cursor);
    return `${base}?${query}`;
  }

  open() {
    this.close();
    if (this.failures >= FAILURES_BEFORE_POLLING) {
      this.timer = setInterval(() => this.poll(), POLL_MS);
      this.poll();
      return;
    }
    this.source = new EventSource(this.url(this.element.dataset.url, "after"));
    // An open stream is no news yet: the server sends "lag" within a second, unless it can't read the database.
    this.source.addEventListener("change", (event) => this.change(JSON.parse(event.data)));
    this.source.addEventListener("lag", (event) => this.lag(JSON.parse(event.data)));
    this.source.addEventListener("reload", () => this.dispatchEvent(new Event("reload")));
    this.source.addEventListener("error", () => {
      this.failures += 1;
      this.state = "reconnecting";
      // A refusal (503, 403) closes the stream for good: the browser does not try again by itself.
      if (this.source.readyState === EventSource.CLOSED) this.failures = FAILURES_BEFORE_POLLING;
      if (this.failures >= FAILURES_BEFORE_POLLING) this.open();
    });
  }

  close() {
    this.source?.close();
    clearInterval(this.timer);
  }

  restart() {
    this.failures = 0;
    this.open();
  }

  async poll() {
    try {
      const response = await fetch(this.url(this.element.dataset.pollUrl, "after"), { headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      this.alive();
      this.lag(answer);
      this.change(answer);
    } catch {
      this.state = "reconnecting";
    }
  }

  alive() {
    this.heard = Date.now();
    this.state = "live";
    if (this.source) this.failures = 0;
  }

  lag(data) {
    this.alive();
    this.rate = data.per_minute;
    this.behind = data.lag_s;
    this.status = data.status;
  }

  change(data) {
    this.alive();
    this.cursor = data.cursor ?? this.cursor;
    if (data.reload) this.dispatchEvent(new Event("reload"));
    if (!data.posts?.length) return;
    if (this.paused) this.waiting += data.posts.length;
    else this.dispatchEvent(new CustomEvent("change", { detail: data.posts }));
  }

  write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  togglePause() {
    this.paused = !this.paused;
    const button = this.element.querySelector("[data-live-pause]");
    button.setAttribute("aria-pressed", this.paused);
    button.setAttribute("aria-label", this.paused ? _("Resume live updates") : _("Pause live updates"));
    const use = button.querySelector("use");
    use.setAttribute("href", use.getAttribute("href").replace(/#.*/, this.paused ? "#play" : "#pause"));
    if (!this.paused) {
      this.waiting = 0;
      this.dispatchEvent(new Event("reload"));
    }
    this.show();
  }

  // Screen readers are told when the state changes, not when its minutes do. The one that was drawn is read with the page.
  announce(state) {
    if (state === this.announced) return;
    this.write(this.said, [this.text.textContent, this.link.title].filter(Boolean).join(". "));
    this.announced = state;
  }

  show() {
    const quiet = Date.now() - this.heard;
    const stale = quiet > STALE_MS;
    const state = this.paused ? "paused" : stale ? "stale" : this.state || "connecting";
    const since = new Date(this.heard).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit", timeZone: this.zone, timeZoneName: "short" });
    const words = {
      paused: interpolate(ngettext("Paused (%(count)s update)", "Paused (%(count)s updates)", this.waiting), { count: this.waiting }),
      stale: interpolate(_("No updates since %(since)s"), { since }),
      reconnecting: _("Reconnecting"),
      connecting: _("Connecting"),
    };
    const heard = state === "live" && this.status;
    const tone = heard ? this.status.tone : { paused: "paused", connecting: "quiet" }[state] || "warn";
    // Before the first news the server's own words stay: what is wrong when the page is drawn is not hidden for a second.
    if (state === "connecting" && !this.element.dataset.state) return;
    this.element.dataset.state = heard ? this.status.state : state;
    this.element.dataset.tone = tone;
    this.write(this.text, heard ? this.status.text : words[state] || _("Connecting"));
    this.link.title = heard ? this.status.detail : "";
    const pace = interpolate(_("%(seconds)s s behind · %(rate)s/min"), { seconds: Math.round(this.behind ?? 0), rate: this.rate });
    this.write(this.pace, heard && tone === "ok" ? pace : "");
    this.announce(heard ? this.status.state : state);
    this.dispatchEvent(new CustomEvent("state", { detail: { stale: stale && !this.paused, since } }));
  }
}

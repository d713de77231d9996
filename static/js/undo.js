// What can be undone: the last 20 decisions of the session, newest first, and the bar that offers the newest.

const SHOWN_MS = 10000;
const DEPTH = 20;

export class Undo {
  // `stored`: a name under which the stack outlives a reload of this tab.
  constructor(bar, { run, stored = "" }) {
    this.bar = bar;
    this.stored = stored;
    this.stack = JSON.parse((stored && sessionStorage.getItem(stored)) || "[]");
    bar.querySelector("[data-undo-button]").addEventListener("click", run);
  }

  push(entry, text) {
    this.stack = [...this.stack.slice(1 - DEPTH), entry];
    this.save();
    this.bar.querySelector("[data-undo-text]").textContent = text;
    this.bar.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.bar.hidden = true;
    }, SHOWN_MS);
  }

  pop() {
    const entry = this.stack.pop();
    this.save();
    this.bar.hidden = true;
    return entry;
  }

  save() {
    if (this.stored) sessionStorage.setItem(this.stored, JSON.stringify(this.stack));
  }
}

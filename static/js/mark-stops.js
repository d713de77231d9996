// The marks of the map by keyboard: one of them is reached by Tab or by Enter on the map, arrow keys go to the others.

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class MarkStops {
  constructor(container) {
    this.container = container;
    this.buttons = [];
    container.addEventListener("keydown", (event) => this.pressed(event), { capture: true });
  }

  // The buttons of the marks, the most urgent first. Tab reaches `first`, or the one that has the focus.
  set(buttons, first = buttons[0]) {
    this.buttons = buttons;
    this.stop(buttons.includes(/** @type {any} */ (document.activeElement)) ? document.activeElement : first);
  }

  stop(chosen) {
    for (const button of this.buttons) button.tabIndex = button === chosen ? 0 : -1;
  }

  pressed(event) {
    const { buttons, container } = this;
    const at = buttons.indexOf(/** @type {any} */ (document.activeElement));
    const step = STEPS[event.key];
    if (event.key === "Enter" && document.activeElement === container && buttons.length) buttons[0].focus();
    else if (event.key === "Escape" && at >= 0) container.focus();
    else if (step && at >= 0) {
      const next = buttons[(at + step + buttons.length) % buttons.length];
      this.stop(next);
      next.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

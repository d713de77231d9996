// The first-run tour: three steps in a strip above the page, gone for good when one says so. Loaded where there is one.

const tour = document.querySelector("[data-tour]");
const steps = [...tour.querySelectorAll("[data-step]")];
const next = tour.querySelector("[data-tour-next]");
let at = 0;
next.hidden = false;
next.addEventListener("click", () => {
  at += 1;
  steps.forEach((step, index) => {
    step.hidden = index !== at;
  });
  if (at === steps.length - 1) {
    tour.querySelector("[data-tour-form] button").focus();
    next.hidden = true;
  }
});

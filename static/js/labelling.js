// Digits choose a category; Enter then saves, as in any form. Switched off where the map's shortcuts are (WCAG 2.1.4).

addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=radio]), select, textarea");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem("responder.keys") === "off") return;
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1];
  const option = digit && document.querySelector(`[data-labelling] [data-key="${digit}"]`);
  if (!option) return;
  option.checked = true;
  option.focus();
  event.preventDefault();
});

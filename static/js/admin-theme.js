// Gives the admin the theme that the person chose in the product, before anything is painted.
(() => {
  "use strict";
  const chosen = document.currentScript.dataset.chosen;
  if (chosen) document.documentElement.dataset.theme = chosen;
})();

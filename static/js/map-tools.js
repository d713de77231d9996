// Tools of the map, below the layers: measuring a distance, a picture of the map as a file, printing.
/* global L */

import { onPaper } from "./layer-legend.js";
import { element } from "./layer-parts.js";
import { kilometres, Measuring } from "./measuring.js";
import { _, interpolate } from "./texts.js";

const tool = (words, run) => {
  const button = element("button", { type: "button", class: "button" }, words);
  button.addEventListener("click", run);
  return button;
};

const say = (words) => {
  document.querySelector("[data-announce]").textContent = words;
};

// Adds the buttons to the panel of layers.
export const addTools = (map, panel) => {
  const measuring = new Measuring(map);
  onPaper(() => panel.layers);
  const told = element("p", { role: "status", class: "layer-sources" });
  const picture = async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    told.textContent = _("Drawing the picture…");
    try {
      const { savePicture } = await import("./map-picture.js");
      const name = await savePicture(map, panel.layers);
      told.textContent = interpolate(_("Saved as %(name)s."), { name });
    } catch (error) {
      told.textContent = interpolate(_("The picture could not be made: %(reason)s"), { reason: error.message });
    } finally {
      button.disabled = false;
    }
  };
  panel.tools.append(
    tool(_("Measure a distance"), () => {
      panel.show(false);
      measuring.start();
    }),
    tool(_("Save as PNG"), picture),
    tool(_("Print"), () => print()),
    told,
  );
  measuring.addEventListener("ended", ({ detail }) => {
    if (detail) say(interpolate(_("Distance: %(distance)s"), { distance: kilometres(detail) }));
    panel.button.focus();
  });
};

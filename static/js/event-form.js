// The forms of an event and of a team's area.

import { AreaDrawing } from "./area-drawing.js";
import { Choices } from "./choices.js";
import { suggestZone } from "./zone-suggestion.js";

for (const fieldset of document.querySelectorAll("[data-choices]")) new Choices(fieldset);
const form = document.querySelector("[data-event-form]");
if (form) suggestZone(form);
for (const fieldset of document.querySelectorAll("[data-area]")) new AreaDrawing(fieldset);

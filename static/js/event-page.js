// The page of an event: its areas on a map.

import { eventMap } from "./event-map.js";

const element = document.querySelector("[data-event-map]");
if (element) eventMap(element);

// The settings of notifications: a try of the bell's sound.

import { play } from "./sounds.js";

const tries = document.querySelector("[data-try-sound]");
tries.hidden = false;
tries.addEventListener("click", () => play(document.querySelector("#settings-sound").value));

// The one outbox of a page: of the person for whom the page was made, whoever is signed in meanwhile.

import { Outbox } from "./outbox.js";

export const outbox = new Outbox(document.body.dataset.person ?? "");

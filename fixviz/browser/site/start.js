/* The start page of the site: its picture begins to play. */

import { Living } from "../start/living.js";
import "./page.js";

/** @type {HTMLElement | null} */
const section = document.querySelector(".living");
if (section) new Living(section);

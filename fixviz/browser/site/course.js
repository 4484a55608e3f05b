/* The course as a page of the site. */

import { mount } from "../course/main.js";
import { showComponent } from "./page.js";

showComponent(mount);

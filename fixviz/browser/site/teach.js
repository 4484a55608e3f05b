/* The teacher's page as a page of the site. */

import { mount } from "../teach/main.js";
import { showComponent } from "./page.js";

showComponent(mount);

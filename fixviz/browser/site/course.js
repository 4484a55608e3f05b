/* The course as a page of the site. */

import { mount } from "../course/main.js";
import { componentPlace, onTheme, pageData } from "./page.js";

const component = { parentElement: componentPlace(), data: pageData() };
const show = () => mount(/** @type {any} */ (component));
show();
onTheme(show);

/* What a teacher prepares, kept in this browser alone. */

/** @import { Entry } from "./types.d.ts" */

import { browserStorage } from "../course/progress.js";
import { cleanPlan } from "./links.js";

const KEY = "fixviz.teach";

export class Notebook {
  /** @param {Storage | null} storage null where the browser keeps nothing: then it lasts as long as the page */
  constructor(storage = browserStorage()) {
    this.storage = storage;
    /** @type {{ address: string, plan: Entry[] }} */
    this.state = { address: "", plan: [] };
    try {
      const found = JSON.parse(storage?.getItem(KEY) ?? "null");
      if (typeof found?.address === "string") this.state.address = found.address;
      this.state.plan = cleanPlan(found?.plan);
    } catch {
      // What cannot be read is started anew.
    }
  }

  get address() {
    return this.state.address;
  }

  set address(address) {
    this.state.address = address;
    this.#save();
  }

  get plan() {
    return this.state.plan;
  }

  set plan(plan) {
    this.state.plan = plan;
    this.#save();
  }

  #save() {
    try {
      this.storage?.setItem(KEY, JSON.stringify(this.state));
    } catch {
      // A full or forbidden storage: the plan lasts as long as the page.
    }
  }
}

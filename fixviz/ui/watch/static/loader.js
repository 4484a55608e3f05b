/* Fetches the parts of a run. Every part is asked for once and kept; a failed one can be asked for again. */

import { decodeArray } from "./arrays.js";

const FIRST_WAIT_MS = 60;
const LONGEST_WAIT_MS = 1500;

/** A part of the run that the server no longer has, or could not send. `message` is for the user. */
export class PartMissing extends Error {}

async function get(url, asked = null) {
  let response;
  try {
    response = await (asked ?? fetch(url));
  } catch {
    throw new PartMissing("The server does not answer. Check that fixviz is still running.");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw new PartMissing(body?.error ?? `The server answered with an error (${response.status}).`);
}

const pause = (milliseconds) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

export class Parts {
  /** `base` is the address of the run, without a slash at its end. `asked`: the manifest's response on its way. */
  constructor(base, asked = null) {
    this.base = base;
    this.asked = asked;
    this.pending = new Map();
    this.ready = new Map();
  }

  async manifest() {
    return (await get(`${this.base}/manifest.json`, this.asked)).json();
  }

  /** The decoded part if it is here already, else undefined. */
  peek(reference) {
    return reference && this.ready.get(reference.sha);
  }

  array(reference) {
    const decode = async (response) => decodeArray(await response.arrayBuffer(), reference);
    return this.#once(reference.sha, () => get(this.#artifact(reference)).then(decode));
  }

  image(reference) {
    const decode = async (response) => createImageBitmap(await response.blob());
    return this.#once(reference.sha, () => get(this.#artifact(reference)).then(decode));
  }

  /** What `derived` gave for these words, if it is here already. */
  peekDerived(words) {
    return this.ready.get(derivedKey(words));
  }

  /**
   * `{ description, arrays }` of something that the server computes when it is first asked for, arrays decoded.
   * `onProgress({ state, place, progress, message })` hears of the wait; the waits grow longer.
   */
  derived(words, onProgress) {
    return this.#once(derivedKey(words), async () => {
      const description = await this.#computed(words, onProgress);
      const references = Object.entries(description.arrays);
      const decoded = references.map(async ([name, reference]) => {
        const buffer = await (await get(this.#artifact(reference))).arrayBuffer();
        return [name, decodeArray(buffer, reference)];
      });
      return { description, arrays: Object.fromEntries(await Promise.all(decoded)) };
    });
  }

  /** Forgets a derived part, so that its memory can be used for another. */
  forget(words) {
    this.ready.delete(derivedKey(words));
    this.pending.delete(derivedKey(words));
  }

  /** Frees the decoded images. */
  close() {
    this.closed = true;
    for (const part of this.ready.values()) part.close?.();
    this.ready.clear();
    this.pending.clear();
  }

  #artifact({ sha }) {
    return `${this.base}/artifacts/${sha}`;
  }

  async #computed(words, onProgress) {
    let job = {};
    let wait = FIRST_WAIT_MS;
    for (;;) {
      const response = await get(
        `${this.base}/derived?${new URLSearchParams({ ...words, ...job })}`,
      );
      const body = await response.json();
      if (response.status === 200) return body;
      if (this.closed) throw new PartMissing("The run was closed.");
      job = { job: body.job };
      onProgress?.(body);
      await pause(wait);
      wait = Math.min(LONGEST_WAIT_MS, wait * 1.6);
    }
  }

  #once(key, load) {
    if (!this.pending.has(key)) {
      const request = load()
        .then((part) => {
          if (this.closed) part.close?.();
          else if (this.pending.has(key)) this.ready.set(key, part);
          return part;
        })
        .catch((error) => {
          this.pending.delete(key);
          throw error instanceof PartMissing
            ? error
            : new PartMissing("A part of this run is damaged.");
        });
      this.pending.set(key, request);
    }
    return this.pending.get(key);
  }
}

function derivedKey(words) {
  return `derived?${new URLSearchParams(words)}`;
}

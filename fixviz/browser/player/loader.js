/* Fetches the parts of a run. Every part is requested once and kept; a failed one can be requested again. */

/** @import { ArrayReference, FileReference, Manifest, StoredArray } from "./types.d.ts" */

import { bytesOfArray, decodeArray } from "./arrays.js";
import { bytesOf, jsonOf } from "./packed.js";

const FIRST_WAIT_MS = 60;
const LONGEST_WAIT_MS = 1500;

/** The server no longer has a part of the run, or could not send it. `message` is shown to the user. */
class PartMissing extends Error {}

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
  /**
   * @param {string} base URL of the run, without a slash at its end
   * @param {Promise<Response> | null} asked response with the manifest, where it was requested before
   */
  constructor(base, asked = null) {
    this.base = base;
    this.asked = asked;
    this.pending = new Map();
    this.ready = new Map();
  }

  /** @returns {Promise<Manifest>} */
  async manifest() {
    return jsonOf(await get(`${this.base}/manifest.json`, this.asked));
  }

  /**
   * The decoded part if it is here already, else undefined.
   *
   * @param {FileReference | undefined} reference
   */
  peek(reference) {
    return reference && this.ready.get(reference.sha);
  }

  /**
   * @param {ArrayReference} reference
   * @returns {Promise<StoredArray>}
   */
  array(reference) {
    return this.#once(reference.sha, () => this.#decoded(reference));
  }

  /**
   * @param {FileReference} reference
   * @returns {Promise<ImageBitmap>}
   */
  image(reference) {
    const decode = async (response) => createImageBitmap(await response.blob());
    return this.#once(reference.sha, () => get(this.#artifact(reference)).then(decode));
  }

  /** What `derived` returned for these query parameters, if it is here already. */
  peekDerived(parameters) {
    return this.ready.get(derivedKey(parameters));
  }

  /**
   * Request something that the server computes when it is first asked for.
   *
   * @param {Record<string, string>} parameters query parameters
   * @param {(job: { state: string, place: number, progress: number, message: string }) => void} onProgress
   *   called again and again while the server computes, at growing intervals
   * @returns {Promise<{ description: any, arrays: Record<string, StoredArray> }>}
   */
  derived(parameters, onProgress) {
    return this.#once(derivedKey(parameters), async () => {
      const description = await this.#computed(parameters, onProgress);
      const references = Object.entries(description.arrays);
      const decoded = references.map(async ([name, reference]) => [
        name,
        await this.#decoded(reference),
      ]);
      return { description, arrays: Object.fromEntries(await Promise.all(decoded)) };
    });
  }

  /** Forget a derived part, to free its memory. */
  forget(parameters) {
    this.ready.delete(derivedKey(parameters));
    this.pending.delete(derivedKey(parameters));
  }

  /** Free the decoded images. */
  close() {
    this.closed = true;
    for (const part of this.ready.values()) part.close?.();
    this.ready.clear();
    this.pending.clear();
  }

  /**
   * The bytes of an array as they are stored in a run. They are not kept.
   *
   * @param {ArrayReference} reference
   * @returns {Promise<ArrayBuffer>}
   */
  async bytes(reference) {
    return bytesOf(await get(this.#artifact(reference)), bytesOfArray(reference));
  }

  async #decoded(reference) {
    return decodeArray(await this.bytes(reference), reference);
  }

  #artifact({ sha }) {
    return `${this.base}/artifacts/${sha}`;
  }

  async #computed(parameters, onProgress) {
    let job = {};
    let wait = FIRST_WAIT_MS;
    for (;;) {
      const response = await get(
        `${this.base}/derived?${new URLSearchParams({ ...parameters, ...job })}`,
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

function derivedKey(parameters) {
  return `derived?${new URLSearchParams(parameters)}`;
}

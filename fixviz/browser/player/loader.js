/* Gets the parts of a run. Every part is requested once and kept; a failed one can be requested again.

   Where its bytes come from is the source's matter (source.js). Who computes features and rollouts is
   written in the manifest: see `derived` in types.d.ts. */

/** @import { ArrayReference, Features, FileReference, FixationWeights, Manifest, StoredArray } from "./types.d.ts" */
/** @import { Networks, Stream } from "../network/client.js" */
/** @import { Source } from "./source.js" */

import { bytesOfArray, decodeArray } from "./arrays.js";
import { bytesOf, restored } from "./packed.js";
import { PartMissing, UrlSource, get } from "./source.js";

const FIRST_WAIT_MS = 60;
const LONGEST_WAIT_MS = 1500;

const pause = (milliseconds) =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

export class Parts {
  /**
   * @param {string | Source} source URL of the run, without a slash at its end, or another source
   * @param {Promise<Response> | null} asked response with the manifest, where it was requested before
   */
  constructor(source, asked = null) {
    /** @type {Source} */
    this.source = typeof source === "string" ? new UrlSource(source, asked) : source;
    this.pending = new Map();
    this.ready = new Map();
    /** @type {Networks | null} */
    this.networks = null;
  }

  /** @returns {Promise<Manifest>} */
  async manifest() {
    this.known = await this.source.manifest();
    return this.known;
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
   * The bytes of an array as it was stored.
   *
   * @param {ArrayReference} reference
   * @returns {Promise<ArrayBuffer>}
   */
  async bytes(reference) {
    const response = await this.source.artifact(reference);
    return restored(await bytesOf(response, bytesOfArray(reference)), reference);
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
    return this.#once(reference.sha, async () =>
      createImageBitmap(await (await this.source.artifact(reference)).blob()),
    );
  }

  /** What `derived` returned for these query parameters, if it is here already. */
  peekDerived(parameters) {
    return this.ready.get(derivedKey(parameters));
  }

  /**
   * Request something that is computed when it is first asked for, by the server or by the browser.
   *
   * @param {Record<string, string>} parameters query parameters
   * @param {(job: { state: string, place: number, progress: number, message: string }) => void} onProgress
   *   called again and again while the server computes, at growing intervals
   * @returns {Promise<{ description: any, arrays: Record<string, StoredArray> }>}
   */
  derived(parameters, onProgress) {
    return this.#once(derivedKey(parameters), async () => {
      if (this.known?.derived === "browser")
        return explained(async () => (await this.#openNetworks()).derived(parameters));
      const description = await this.#computed(parameters, onProgress);
      const references = Object.entries(description.arrays);
      const decoded = references.map(async ([name, reference]) => [
        name,
        await this.#decoded(reference),
      ]);
      return { description, arrays: Object.fromEntries(await Promise.all(decoded)) };
    });
  }

  /**
   * The features of an attention as a stream of windows, where the browser computes them; null where the server does.
   *
   * @param {{ model: string, axis: string, layer: string }} parameters
   * @param {number} first the window to compute first
   * @param {(window: number, features: Features, weights: FixationWeights | null) => void} onWindow
   * @returns {Promise<Stream> | null}
   */
  stream(parameters, first, onWindow) {
    if (this.known?.derived !== "browser") return null;
    return explained(async () =>
      (await this.#openNetworks()).features(parameters, first, onWindow),
    );
  }

  /** Forget a derived part, to free its memory. */
  forget(parameters) {
    this.ready.delete(derivedKey(parameters));
    this.pending.delete(derivedKey(parameters));
  }

  /** Free the decoded images, and end what is being computed. */
  close() {
    this.closed = true;
    this.networks?.close();
    for (const part of this.ready.values()) part.close?.();
    this.ready.clear();
    this.pending.clear();
  }

  async #decoded(reference) {
    return decodeArray(await this.bytes(reference), reference);
  }

  /** What runs the networks; its modules are loaded when they are first needed. @returns {Promise<Networks>} */
  async #openNetworks() {
    const client = await import("../network/client.js");
    this.networks ??= new client.Networks(this.known, (reference) => this.#decoded(reference));
    return this.networks;
  }

  async #computed(parameters, onProgress) {
    let job = {};
    let wait = FIRST_WAIT_MS;
    for (;;) {
      const response = await get(
        `${this.source.base}/derived?${new URLSearchParams({ ...parameters, ...job })}`,
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

/** Say why something could not be computed here in the words of its error. */
async function explained(compute) {
  try {
    return await compute();
  } catch (error) {
    throw error instanceof PartMissing ? error : new PartMissing(error.message);
  }
}

function derivedKey(parameters) {
  return `derived?${new URLSearchParams(parameters)}`;
}

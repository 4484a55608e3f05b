/* Fetches the parts of a run. Every part is asked for once and kept; a failed one can be asked for again. */

import { decodeArray } from "./arrays.js";

/** A part of the run that the server no longer has, or could not send. `message` is for the user. */
export class PartMissing extends Error {}

async function get(url) {
  let response;
  try {
    response = await fetch(url);
  } catch {
    throw new PartMissing("The server does not answer. Check that fixviz is still running.");
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  throw new PartMissing(body?.error ?? `The server answered with an error (${response.status}).`);
}

export class Parts {
  /** `base` is the address of the run, without a slash at its end. */
  constructor(base) {
    this.base = base;
    this.pending = new Map();
    this.ready = new Map();
  }

  async manifest() {
    return (await get(`${this.base}/manifest.json`)).json();
  }

  /** The decoded part if it is here already, else undefined. */
  peek(reference) {
    return reference && this.ready.get(reference.sha);
  }

  array(reference) {
    return this.#once(reference, async (response) => decodeArray(await response.arrayBuffer(), reference));
  }

  image(reference) {
    return this.#once(reference, async (response) => createImageBitmap(await response.blob()));
  }

  /** Frees the decoded images. */
  close() {
    for (const part of this.ready.values()) part.close?.();
    this.ready.clear();
    this.pending.clear();
  }

  #once(reference, decode) {
    const { sha } = reference;
    if (!this.pending.has(sha)) {
      const request = get(`${this.base}/artifacts/${sha}`)
        .then(decode)
        .then((part) => {
          this.ready.set(sha, part);
          return part;
        })
        .catch((error) => {
          this.pending.delete(sha);
          throw error instanceof PartMissing ? error : new PartMissing("A part of this run is damaged.");
        });
      this.pending.set(sha, request);
    }
    return this.pending.get(sha);
  }
}

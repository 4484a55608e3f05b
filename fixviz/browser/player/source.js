/* Where the bytes of a run come from: a server or a static host, under one URL. A page that is one file has a
   source of its own (single_file/source.js). */

/** @import { FileReference, Manifest } from "./types.d.ts" */

import { jsonOf } from "./packed.js";

/** A part of the run is not there, or could not be sent. `message` is shown to the user. */
export class PartMissing extends Error {}

/** Fetch a URL; `asked` is its response where it was requested before. */
export async function get(url, asked = null) {
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

/**
 * What `Parts` needs of a source. `base` is null where there is no server to ask.
 *
 * @typedef {object} Source
 * @property {string | null} base
 * @property {() => Promise<Manifest>} manifest
 * @property {(reference: FileReference) => Promise<Response>} artifact
 */

/** @implements {Source} */
export class UrlSource {
  /**
   * @param {string} base URL of the run, without a slash at its end
   * @param {Promise<Response> | null} asked response with the manifest, where it was requested before
   */
  constructor(base, asked = null) {
    this.base = base;
    this.asked = asked;
  }

  async manifest() {
    return jsonOf(await get(`${this.base}/manifest.json`, this.asked));
  }

  artifact({ sha }) {
    return get(`${this.base}/artifacts/${sha}`);
  }
}

/* Files that lie packed on a plain file host, by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";

import { bytesOf, jsonOf, restored } from "../../fixviz/browser/player/packed.js";

const bytes = (buffer) => [...new Uint8Array(buffer)];
const response = (content) => new Response(Uint8Array.from(content));

test("what is packed is unpacked, and what the host unpacked stays", async () => {
  const content = [7, 0, 255, 31];
  assert.deepEqual(bytes(await bytesOf(response(gzipSync(Uint8Array.from(content))), 4)), content);
  assert.deepEqual(bytes(await bytesOf(response(content), 4)), content);
  assert.deepEqual(bytes(await bytesOf(response([]), 0)), []);
  assert.deepEqual(bytes(await bytesOf(response([0x1f]))), [0x1f]);
});

test("an array that begins like a packed one is known by its length", async () => {
  const content = [0x1f, 0x8b, 8, 0];
  assert.deepEqual(bytes(await bytesOf(response(content), 4)), content);
});

test("damaged bytes are an error, not numbers", async () => {
  const packed = gzipSync(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])).subarray(0, 14);
  await assert.rejects(bytesOf(response(packed), 8));
});

test("JSON, packed or not", async () => {
  const text = JSON.stringify({ 中: [1, null] });
  assert.deepEqual(await jsonOf(new Response(text)), { 中: [1, null] });
  assert.deepEqual(await jsonOf(response(gzipSync(text))), { 中: [1, null] });
});

test("the bytes of an array come back into their order", () => {
  // 1 is 3c00 and -2 is c000, the low byte first.
  const shuffled = Uint8Array.of(0, 0, 0x3c, 0xc0).buffer;
  const half = { sha: "", dtype: "float16", shape: [2] };
  assert.deepEqual(bytes(restored(shuffled, { ...half, filter: "shuffle" })), [0, 0x3c, 0, 0xc0]);
  assert.deepEqual(bytes(restored(shuffled, half)), [0, 0, 0x3c, 0xc0], "no filter");
  const single = { sha: "", dtype: "float32", shape: [1, 2], filter: "shuffle" };
  const eight = Uint8Array.of(1, 5, 2, 6, 3, 7, 4, 8).buffer;
  assert.deepEqual(bytes(restored(eight, /** @type {any} */ (single))), [1, 2, 3, 4, 5, 6, 7, 8]);
  const pixels = { sha: "", dtype: "uint8", shape: [2, 2], filter: "delta" };
  const less = Uint8Array.of(250, 3, 11, 254).buffer;
  assert.deepEqual(bytes(restored(less, /** @type {any} */ (pixels))), [250, 3, 5, 1]);
});

/* Encodes animated GIFs: one palette for all frames, ordered dithering between its colors, unchanged
   pixels left out, LZW as in the GIF89a specification. */

const COLORS = 256;
const TRANSPARENT = 255;

/** Number of bins for colors: 64 x 64 x 64. */
const BINS = 262144;
const binOf = (r, g, b) => ((r >> 2) << 12) | ((g >> 2) << 6) | (b >> 2);

/** Thresholds of Bayer's 4 x 4 pattern, which stay in place so that a still picture does not flicker. */
const BAYER = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5].map(
  (level) => (level + 0.5) / 16,
);

const sumOf = (bins, value) => bins.reduce((sum, bin) => sum + value(bin), 0);

/** Counts the colors of pictures (RGBA bytes) and chooses a palette for them. */
export class ColorCount {
  constructor() {
    this.count = new Float64Array(BINS);
    this.sums = [0, 1, 2].map(() => new Float64Array(BINS));
  }

  add(pixels) {
    for (let i = 0; i < pixels.length; i += 4) {
      const bin = binOf(pixels[i], pixels[i + 1], pixels[i + 2]);
      this.count[bin] += 1;
      for (let c = 0; c < 3; c++) this.sums[c][bin] += pixels[i + c];
    }
  }

  /** At most `size` colors `[r, g, b]`: the means of the boxes of the median cut (Heckbert 1982). */
  palette(size) {
    const bins = [];
    this.count.forEach((count, bin) => {
      // The square root gives small things, such as a bright patch, a color beside a large background.
      if (count)
        bins.push({ color: this.sums.map((sum) => sum[bin] / count), weight: Math.sqrt(count) });
    });
    const boxes = [boxOf(bins)];
    while (boxes.length < size) {
      const widest = boxes.reduce((best, box, i) => (box.error > boxes[best].error ? i : best), 0);
      if (boxes[widest].bins.length < 2) break;
      boxes.splice(widest, 1, ...split(boxes[widest]));
    }
    return boxes.map(meanOf);
  }
}

function meanOf({ bins, weight }) {
  return [0, 1, 2].map((c) => Math.round(sumOf(bins, (bin) => bin.weight * bin.color[c]) / weight));
}

/** A box of bins with its widest axis; the box with the largest `error` is split next. */
function boxOf(bins) {
  const low = [255, 255, 255];
  const high = [0, 0, 0];
  for (const { color } of bins) {
    for (let c = 0; c < 3; c++) {
      low[c] = Math.min(low[c], color[c]);
      high[c] = Math.max(high[c], color[c]);
    }
  }
  const spans = high.map((value, c) => value - low[c]);
  const axis = spans.indexOf(Math.max(...spans));
  const weight = sumOf(bins, (bin) => bin.weight);
  return { bins, axis, weight, error: bins.length < 2 ? -1 : spans[axis] ** 2 * weight };
}

function split({ bins, axis, weight }) {
  const sorted = [...bins].sort((a, b) => a.color[axis] - b.color[axis]);
  let at = 1;
  for (
    let sum = sorted[0].weight;
    at < sorted.length - 1 && sum + sorted[at].weight <= weight / 2;
    at++
  )
    sum += sorted[at].weight;
  return [boxOf(sorted.slice(0, at)), boxOf(sorted.slice(at))];
}

/**
 * Compress color indices to the sub-blocks of a GIF file.
 *
 * @param {Uint8Array} indices
 */
export function lzw(indices) {
  const CLEAR = 256;
  const END = 257;
  const out = new Bytes();
  const next = new Int16Array(4096 * 256);
  let width = 9;
  let free = 258;
  let bits = 0;
  let held = 0;
  let block = [];
  const emit = (code) => {
    bits |= code << held;
    held += width;
    while (held >= 8) {
      push(bits & 255);
      bits >>>= 8;
      held -= 8;
    }
  };
  const push = (byte) => {
    block.push(byte);
    if (block.length === 255) flush();
  };
  const flush = () => {
    if (block.length) out.add([block.length, ...block]);
    block = [];
  };
  const restart = () => {
    emit(CLEAR);
    next.fill(0);
    width = 9;
    free = 258;
  };
  restart();
  let prefix = indices[0];
  for (let i = 1; i < indices.length; i++) {
    const slot = prefix * 256 + indices[i];
    if (next[slot]) {
      prefix = next[slot];
      continue;
    }
    emit(prefix);
    if (free === 4096) restart();
    else {
      if (free === 1 << width) width += 1;
      next[slot] = free++;
    }
    prefix = indices[i];
  }
  emit(prefix);
  emit(END);
  if (held > 0) push(bits & 255);
  flush();
  out.add([0]);
  return out.take();
}

/** A growing array of bytes. */
class Bytes {
  constructor() {
    this.parts = [];
  }

  add(part) {
    this.parts.push(Uint8Array.from(part));
  }

  take() {
    const all = new Uint8Array(this.parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** The two bytes of a 16-bit number, little-endian. */
const twoBytes = (value) => [value & 255, value >> 8];

export class GifWriter {
  /**
   * @param {number} width
   * @param {number} height
   * @param {number[][]} palette at most 255 colors `[r, g, b]`; the last index means an unchanged pixel
   */
  constructor(width, height, palette) {
    this.size = [width, height];
    this.palette = palette;
    this.first = new Int16Array(BINS).fill(-1);
    this.second = new Uint8Array(BINS);
    this.share = new Float32Array(BINS);
    this.bytes = new Bytes();
    const table = new Uint8Array(3 * COLORS);
    palette.forEach((color, i) => table.set(color, 3 * i));
    this.bytes.add([
      ...new TextEncoder().encode("GIF89a"),
      ...twoBytes(width),
      ...twoBytes(height),
      0xf7,
      0,
      0,
    ]);
    this.bytes.add(table);
    this.bytes.add([0x21, 0xff, 11, ...new TextEncoder().encode("NETSCAPE2.0"), 3, 1, 0, 0, 0]);
  }

  /**
   * Add a frame.
   *
   * @param {Uint8ClampedArray} pixels RGBA bytes
   * @param {number} centiseconds how long it is shown
   */
  add(pixels, centiseconds) {
    const indices = this.#indices(pixels);
    const shown = indices.slice();
    if (this.before) {
      for (let i = 0; i < shown.length; i++)
        if (indices[i] === this.before[i]) shown[i] = TRANSPARENT;
    }
    const flags = 0x04 | (this.before ? 1 : 0);
    this.before = indices;
    const [width, height] = this.size;
    this.bytes.add([0x21, 0xf9, 4, flags, ...twoBytes(centiseconds), TRANSPARENT, 0]);
    this.bytes.add([0x2c, 0, 0, 0, 0, ...twoBytes(width), ...twoBytes(height), 0, 8]);
    this.bytes.add(lzw(shown));
  }

  /** End the file and return its bytes. */
  finish() {
    this.bytes.add([0x3b]);
    return this.bytes.take();
  }

  #indices(pixels) {
    const [width] = this.size;
    const indices = new Uint8Array(pixels.length / 4);
    for (let i = 0; i < indices.length; i++) {
      const at = 4 * i;
      const bin = binOf(pixels[at], pixels[at + 1], pixels[at + 2]);
      if (this.first[bin] < 0) this.#find(bin, [pixels[at], pixels[at + 1], pixels[at + 2]]);
      const threshold = BAYER[4 * (Math.floor(i / width) & 3) + ((i % width) & 3)];
      indices[i] = this.share[bin] > threshold ? this.second[bin] : this.first[bin];
    }
    return indices;
  }

  /** Find the two palette colors to mix a color from, and the share of the second. */
  #find(bin, color) {
    const first = this.#closest(color, () => true);
    const from = this.palette[first];
    const wish = color.map((value, c) => value - from[c]);
    // A second color helps only on the far side of the wanted one.
    const beyond = (other) =>
      other.reduce((dot, value, c) => dot + (value - from[c]) * wish[c], 0) > 0;
    const second = wish.some(Boolean)
      ? this.#closest(
          color.map((value, c) => value + wish[c]),
          beyond,
        )
      : -1;
    this.first[bin] = first;
    if (second < 0) return;
    const step = this.palette[second].map((value, c) => value - from[c]);
    const length = step.reduce((sum, value) => sum + value * value, 0);
    this.second[bin] = second;
    this.share[bin] = Math.min(
      0.5,
      step.reduce((dot, value, c) => dot + value * wish[c], 0) / length,
    );
  }

  /** The index of the nearest palette color that is allowed, or -1; green counts most, as in the eye. */
  #closest([r, g, b], allowed) {
    let best = -1;
    let least = Infinity;
    this.palette.forEach((color, i) => {
      const distance = 2 * (color[0] - r) ** 2 + 4 * (color[1] - g) ** 2 + (color[2] - b) ** 2;
      if (distance < least && allowed(color)) [best, least] = [i, distance];
    });
    return best;
  }
}

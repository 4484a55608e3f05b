/* QR codes of links, made in the browser (ISO/IEC 18004): byte mode, error correction level M, the smallest version that
   the text fits into. */

// Of level M by version, which begins at 1: error correction codewords of a block, and blocks (ISO/IEC 18004, table 9).
const CORRECTION = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26,
  28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
];
const VERSIONS = CORRECTION.length;
/** The bits that name level M in the format information. */
const LEVEL = 0b00;
const BYTE_MODE = 0b0100;

/** Whether the mask of each number turns the module at (x, y). */
const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** The text does not fit into the largest code. */
export class TooLong extends Error {}

/**
 * The QR code of a text, without the quiet zone around it.
 *
 * @param {string} text
 * @returns {boolean[][]} rows of modules, true for dark
 */
export function qrCode(text) {
  const bytes = [...new TextEncoder().encode(text)];
  const version = versionFor(bytes.length);
  const codewords = interleaved(dataCodewords(bytes, version), version);
  const drawn = MASKS.map((_, mask) => drawCode(version, codewords, mask));
  const penalties = drawn.map(penalty);
  return drawn[penalties.indexOf(Math.min(...penalties))];
}

/**
 * The dark modules as one path of an SVG whose unit is a module, with the corner of the quiet zone at (0, 0).
 *
 * @param {boolean[][]} code
 * @param {number} quiet modules around the code; the standard asks for 4
 * @returns {{ size: number, path: string }} width of code and quiet zone, and the path's `d`
 */
export function qrPath(code, quiet = 4) {
  const parts = code.flatMap((row, y) => {
    const found = [];
    for (let x = 0; x < row.length; x += 1) {
      if (!row[x]) continue;
      let end = x;
      while (row[end + 1]) end += 1;
      found.push(`M${x + quiet} ${y + quiet}h${end - x + 1}v1h-${end - x + 1}z`);
      x = end;
    }
    return found;
  });
  return { size: code.length + 2 * quiet, path: parts.join("") };
}

const sizeOf = (version) => 17 + 4 * version;

/** Codewords of a version: what its functional patterns leave free, in bytes. */
function capacity(version) {
  let bits = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const marks = Math.floor(version / 7) + 2;
    bits -= (25 * marks - 10) * marks - 55;
    if (version >= 7) bits -= 36;
  }
  return Math.floor(bits / 8);
}

const dataCapacity = (version) => capacity(version) - CORRECTION[version - 1] * BLOCKS[version - 1];

const lengthBits = (version) => (version < 10 ? 8 : 16);

function versionFor(length) {
  for (let version = 1; version <= VERSIONS; version += 1)
    if (4 + lengthBits(version) + 8 * length <= 8 * dataCapacity(version)) return version;
  throw new TooLong(`A QR code has no room for ${length} bytes.`);
}

/** Mode, length, bytes and padding as codewords. */
function dataCodewords(bytes, version) {
  const bits = [];
  const put = (value, count) => {
    for (let i = count - 1; i >= 0; i -= 1) bits.push((value >> i) & 1);
  };
  put(BYTE_MODE, 4);
  put(bytes.length, lengthBits(version));
  for (const byte of bytes) put(byte, 8);
  const all = 8 * dataCapacity(version);
  put(0, Math.min(4, all - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < all; pad ^= 0xec ^ 0x11) put(pad, 8);
  return Array.from({ length: all / 8 }, (_, i) =>
    parseInt(bits.slice(8 * i, 8 * i + 8).join(""), 2),
  );
}

/** The product of two numbers of the field GF(256) with the polynomial 0x11d. */
function times(a, b) {
  let product = 0;
  for (let i = 7; i >= 0; i -= 1) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> i) & 1) * a;
  }
  return product;
}

/** Coefficients of the polynomial (x - 1)(x - 2)(x - 4)... with `degree` factors, without the leading 1. */
function generator(degree) {
  const found = [...Array(degree - 1).fill(0), 1];
  let root = 1;
  for (let i = 0; i < degree; i += 1) {
    for (let j = 0; j < degree; j += 1) {
      found[j] = times(found[j], root);
      if (j + 1 < degree) found[j] ^= found[j + 1];
    }
    root = times(root, 2);
  }
  return found;
}

/** The error correction codewords of a block (Reed and Solomon). */
function correction(block, divisor) {
  const rest = divisor.map(() => 0);
  for (const codeword of block) {
    const factor = codeword ^ rest.shift();
    rest.push(0);
    divisor.forEach((coefficient, i) => (rest[i] ^= times(coefficient, factor)));
  }
  return rest;
}

/** Cut into blocks, each followed by its correction, and take the first codeword of each, then the second, and so on. */
function interleaved(data, version) {
  const count = BLOCKS[version - 1];
  const divisor = generator(CORRECTION[version - 1]);
  // The later blocks are one codeword longer where the data do not divide evenly.
  const short = Math.floor(data.length / count);
  const longer = data.length % count;
  let from = 0;
  const blocks = Array.from({ length: count }, (_, i) => {
    const length = short + (i >= count - longer ? 1 : 0);
    const block = data.slice(from, from + length);
    from += length;
    return { block, check: correction(block, divisor) };
  });
  const column = (rows, i) => rows.flatMap((row) => (i < row.length ? [row[i]] : []));
  const parts = (rows, length) => Array.from({ length }, (_, i) => column(rows, i)).flat();
  return [
    ...parts(
      blocks.map(({ block }) => block),
      short + 1,
    ),
    ...parts(
      blocks.map(({ check }) => check),
      divisor.length,
    ),
  ];
}

/** Rows and columns in whose crossings the alignment patterns are. */
function alignmentPlaces(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = sizeOf(version) - 7;
  const step = Math.floor((8 * version + 3 * count + 5) / (4 * count - 4)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, i) => last - step * (count - 2 - i))];
}

/** A number followed by the rest of its division by a polynomial (BCH code). */
function withCheck(value, polynomial, bits) {
  let rest = value;
  for (let i = 0; i < bits; i += 1) rest = (rest << 1) ^ ((rest >> (bits - 1)) * polynomial);
  return (value << bits) | rest;
}

/** Draw a code with a mask. */
function drawCode(version, codewords, mask) {
  const size = sizeOf(version);
  const dark = Array.from({ length: size }, () => Array(size).fill(false));
  const fixed = dark.map((row) => [...row]);
  const put = (x, y, value) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return;
    dark[y][x] = Boolean(value);
    fixed[y][x] = true;
  };
  drawPatterns(version, put);
  drawFormat(size, mask, put);
  if (version >= 7) drawVersion(version, put);
  // In columns of two, from the right, upward and downward in turn; the column of the timing pattern is left out.
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const upward = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step += 1) {
      const y = upward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (fixed[y][x]) continue;
        const bit = at < 8 * codewords.length && (codewords[at >> 3] >> (7 - (at & 7))) & 1;
        dark[y][x] = Boolean(bit) !== MASKS[mask](x, y);
        at += 1;
      }
    }
  }
  return dark;
}

/** Finder, timing and alignment patterns. */
function drawPatterns(version, put) {
  const size = sizeOf(version);
  for (let i = 0; i < size; i += 1) {
    put(6, i, i % 2 === 0);
    put(i, 6, i % 2 === 0);
  }
  const rings = (x, y, reach, isDark) => {
    for (let dy = -reach; dy <= reach; dy += 1)
      for (let dx = -reach; dx <= reach; dx += 1)
        put(x + dx, y + dy, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
  };
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ])
    rings(x, y, 4, (ring) => ring !== 2 && ring !== 4);
  const places = alignmentPlaces(version);
  const last = places.length - 1;
  places.forEach((x, i) =>
    places.forEach((y, j) => {
      // Three corners have finder patterns.
      if ((i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)) return;
      rings(x, y, 2, (ring) => ring !== 1);
    }),
  );
}

/** Level and mask, twice. */
function drawFormat(size, mask, put) {
  const bits = withCheck((LEVEL << 3) | mask, 0x537, 10) ^ 0x5412;
  const bit = (i) => (bits >> i) & 1;
  for (let i = 0; i <= 5; i += 1) put(8, i, bit(i));
  put(8, 7, bit(6));
  put(8, 8, bit(7));
  put(7, 8, bit(8));
  for (let i = 9; i < 15; i += 1) put(14 - i, 8, bit(i));
  for (let i = 0; i < 8; i += 1) put(size - 1 - i, 8, bit(i));
  for (let i = 8; i < 15; i += 1) put(8, size - 15 + i, bit(i));
  put(8, size - 8, true);
}

/** The version, twice. */
function drawVersion(version, put) {
  const size = sizeOf(version);
  const bits = withCheck(version, 0x1f25, 12);
  for (let i = 0; i < 18; i += 1) {
    const [far, near] = [size - 11 + (i % 3), Math.floor(i / 3)];
    put(far, near, (bits >> i) & 1);
    put(near, far, (bits >> i) & 1);
  }
}

/** How hard a code is to read (ISO/IEC 18004, table 11): long runs, blocks, what looks like a finder pattern, imbalance. */
function penalty(dark) {
  const size = dark.length;
  const lines = [...dark, ...dark.map((_, x) => dark.map((row) => row[x]))];
  let sum = 0;
  for (const line of lines) {
    const text = line.map(Number).join("");
    for (const run of text.match(/0{5,}|1{5,}/g) ?? []) sum += run.length - 2;
    // With four light modules on one side; outside of the code, all is light.
    const around = `0000${text}0000`;
    sum += 40 * (around.match(/(?=00001011101)/g) ?? []).length;
    sum += 40 * (around.match(/(?=10111010000)/g) ?? []).length;
  }
  for (let y = 0; y + 1 < size; y += 1)
    for (let x = 0; x + 1 < size; x += 1) {
      const { [y]: here, [y + 1]: below } = dark;
      if (here[x] === here[x + 1] && here[x] === below[x] && here[x] === below[x + 1]) sum += 3;
    }
  const share = dark.flat().filter(Boolean).length / (size * size);
  return sum + 10 * Math.floor(Math.abs(share - 0.5) * 20);
}

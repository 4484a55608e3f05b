/* Where the tokens of a frame lie and what each of them sees, in pixels of the model's frame: as in
   player/geometry.js, but for any patch and stride. Patches have an even side. */

/**
 * A frame and how it is cut.
 *
 * @typedef {{ width: number, height: number, patch: number, stride: number }} Cut
 */

/** @typedef {{ row: number, column: number }} Place */

/**
 * How many rows and columns of tokens a frame gives: a center every `stride` pixels from the corner on,
 * as long as it lies inside the frame or on its border.
 *
 * @param {Cut} cut
 */
export function gridOf({ width, height, stride }) {
  const rows = Math.floor(height / stride) + 1;
  const columns = Math.floor(width / stride) + 1;
  return { rows, columns, count: rows * columns };
}

/**
 * The square that a token sees. It may reach beyond the frame.
 *
 * @param {Cut} cut
 * @param {Place} place
 */
export function windowOf({ patch, stride }, { row, column }) {
  return { x: column * stride - patch / 2, y: row * stride - patch / 2, size: patch };
}

/**
 * The share of a token's square that lies beyond the frame, where the model reads zeros.
 *
 * @param {Cut} cut
 * @param {Place} place
 */
export function shareOutside(cut, place) {
  const { x, y, size } = windowOf(cut, place);
  const inside = (from, length) => Math.min(from + size, length) - Math.max(from, 0);
  const [wide, high] = [inside(x, cut.width), inside(y, cut.height)].map((n) => Math.max(n, 0));
  return 1 - (wide * high) / size ** 2;
}

/**
 * The tokens whose square holds the pixel from (x, y) to (x + 1, y + 1), row by row.
 *
 * @param {Cut} cut
 * @param {{ x: number, y: number }} pixel whole numbers
 * @returns {Place[]}
 */
export function tokensSeeing(cut, { x, y }) {
  const { rows, columns } = gridOf(cut);
  const along = (at, length) =>
    Array.from({ length }, (_, i) => i).filter((i) => {
      const first = i * cut.stride - cut.patch / 2;
      return first <= at && at < first + cut.patch;
    });
  return along(y, rows).flatMap((row) => along(x, columns).map((column) => ({ row, column })));
}

/**
 * The stretches of one side of the frame that no square covers, each from its first pixel to the one after
 * its last: between two squares where the stride is larger than the patch, and at the far border where the
 * last square ends before the frame does.
 *
 * @param {Cut} cut
 * @param {number} length width or height of the frame
 * @returns {[number, number][]}
 */
export function gaps({ patch, stride }, length) {
  /** @type {[number, number][]} */
  const found = [];
  for (let center = 0; center <= length; center += stride) {
    const [end, next] = [center + patch / 2, center + stride - patch / 2];
    const last = center + stride > length;
    const to = last ? length : next;
    if (end < to) found.push([end, to]);
  }
  return found;
}

/**
 * The share of the frame's pixels that no token sees.
 *
 * @param {Cut} cut
 */
export function shareUnseen(cut) {
  const seen = (length) =>
    1 - gaps(cut, length).reduce((sum, [from, to]) => sum + to - from, 0) / length;
  return 1 - seen(cut.width) * seen(cut.height);
}

/** How far from the true center a point may lie, in strides. */
const NEAR = 0.3;

/**
 * What somebody did who put the center of a token's square at (x, y): "right", or the rule by which they
 * went wrong: "corner" (half a stride too far, as if the first square began in the corner), "swapped" (row
 * and column), "patch" (counted in patches instead of strides), else "other".
 *
 * @param {Cut} cut
 * @param {Place} place
 * @param {{ x: number, y: number }} point
 */
export function placeOutcome({ stride, patch }, { row, column }, { x, y }) {
  const near = (trueX, trueY) =>
    Math.max(Math.abs(x - trueX), Math.abs(y - trueY)) <= NEAR * stride;
  if (near(column * stride, row * stride)) return "right";
  if (near((column + 0.5) * stride, (row + 0.5) * stride)) return "corner";
  if (near(row * stride, column * stride)) return "swapped";
  if (near(column * patch, row * patch)) return "patch";
  return "other";
}

/**
 * A pixel in the cell of `place` that the token to its right sees, too, where squares overlap.
 *
 * @param {Cut} cut
 * @param {Place} place
 */
export function sharedPixel({ stride }, { row, column }) {
  return { x: column * stride + Math.ceil(stride / 2) - 1, y: row * stride };
}

/**
 * Compare picked tokens with those that see a pixel: "right"; "extra" where one of the picked ones does not see it;
 * "missing" where one that sees it is not picked.
 *
 * @param {Place[]} picked
 * @param {Place[]} seeing
 */
export function pickOutcome(picked, seeing) {
  const name = ({ row, column }) => `${row}-${column}`;
  const [mine, theirs] = [picked, seeing].map((places) => new Set(places.map(name)));
  if ([...mine].some((place) => !theirs.has(place))) return "extra";
  return mine.size < theirs.size ? "missing" : "right";
}

/**
 * Compare a chosen stride with a wanted number of tokens: "right", "more" tokens than wanted, or "fewer".
 *
 * @param {Cut} cut
 * @param {number} wanted
 */
export function strideOutcome(cut, wanted) {
  const { count } = gridOf(cut);
  if (count === wanted) return "right";
  return count > wanted ? "more" : "fewer";
}

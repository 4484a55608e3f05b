/* How many columns give the largest pictures. */

/**
 * @param {number} count pictures
 * @param {object} room in CSS pixels
 * @param {number} room.width
 * @param {number} room.height
 * @param {number} room.text height of what stands above and below a picture
 * @param {number} room.ratio width of a picture by its height
 * @param {number} room.gap
 * @returns {{ columns: number, picture: number }} `picture`: the width of each, in whole pixels
 */
export function columnsFor(count, { width, height, text, ratio, gap }) {
  let best = { columns: 1, picture: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const across = (width - gap * (columns - 1)) / columns;
    const down = ((height - gap * (rows - 1)) / rows - text) * ratio;
    const picture = Math.floor(Math.min(across, down));
    if (picture > best.picture) best = { columns, picture };
  }
  return best;
}

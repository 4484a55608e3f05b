/* The maths of the lesson on neighbors: where a shifted channel comes from, and what an answer got wrong. */

/**
 * From where a channel of the patch (row, column) comes in a grid: `{ row, column }` of the neighbor; "zero" beyond
 * the border; "own" where the direction keeps the token's own value there.
 *
 * @param {{ dy: number, dx: number, keeps_own: boolean }} direction
 * @param {{ rows: number, columns: number }} grid
 * @param {{ row: number, column: number }} patch
 */
export function comesFrom({ dy, dx, keeps_own: keepsOwn }, { rows, columns }, { row, column }) {
  const [y, x] = [row + dy, column + dx];
  if (y >= 0 && y < rows && x >= 0 && x < columns) return { row: y, column: x };
  return keepsOwn ? "own" : "zero";
}

/**
 * A map after the shift, patch by patch.
 *
 * @param {ArrayLike<number>} map [rows * columns]
 * @param {{ dy: number, dx: number, keeps_own: boolean }} direction
 * @param {{ rows: number, columns: number }} grid
 */
export function shifted(map, direction, grid) {
  return Float32Array.from({ length: grid.rows * grid.columns }, (_, i) => {
    const patch = { row: Math.floor(i / grid.columns), column: i % grid.columns };
    const from = comesFrom(direction, grid, patch);
    if (from === "zero") return 0;
    return from === "own" ? map[i] : map[from.row * grid.columns + from.column];
  });
}

/**
 * What is wrong with the patch that was picked as the source: "right"; "opposite" where the value would go to it;
 * "own" for the token itself; else "other".
 */
export function sourceOutcome(picked, token, { dy, dx }) {
  const [y, x] = [picked.row - token.row, picked.column - token.column];
  if (y === dy && x === dx) return "right";
  if (y === -dy && x === -dx) return "opposite";
  return y === 0 && x === 0 ? "own" : "other";
}

/**
 * What is wrong with a set of tables that was picked as those of the models with neighbors: "right"; "even" where
 * all picked ones are of models without; "one" where some are.
 *
 * @param {string[]} picked
 * @param {string[]} known
 */
export function tablesOutcome(picked, known) {
  const right = picked.filter((name) => known.includes(name)).length;
  if (right === known.length && picked.length === known.length) return "right";
  return right === 0 ? "even" : "one";
}

/**
 * What is wrong with predicted probabilities of "clockwise" for a clip played backward, by model: "kept" where a
 * model whose answer flips by more than a half was taken to stay; "turned" where one that moves by less than a quarter
 * was taken to move by more than that; else "right".
 *
 * @param {Record<string, number>} placed
 * @param {Record<string, { forward: number, backward: number }>} known
 */
export function backwardOutcome(placed, known) {
  const names = Object.keys(known);
  const moved = (name) => known[name].backward - known[name].forward;
  const guess = (name) => placed[name] - known[name].forward;
  const kept = (name) => Math.abs(moved(name)) > 0.5 && guess(name) * Math.sign(moved(name)) < 0.25;
  const turned = (name) => Math.abs(moved(name)) < 0.25 && Math.abs(guess(name)) > 0.25;
  if (names.some(kept)) return "kept";
  return names.some(turned) ? "turned" : "right";
}

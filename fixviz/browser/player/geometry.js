/* Where patches lie. The center of patch (row, column) is at (row * stride, column * stride) model
   pixels; its cell is stride x stride around it, so the first row and column lie half outside the frame.
   `scale` is canvas pixels per display pixel. */

/** @import { Grid } from "./types.d.ts" */

/**
 * The size of a cell on the canvas.
 *
 * @param {Grid} grid
 * @param {number} scale
 */
function cell(grid, scale) {
  const [perY, perX] = grid.display_per_model;
  return { width: grid.stride * perX * scale, height: grid.stride * perY * scale };
}

/** The rectangle of the whole grid on the canvas, which reaches beyond the frame. */
export function gridRect(grid, scale) {
  const { width, height } = cell(grid, scale);
  return { x: -width / 2, y: -height / 2, width: grid.columns * width, height: grid.rows * height };
}

/** The rectangle of one patch's cell on the canvas. */
export function patchRect(grid, row, column, scale) {
  const { width, height } = cell(grid, scale);
  return { x: (column - 0.5) * width, y: (row - 0.5) * height, width, height };
}

/**
 * The patch whose cell holds a point of the canvas, or null outside the grid.
 *
 * @param {Grid} grid
 * @param {number} x
 * @param {number} y
 * @param {number} scale
 */
export function patchAt(grid, x, y, scale) {
  const { width, height } = cell(grid, scale);
  const row = Math.floor(y / height + 0.5);
  const column = Math.floor(x / width + 0.5);
  const inside = row >= 0 && column >= 0 && row < grid.rows && column < grid.columns;
  return inside ? { row, column } : null;
}

/**
 * Interpolate bilinearly between patch centers, with `factor` samples per patch in each direction.
 * Sample (i, j) lies at ((i + 0.5) / factor, (j + 0.5) / factor) cells from the grid's corner; with an
 * odd factor one sample lies on each center and keeps its value. Beyond the outermost centers the
 * outermost value holds. A sample next to an undefined patch is undefined.
 *
 * @param {ArrayLike<number>} values [rows * columns]
 * @param {number} rows
 * @param {number} columns
 * @param {number} factor
 */
export function upsample(values, rows, columns, factor) {
  const out = new Float32Array(rows * columns * factor * factor);
  const width = columns * factor;
  const along = (index, length) => {
    const at = Math.min(Math.max((index + 0.5) / factor - 0.5, 0), length - 1);
    const first = Math.floor(at);
    return [first, Math.min(first + 1, length - 1), at - first];
  };
  for (let i = 0; i < rows * factor; i++) {
    const [top, bottom, down] = along(i, rows);
    for (let j = 0; j < width; j++) {
      const [left, right, over] = along(j, columns);
      const upper = mix(values[top * columns + left], values[top * columns + right], over);
      const lower = mix(values[bottom * columns + left], values[bottom * columns + right], over);
      out[i * width + j] = mix(upper, lower, down);
    }
  }
  return out;
}

function mix(a, b, t) {
  return t === 0 ? a : a + (b - a) * t;
}

/* The Lorenz curve of an even row, which the others are compared with. */

/**
 * The diagonal as a line of `linePlot`.
 *
 * @param {import("../types.d.ts").Colors} colors
 * @returns {{ points: [number, number][], color: string, dash: string, width: number }}
 */
export function evenLine(colors) {
  const ends = /** @type {[number, number][]} */ ([
    [0, 0],
    [1, 1],
  ]);
  return { points: ends, color: colors.muted, dash: "4 4", width: 1.5 };
}

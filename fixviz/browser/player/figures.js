/* Texts about the numbers of a row and of a rollout. */

/** @import { Row } from "./types.d.ts" */

import { number, percent } from "./format.js";

/** An error with one digit, such as 4e-4. */
const error = (value) => (value === 0 ? "0" : value.toExponential(0));

/**
 * Lines of text about a query's row: `lead`, how far it looks; `fine`, how concentrated it is, what it
 * sums to and how exact the numbers are.
 *
 * @param {Row} row
 * @param {{ patches: string, rebuild: number | null, stored: number | null, turned: boolean, joined: string | null }}
 *   facts `patches`: what the keys are, with their number; `rebuild`, `stored`: errors; `turned`: the dial
 *   changes the row; `joined`: one more line
 */
export function rowFigures(row, { patches, rebuild, stored, turned, joined }) {
  const { sum, figures, outside } = row;
  const lead = [];
  const fine = [];
  if (figures) {
    const looks =
      figures.effectiveSupport < 9.95
        ? figures.effectiveSupport.toFixed(1)
        : String(Math.round(figures.effectiveSupport));
    lead.push(`Looks at about ${looks} of ${patches}`);
    fine.push(
      `Entropy ${number(figures.entropy)} nats, concentration ${number(figures.concentration)}, top 10\u00a0%: ${percent(figures.topMass)}`,
    );
  }
  if (sum !== null && sum !== undefined)
    fine.push(
      `Row sums to ${sum.toFixed(4)}${outside > 5e-5 ? `, ${percent(outside)} of it beyond the border` : ""}`,
    );
  if (joined) fine.push(joined);
  if (!turned && rebuild !== null && rebuild !== undefined) {
    fine.push(
      `Rebuilds the output to ${error(rebuild)}: in float32, all rows times the values give the model's own output, within this share of its maximum`,
    );
  }
  if (stored !== null && stored !== undefined)
    fine.push(`Storing as float16 changed weights by at most ${error(stored)} of the largest`);
  return { lead, fine };
}

/** Lines of text about a rollout, as of `rowFigures`. */
export function rolloutFigures({ outside, totals }, frame, start) {
  const here = totals[frame - start];
  const lead = [];
  if (here !== undefined)
    lead.push(`${percent(here)} in this frame, ${percent(outside)} beyond the border`);
  return { lead, fine: [] };
}

/* The numbers of a row, in the order in which people ask for them. */

import { number, percent } from "./format.js";

/** An error such as 4e-4, with one digit. */
const error = (value) => (value === 0 ? "0" : value.toExponential(0));

/** Lines of text about a query's row: what it sums to, how concentrated it is, how exact the numbers are. */
export function rowFigures(row, { patches, rebuild, stored, turned, joined }) {
  const { sum, figures, outside } = row;
  const lines = [];
  if (figures) {
    const looks = figures.effectiveSupport < 9.95 ? figures.effectiveSupport.toFixed(1) : String(Math.round(figures.effectiveSupport));
    lines.push(`Looks at about ${looks} of ${patches}`);
    lines.push(`Entropy ${number(figures.entropy)} nats, concentration ${number(figures.concentration)}, top 10\u00a0%: ${percent(figures.topMass)}`);
  }
  if (sum !== null && sum !== undefined) lines.push(`Row sums to ${sum.toFixed(4)}${outside > 5e-5 ? `, ${percent(outside)} of it beyond the border` : ""}`);
  if (joined) lines.push(joined);
  const exact = [];
  if (!turned && rebuild !== null && rebuild !== undefined) exact.push(`Rebuilds the output to ${error(rebuild)}.`);
  if (stored !== null && stored !== undefined) exact.push(`Storing as float16 changed weights by at most ${error(stored)} of the largest.`);
  return { lines, exact: exact.join(" "), help: "In float32, the whole attention map times the values gives the model's own output, within this share of its maximum." };
}

/** Lines about a rollout. */
export function rolloutFigures({ outside, totals }, frame, start) {
  const here = totals[frame - start];
  const lines = [];
  if (here !== undefined) lines.push(`${percent(here)} in this frame, ${percent(outside)} beyond the border`);
  return { lines, exact: "", help: null };
}

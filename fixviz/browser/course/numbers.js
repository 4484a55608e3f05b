/* Reads and judges the numbers that readers write. */

/**
 * The number in a text, or NaN. Spaces and commas may divide thousands; a single comma before other than three
 * digits is a decimal comma; a percent sign divides by 100.
 *
 * @param {string} text
 */
export function readNumber(text) {
  let plain = text.trim().replace(/[\s\u00a0\u202f_']/g, "");
  const percent = /[%％]$/.test(plain);
  plain = plain
    .replace(/[%％]$/, "")
    .replace(/−/g, "-")
    .replace(/，/g, ",");
  if (/^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(plain)) plain = plain.replace(/,/g, "");
  else plain = plain.replace(",", ".");
  if (!/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return NaN;
  return percent ? Number(plain) / 100 : Number(plain);
}

/** Whether a value is the wanted one, up to what rounding to the shown digits changes. */
function meets(value, wanted, within) {
  const slack = Math.max(
    within * Math.abs(wanted),
    5e-3 * Math.abs(wanted) * (Number.isInteger(wanted) ? 0 : 1),
    1e-9,
  );
  return Math.abs(value - wanted) <= slack;
}

/**
 * Judge a number: the outcome "right", "low" or "high", or the number of a known mistake.
 *
 * @param {number} value
 * @param {{ answer: number, within?: number, mistakes?: { answer: number }[] }} ask
 * @returns {string}
 */
export function judge(value, { answer, within = 0, mistakes = [] }) {
  if (meets(value, answer, within)) return "right";
  const mistake = mistakes.findIndex((one) => meets(value, one.answer, 0));
  if (mistake >= 0) return `mistake-${mistake}`;
  return value < answer ? "low" : "high";
}

/* Formats numbers and times. */

/** Format with three significant digits, and with an exponent only for very small and very large numbers. */
export function number(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "undefined";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size < 1e-3 || size >= 1e5) return value.toExponential(1);
  return String(Number(value.toPrecision(3)));
}

/** Format a share as a whole percentage; one that is not zero never reads 0 %. */
export function percent(share) {
  if (share > 0 && share < 0.005) return "< 1 %";
  return `${Math.round(100 * share)} %`;
}

/** Format seconds with two decimals, or as m:ss.ss from a minute on. */
export function seconds(value) {
  // Rounded first: 59.999 is a whole minute.
  const hundredths = Math.round(100 * value);
  if (hundredths < 6000) return `${(hundredths / 100).toFixed(2)} s`;
  const rest = ((hundredths % 6000) / 100).toFixed(2).padStart(5, "0");
  return `${Math.floor(hundredths / 6000)}:${rest}`;
}

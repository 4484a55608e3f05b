/* Numbers with a minus sign instead of a hyphen. */

/**
 * A formatter that writes minus signs.
 *
 * @param {(value: number, digits?: number) => string} number
 * @returns {(value: number, digits?: number) => string}
 */
export const withMinus = (number) => (value, digits) => number(value, digits).replace(/^-/, "−");

/* Checks answers that come from files. */

/**
 * Whether an answer is a list of so many numbers from 0 to a largest one.
 *
 * @param {any} answer
 * @param {number} length
 * @param {number} most
 */
export function isNumbers(answer, length, most) {
  return (
    Array.isArray(answer) &&
    answer.length === length &&
    answer.every((value) => typeof value === "number" && value >= 0 && value <= most)
  );
}

/**
 * How many of the answers, which are lists of places, name each place. An answer counts once for a place.
 *
 * @param {any[]} answers
 * @param {number} count of the places
 * @param {(place: any) => number} numberOf of a place; one that is not 0 to `count` - 1 is left out
 */
export function countPlaces(answers, count, numberOf) {
  const found = new Float32Array(count);
  for (const answer of answers) {
    if (!Array.isArray(answer)) continue;
    for (const number of new Set(answer.map(numberOf)))
      if (Number.isInteger(number) && number >= 0 && number < count) found[number] += 1;
  }
  return found;
}

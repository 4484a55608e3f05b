/* Where a pointer is inside an element. */

/**
 * The place of an event in the element's own pixels. They are larger than the pixels of the event where the page
 * around the element is enlarged, as in presenter mode.
 *
 * @param {Element} element
 * @param {{ clientX: number, clientY: number }} event
 */
export function pointIn(element, { clientX, clientY }) {
  const box = element.getBoundingClientRect();
  const scale = element.clientWidth / box.width;
  return { x: (clientX - box.left) * scale, y: (clientY - box.top) * scale };
}

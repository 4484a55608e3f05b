/* Motion that stops when the reader wants none. */

/**
 * Call `step` with a share of the way, 0 to 1, before each frame of the screen. With `reduced` it is called
 * once with 1. Returns a function that stops it.
 *
 * @param {number} milliseconds
 * @param {(share: number) => void} step
 * @param {boolean} reduced
 */
export function animate(milliseconds, step, reduced) {
  if (reduced) {
    step(1);
    return () => {};
  }
  let request = 0;
  const started = performance.now();
  const next = (now) => {
    const share = Math.min(1, Math.max(0, (now - started) / milliseconds));
    step(share);
    if (share < 1) request = requestAnimationFrame(next);
  };
  request = requestAnimationFrame(next);
  return () => cancelAnimationFrame(request);
}

/** A function that calls `draw` once before the next frame of the screen, however often it is called. */
export function beforeFrame(draw) {
  let request = 0;
  return () => {
    request ||= requestAnimationFrame(() => {
      request = 0;
      draw();
    });
  };
}

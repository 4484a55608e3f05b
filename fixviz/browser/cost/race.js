/* Runs the worker that times attention, for a page or a figure of the course. */

/**
 * Start a measurement.
 *
 * @param {{ kinds: string[], sizes: number[], width: number, heads: number, seconds: number }} task
 * @param {object} tell
 * @param {(at: { share: number, kind: string, tokens: number }) => void} [tell.onStep]
 * @param {(point: any) => void} tell.onPoint
 * @param {(end: { stopped: Record<string, any> } | null) => void} tell.onEnd null where the browser let no worker run
 * @returns {() => void} stops it; nothing is told afterwards
 */
export function race(task, { onStep = () => {}, onPoint, onEnd }) {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  const end = (told) => {
    worker.terminate();
    onEnd(told);
  };
  worker.onmessage = ({ data }) => {
    if (data.done) end({ stopped: data.stopped });
    else if (data.point) onPoint(data.point);
    else onStep(data);
  };
  worker.onerror = () => end(null);
  worker.postMessage(task);
  return () => worker.terminate();
}

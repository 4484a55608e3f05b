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
  let [begun, stopped] = [false, false];
  const end = (told) => {
    worker.terminate();
    if (!stopped) onEnd(told);
  };
  worker.onmessage = ({ data }) => {
    begun = true;
    if (stopped) worker.terminate();
    else if (data.done) end({ stopped: data.stopped });
    else if (data.point) onPoint(data.point);
    else onStep(data);
  };
  worker.onerror = () => end(null);
  worker.postMessage(task);
  return () => {
    stopped = true;
    // A worker that ends while its modules are on their way leaves failed requests in the browser's log.
    if (begun) worker.terminate();
  };
}

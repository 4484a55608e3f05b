/* Makes a moving picture of all frames of a view. */

/** @import { Theme } from "../types.d.ts" */

/**
 * @typedef {object} Job
 * @property {HTMLCanvasElement} canvas
 * @property {number[]} times when each frame begins, in seconds
 * @property {Theme} theme
 * @property {string} colors name of the color map
 * @property {(frame: number) => Promise<void>} draw paints a frame on the canvas
 * @property {(share: number) => void} onProgress throws where the export was cancelled
 */

import { COLOR_MAPS } from "../colormaps.js";
import { startWorker } from "../files.js";

const MOST_COUNTED = 8;
const BAR_COLORS = 24;
const BITS_PER_PIXEL = 4;

/** The seconds for which each frame is shown; the last as long as the one before it. */
export function durations(times) {
  const lengths = times.slice(1).map((time, i) => time - times[i]);
  return [...lengths, lengths[lengths.length - 1] ?? 1];
}

/** Durations in whole hundredths of a second, whose sums stay within half of one of the true times. */
export function centiseconds(times) {
  let end = 0;
  let shown = 0;
  return durations(times).map((length) => {
    end += 100 * length;
    const whole = Math.max(2, Math.round(end) - shown);
    shown += whole;
    return whole;
  });
}

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** The colors that a palette must contain: text, background, the models' dots, and steps of the color bar. */
function fixedColors({ background, ink, muted, lines }, colors) {
  const table = COLOR_MAPS[colors];
  const steps = Array.from({ length: BAR_COLORS }, (_, i) => {
    const at = 3 * Math.round((255 * i) / (BAR_COLORS - 1));
    return [table[at], table[at + 1], table[at + 2]];
  });
  return [background, ink, muted, ...lines].map(rgb).concat(steps);
}

/** A function that sends a message to the worker and resolves to its answer. */
function workerCalls(worker) {
  return (message, transfer = []) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error("The GIF could not be made. Try a PNG or a video instead."));
      };
      worker.postMessage(message, transfer);
    });
}

/**
 * Make a GIF file of all frames.
 *
 * @param {Job} job
 */
export async function gifOf(job) {
  const { canvas, times, draw, onProgress } = job;
  const worker = startWorker("player/export/gif-worker.js");
  try {
    const call = workerCalls(worker);
    const send = async (frame, message) => {
      await draw(frame);
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      await call({ ...message, pixels: data }, [data.buffer]);
    };
    const every = Math.ceil(times.length / MOST_COUNTED);
    for (let frame = 0; frame < times.length; frame += every) {
      onProgress((0.2 * frame) / times.length);
      await send(frame, { step: "count" });
    }
    await call({
      step: "start",
      width: canvas.width,
      height: canvas.height,
      fixed: fixedColors(job.theme, job.colors),
    });
    const lengths = centiseconds(times);
    for (let frame = 0; frame < times.length; frame++) {
      onProgress(0.2 + (0.8 * frame) / times.length);
      await send(frame, { step: "frame", centiseconds: lengths[frame] });
    }
    return new Blob([await call({ step: "finish" })], { type: "image/gif" });
  } finally {
    worker.terminate();
  }
}

const VIDEO_TYPES = [
  ["video/mp4;codecs=avc1.640028", "mp4"],
  ["video/mp4;codecs=avc1.42E028", "mp4"],
  ["video/webm;codecs=vp9", "webm"],
  ["video/webm;codecs=vp8", "webm"],
];

/** The type and file ending of the video that this browser can record, or null. */
export function videoType() {
  if (typeof MediaRecorder === "undefined" || !HTMLCanvasElement.prototype.captureStream)
    return null;
  const found = VIDEO_TYPES.find(([type]) => MediaRecorder.isTypeSupported(type));
  return found ? { type: found[0], ending: found[1] } : null;
}

const pause = (milliseconds) =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, milliseconds));
  });

/**
 * Record a video file of all frames at the speed of the clip, which takes as long as the clip.
 *
 * @param {Job} job
 * @param {{ type: string }} video
 */
export async function videoOf(job, { type }) {
  const { canvas, times, draw, onProgress } = job;
  await draw(0);
  const stream = canvas.captureStream(0);
  const [track] = /** @type {CanvasCaptureMediaStreamTrack[]} */ (stream.getVideoTracks());
  const rate = 1 / Math.min(...durations(times));
  const recorder = new MediaRecorder(stream, {
    mimeType: type,
    videoBitsPerSecond: Math.round(canvas.width * canvas.height * rate * BITS_PER_PIXEL),
  });
  const parts = [];
  const stopped = new Promise((resolve, reject) => {
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = resolve;
    recorder.onerror = () =>
      reject(new Error("The browser could not record the video. Try a GIF instead."));
  });
  try {
    recorder.start();
    const started = performance.now();
    let due = 0;
    for (const [frame, length] of durations(times).entries()) {
      onProgress(frame / times.length);
      await draw(frame);
      track.requestFrame();
      due += 1000 * length;
      // After a delay, catch up at no more than double speed, because faster frames would be merged.
      await pause(Math.max(started + due - performance.now(), 500 * length));
    }
  } finally {
    if (recorder.state !== "inactive") recorder.stop();
    track.stop();
  }
  await stopped;
  return new Blob(parts, { type: type.split(";")[0] });
}

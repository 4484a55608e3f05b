/* The camera: opening it, recording a short clip, and why it cannot be used. */

const KINDS = ["video/webm;codecs=vp8", "video/webm", "video/mp4;codecs=avc1.42E01E", "video/mp4"];
const BITS_PER_SECOND = 1_500_000;

/** Why this page cannot record at all: the key of a sentence, or null where it can try. */
export function obstacle(view = window) {
  if (!view.isSecureContext || !view.navigator.mediaDevices?.getUserMedia) return "insecure";
  return recordedAs(view) === null ? "no_recorder" : null;
}

/** The kind of video that this browser records, or null. */
export function recordedAs(view = window) {
  const { MediaRecorder } = view;
  if (MediaRecorder === undefined) return null;
  return KINDS.find((kind) => MediaRecorder.isTypeSupported(kind)) ?? null;
}

/** The key of the sentence for what getUserMedia has thrown. */
export function reason(error) {
  if (["NotAllowedError", "SecurityError"].includes(error?.name)) return "denied";
  if (["NotFoundError", "OverconstrainedError"].includes(error?.name)) return "no_camera";
  return "busy";
}

/** Ask for the camera, without sound. */
export function openCamera(devices = navigator.mediaDevices) {
  const video = { width: { ideal: 320 }, height: { ideal: 240 }, frameRate: { ideal: 24 } };
  return devices.getUserMedia({ video, audio: false });
}

/**
 * Record for some seconds.
 *
 * @param {MediaStream} stream
 * @param {number} seconds
 * @param {AbortSignal} signal ends the recording, which is then dropped
 * @returns {Promise<Blob>} rejects when it was ended early, or the camera is gone
 */
export function record(stream, seconds, signal) {
  const type = recordedAs();
  const recorder = new MediaRecorder(stream, {
    mimeType: type,
    videoBitsPerSecond: BITS_PER_SECOND,
  });
  const parts = [];
  return new Promise((resolve, reject) => {
    let timer = 0;
    const end = () => recorder.state !== "inactive" && recorder.stop();
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onerror = () => reject(new Error("lost"));
    recorder.onstop = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      const whole = !signal.aborted && stream.active;
      if (whole) resolve(new Blob(parts, { type: type.split(";")[0] }));
      else reject(new Error(signal.aborted ? "stopped" : "lost"));
    };
    signal.addEventListener("abort", end);
    recorder.start();
    timer = setTimeout(end, seconds * 1000);
  });
}

/** The content of a recording as text that a message can hold. */
export function asBase64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",", 2)[1]);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/* Plays the frames at the speed of the clip. */

export class Player {
  /**
   * @param {number[]} times when each frame begins, in seconds
   * @param {object} handlers
   * @param {(frame: number) => void} handlers.onFrame called for each frame to show
   * @param {(playing: boolean) => void} handlers.onState called on start and stop
   */
  constructor(times, { onFrame, onState }) {
    this.times = times;
    this.onFrame = onFrame;
    this.onState = onState;
    this.playing = false;
  }

  /**
   * Play from a frame on, and from the beginning again after the last.
   *
   * @param {number} frame
   */
  start(frame) {
    if (this.playing || this.times.length < 2) return;
    this.playing = true;
    this.onState(true);
    const { times } = this;
    const end = times[times.length - 1] + (times[1] - times[0]);
    const length = end - times[0];
    const from = frame >= times.length - 1 ? 0 : times[frame] - times[0];
    const started = performance.now();
    let shown = -1;
    const tick = (now) => {
      if (!this.playing) return;
      const at = times[0] + ((from + Math.max(0, now - started) / 1000) % length);
      const frameNow = this.#frameAt(at);
      if (frameNow !== shown) this.onFrame((shown = frameNow));
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    this.onState(false);
  }

  /**
   * The last frame that has begun at a time.
   *
   * @param {number} at seconds
   */
  #frameAt(at) {
    let frame = 0;
    while (frame + 1 < this.times.length && this.times[frame + 1] <= at + 1e-6) frame += 1;
    return frame;
  }
}

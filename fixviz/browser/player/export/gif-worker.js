/* Encodes a GIF in a worker. Each message gets an answer, so that no more than one frame is on its way. */

import { ColorCount, GifWriter } from "./gif.js";

const MOST_COLORS = 255;
const colors = new ColorCount();
let writer = null;

const STEPS = {
  count: ({ pixels }) => colors.add(pixels),
  start({ width, height, fixed }) {
    writer = new GifWriter(width, height, [
      ...fixed,
      ...colors.palette(MOST_COLORS - fixed.length),
    ]);
  },
  frame: ({ pixels, centiseconds }) => writer.add(pixels, centiseconds),
  finish: () => writer.finish(),
};

onmessage = ({ data }) => postMessage(STEPS[data.step](data) ?? null);

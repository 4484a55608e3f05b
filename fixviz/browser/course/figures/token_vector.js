/* What a token is made of: the red, green and blue values of its square as one list, times a matrix. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { newCanvas } from "../../player/painter.js";
import { queryPatch } from "./softmax_query.js";
import { TokenFrame, cutOf, modelFrame, squareOf } from "./token_frame.js";

const CHANNELS = ["red", "green", "blue"];
/** The gray that stands for the zeros beyond the frame. */
const ZERO = 128;

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function tokenVector(context) {
  const { source, numbers, label, labels } = context;
  const image = await source.image(source.frame);
  const cut = cutOf(source);
  const pixels = modelFrame(image, cut).getContext("2d").getImageData(0, 0, cut.width, cut.height);
  let place = await queryPatch(source);
  let known = false;

  const picture = new TokenFrame({
    image,
    cut,
    label: labels.frame,
    onPoint({ row, column }, how) {
      if (how !== "pick" && context.reduced) return;
      place = { row, column };
      redraw();
    },
  });
  const squares = CHANNELS.map((name) => {
    const canvas = newCanvas(cut.patch, cut.patch);
    canvas.className = "channel";
    canvas.setAttribute("aria-hidden", "true");
    return { name, canvas };
  });
  const where = el("p", { class: "token-note" });
  const [input, matrix, output] = ["list", "matrix", "result"].map((name) => {
    const size = el("span", { class: "flow-size" });
    const box = el("span", { class: `flow-box of-${name}` }, el("span", {}, labels[name]), size);
    return { box, size };
  });
  const element = el(
    "div",
    { class: "figure-token" },
    el("div", { class: "token-picture" }, picture.element, where),
    el(
      "div",
      { class: "token-side channels" },
      ...squares.map(({ name, canvas }) =>
        el("div", { class: "channel-line" }, canvas, el("span", {}, labels[name])),
      ),
    ),
    el(
      "div",
      { class: "flow" },
      output.box,
      el("span", { class: "flow-sign", "aria-hidden": "true" }, "="),
      matrix.box,
      el("span", { class: "flow-sign", "aria-hidden": "true" }, "·"),
      input.box,
    ),
  );
  redraw();

  function redraw() {
    const square = squareOf(cut, place);
    picture.draw({ cells: Infinity, squares: [square] });
    squares.forEach(({ canvas }, channel) => paintChannel(canvas, square, channel));
    const inside = known ? context.number(numbers["run.patch_numbers"]) : "?";
    setText(input.size, label("numbers", { value: inside }));
    setText(matrix.size, label("shape", { rows: numbers["run.embedding"], columns: inside }));
    setText(output.size, label("numbers", { value: numbers["run.embedding"] }));
    setText(where, label("token", place));
  }

  /** One channel of the square in its own color, pixel by pixel. */
  function paintChannel(canvas, { x, y, size }, channel) {
    const painted = new ImageData(size, size);
    for (let i = 0; i < size * size; i++) {
      const [px, py] = [x + (i % size), y + Math.floor(i / size)];
      const inside = px >= 0 && py >= 0 && px < cut.width && py < cut.height;
      const value = inside ? pixels.data[4 * (py * cut.width + px) + channel] : ZERO;
      painted.data[4 * i + channel] = value;
      painted.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(painted, 0, 0);
  }

  return {
    element,
    text: () => `${label("token", place)} · ${CHANNELS.map((name) => labels[name]).join(", ")}`,
    reveal() {
      known = true;
      redraw();
    },
    symbols: () => ({
      list: {
        value: known ? label("numbers", { value: numbers["run.patch_numbers"] }) : labels.unknown,
        where: labels.where,
      },
      matrix: {
        value: label("shape", {
          rows: numbers["run.embedding"],
          columns: known ? numbers["run.patch_numbers"] : "?",
        }),
        where: labels.learned,
      },
      token: { value: label("numbers", { value: numbers["run.embedding"] }) },
    }),
    light(symbol) {
      element.dataset.lit = symbol ?? "";
    },
    close: () => picture.close(),
  };
}

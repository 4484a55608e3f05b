/* Put the square of a token on a frame, between two rulers in pixels. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import {
  SQUARES,
  TokenFrame,
  cutOf,
  enlarged,
  modelFrame,
  squareOf,
  write,
} from "./token_frame.js";
import { placeOutcome } from "./tokens_math.js";

/** Pixels from one number of the rulers to the next: about eight on the longer side, a round number. */
const MARKS = 8;
const RULER = 10;
const ROUND = [5, 10, 20, 25, 50, 100];

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function tokenPlace(context) {
  const { source, numbers, label, labels } = context;
  const image = await source.image(source.frame);
  const cut = cutOf(source);
  const place = { row: numbers["run.place_row"], column: numbers["run.place_column"] };
  const truth = { x: place.column * cut.stride, y: place.row * cut.stride };
  /** The center that the reader has put, and the one they point at. */
  let put = null;
  let pointed = null;
  let revealed = false;
  let lit = null;
  /** Centers that a class has put. */
  let others = [];

  const picture = new TokenFrame({
    image,
    cut,
    label: label("frame", { stride: cut.stride }),
    // Room for the numbers of the rulers.
    largest: cut.patch + RULER,
    by: "pixel",
    onPoint({ x, y }, how) {
      pointed = { x, y };
      if (how === "pick") {
        put = pointed;
        revealed = false;
        context.changed();
      }
      redraw();
    },
  });
  const crop = enlarged(modelFrame(image, cut), labels.crop);
  const at = el("p", { class: "token-total", "aria-live": "polite" });
  const beyond = el("p", { class: "token-note" });
  const element = el(
    "div",
    { class: "figure-token stacked" },
    el("div", { class: "token-picture" }, picture.element),
    el("div", { class: "token-side" }, crop.element, at, beyond),
  );
  redraw();

  function squareAround({ x, y }) {
    return { x: x - cut.patch / 2, y: y - cut.patch / 2, size: cut.patch };
  }

  function redraw() {
    const squares = [];
    if (pointed && pointed !== put)
      squares.push({ ...squareAround(pointed), dashed: true, color: "#ffffff" });
    if (put) squares.push({ ...squareAround(put), color: SQUARES[0] });
    if (revealed) squares.push(squareOf(cut, place, SQUARES[1]));
    picture.draw({ squares, over: rulers });
    const shown = revealed ? truth : (pointed ?? put);
    crop.element.hidden = !shown;
    if (shown) crop.draw(squareAround(shown), revealed ? SQUARES[1] : SQUARES[0]);
    setText(at, status());
    setText(beyond, shown ? outside(shown) : "");
  }

  function status() {
    if (revealed) return label("truth", { ...place, ...truth });
    const shown = pointed ?? put;
    return shown ? label("at", shown) : labels.nothing;
  }

  function outside({ x, y }) {
    const covered = (from, length) =>
      Math.min(from + cut.patch / 2, length) - Math.max(from - cut.patch / 2, 0);
    const share = 1 - (covered(x, cut.width) * covered(y, cut.height)) / cut.patch ** 2;
    return share > 0 ? label("zeros", { percent: context.percent(share) }) : labels.inside;
  }

  /** Numbers along the upper and the left edge, and lines to the square. */
  function rulers(canvas, { x, y, scale, ratio }) {
    const rough = Math.max(cut.width, cut.height) / MARKS;
    const step = ROUND.find((one) => one >= rough) ?? rough;
    canvas.font = `${12 * ratio}px system-ui, sans-serif`;
    const line = (fromX, fromY, toX, toY, color) => {
      canvas.beginPath();
      canvas.moveTo(fromX, fromY);
      canvas.lineTo(toX, toY);
      canvas.lineWidth = ratio;
      canvas.strokeStyle = color;
      canvas.stroke();
    };
    canvas.textAlign = "center";
    for (let px = 0; px <= cut.width; px += step) {
      line(x(px), y(0) - 6 * ratio, x(px), y(0), "#ffffff");
      write(canvas, ratio, String(px), x(px), y(0) - 9 * ratio);
    }
    canvas.textAlign = "right";
    canvas.textBaseline = "middle";
    for (let px = 0; px <= cut.height; px += step) {
      line(x(0) - 6 * ratio, y(px), x(0), y(px), "#ffffff");
      write(canvas, ratio, String(px), x(0) - 9 * ratio, y(px));
    }
    canvas.textAlign = "left";
    canvas.textBaseline = "alphabetic";
    if (lit === "row" || lit === "column" || lit === "stride") {
      // The centers of the first row, the first column, or both.
      const every = (length) =>
        Array.from({ length: Math.floor(length / cut.stride) + 1 }, (_, i) => i * cut.stride);
      const dots = [
        ...(lit === "row" ? [] : every(cut.width).map((px) => [px, 0])),
        ...(lit === "column" ? [] : every(cut.height).map((px) => [0, px])),
      ];
      for (const [px, down] of dots) {
        canvas.beginPath();
        canvas.arc(x(px), y(down), Math.max(2.5 * ratio, scale * 0.7), 0, 2 * Math.PI);
        canvas.fillStyle = SQUARES[0];
        canvas.fill();
      }
    }
    for (const one of others) {
      canvas.beginPath();
      canvas.arc(x(one.x), y(one.y), 4 * ratio, 0, 2 * Math.PI);
      canvas.fillStyle = "rgb(255 196 61 / 75%)";
      canvas.fill();
      canvas.lineWidth = ratio;
      canvas.strokeStyle = "#000000";
      canvas.stroke();
    }
    const cross = revealed ? truth : (pointed ?? put);
    if (!cross) return;
    line(x(cross.x), y(0), x(cross.x), y(cross.y), "rgb(255 255 255 / 70%)");
    line(x(0), y(cross.y), x(cross.x), y(cross.y), "rgb(255 255 255 / 70%)");
  }

  return {
    element,
    text: status,
    answer: () => put,
    show(answer) {
      put = answer;
      redraw();
    },
    overlay(answers) {
      const within = (value, length) => typeof value === "number" && value >= 0 && value <= length;
      others = answers.filter(
        (answer) => within(answer?.x, cut.width) && within(answer?.y, cut.height),
      );
      redraw();
    },
    check: (answer) => placeOutcome(cut, place, answer),
    reveal() {
      revealed = true;
      redraw();
    },
    symbols: () => ({
      row: { value: String(place.row), where: labels.row },
      column: { value: String(place.column), where: labels.column },
      stride: { value: label("pixels", { value: cut.stride }), where: labels.stride },
    }),
    light(symbol) {
      lit = symbol;
      redraw();
    },
    close: () => picture.close(),
  };
}

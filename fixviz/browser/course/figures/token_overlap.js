/* Pick all tokens that see a marked pixel. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { countPlaces } from "../parts/answers.js";
import { SQUARES, TokenFrame, cutOf, squareOf } from "./token_frame.js";
import { gridOf, pickOutcome, sharedPixel, tokensSeeing } from "./tokens_math.js";

const same = (a, b) => a.row === b.row && a.column === b.column;

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function tokenOverlap(context) {
  const { source, label, labels } = context;
  const image = await source.image(source.frame);
  const cut = cutOf(source);
  const { rows, columns } = gridOf(cut);
  const pixel = sharedPixel(cut, {
    row: Math.floor(rows / 2) - 1,
    column: Math.floor(columns / 2) - 1,
  });
  const seeing = tokensSeeing(cut, pixel);
  let picked = [];
  let pointed = null;
  let revealed = false;
  /** How many of a class picked each token, or null. */
  let counts = null;

  const picture = new TokenFrame({
    image,
    cut,
    label: labels.frame,
    onPoint({ row, column }, how) {
      const moved = !pointed || !same(pointed, { row, column });
      pointed = { row, column };
      if (how === "pick") toggle(pointed);
      else if (moved) redraw();
    },
  });
  // A press picks once; a drag over further cells picks nothing.
  picture.element.addEventListener(
    "pointermove",
    (event) => event.buttons && event.stopImmediatePropagation(),
    true,
  );
  const list = el("p", { class: "token-total", "aria-live": "polite" });
  const element = el("div", { class: "figure-token wide" }, picture.element, list);
  redraw();

  function toggle(place) {
    revealed = false;
    picked = picked.some((one) => same(one, place))
      ? picked.filter((one) => !same(one, place))
      : [...picked, place];
    context.changed();
    redraw();
  }

  function redraw() {
    const shown = revealed ? seeing : picked;
    const squares = shown.map((place, i) => squareOf(cut, place, SQUARES[i % SQUARES.length]));
    if (pointed && !shown.some((place) => same(place, pointed)))
      squares.unshift(squareOf(cut, pointed, "#ffffff", true));
    picture.draw({ cells: Infinity, squares, over: (canvas, view) => marks(canvas, view, shown) });
    setText(list, status());
  }

  /** The pixel, and the cell of each picked token. */
  function marks(canvas, { x, y, scale, ratio }, shown) {
    const side = cut.stride * scale;
    const most = Math.max(1, ...(counts ?? []));
    counts?.forEach((count, index) => {
      const [row, column] = [Math.floor(index / columns), index % columns];
      canvas.globalAlpha = (0.75 * count) / most;
      canvas.fillStyle = SQUARES[0];
      canvas.fillRect(x((column - 0.5) * cut.stride), y((row - 0.5) * cut.stride), side, side);
      canvas.globalAlpha = 1;
    });
    shown.forEach(({ row, column }, i) => {
      canvas.globalAlpha = 0.28;
      canvas.fillStyle = SQUARES[i % SQUARES.length];
      canvas.fillRect(x((column - 0.5) * cut.stride), y((row - 0.5) * cut.stride), side, side);
      canvas.globalAlpha = 1;
    });
    const [left, top] = [x(pixel.x), y(pixel.y)];
    canvas.fillStyle = "#ff2d55";
    canvas.fillRect(left, top, scale, scale);
    canvas.lineWidth = 2 * ratio;
    canvas.strokeStyle = "#000000";
    canvas.beginPath();
    canvas.arc(left + scale / 2, top + scale / 2, Math.max(scale, 7 * ratio), 0, 2 * Math.PI);
    canvas.stroke();
    canvas.strokeStyle = "#ffffff";
    canvas.setLineDash([3 * ratio, 3 * ratio]);
    canvas.stroke();
    canvas.setLineDash([]);
  }

  const named = (places) => places.map((place) => label("token", place)).join("; ");

  function status() {
    if (revealed) return label("truth", { tokens: named(seeing) });
    return picked.length ? label("picked", { tokens: named(picked) }) : labels.none;
  }

  return {
    element,
    text: status,
    answer: () => (picked.length ? picked : null),
    show(answer) {
      picked = answer;
      redraw();
    },
    overlay(answers) {
      counts = countPlaces(answers, rows * columns, (place) =>
        place?.column < columns ? place.row * columns + place.column : -1,
      );
      redraw();
    },
    check: (answer) => pickOutcome(answer, seeing),
    reveal() {
      revealed = true;
      redraw();
    },
    close: () => picture.close(),
  };
}

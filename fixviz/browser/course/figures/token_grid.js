/* The grid of tokens on a frame: how many there are, and how stride and patch change that. Four tasks:
   "count" (the grid is hidden until revealed), "stride" (set it to reach a number), "patch" (its slider comes
   with the truth) and "play" (both sliders). */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { animate } from "../parts/animate.js";
import { slider } from "../parts/controls.js";
import { queryPatch } from "./softmax_query.js";
import { TokenFrame, cutOf, enlarged, modelFrame, squareOf, write } from "./token_frame.js";
import { gridOf, shareOutside, shareUnseen, strideOutcome } from "./tokens_math.js";

/** Milliseconds in which the cells appear one after the other. */
const FILL = 1400;
const GROW = 900;
/** The largest patch, in patches of the model. */
const LARGEST = 2;

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function tokenGrid(context) {
  const { source, options, label, reduced } = context;
  const { task } = options;
  const image = await source.image(source.frame);
  const own = cutOf(source);
  let cut = own;
  let known = task === "play";
  let cells = task === "count" ? 0 : Infinity;
  let stop = () => {};
  const picks = task === "patch" || task === "play";
  let place = picks ? await queryPatch(source) : { row: 0, column: 0 };

  const picture = new TokenFrame({
    image,
    cut,
    label: context.labels.help,
    largest: picks ? LARGEST * own.patch : own.patch,
    onPoint: picks ? (at, how) => how === "pick" && choose(at) : undefined,
  });
  const total = el("p", { class: "token-total", "aria-live": "polite" });
  const note = el("p", { class: "token-note" });
  const crop = picks ? enlarged(modelFrame(image, own), context.labels.crop) : null;

  const strides = slider({
    label: context.labels.stride ?? "",
    min: Math.ceil(own.stride / 2),
    max: 3 * own.stride,
    step: 1,
    value: own.stride,
    show: (value) => label("value", { value }),
    onInput(stride) {
      cut = { ...cut, stride };
      if (task === "stride") context.changed();
      redraw();
    },
  });
  const patches = slider({
    label: context.labels.patch ?? "",
    min: 2,
    max: LARGEST * own.patch,
    step: 2,
    value: own.patch,
    show: (value) => label("value", { value }),
    onInput(patch) {
      stop();
      cut = { ...cut, patch };
      redraw();
    },
  });
  patches.element.hidden = task === "patch";
  const controls = el("div", { class: "controls" });
  if (task === "stride" || task === "play") controls.append(strides.element);
  if (task === "patch" || task === "play") controls.append(patches.element);

  const element = el(
    "div",
    { class: picks ? "figure-token" : "figure-token wide" },
    el("div", { class: "token-picture" }, picture.element, controls),
    el("div", { class: "token-side" }, crop?.element ?? null, total, note),
  );
  redraw();

  function choose({ row, column }) {
    place = { row, column };
    redraw();
  }

  function redraw() {
    const grid = gridOf(cut);
    place = {
      row: Math.min(place.row, grid.rows - 1),
      column: Math.min(place.column, grid.columns - 1),
    };
    const squares = picks ? [squareOf(cut, place)] : [];
    picture.draw({
      cut,
      cells,
      squares,
      unseen: task === "play",
      over: task !== "count" ? null : cells ? numbered : firstPatches,
    });
    crop?.draw(squares[0]);
    setText(total, status());
    if (task === "play") setText(note, [unseen(), outside()].filter(Boolean).join(" · "));
    else if (picks) setText(note, label("token", place));
  }

  function status() {
    const grid = gridOf(cut);
    return known ? label("total", grid) : label("hidden", cut);
  }

  function unseen() {
    const share = shareUnseen(cut);
    return share > 0
      ? label("unseen", { percent: context.percent(share) })
      : context.labels.covered;
  }

  function outside() {
    const share = shareOutside(cut, place);
    return share > 0 ? label("outside", { percent: context.percent(share) }) : "";
  }

  /** The numbers of rows and columns, from 0. */
  function numbered(canvas, { x, y, scale, ratio }) {
    const { stride } = own;
    const grid = gridOf(own);
    canvas.font = `600 ${Math.round(Math.min(stride * scale * 0.5, 14 * ratio))}px system-ui, sans-serif`;
    canvas.textAlign = "center";
    canvas.textBaseline = "middle";
    for (let column = 0; column < Math.min(grid.columns, cells); column++)
      write(canvas, ratio, String(column), x(column * stride), y(0));
    for (let row = 1; row < Math.min(grid.rows, Math.ceil(cells / grid.columns)); row++)
      write(canvas, ratio, String(row), x(0), y(row * stride));
    canvas.textAlign = "left";
    canvas.textBaseline = "alphabetic";
  }

  /** The first patch, and the first centers to its right and below it. */
  function firstPatches(canvas, { x, y, scale, ratio }) {
    const { stride, patch } = own;
    canvas.lineWidth = 2 * ratio;
    canvas.strokeStyle = "#ffc43d";
    canvas.strokeRect(x(-patch / 2), y(-patch / 2), patch * scale, patch * scale);
    const points = [
      [0, 0],
      [stride, 0],
      [2 * stride, 0],
      [0, stride],
      [0, 2 * stride],
    ];
    for (const [at, down] of points) {
      canvas.beginPath();
      canvas.arc(x(at), y(down), 4 * ratio, 0, 2 * Math.PI);
      canvas.fillStyle = "#ffc43d";
      canvas.fill();
      canvas.strokeStyle = "#000000";
      canvas.lineWidth = ratio;
      canvas.stroke();
    }
    canvas.font = `600 ${13 * ratio}px system-ui, sans-serif`;
    const between = label("between", { value: stride });
    write(canvas, ratio, between, x(2 * stride) + 10 * ratio, y(0) + 5 * ratio);
    write(canvas, ratio, between, x(0) - 4 * ratio, y(2 * stride) + 22 * ratio);
  }

  return {
    element,
    text: () => (picks ? `${status()} · ${label("token", place)}` : status()),
    answer: task === "stride" ? () => ({ stride: cut.stride }) : undefined,
    show(answer) {
      cut = { ...cut, stride: answer.stride };
      strides.set(answer.stride);
      redraw();
    },
    check: ({ stride }) => strideOutcome({ ...own, stride }, context.numbers["run.wanted_patches"]),
    reveal() {
      const again = known;
      known = true;
      if (task === "stride") revealStride();
      if (task === "count") fill(context.answered || again);
      if (task === "patch") growPatch(context.answered || again);
      redraw();
    },
    symbols() {
      const grid = gridOf(cut);
      const pixels = (value) => label("pixels", { value });
      if (task !== "stride") return {};
      return {
        count: {
          value: known ? String(grid.count) : context.labels.unknown,
          where: context.labels.symbol_count,
        },
        height: { value: pixels(cut.height), where: context.labels.symbol_height },
        width: { value: pixels(cut.width), where: context.labels.symbol_width },
        stride: { value: pixels(cut.stride), where: context.labels.symbol_stride },
      };
    },
    close() {
      stop();
      picture.close();
    },
  };

  /** Move to a stride that gives the wanted number, where the reader has not found one. */
  function revealStride() {
    const wanted = context.numbers["run.wanted_patches"];
    if (gridOf(cut).count === wanted) return;
    const { min, max } = strides.input;
    for (let stride = Number(min); stride <= Number(max); stride++)
      if (gridOf({ ...own, stride }).count === wanted) {
        cut = { ...cut, stride };
        strides.set(stride);
        return;
      }
  }

  function fill(atOnce) {
    const { count } = gridOf(own);
    stop = animate(
      FILL,
      (share) => {
        cells = Math.max(1, Math.round(share * count));
        redraw();
      },
      reduced || atOnce,
    );
  }

  function growPatch(atOnce) {
    patches.element.hidden = false;
    stop = animate(
      GROW,
      (share) => {
        const patch = own.patch + 2 * Math.round((share * own.patch) / 2);
        cut = { ...cut, patch };
        patches.set(patch);
        redraw();
      },
      reduced || atOnce,
    );
  }
}

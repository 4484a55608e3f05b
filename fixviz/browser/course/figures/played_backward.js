/* A generated clip forward and backward, and each model's probability of clockwise for both. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { button, choices } from "../parts/controls.js";
import { backwardOutcome } from "./neighbors_math.js";
import { placing } from "./placing.js";

const MODELS = ["linear", "fixation-alone", "linear-neighbors", "fixation"];
const FRAME_MS = 180;
/** Half the distance, along x, between a model's forward and backward point. */
const APART = 0.27;

/**
 * @param {FigureContext} context options: `predict`, to place the probabilities; `free`, to choose among clips
 * @returns {Promise<CourseFigure>}
 */
export async function playedBackward(context) {
  const { label, options, pack, colors } = context;
  const { clips, frames } = await pack();
  let clip = clips[0];
  let told = Boolean(options.free);
  const color = (name) => colors.models[name === "fixation" ? "fixation" : "linear"];
  const film = filmOf(frames, context);
  const digits = (value) => value.toFixed(2);
  const plot = placing({
    x: {
      title: "",
      min: -0.5,
      max: MODELS.length - 0.5,
      ticks: MODELS.map((name, at) => ({ at, text: label(name) })),
    },
    y: label("y"),
    handles: options.predict
      ? MODELS.map((name, i) => ({
          name,
          x: i + APART,
          label: label("handle", { model: label(name) }),
        }))
      : [],
    show: (value) =>
      value === null ? label("unplaced") : label("placed", { value: digits(value) }),
    onInput: context.changed,
    height: 300,
  });
  const shows = el("p", { "aria-live": "polite" });
  const control = options.free
    ? choices({
        label: label("clip"),
        options: clips.map((_, i) => ({ value: i, text: String(i + 1) })),
        value: 0,
        onChange(i) {
          clip = clips[i];
          draw();
          context.changed();
        },
      })
    : null;
  await draw();

  function draw() {
    if (options.free) setText(shows, label("shows", { class: label(clip.class) }));
    const starts = MODELS.map((name, i) => ({ name, x: i - APART, y: clip.forward[name] }));
    const ends = MODELS.map((name, i) => ({ name, x: i + APART, y: clip.backward[name] }));
    plot.draw({
      fixed: [
        ...starts.map((one) => ({ ...one, name: digits(one.y), color: color(one.name) })),
        ...(told
          ? ends.map((one) => ({
              ...one,
              name: digits(one.y),
              beside: !options.free,
              color: color(one.name),
            }))
          : []),
      ],
      starts: Object.fromEntries(starts.map(({ name, x, y }) => [name, { x, y }])),
      lines: told
        ? starts.map(({ name, x, y }, i) => ({
            points: [
              [x, y],
              [ends[i].x, ends[i].y],
            ],
            color: color(name),
          }))
        : [],
      legend:
        told && options.predict
          ? [
              { color: colors.ink, text: label("own") },
              { color: colors.muted, text: label("truth") },
            ]
          : [],
      references: [{ value: 0.5, text: "", color: colors.muted }],
    });
    return film.use(clip.strip);
  }

  const list = (values) =>
    MODELS.map((name) => `${label(name)} ${digits(values[name])}`).join(", ");
  return {
    element: el(
      "div",
      { class: "backward" },
      control?.element ?? null,
      film.element,
      options.free ? shows : null,
      plot.element,
    ),
    text() {
      const before = label("text", { list: list(clip.forward) });
      return told ? `${before} ${label("text-truth", { list: list(clip.backward) })}` : before;
    },
    answer: () => (options.predict ? plot.answer() : null),
    show: (answer) => plot.show(answer),
    overlay: (answers) => plot.overlay(answers),
    check: (answer) =>
      backwardOutcome(
        answer,
        Object.fromEntries(
          MODELS.map((name) => [
            name,
            { forward: clip.forward[name], backward: clip.backward[name] },
          ]),
        ),
      ),
    reveal() {
      told = true;
      draw();
    },
    close() {
      film.close();
      plot.close();
    },
  };
}

/** Two pictures of a clip, one forward and one backward, from a strip of its frames side by side. */
function filmOf(frames, { label, reduced }) {
  const screens = ["forward", "backward"].map((name) => {
    const canvas = el("canvas", { role: "img", "aria-label": label(name) });
    return {
      name,
      canvas,
      figure: el("div", {}, el("p", { class: "map-title" }, label(name)), canvas),
    };
  });
  const picture = new Image();
  let at = 0;
  let timer = 0;
  const toggle = button(label("play"), () => (timer ? stop() : start()));
  const element = el(
    "div",
    { class: "film" },
    el("div", { class: "film-screens" }, ...screens.map(({ figure }) => figure)),
    toggle,
  );

  function paint() {
    const side = picture.width / frames;
    if (!side) return;
    for (const { name, canvas } of screens) {
      if (canvas.width !== side) Object.assign(canvas, { width: side, height: picture.height });
      const frame = name === "forward" ? at : frames - 1 - at;
      canvas
        .getContext("2d")
        .drawImage(picture, frame * side, 0, side, picture.height, 0, 0, side, picture.height);
    }
  }

  function start() {
    timer = window.setInterval(() => {
      at = (at + 1) % frames;
      paint();
    }, FRAME_MS);
    setText(toggle, label("pause"));
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    setText(toggle, label("play"));
  }

  return {
    element,
    async use(strip) {
      picture.src = strip;
      await picture.decode();
      paint();
      if (!timer && !reduced && !element.dataset.begun) start();
      element.dataset.begun = "true";
    },
    close: stop,
  };
}

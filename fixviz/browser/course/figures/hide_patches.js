/* The probability of a model's answer while more and more patches are blurred away: drawn by the reader first, then
   played with. It shows the course's own clip, whatever clip the lesson looks at. */

import { el, setText } from "../../player/dom.js";
import { patchRect } from "../../player/geometry.js";
import { isNumbers } from "../parts/answers.js";
import { choices, slider } from "../parts/controls.js";
import { PatchPicture } from "../parts/picture.js";
import { linePlot } from "../parts/plot.js";
import { area, band, gapOf, valueAt } from "./evidence_math.js";

const MODELS = ["softmax", "linear", "fixation"];
const MAPS = ["attention", "gradients", "random"];
/** Shares at which the reader sets the curve; it begins at the measured probability. */
const HANDLES = [0.1, 0.2, 0.4, 0.7, 1];
const KEY_STEP = 0.05;
/** A drawn curve this near to the measured one, on average, counts as right. */
const NEAR = 0.05;

/** @param {import("../types.d.ts").FigureContext} context
 *  @returns {Promise<import("../types.d.ts").CourseFigure>} */
export async function hidePatches(context) {
  const { hide } = await context.pack();
  return context.options.mode === "predict" ? predict(context, hide) : explore(context, hide);
}

/** The chart of one model, which both uses share. */
function chart(context, { onPoint = null } = {}) {
  const { label, percent } = context;
  return linePlot({
    label: "",
    x: { title: label("share"), min: 0, max: 1, show: percent },
    y: { title: "", min: 0, max: 1, show: percent },
    height: 300,
    onPoint,
  });
}

const pointsOf = (x, y) => x.map((at, i) => [at, y[i]]);

function bandOf(model) {
  const { low, high } = band(model.random);
  return { low: pointsOf(model.share, low), high: pointsOf(model.share, high) };
}

function predict(context, hide) {
  const { label, options, percent, colors } = context;
  const model = hide.models[options.model];
  const measured = { x: model.share, y: model.maps[options.map] };
  const levels = HANDLES.map(() => measured.y[0]);
  let touched = false;
  let revealed = false;
  /** Curves of a class, or none. */
  let others = [];
  const plot = chart(context, {
    onPoint({ x, y }) {
      const nearest = HANDLES.map((at) => Math.abs(at - x));
      set(nearest.indexOf(Math.min(...nearest)), y);
    },
  });
  const handles = HANDLES.map((share, i) =>
    slider({
      label: label("handle", { share: percent(share) }),
      min: 0,
      max: 1,
      step: KEY_STEP,
      value: levels[i],
      show: percent,
      onInput: (value) => set(i, value),
    }),
  );
  const heading = el(
    "p",
    { class: "figure-title" },
    label("probability", { class: label(model.class) }),
  );
  const readout = el("p", { class: "readout", role: "status" });
  const legend = el("div");
  const drawn = () => ({ x: [0, ...HANDLES], y: [measured.y[0], ...levels] });

  function set(i, value) {
    levels[i] = Math.min(1, Math.max(0, value));
    handles[i].set(levels[i]);
    touched = true;
    draw();
    context.changed();
  }

  function draw() {
    const { x, y } = drawn();
    plot.draw({
      area: bandOf(model),
      lines: [
        ...(others.length
          ? others.map((levelsOf) => ({
              points: pointsOf(x, [measured.y[0], ...levelsOf]),
              color: colors.accent,
              width: 1,
              faint: true,
            }))
          : [{ points: pointsOf(x, y), dash: "6 5", color: colors.accent }]),
        ...(revealed
          ? [
              {
                points: pointsOf(measured.x, measured.y),
                color: colors.models[options.model],
              },
            ]
          : []),
      ],
      marks: others.length
        ? []
        : HANDLES.map((at, i) => ({ x: at, y: levels[i], color: colors.accent, hollow: true })),
    });
    legend.replaceChildren(
      key([
        { name: label("chance"), className: "band" },
        { name: label("yours"), className: "dashed", color: colors.accent },
        ...(revealed
          ? [{ name: label("truth"), className: "line", color: colors.models[options.model] }]
          : []),
      ]),
    );
    plot.label = text();
    const { distance } = gapOf(drawn(), measured);
    setText(readout, revealed && touched ? label("told", { distance: percent(distance) }) : "");
  }

  const listed = (curve) =>
    [0, ...HANDLES]
      .map((share) =>
        label("at", {
          share: percent(share),
          probability: percent(valueAt(curve.x, curve.y, share)),
        }),
      )
      .join(", ");

  function text() {
    const yours = label("drawn", { points: listed(drawn()) });
    return revealed ? `${yours} ${label("measured", { points: listed(measured) })}` : yours;
  }

  draw();
  return {
    element: el(
      "div",
      {},
      heading,
      plot.element,
      legend,
      readout,
      el("div", { class: "curve-handles" }, ...handles.map(({ element }) => element)),
    ),
    text,
    answer: () => (touched ? [...levels] : null),
    show(answer) {
      touched = true;
      answer.forEach((value, i) => {
        levels[i] = value;
        handles[i].set(value);
      });
      draw();
    },
    overlay(answers) {
      others = answers.filter((answer) => isNumbers(answer, HANDLES.length, 1));
      draw();
    },
    check(answer) {
      const { distance, bias } = gapOf(
        { x: [0, ...HANDLES], y: [measured.y[0], ...answer] },
        measured,
      );
      return distance <= NEAR ? "right" : bias < 0 ? "low" : "high";
    },
    reveal() {
      revealed = true;
      draw();
    },
  };
}

async function explore(context, hide) {
  const { label, options, percent, number, colors } = context;
  const state = { model: options.model, map: options.map, share: 0 };
  const [sharp, soft] = await Promise.all([hide.picture, hide.blurred].map(decoded));
  const picture = new PatchPicture({
    grid: hide.grid,
    display: hide.display,
    label: label("frame"),
  });
  const plot = chart(context);
  const heading = el("p", { class: "figure-title" });
  const readout = el("p", { class: "readout", role: "status" });
  const areas = el("p", { class: "readout" });
  const set = (name) => (value) => {
    state[name] = value;
    draw();
    context.changed();
  };
  const controls = [
    choices({
      label: label("model"),
      options: MODELS.map((value) => ({ value, text: label(value) })),
      value: state.model,
      onChange: set("model"),
    }),
    choices({
      label: label("map"),
      options: MAPS.map((value) => ({ value, text: label(value) })),
      value: state.map,
      onChange: set("map"),
    }),
    slider({
      label: label("hidden"),
      min: 0,
      max: 1,
      step: 0.05,
      value: 0,
      show: percent,
      onInput: set("share"),
    }),
  ];

  /** The curve of the chosen order; of the random ones, the first, whose patches the picture hides. */
  const curve = (model) => (state.map === "random" ? model.random[0] : model.maps[state.map]);

  function draw() {
    const model = hide.models[state.model];
    const y = curve(model);
    const at = valueAt(model.share, y, state.share);
    const color = colors.models[state.model];
    plot.draw({
      area: bandOf(model),
      lines: [{ points: pointsOf(model.share, y), color }],
      marks: [{ x: state.share, y: at, color }],
    });
    const count = state.share * model.patches;
    const ranks = model.ranks[state.map];
    picture.draw({
      image: sharp,
      gray: false,
      over: (canvas, scale) => hidePatchesIn(canvas, scale, hide, soft, (i) => ranks[i] < count),
    });
    setText(heading, label("probability", { class: label(model.class) }));
    setText(readout, label("state", { hidden: percent(state.share), probability: percent(at) }));
    const random = model.random.map((one) => area(model.share, one));
    setText(
      areas,
      label("area", {
        area: number(area(model.share, y), 2),
        low: number(Math.min(...random), 2),
        high: number(Math.max(...random), 2),
      }),
    );
    plot.label = text();
  }

  function text() {
    return [
      `${label(state.model)}, ${label(state.map)}:`,
      heading.textContent,
      readout.textContent,
      areas.textContent,
    ].join(" ");
  }

  draw();
  return {
    element: el(
      "div",
      {},
      ...controls.map(({ element }) => element),
      el(
        "div",
        { class: "hide-pair" },
        picture.element,
        el("div", {}, heading, readout, areas, key([{ name: label("chance"), className: "band" }])),
      ),
      plot.element,
    ),
    text,
    close: () => picture.close(),
  };
}

/** Draw the blurred picture where patches are hidden. */
function hidePatchesIn(canvas, scale, { grid, display }, soft, hidden) {
  canvas.save();
  canvas.beginPath();
  for (let i = 0; i < grid.rows * grid.columns; i++) {
    if (!hidden(i)) continue;
    const rect = patchRect(grid, Math.floor(i / grid.columns), i % grid.columns, scale);
    canvas.rect(rect.x, rect.y, rect.width, rect.height);
  }
  canvas.clip();
  canvas.drawImage(soft, 0, 0, display.width * scale, display.height * scale);
  canvas.fillStyle = "rgb(0 0 0 / 28%)";
  canvas.fillRect(0, 0, display.width * scale, display.height * scale);
  canvas.restore();
}

function key(entries) {
  return el(
    "p",
    { class: "dot-legend" },
    ...entries.map(({ name, className, color }) =>
      el(
        "span",
        {},
        el("span", { class: `key-${className}`, style: color && `--dot: ${color}` }),
        name,
      ),
    ),
  );
}

async function decoded(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return createImageBitmap(image);
}

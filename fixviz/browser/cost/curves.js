/* Curves of time against tokens that a reader draws before any is measured: by mouse, by touch, or with one slider for
   each place of the curve. Both axes are logarithmic and begin at 1: what one frame takes. */

import { el, setText } from "../player/dom.js";
import { choices, slider } from "../course/parts/controls.js";
import { linePlot } from "../course/parts/plot.js";

/** Where a curve is placed, in frames; it begins at 1. */
export const PLACES = [4, 16, 64];
/** Powers of ten that the axis of times covers. */
const DECADES = 4;
const STEP = 0.05;
const LAST = PLACES[PLACES.length - 1];

/**
 * @typedef {object} DrawnKind
 * @property {string} id
 * @property {string} title
 * @property {string} color
 * @property {string} [dash]
 */

/** Times as they are shown: "12 ×". */
export function times(value) {
  const digits = value < 10 ? 1 : 0;
  return `${Number(value.toFixed(digits)).toLocaleString("en")}\u00a0×`;
}

/** Numbers of an axis: 10k leaves room for the axis's title on a small screen. */
function short(value) {
  return value < 1000 ? String(value) : `${value / 1000}k`;
}

/**
 * @param {object} options
 * @param {DrawnKind[]} options.kinds
 * @param {(name: string, values?: Record<string, any>) => string} options.say texts: plot, x, y, draw, at, missing,
 *   drawn, measured, yours
 * @param {() => void} options.onChange a place was moved
 * @param {() => void} [options.onSettled] the hand has let go of it
 */
export function curveDrawing({ kinds, say, onChange, onSettled = () => {} }) {
  /** @type {Record<string, (number | null)[]>} */
  let placed = empty();
  /** @type {Record<string, [number, number][]>} */
  let measured = {};
  let now = kinds[0].id;
  /** @type {[number, number][][]} Curves of a class, or none. */
  let others = [];

  const plot = linePlot({
    label: say("plot"),
    x: { title: say("x"), min: 1, max: LAST, log: true, at: [1, ...PLACES], show: String },
    y: { title: say("y"), min: 1, max: 10 ** DECADES, log: true, show: short },
    height: 320,
    onPoint({ x, y }, settled) {
      const near = (frames) => Math.abs(Math.log(frames / x));
      const at = PLACES.reduce(
        (best, frames, i) => (near(frames) < near(PLACES[best]) ? i : best),
        0,
      );
      move(at, Math.log10(y));
      if (settled) onSettled();
    },
  });
  const chosen = choices({
    label: say("draw"),
    options: kinds.map(({ id, title }) => ({ value: id, text: title })),
    value: now,
    onChange(id) {
      now = id;
      redraw();
    },
  });
  const sliders = PLACES.map((frames, i) =>
    slider({
      label: say("at", { frames }),
      min: 0,
      max: DECADES,
      step: STEP,
      value: 0,
      show: (power) => (placed[now][i] === null ? "–" : times(10 ** power)),
      onInput: (power) => move(i, power),
    }),
  );
  for (const { input } of sliders) input.onchange = () => onSettled();
  const note = el("p", { class: "curve-note", role: "status" });
  const element = el(
    "div",
    { class: "curve-drawing" },
    chosen.element,
    el(
      "p",
      { class: "curve-key" },
      ...kinds.map(({ title, color }) => el("span", { style: `--color: ${color}` }, title)),
    ),
    plot.element,
    el("div", { class: "curve-places" }, ...sliders.map((one) => one.element)),
    note,
  );

  function empty() {
    return Object.fromEntries(kinds.map(({ id }) => [id, PLACES.map(() => null)]));
  }

  function move(at, power) {
    const value = 10 ** (Math.round(Math.min(DECADES, Math.max(0, power)) / STEP) * STEP);
    placed[now] = placed[now].with(at, value);
    redraw();
    onChange();
  }

  /** The places of a curve that are set, from its beginning on. */
  function pointsOf(values) {
    const known = PLACES.flatMap((frames, i) => (values[i] === null ? [] : [[frames, values[i]]]));
    return /** @type {[number, number][]} */ (known.length ? [[1, 1], ...known] : []);
  }

  const missing = () => kinds.filter(({ id }) => placed[id].includes(null));

  function redraw() {
    sliders.forEach((one, i) => one.set(Math.log10(placed[now][i] ?? 1)));
    const drawn = others.length ? [] : kinds.filter(({ id }) => pointsOf(placed[id]).length);
    plot.draw({
      lines: [
        ...others.map((points) => ({ points, color: "var(--muted)", width: 1, faint: true })),
        ...drawn.map(({ id, color }) => ({
          points: pointsOf(placed[id]),
          color,
          dash: "6 5",
          width: id === now ? 3 : 2,
        })),
        ...kinds.map(({ id, color }) => ({
          points: (measured[id] ?? []).filter(
            ([x, y]) => x <= LAST && y >= 1 && Number.isFinite(y),
          ),
          color,
          width: 3,
        })),
      ],
      marks: drawn.flatMap(({ id, color }) =>
        pointsOf(placed[id])
          .slice(1)
          .map(([x, y]) => ({ x, y, color, hollow: id !== now })),
      ),
    });
    const left = missing();
    setText(
      note,
      left.length ? say("missing", { kinds: left.map(({ title }) => title).join(", ") }) : "",
    );
    plot.label = text();
  }

  function text() {
    return [
      say("plot"),
      ...kinds.map(({ id, title }) => {
        const yours = placed[id].map((v) => (v === null ? "–" : times(v))).join(", ");
        const found = measured[id]?.at(-1);
        const drawn = say("drawn", { kind: title, values: yours });
        if (!found) return drawn;
        const shown = { frames: Math.round(found[0]), value: times(found[1]) };
        return `${drawn} ${say("measured", shown)}`;
      }),
    ].join(" ");
  }

  redraw();
  return {
    element,
    text,
    /** Values at PLACES of each kind, in one list; null while a curve is missing. */
    values: () => (missing().length ? null : kinds.flatMap(({ id }) => placed[id])),
    /** Values at PLACES by kind, null where none is placed. */
    placed: () => placed,
    setPlaced(values) {
      placed = { ...empty(), ...values };
      redraw();
    },
    setValues(values) {
      const length = PLACES.length;
      placed = Object.fromEntries(
        kinds.map(({ id }, i) => [id, values.slice(i * length, (i + 1) * length)]),
      );
      redraw();
    },
    /** Show measured curves, points [frames, times as long as the first] by kind. */
    setMeasured(curves) {
      measured = curves;
      redraw();
    },
    setOthers(lists) {
      const length = PLACES.length;
      others = lists.flatMap((values) =>
        kinds.map((_, i) => pointsOf(values.slice(i * length, (i + 1) * length))),
      );
      redraw();
    },
  };
}

/**
 * What somebody thinks who drew these curves of softmax, linear and fixation: "right", "alike" (all grow alike), "square"
 * (a linear one grows much faster than the tokens), "flat" (softmax grows hardly faster than the tokens), "steep" (or far too
 * fast), "still" (a linear one hardly grows).
 *
 * @param {number[]} values as `values()` returns them
 */
export function curvesOutcome(values) {
  const exponents = [0, 1, 2].map(
    (kind) => Math.log(values[(kind + 1) * PLACES.length - 1]) / Math.log(LAST),
  );
  const [softmax, linear, fixation] = exponents;
  if (Math.max(...exponents) - Math.min(...exponents) < 0.25) return "alike";
  if (Math.max(linear, fixation) > 1.4) return "square";
  if (softmax < 1.6) return "flat";
  if (softmax > 2.4) return "steep";
  return Math.min(linear, fixation) < 0.6 ? "still" : "right";
}

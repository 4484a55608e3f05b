/* A plot in which a reader places points: each point has its place along x, and is moved up and down by mouse, touch
   or the arrow keys. It is shared by the figures that ask for a prediction. */

import { el, setText } from "../../player/dom.js";
import { beforeFrame } from "../parts/animate.js";
import { pointIn } from "../parts/pointer.js";

const MARGIN = { left: 46, right: 14, top: 14, bottom: 40 };
const STEP = 0.01;
/** Answers of a class that are closer than this stand side by side, so many pixels apart. */
const CROWD_STEP = 0.02;
const CROWD_GAP = 5;
const LARGE_STEP = 0.1;
/** Pixels around a point that a finger can take hold of. */
const REACH = 22;
const KEYS = {
  ArrowUp: STEP,
  ArrowRight: STEP,
  ArrowDown: -STEP,
  ArrowLeft: -STEP,
  PageUp: LARGE_STEP,
  PageDown: -LARGE_STEP,
};

/**
 * @typedef {object} Handle
 * @property {string} name
 * @property {number} x
 * @property {string} label for screen readers
 * @property {string} [color]
 */

/**
 * A plot with points to place. Values run from 0 to 1 along y.
 *
 * @param {object} options
 * @param {{ title: string, min: number, max: number, ticks: { at: number, text: string }[] }} options.x
 * @param {string} options.y title of the axis
 * @param {Handle[]} options.handles
 * @param {(value: number | null) => string} options.show a value as a text; null for a point not placed yet
 * @param {() => void} options.onInput
 * @param {number} [options.height]
 */
export function placing({ x, y, handles, show, onInput, height = 280 }) {
  const values = new Map();
  let shown = { lines: [], fixed: [], references: [], legend: [] };
  /** Answers of a class by name, or null for the reader's own. */
  let others = null;
  let width = 0;
  const axes = el("svg:g");
  const back = el("svg:g");
  const front = el("svg:g");
  const knobs = handles.map((handle) => knobOf(handle));
  const legend = el("p", { class: "placing-legend", hidden: true });
  const svg = el(
    "svg:svg",
    { class: "plot placing", role: "group", style: `height: ${height}px` },
    axes,
    back,
    ...knobs.map(({ node }) => node),
    front,
  );
  const frame = () => ({
    left: MARGIN.left,
    right: width - MARGIN.right,
    top: MARGIN.top,
    bottom: height - MARGIN.bottom,
  });
  const px = (at) => {
    const { left, right } = frame();
    return left + ((at - x.min) / (x.max - x.min)) * (right - left);
  };
  const py = (value) => {
    const { top, bottom } = frame();
    return bottom - value * (bottom - top);
  };
  // Between two points, so that none covers the text.
  const labelsAt = handles.length > 1 ? (handles[0].x + handles[1].x) / 2 : (x.min + x.max) / 2;
  const redraw = beforeFrame(draw);
  const resizes = new ResizeObserver(() => {
    width = svg.clientWidth;
    redraw();
  });
  resizes.observe(svg);
  listen();

  function knobOf(handle) {
    const circle = el("svg:circle", { r: 9 });
    const text = el("svg:text", { class: "direct", "text-anchor": "middle" });
    const node = el(
      "svg:g",
      {
        class: "knob",
        tabindex: "0",
        role: "slider",
        "aria-orientation": "vertical",
        "aria-label": handle.label,
        "aria-valuemin": "0",
        "aria-valuemax": "1",
        style: `--color: ${handle.color ?? "var(--ink)"}`,
      },
      circle,
      text,
    );
    node.onkeydown = (event) => {
      const step = KEYS[event.key];
      const ends = { Home: 0, End: 1 };
      if (step === undefined && ends[event.key] === undefined) return;
      event.preventDefault();
      const from = values.get(handle.name) ?? 0.5;
      place(handle.name, ends[event.key] ?? from + step);
    };
    return { handle, node, circle, text };
  }

  function place(name, value, tell = true) {
    values.set(name, Math.min(1, Math.max(0, Math.round(value * 100) / 100)));
    redraw();
    if (tell) onInput();
  }

  function listen() {
    let held = null;
    const at = (event) => pointIn(svg, event);
    const move = (event) => {
      const { top, bottom } = frame();
      place(held.handle.name, (bottom - at(event).y) / (bottom - top));
    };
    svg.onpointerdown = (event) => {
      const point = at(event);
      const distances = knobs.map(({ handle }) => Math.abs(px(handle.x) - point.x));
      const nearest = distances.indexOf(Math.min(...distances));
      const apart = knobs.length > 1 ? (px(knobs[1].handle.x) - px(knobs[0].handle.x)) / 2 : REACH;
      if (!(distances[nearest] <= Math.max(REACH, apart))) return;
      held = knobs[nearest];
      svg.setPointerCapture(event.pointerId);
      held.node.focus({ preventScroll: true });
      move(event);
    };
    svg.onpointermove = (event) => held && move(event);
    svg.onpointerup = svg.onpointercancel = () => {
      held = null;
    };
  }

  function draw() {
    if (!(width > 0)) return;
    drawAxes();
    const line = ({ points, color, dash, thin }) =>
      el("svg:path", {
        class: "curve",
        d: points.map(([a, b], i) => `${i ? "L" : "M"}${px(a)} ${py(b)}`).join(""),
        "stroke-dasharray": dash ?? null,
        style: `stroke: ${color}; stroke-width: ${thin ? 1.5 : 2.5}`,
      });
    back.replaceChildren(
      ...shown.references.flatMap(({ value, text, color }) => [
        line({
          points: [
            [x.min, value],
            [x.max, value],
          ],
          color,
          dash: "5 5",
          thin: true,
        }),
        label(px(labelsAt), py(value) - 6, "middle", text, color),
      ]),
      ...shown.lines.map(line),
      ...leads(),
      ...crowd(),
    );
    // On top of the placed points, so that a good guess shows both.
    front.replaceChildren(...shown.fixed.flatMap(dot));
    for (const { handle, node, circle, text } of knobs) {
      const value = values.get(handle.name);
      const at = value ?? 0.5;
      node.classList.toggle("placed", value !== undefined);
      node.setAttribute("transform", `translate(${px(handle.x)} ${py(at)})`);
      node.setAttribute("aria-valuenow", String(at));
      node.setAttribute("aria-valuetext", show(value ?? null));
      circle.setAttribute("r", "9");
      text.setAttribute("y", at > 0.9 ? "26" : "-15");
      setText(text, value === undefined ? "?" : show(value));
    }
  }

  function dot({ x: at, y: value, color, name, beside }) {
    const [cx, cy] = [px(at), py(value)];
    const circle = el("svg:circle", {
      class: "known",
      cx,
      cy,
      r: 6,
      style: `fill: ${color}`,
    });
    if (!name) return [circle];
    if (beside) {
      const room = cx + 14 + 8 * name.length < width;
      return [circle, label(cx + (room ? 14 : -14), cy + 5, room ? "start" : "end", name, color)];
    }
    return [circle, label(cx, value > 0.9 ? cy + 24 : cy - 12, "middle", name, color)];
  }

  /** A faint point for each answer of a class; those of the same height stand side by side. */
  function crowd() {
    if (!others) return [];
    return handles.flatMap(({ name, x: at }) => {
      const beside = new Map();
      return others.flatMap((answer) => {
        const value = answer[name];
        if (!(value >= 0 && value <= 1)) return [];
        const row = Math.round(value / CROWD_STEP);
        const count = beside.get(row) ?? 0;
        beside.set(row, count + 1);
        const side = count % 2 ? (count + 1) / 2 : -count / 2;
        return el("svg:circle", {
          class: "crowd",
          cx: px(at) + CROWD_GAP * side,
          cy: py(value),
          r: 4,
        });
      });
    });
  }

  /** Lines from the fixed starts to the placed points. */
  function leads() {
    return knobs
      .filter(({ handle }) => shown.starts?.[handle.name] && values.has(handle.name))
      .map(({ handle }) => {
        const start = shown.starts[handle.name];
        return el("svg:path", {
          class: "curve",
          d: `M${px(start.x)} ${py(start.y)}L${px(handle.x)} ${py(values.get(handle.name))}`,
          "stroke-dasharray": "4 4",
          style: "stroke: var(--ink); stroke-width: 2",
        });
      });
  }

  function label(at, top, anchor, text, color) {
    return el(
      "svg:text",
      {
        class: "direct",
        x: at,
        y: Math.max(12, top),
        "text-anchor": anchor,
        style: `fill: ${color}`,
      },
      text,
    );
  }

  function drawAxes() {
    const { left, right, top, bottom } = frame();
    axes.replaceChildren(
      ...[0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
        el("svg:line", { class: "rule", x1: left, x2: right, y1: py(value), y2: py(value) }),
        el("svg:text", { x: left - 8, y: py(value) + 4, "text-anchor": "end" }, String(value)),
      ]),
      el("svg:line", { class: "base", x1: left, x2: right, y1: bottom, y2: bottom }),
      ...x.ticks.flatMap(({ at, text }) => [
        el("svg:line", { class: "tick", x1: px(at), x2: px(at), y1: bottom, y2: bottom + 4 }),
        el("svg:text", { x: px(at), y: bottom + 17, "text-anchor": "middle" }, text),
      ]),
      ...knobs.map(({ handle }) =>
        el("svg:line", { class: "rail", x1: px(handle.x), x2: px(handle.x), y1: top, y2: bottom }),
      ),
      el("svg:text", { class: "title", x: right, y: height - 6, "text-anchor": "end" }, x.title),
    );
  }

  return {
    /** The title of y stands above the plot, where it needs no turned text. */
    element: el(
      "div",
      { class: "placing-plot" },
      el("p", { class: "placing-title" }, y),
      legend,
      svg,
    ),
    /** Values by name, or null until all points are placed. */
    answer() {
      if (!handles.every(({ name }) => values.has(name))) return null;
      return Object.fromEntries(handles.map(({ name }) => [name, values.get(name)]));
    },
    /** Put an earlier answer back. */
    show(answer) {
      for (const { name } of handles)
        if (answer?.[name] !== undefined) place(name, answer[name], false);
    },
    /**
     * Show the answers of a class in place of the points to place.
     *
     * @param {any[]} answers
     */
    overlay(answers) {
      others = answers.filter((answer) => typeof answer === "object" && answer !== null);
      for (const { node } of knobs) node.style.display = "none";
      redraw();
    },
    /**
     * Draw beside the points; what is not named stays as it is.
     *
     * @param {object} what
     * @param {{ points: number[][], color: string, dash?: string, thin?: boolean }[]} [what.lines]
     * @param {{ x: number, y: number, color: string, name?: string, beside?: boolean }[]} [what.fixed] points with
     *   their names above, or beside them where a placed point may lie
     * @param {{ value: number, text: string, color: string }[]} [what.references] lines across the plot
     * @param {Record<string, { x: number, y: number }>} [what.starts] where the line to a placed point begins
     * @param {{ color: string, text: string }[]} [what.legend]
     */
    draw(what) {
      shown = { ...shown, ...what };
      legend.hidden = !shown.legend.length;
      legend.replaceChildren(
        ...shown.legend.map(({ color, text }) =>
          el("span", {}, el("span", { class: "dot", style: `background: ${color}` }), text),
        ),
      );
      redraw();
    },
    close: () => resizes.disconnect(),
  };
}

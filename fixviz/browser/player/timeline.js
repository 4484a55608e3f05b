/* A chart of concentration over time with one line per model; a click goes to a frame. */

/** @import { Model } from "./types.d.ts" */

import { Definition } from "./definition.js";
import { el } from "./dom.js";
import { number, seconds } from "./format.js";

const HEIGHT = 132;
const TOP = 10;
const BOTTOM = 8;
const GAP = 15;
const NAME_WIDTHS = [92, 180];
const LETTER = 6.5;
const DASHES = ["", "6 3", "2 3", "8 3 2 3"];

/** Push label positions apart to at least `gap`, in the order of the wished ones, within low..high. */
export function spread(wishes, gap, low, high) {
  const order = wishes.map((y, i) => [y, i]).sort((a, b) => a[0] - b[0]);
  const placed = [];
  for (const [y] of order) {
    const above = placed.length ? placed[placed.length - 1] + gap : low;
    placed.push(Math.max(y, above));
  }
  let below = high + gap;
  for (let rank = placed.length - 1; rank >= 0; rank--) {
    placed[rank] = Math.min(placed[rank], below - gap);
    below = placed[rank];
  }
  const out = new Array(wishes.length);
  order.forEach(([, i], rank) => {
    out[i] = placed[rank];
  });
  return out;
}

/** The pixels that the models' names need beside the plot. */
export function room(names) {
  const widest = 24 + LETTER * Math.max(...names.map((name) => name.length));
  return Math.min(NAME_WIDTHS[1], Math.max(NAME_WIDTHS[0], Math.round(widest)));
}

export class Timeline {
  /**
   * @param {object} options
   * @param {number[]} options.times when each frame begins, in seconds
   * @param {Pick<Model, "name" | "title">[]} options.models
   * @param {string} options.meaning what concentration is
   * @param {(frame: number, settled: boolean) => void} options.onFrame a point in time was chosen;
   *   `settled` is false while the pointer is still held
   */
  constructor({ times, models, meaning, onFrame }) {
    this.times = times;
    this.models = models;
    this.onFrame = onFrame;
    this.plot = el("svg:svg", { class: "plot", height: String(HEIGHT), role: "img" });
    this.ends = el(
      "div",
      { class: "ends", "aria-hidden": "true" },
      ...[times[0], times[times.length - 1]].map((t) => el("span", {}, seconds(t))),
    );
    this.legend = el(
      "ul",
      { class: "legend" },
      ...models.map((model, i) =>
        el(
          "li",
          { style: `--line: var(--line-${i})` },
          el("span", { class: "swatch", "aria-hidden": "true" }),
          model.title,
        ),
      ),
    );
    this.element = el(
      "figure",
      { class: "timeline", style: `--gutter-names: ${room(models.map((model) => model.name))}px` },
      el(
        "figcaption",
        {},
        new Definition("Concentration over time", [meaning]).element,
        " ",
        el("span", { class: "subtitle" }, "0 = uniform, 1 = all on one patch"),
      ),
      this.plot,
      this.ends,
      this.legend,
    );
    this.plot.onpointerdown = (event) => this.#seek(event, false);
    this.plot.onpointermove = (event) => event.buttons && this.#seek(event, false);
    this.plot.onpointerup = (event) => this.#seek(event, true);
  }

  /** Measure the limits of the plot in pixels. */
  #measure() {
    const width = this.plot.clientWidth;
    const style = getComputedStyle(this.element);
    const left = parseFloat(style.getPropertyValue("--gutter-left"));
    const right = parseFloat(style.getPropertyValue("--gutter-right"));
    this.limits = { width, left: left + 8, right: width - right - 8 };
  }

  #x(frame) {
    const { left, right } = this.limits;
    return left + ((right - left) * frame) / Math.max(1, this.times.length - 1);
  }

  #seek(event, settled) {
    const box = this.plot.getBoundingClientRect();
    const { left, right } = this.limits;
    const share = (event.clientX - box.left - left) / Math.max(1, right - left);
    const frame = Math.round(Math.min(1, Math.max(0, share)) * (this.times.length - 1));
    if (!settled) this.plot.setPointerCapture?.(event.pointerId);
    this.onFrame(frame, settled);
  }

  /**
   * Draw the curves.
   *
   * @param {(ArrayLike<number> | null)[]} curves one for each model; null where it is not loaded or undefined
   * @param {(ArrayLike<number> | null)[]} turned the same under the dial, drawn dashed
   * @param {string} dial label of the dashed curves
   */
  drawCurves(curves, turned, dial) {
    this.#measure();
    const { width, left, right } = this.limits;
    if (!(width > 0)) return;
    this.curves = curves;
    const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value);
    const grid = [0, 0.5, 1].flatMap((value) => [
      el("svg:line", { class: "rule", x1: left, x2: right, y1: y(value), y2: y(value) }),
      el(
        "svg:text",
        { class: "axis", x: left - 14, y: y(value) + 4, "text-anchor": "end" },
        String(value),
      ),
    ]);
    const learned = curves.map(
      (curve, i) => curve && this.#line(curve, i, y, DASHES[i % 4], "line"),
    );
    const lines = [
      ...learned,
      ...turned.map((curve, i) => curve && this.#line(curve, i, y, "1 5", "line turned")),
    ].filter(Boolean);
    this.cursor = el("svg:line", { class: "cursor", y1: TOP - 4, y2: HEIGHT - BOTTOM + 4 });
    this.dots = curves.map((curve, i) =>
      curve
        ? el("svg:circle", { r: "4", class: "point", style: `--line: var(--line-${i})` })
        : null,
    );
    this.plot.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.plot.replaceChildren(
      ...grid,
      ...lines,
      ...this.#labels(curves, turned, dial, right, y),
      this.cursor,
      ...this.dots.filter(Boolean),
    );
    this.y = y;
  }

  #line(curve, i, y, dash, name) {
    const points = Array.from(curve, (value, n) =>
      Number.isNaN(value) ? null : `${this.#x(n).toFixed(1)} ${y(value).toFixed(1)}`,
    );
    let path = "";
    points.forEach((point, n) => {
      if (point) path += `${n > 0 && points[n - 1] ? "L" : "M"}${point}`;
    });
    return el("svg:path", {
      class: name,
      d: path,
      "stroke-dasharray": dash || null,
      style: `--line: var(--line-${i})`,
    });
  }

  #labels(curves, turned, dial, right, y) {
    const last = (curve) => curve[curve.length - 1];
    const named = [
      ...curves.map((curve, i) => [curve, i, this.models[i].name]),
      ...turned.map((curve, i) => [curve, i, dial]),
    ];
    const shown = named.filter(([curve]) => curve && !Number.isNaN(last(curve)));
    const places = spread(
      shown.map(([curve]) => y(last(curve))),
      GAP,
      TOP,
      HEIGHT - BOTTOM,
    );
    return shown.map(([, i, name], n) =>
      el(
        "svg:text",
        { class: "direct", x: right + 14, y: places[n] + 4, style: `--line: var(--line-${i})` },
        name,
      ),
    );
  }

  /** Move the cursor and the text alternative to a frame. */
  showFrame(frame) {
    if (!this.curves) return;
    const x = this.#x(frame);
    this.cursor.setAttribute("x1", x);
    this.cursor.setAttribute("x2", x);
    const values = this.curves.map((curve, i) => {
      const value = curve ? curve[frame] : NaN;
      const dot = this.dots[i];
      if (dot) {
        dot.style.display = Number.isNaN(value) ? "none" : "";
        dot.setAttribute("cx", x);
        dot.setAttribute("cy", Number.isNaN(value) ? 0 : this.y(value));
      }
      return `${this.models[i].title} ${number(value)}`;
    });
    this.plot.setAttribute(
      "aria-label",
      `Concentration at ${seconds(this.times[frame])}: ${values.join(", ")}`,
    );
  }
}

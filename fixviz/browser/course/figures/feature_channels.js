/* The channels of one real query, before and after the feature map. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { FEATURE_MAPS, headRows } from "./linear_math.js";
import { queryPlace } from "./query_place.js";
import { withMinus } from "./signed.js";

const [WIDTH, HEIGHT, LEFT] = [480, 250, 40];

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function featureChannels({ source, label, number: plain }) {
  const number = withMinus(plain);
  const last = source.model("linear").layers - 1;
  const features = await source.features("linear", "spatial", last);
  const { head_dim: width, columns, windows } = features.description;
  const position = source.frame - windows[source.window];
  const { row, column } = await queryPlace(source, "linear");
  const query = row * columns + column;
  const before = headRows(features, "query", position, 0).subarray(
    query * width,
    (query + 1) * width,
  );
  const map = FEATURE_MAPS.phi(width);
  const floor = width ** -0.5;
  const low = Math.min(-0.5, ...before);
  const high = Math.max(1, ...before.map(map));
  let revealed = false;
  let chosen = before.indexOf(Math.min(...before));

  const y = (value) => 14 + ((high - value) / (high - low)) * (HEIGHT - 28);
  const step = (WIDTH - LEFT) / width;
  const svg = el("svg:svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    class: "channels",
    role: "slider",
    tabindex: "0",
    "aria-label": label("channel"),
    "aria-valuemin": "0",
    "aria-valuemax": String(width - 1),
  });
  const said = el("p", { class: "said", "aria-live": "polite" });
  const element = el(
    "div",
    { class: "figure-body" },
    el(
      "p",
      { class: "key" },
      el("span", { class: "before" }, label("before")),
      el("span", { class: "after" }, label("after")),
    ),
    svg,
    said,
  );

  function draw() {
    const bar = (value, x, w, name) =>
      el("svg:rect", {
        class: name,
        x,
        width: w,
        y: y(Math.max(0, value)),
        height: Math.max(1.5, y(Math.min(0, value)) - y(Math.max(0, value))),
      });
    const rule = (value, name, more, down) => [
      el("svg:line", { class: name, x1: LEFT - 6, x2: WIDTH, y1: y(value), y2: y(value) }),
      el("svg:text", { x: LEFT - 9, y: y(value) + down, "text-anchor": "end" }, more),
    ];
    svg.replaceChildren(
      el("svg:rect", {
        class: "chosen",
        x: LEFT + chosen * step,
        width: step,
        y: 0,
        height: HEIGHT,
      }),
      ...Array.from(before).flatMap((value, c) => [
        bar(value, LEFT + (c + 0.14) * step, step * (revealed ? 0.34 : 0.72), "before"),
        ...(revealed ? [bar(map(value), LEFT + (c + 0.52) * step, step * 0.34, "after")] : []),
      ]),
      ...rule(0, "base", "0", revealed ? 12 : 4),
      ...(revealed ? rule(floor, "floor", number(floor), -2) : []),
    );
    element.classList.toggle("revealed", revealed);
    svg.setAttribute("aria-valuenow", String(chosen));
    svg.setAttribute("aria-valuetext", api.text());
    setText(said, api.text());
  }

  const choose = (channel) => {
    chosen = Math.min(width - 1, Math.max(0, channel));
    draw();
  };
  svg.onkeydown = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -width, End: width }[event.key];
    if (!by) return;
    event.preventDefault();
    choose(chosen + by);
  };
  svg.onpointermove = svg.onpointerdown = (event) => {
    const box = svg.getBoundingClientRect();
    choose(Math.floor((((event.clientX - box.left) / box.width) * WIDTH - LEFT) / step));
  };

  const api = {
    element,
    text: () =>
      label(revealed ? "both" : "one", {
        channel: chosen,
        before: number(before[chosen]),
        after: number(map(before[chosen])),
      }),
    reveal() {
      revealed = true;
      draw();
    },
    symbols: () => ({
      z: { value: number(before[chosen]), where: label("where_z") },
      floor: { value: number(floor), where: label("where_floor") },
      phi: {
        value: revealed ? number(map(before[chosen])) : "?",
        where: label("where_phi"),
      },
    }),
    light(symbol) {
      for (const name of ["z", "floor", "phi"])
        svg.classList.toggle(`light-${name}`, symbol === name);
    },
  };
  draw();
  return api;
}

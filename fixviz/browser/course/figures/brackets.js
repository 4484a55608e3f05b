/* Three matrices to scale, and a pair of brackets that the reader puts around two of them. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { animate } from "../parts/animate.js";
import { barPlot } from "../parts/plot.js";
import { fewer, multiplications } from "./linear_math.js";

/** Length of N tokens on the drawing, the gap between matrices, and the least width of a side. */
const [LONG, GAP, THIN] = [120, 30, 5];
const [TOP, WIDTH] = [30, 300];
const whole = (count) => Math.round(count).toLocaleString("en");

/**
 * Options: `exp`: each cell of q kᵀ goes through the exponential, so that the brackets are stuck there;
 * `placed`: where the brackets stand at first; `totals`: compare the counts once the question is answered.
 *
 * @param {FigureContext} context
 * @returns {CourseFigure}
 */
export function brackets({ numbers, options, label, colors, percent, reduced, changed }) {
  const [tokens, width] = [numbers["run.patches"], numbers["run.head_dim"]];
  const { exp = false, placed = exp ? "weights" : null, totals = false } = options;
  const products = multiplications(tokens, width);
  const work = {
    weights: products.weights[0] + products.weights[1],
    sums: products.sums[0] + products.sums[1],
  };
  const unit = LONG / Math.max(tokens, width);
  const [long, short] = [tokens, width].map((count) => Math.max(THIN, count * unit));
  const middle = TOP + 8 + LONG / 2;
  // The pair of brackets is as wide around q kᵀ as around kᵀ v, so that it only moves sideways.
  const travel = short + GAP;
  const start = (WIDTH - (2 * short + 2 * GAP + long)) / 2;
  const places = {
    query: { x: start, width: short, height: long },
    key: { x: start + travel, width: long, height: short },
    value: { x: start + travel + long + GAP, width: short, height: long },
  };
  const shifts = { weights: 0, sums: travel };
  let order = placed;
  let revealed = false;
  let stop = () => {};
  let at = order ? shifts[order] : travel / 2;
  /** The cell of the first product that serves as the example, as shares of its sides. */
  let cell = { row: 0.35, column: 0.65 };

  const svg = el("svg:svg", { class: "matrices", role: "group" });
  const [firstLine, lines, pair, second] = ["first", "lines", "pair", "second"].map((name) =>
    el("svg:g", { class: name }),
  );
  const height = TOP + LONG + 58;
  const bottom = height + LONG + 44;
  const names = el("svg:g", { class: "names" });
  svg.append(firstLine, lines, pair, names, second);
  const said = el("p", { class: "said", "aria-live": "polite" });
  const bars = barPlot({
    label: label("bars"),
    max: 1,
    show: percent,
  });
  const element = el("div", { class: "figure-body" }, svg, said, bars.element);

  function rect({ x, y, width: w, height: h }, name, attributes = {}) {
    return el("svg:rect", { x, y, width: w, height: h, class: `matrix-${name}`, ...attributes });
  }

  function text(x, y, content, more = {}) {
    return el("svg:text", { x, y, "text-anchor": "middle", ...more }, content);
  }

  /** A matrix of the upper line with its name and size. */
  function named(name, size) {
    const { x, width: w, height: h } = places[name];
    const y = middle - h / 2;
    const below = middle + LONG / 2 + 18;
    const toward = { query: "weights", value: "sums" }[name];
    const box = rect({ x, y, width: w, height: h }, name);
    if (toward) box.onclick = () => place(toward);
    names.append(
      text(x + w / 2, y - 7, label(name), { class: "matrix-name" }),
      text(x + w / 2, name === "key" ? y + h + 16 : below, size, { class: "size" }),
    );
    return box;
  }

  const sizes = {
    query: label("size", { rows: tokens, columns: width }),
    key: label("size", { rows: width, columns: tokens }),
    value: label("size", { rows: tokens, columns: width }),
  };
  firstLine.append(...Object.keys(places).map((name) => named(name, sizes[name])));

  const [left, right] = [start - 12, start + travel + long + 12];
  const [up, down] = [middle - LONG / 2 - 4, middle + LONG / 2 + 4];
  const bow = (x, side) =>
    el("svg:path", {
      class: "bracket",
      d: `M${x} ${up}Q${x + 14 * side} ${middle} ${x} ${down}`,
    });
  const handle = el("svg:g", { class: "handle" });
  const knob = { x: (left + right) / 2, y: down + 32 };
  handle.append(
    el("svg:path", {
      d: `M${left} ${down}V${knob.y}H${right}V${down}`,
      class: "stem",
    }),
    el("svg:rect", { x: knob.x - 26, y: knob.y - 11, width: 52, height: 22, rx: 11 }),
    el("svg:path", {
      class: "arrows",
      d: `M${knob.x - 8} ${knob.y - 5}l-6 5l6 5M${knob.x + 8} ${knob.y - 5}l6 5l-6 5`,
    }),
  );
  pair.append(
    el("svg:rect", {
      class: "catch",
      x: left - 14,
      y: down,
      width: right - left + 28,
      height: 48,
    }),
    bow(left, -1),
    bow(right, 1),
    handle,
    ...(exp ? [text(left - 5, up + 2, "exp", { class: "exp", "text-anchor": "end" })] : []),
  );
  for (const [name, value] of Object.entries({
    tabindex: "0",
    role: "slider",
    "aria-label": label("brackets"),
    "aria-valuemin": "0",
    "aria-valuemax": "1",
  }))
    pair.setAttribute(name, value);

  /** Draw the lower line: the first product, and what it is multiplied by. */
  function drawSecond() {
    second.replaceChildren();
    if (!order) return;
    const y0 = height + 30;
    const center = y0 + LONG / 2;
    const inner = order === "weights" ? long : short;
    const other = places.query;
    const total = inner + GAP + other.width;
    let x = (WIDTH - total) / 2;
    const product = { x, y: center - inner / 2, width: inner, height: inner };
    const factor = { x, y: center - long / 2, width: short, height: long };
    if (order === "weights") factor.x = x + inner + GAP;
    else {
      product.x = x + short + GAP;
      x = product.x;
    }
    const side = order === "weights" ? tokens : width;
    const name = order === "weights" ? "value" : "query";
    const productName =
      order === "weights" ? (exp ? "exponentials" : "first_product") : "sums_product";
    const box = rect(product, "product");
    const mark = rect(
      {
        x: product.x + cell.column * inner - 2.5,
        y: product.y + cell.row * inner - 2.5,
        width: 5,
        height: 5,
      },
      "cell",
    );
    box.onpointermove = (event) => {
      const { left: boxLeft, top: boxTop, width: w, height: h } = box.getBoundingClientRect();
      cell = {
        row: Math.min(1, Math.max(0, (event.clientY - boxTop) / h)),
        column: Math.min(1, Math.max(0, (event.clientX - boxLeft) / w)),
      };
      mark.setAttribute("x", String(product.x + cell.column * inner - 2.5));
      mark.setAttribute("y", String(product.y + cell.row * inner - 2.5));
      drawLines();
    };
    second.append(
      box,
      mark,
      text(product.x + inner / 2, product.y - 7, label(productName), { class: "matrix-name" }),
      text(
        product.x + inner / 2,
        product.y + inner + 16,
        label("size", { rows: side, columns: side }),
        {
          class: "size",
        },
      ),
      rect(factor, name),
      text(factor.x + short / 2, factor.y - 7, label(name), { class: "matrix-name" }),
    );
  }

  /** Mark the row and the column whose product is the example cell. */
  function drawLines() {
    lines.replaceChildren();
    if (!order) return;
    const [one, two] = order === "weights" ? ["query", "key"] : ["key", "value"];
    const [a, b] = [places[one], places[two]];
    lines.append(
      rect(
        { x: a.x, y: middle - a.height / 2 + cell.row * a.height - 1.5, width: a.width, height: 3 },
        "cell",
      ),
      rect(
        {
          x: b.x + cell.column * b.width - 1.5,
          y: middle - b.height / 2,
          width: 3,
          height: b.height,
        },
        "cell",
      ),
    );
  }

  function tell() {
    const side = order === "weights" ? tokens : width;
    const terms = order === "weights" ? width : tokens;
    setText(
      said,
      order
        ? label("cell", { rows: whole(side), cells: whole(side * side), terms: whole(terms) })
        : label("hint"),
    );
    pair.setAttribute("aria-valuenow", String(order === "sums" ? 1 : 0));
    pair.setAttribute("aria-valuetext", order ? label(order) : label("nowhere"));
    pair.classList.toggle("open", !order);
    svg.setAttribute("aria-label", api.text());
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${order ? bottom + 20 : height}`);
    bars.element.hidden = !(totals && revealed);
    if (totals && revealed) {
      // Shares, for the next step asks for the counts.
      const larger = Math.max(...Object.values(work));
      bars.draw(
        ["weights", "sums"].map((name) => ({
          name: label(name),
          value: work[name] / larger,
          color: name === order ? colors.accent : colors.muted,
        })),
      );
      bars.label = api.text();
    }
  }

  const move = (to) => {
    at = to;
    pair.setAttribute("transform", `translate(${to} 0)`);
  };

  function glide(to) {
    stop();
    const from = at;
    stop = animate(220, (share) => move(from + (to - from) * (1 - (1 - share) ** 3)), reduced);
  }

  function place(next, quiet = false) {
    if (exp && next !== "weights") {
      glide(0);
      setText(said, label("blocked"));
      return;
    }
    const same = next === order;
    order = next;
    glide(order ? shifts[order] : travel / 2);
    if (same) return;
    drawSecond();
    drawLines();
    tell();
    if (!quiet) changed();
  }

  pair.onkeydown = (event) => {
    const next = { ArrowLeft: "weights", ArrowRight: "sums", Home: "weights", End: "sums" }[
      event.key
    ];
    if (!next) return;
    event.preventDefault();
    place(next);
  };
  let drag = null;
  pair.onpointerdown = (event) => {
    stop();
    pair.setPointerCapture(event.pointerId);
    drag = { x: event.clientX, at, moved: false };
  };
  pair.onpointermove = (event) => {
    if (!drag) return;
    const scale = WIDTH / svg.getBoundingClientRect().width;
    const by = (event.clientX - drag.x) * scale;
    drag.moved ||= Math.abs(by) > 3;
    const limit = exp ? 7 : travel;
    move(Math.min(limit, Math.max(0, drag.at + by)));
  };
  pair.onpointerup = pair.onpointercancel = () => {
    if (!drag) return;
    const tapped = !drag.moved;
    drag = null;
    if (exp) place(tapped ? "weights" : "sums");
    else if (tapped) place(order === "sums" ? "weights" : "sums");
    else place(at > travel / 2 ? "sums" : "weights");
  };

  const api = {
    element,
    text() {
      if (!order) return label("hint");
      const shown = label("shown", { order: label(order) });
      if (!(totals && revealed)) return shown;
      return `${shown} ${label("counted", { share: percent(work.sums / work.weights) })}`;
    },
    answer: () => (exp ? null : order),
    show: (answer) => place(answer, true),
    check(answer) {
      const best = fewer(tokens, width);
      return best === "equal" || best === answer ? "right" : "longer";
    },
    reveal() {
      revealed = true;
      tell();
    },
    symbols: () => ({
      N: { value: whole(tokens), where: label("where_tokens") },
      d: { value: whole(width), where: label("where_width") },
    }),
    light(symbol) {
      svg.classList.toggle("light-n", symbol === "N");
      svg.classList.toggle("light-d", symbol === "d");
    },
    close: () => stop(),
  };
  move(at);
  drawSecond();
  drawLines();
  tell();
  return api;
}

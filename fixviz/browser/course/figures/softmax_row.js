/* One row of softmax attention by hand: a query and four keys of a real head, from products to shares. Three tasks:
   "score" and "share" ask for one number, "sharpen" multiplies all scores after the prediction. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { readNumber } from "../numbers.js";
import { animate } from "../parts/animate.js";
import { slider } from "../parts/controls.js";
import { PatchPicture } from "../parts/picture.js";
import { barPlot } from "../parts/plot.js";
import { dot, scoreOutcome, shareOutcome, stagesOf } from "./softmax_math.js";
import { rowByHand } from "./softmax_keys.js";
import { outputStrips, vectorStrips } from "./softmax_strips.js";

const NAMES = ["A", "B", "C", "D"];
/** Colors of the keys' outlines, which color-blind people tell apart. */
const KEYS = ["#ffc43d", "#4cc9f0", "#ff8fd0", "#b8f26b"];
const COLUMNS = {
  score: ["product", "score"],
  share: ["score", "exponential", "share"],
  sharpen: ["score", "exponential", "share"],
};
const LARGEST_FACTOR = 4;
const DOUBLE_MS = 900;
let count = 0;

/**
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function softmaxRow(context) {
  const { source, options, label, labels, percent } = context;
  const { task, key: asked = null } = options;
  const [data, image] = await Promise.all([rowByHand(source), source.image(source.frame)]);
  const { query, head, q, keys, values, places } = data;
  const products = keys.map((k) => dot(q, k));
  let factor = 1;
  let known = false;
  let stop = () => {};

  const { grid } = source.model("softmax");
  const picture = new PatchPicture({ grid, display: source.manifest.display, label: labels.frame });
  picture.draw({
    image,
    marks: [
      { ...query, color: "#ffffff", weight: 3 },
      ...places.map((place, i) => ({ ...place, color: KEYS[i], weight: 2.5 })),
    ],
    over: (pen, scale) => places.forEach((place, i) => write(pen, NAMES[i], place, scale, KEYS[i])),
  });

  /** The name of a key in the corner of its patch. */
  function write(pen, name, { row: line, column }, scale, color) {
    const [high, wide] = grid.display_per_model.map((per) => per * grid.stride * scale);
    pen.font = `700 ${Math.round(high * 0.72)}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.lineWidth = high * 0.2;
    pen.strokeStyle = "#000000";
    pen.strokeText(name, column * wide, line * high);
    pen.fillStyle = color;
    pen.fillText(name, column * wide, line * high);
  }

  const cells = NAMES.map(() =>
    Object.fromEntries(COLUMNS[task].map((name) => [name, el("td", { class: `of-${name}` })])),
  );
  const sums = Object.fromEntries(
    COLUMNS[task].map((name) => [name, el("td", { class: `of-${name}` })]),
  );
  const withSums = task !== "score";
  const table = el(
    "table",
    { class: "stages" },
    el("caption", { class: "unseen" }, labels.table),
    el(
      "thead",
      {},
      el(
        "tr",
        {},
        el("td"),
        ...COLUMNS[task].map((name) =>
          el("th", { scope: "col", class: `of-${name}` }, labels[name]),
        ),
      ),
    ),
    el(
      "tbody",
      {},
      ...NAMES.map((name, i) =>
        el(
          "tr",
          { class: i === asked ? "asked" : null },
          el("th", { scope: "row" }, keyName(name, i)),
          ...Object.values(cells[i]),
        ),
      ),
      withSums
        ? el(
            "tr",
            { class: "sums" },
            el("th", { scope: "row" }, labels.sum),
            ...Object.values(sums),
          )
        : null,
    ),
  );
  const bars = withSums ? stageBars() : null;
  const output = withSums ? outputStrips(context, { values, names: NAMES.map(keyName) }) : null;

  const input = asked === null ? null : numberField();
  const factors = slider({
    label: labels.factor ?? "",
    min: 0,
    max: LARGEST_FACTOR,
    step: 0.1,
    value: factor,
    show: (value) => label("times", { value: value.toFixed(1) }),
    onInput(value) {
      stop();
      factor = value;
      redraw();
    },
  });
  factors.element.hidden = true;
  const element = el(
    "div",
    { class: "figure-row by-hand" },
    el(
      "div",
      { class: "row-top" },
      picture.element,
      task === "score"
        ? vectorStrips(context, { q, keys, names: NAMES.map(keyName) })
        : bars.element,
    ),
    table,
    input,
    task === "sharpen" ? factors.element : null,
    output ? output.element : null,
    el("p", { class: "row-note" }, label("caption", { head, width: q.length })),
  );
  redraw();

  function keyName(name, i) {
    return el(
      "span",
      {},
      el("span", { class: "key-dot", style: `background: ${KEYS[i]}`, "aria-hidden": "true" }),
      label("key", { name }),
    );
  }

  /** Bars of the exponentials, and of the shares once the reader knows them. */
  function stageBars() {
    const largest = Math.max(...stagesOf(q, keys).exponentials);
    const plots = {
      exponentials: barPlot({ label: labels.exponential, max: largest, show: three }),
      shares: barPlot({ label: labels.share, max: 1, show: percent }),
    };
    const title = el("p", { class: "row-note" });
    return {
      element: el(
        "div",
        { class: "stage-bars" },
        title,
        plots.exponentials.element,
        plots.shares.element,
      ),
      draw(stages, told) {
        const shown = told ? "shares" : "exponentials";
        setText(title, told ? labels.share : labels.exponential);
        for (const [stage, plot] of Object.entries(plots)) plot.element.hidden = stage !== shown;
        plots[shown].draw(
          NAMES.map((name, i) => ({
            name: label("key", { name }),
            value: stages[shown][i],
            color: KEYS[i],
          })),
        );
      },
    };
  }

  function numberField() {
    const id = `softmax-row-${count++}`;
    const field = el("input", {
      type: "text",
      id,
      inputmode: "decimal",
      autocomplete: "off",
      class: "number",
      oninput() {
        known = false;
        context.changed();
        redraw();
      },
    });
    return el(
      "div",
      { class: "number-line give" },
      el("label", { for: id }, label(`give_${task}`, { name: NAMES[asked] })),
      field,
      task === "share" ? el("span", {}, labels.percent) : null,
    );
  }

  function redraw() {
    const stages = stagesOf(q, keys, factor);
    NAMES.forEach((_, i) => {
      const texts = {
        product: products[i].toFixed(2),
        score: stages.scores[i].toFixed(2),
        exponential: three(stages.exponentials[i]),
        share: percent(stages.shares[i]),
      };
      for (const [name, cell] of Object.entries(cells[i]))
        setText(cell, hides(name, i) ? labels.hidden : texts[name]);
    });
    if (sums.exponential)
      setText(sums.exponential, three(stages.exponentials.reduce((a, b) => a + b, 0)));
    if (sums.share) setText(sums.share, hides("share", 0) ? "" : percent(1));
    bars?.draw(stages, !hides("share", 0));
    if (!output) return;
    output.draw(stages.shares);
    // The color of the output would not tell the shares, but it stands for what comes after them.
    output.element.hidden = hides("share", 0);
  }

  /** Whether the reader is to find the number. */
  function hides(column, i) {
    if (known || task === "sharpen") return false;
    return task === "score" ? column === "score" && i === asked : column === "share";
  }

  function text() {
    const stages = stagesOf(q, keys, factor);
    return NAMES.map((name, i) =>
      label("row", {
        name,
        product: products[i].toFixed(2),
        score: hides("score", i) ? labels.hidden : stages.scores[i].toFixed(2),
        share: hides("share", i) || task === "score" ? labels.hidden : percent(stages.shares[i]),
      }),
    ).join("; ");
  }

  const field = () => /** @type {HTMLInputElement} */ (input.querySelector("input"));
  const given = () => readNumber(field().value.replace(/[%％]\s*$/, ""));

  return {
    element,
    text,
    answer: input ? () => (Number.isNaN(given()) ? null : given()) : undefined,
    show(answer) {
      field().value = String(answer);
    },
    check: (answer) =>
      task === "score"
        ? scoreOutcome(answer, products[asked], q.length)
        : shareOutcome(answer, stagesOf(q, keys), asked),
    reveal() {
      const again = known;
      known = true;
      if (task === "sharpen" && !again) double();
      redraw();
    },
    symbols() {
      const { scores, exponentials, shares } = stagesOf(q, keys, factor);
      const all = (column, texts) =>
        texts
          .map((value, i) => `${NAMES[i]} ${hides(column, i) ? labels.hidden : value}`)
          .join(", ");
      const numbers = label("channels", { value: q.length });
      return {
        q: { value: numbers, where: labels.symbol_q },
        k: { value: numbers, where: labels.symbol_k },
        d: { value: String(q.length), where: labels.symbol_d },
        s: {
          value: all(
            "score",
            scores.map((value) => value.toFixed(2)),
          ),
        },
        e: { value: all("exponential", exponentials.map(three)) },
        a: { value: all("share", shares.map(percent)) },
      };
    },
    light(symbol) {
      element.dataset.lit = symbol ?? "";
    },
    close() {
      stop();
      picture.close();
    },
  };

  /** Show the slider, and what the question asked: all scores doubled. */
  function double() {
    factors.element.hidden = false;
    stop = animate(
      DOUBLE_MS,
      (share) => {
        factor = 1 + share;
        factors.set(factor);
        redraw();
      },
      context.reduced || context.answered,
    );
  }
}

const three = (value) =>
  value >= 1e6 || (value > 0 && value < 0.001)
    ? value.toExponential(1).replace("e+", "e")
    : Number(value.toPrecision(3)).toLocaleString("en", { maximumSignificantDigits: 3 });

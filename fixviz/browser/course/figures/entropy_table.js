/* A row of four shares, with what its entropy is added up from. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import { figuresOf } from "../../player/attention/figures.js";

/**
 * Options: `sums`: show the products and the entropy from the start.
 *
 * @param {FigureContext} context
 * @returns {Promise<CourseFigure>}
 */
export async function entropyTable({ pack, options, label, number }) {
  const { row: shares } = (await pack()).hand;
  const figures = figuresOf(shares, shares.length);
  const top = Math.max(...shares);
  let revealed = Boolean(options.sums);
  const digits = (value) => value.toFixed(3);

  const products = shares.map(() => el("td"));
  const total = el("td");
  const said = el("p", { class: "said", "aria-live": "polite" });
  const head = (name) => el("th", { scope: "col", class: name }, label(name));
  const table = el(
    "table",
    {},
    el("caption", {}, label("caption")),
    el("thead", {}, el("tr", {}, head("key"), head("share"), head("surprise"), head("product"))),
    el(
      "tbody",
      {},
      ...shares.map((share, j) =>
        el(
          "tr",
          {},
          el("th", { scope: "row" }, String(j)),
          el(
            "td",
            { class: "share" },
            el("span", { class: "bar", style: `width: ${(42 * share) / top}%` }),
            el("span", { class: "value" }, digits(share)),
          ),
          el("td", {}, digits(-Math.log(share))),
          products[j],
        ),
      ),
    ),
    el("tfoot", {}, el("tr", {}, el("th", { scope: "row", colspan: "3" }, label("sum")), total)),
  );
  const element = el("div", { class: "figure-body" }, table, said);

  function draw() {
    shares.forEach((share, j) =>
      setText(products[j], revealed ? digits(-share * Math.log(share)) : "?"),
    );
    setText(total, revealed ? digits(figures.entropy) : "?");
    setText(said, revealed && !options.sums ? api.text() : "");
  }

  const api = {
    element,
    text: () =>
      revealed
        ? label("found", {
            entropy: digits(figures.entropy),
            support: number(figures.effectiveSupport),
            keys: shares.length,
          })
        : label("shown", { shares: shares.map(digits).join(", ") }),
    reveal() {
      revealed = true;
      draw();
    },
    symbols: () => ({
      H: {
        value: revealed ? digits(figures.entropy) : "?",
        where: label("where_entropy"),
      },
      A: { value: shares.map(digits).join(", "), where: label("where_shares") },
      N: { value: String(shares.length), where: label("where_keys") },
    }),
    light(symbol) {
      table.classList.toggle("light-h", symbol === "H");
      table.classList.toggle("light-a", symbol === "A");
    },
  };
  draw();
  return api;
}

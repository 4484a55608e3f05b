/* Models ranked by two measures that the reader chooses, with a line between the two places of each model. */

import { el, setText } from "../../player/dom.js";
import { oppositePairs, places } from "./evidence_math.js";

const WIDTH = 460;
const ROW = 42;
/** Wider names stand in two lines; in Latin letters, of which a Chinese character takes two. */
const WIDE = 18;
const [LEFT, RIGHT] = [168, WIDTH - 168];

/** @param {import("../types.d.ts").FigureContext} context
 *  @returns {Promise<import("../types.d.ts").CourseFigure>} */
export async function measureRanks(context) {
  const { label, colors, options, number } = context;
  const { models } = await context.pack();
  const measures = Object.keys(models[0].measures);
  const chosen = { left: options.left, right: options.right };
  let touched = false;
  const select = (side, name) => {
    const input = el(
      "select",
      {
        "aria-label": label(name),
        onchange: () => {
          chosen[side] = input.value;
          touched = true;
          draw();
          context.changed();
        },
      },
      ...measures.map((measure) => el("option", { value: measure }, label(measure))),
    );
    return input;
  };
  const inputs = { left: select("left", "first"), right: select("right", "second") };
  const height = (models.length + 0.4) * ROW;
  const svg = el("svg:svg", {
    class: "ranks",
    viewBox: `0 0 ${WIDTH} ${height}`,
    role: "img",
  });
  const readout = el("p", { class: "readout", role: "status" });

  const values = (measure) => models.map((model) => model.measures[measure]);
  const pairs = () => oppositePairs(values(chosen.left), values(chosen.right));
  const said = () => {
    const { opposite, all } = pairs();
    return label("pairs", { n: opposite, all });
  };

  function order(measure) {
    const at = places(values(measure));
    const list = models.map((_, i) => models[at.indexOf(i)]);
    return label("order", {
      measure: label(measure),
      models: list
        .map(({ name, measures: found }) =>
          label("entry", { name: label(name), value: number(found[measure], 3) }),
        )
        .join(", "),
    });
  }

  function draw() {
    inputs.left.value = chosen.left;
    inputs.right.value = chosen.right;
    const [left, right] = [chosen.left, chosen.right].map((measure) => places(values(measure)));
    const y = (place) => (place + 0.7) * ROW;
    svg.replaceChildren(
      ...models.flatMap(({ name }, i) => {
        const color = colors.models[name] ?? "var(--muted)";
        const [from, to] = [y(left[i]), y(right[i])];
        const line = { x1: LEFT, x2: RIGHT, y1: from, y2: to, style: `stroke: ${color}` };
        const end = (x, at) => el("svg:circle", { cx: x, cy: at, r: 4, style: `fill: ${color}` });
        return [
          el("svg:line", { class: colors.models[name] ? "main-model" : null, ...line }),
          end(LEFT, from),
          end(RIGHT, to),
          written(label(name), LEFT - 10, from, "end"),
          written(label(name), RIGHT + 10, to, "start"),
        ];
      }),
    );
    svg.setAttribute("aria-label", text());
    setText(readout, said());
  }

  function text() {
    return `${order(chosen.left)} ${order(chosen.right)} ${said()}`;
  }

  function show(answer) {
    Object.assign(chosen, answer);
    touched = true;
    draw();
  }

  draw();
  return {
    element: el(
      "div",
      {},
      el("div", { class: "ranks-heads" }, inputs.left, inputs.right),
      svg,
      readout,
    ),
    text,
    answer: () => (touched ? { ...chosen } : null),
    show,
    check(answer) {
      if (answer.left === answer.right) return "same";
      const { opposite, all } = oppositePairs(values(answer.left), values(answer.right));
      return opposite > all / 2 ? "right" : "alike";
    },
    reveal() {
      const { opposite, all } = pairs();
      if (opposite > all / 2) return;
      const [best] = measures
        .flatMap((left, i) => measures.slice(i + 1).map((right) => ({ left, right })))
        .map((pair) => ({ pair, ...oppositePairs(values(pair.left), values(pair.right)) }))
        .sort((a, b) => b.opposite - a.opposite);
      show(best.pair);
    },
  };
}

/** A name beside its dot, in two lines where it is long. */
function written(name, x, y, anchor) {
  const width = [...name].reduce((sum, letter) => sum + (letter > "\u2e80" ? 2 : 1), 0);
  const cut = width > WIDE ? name.lastIndexOf(" + ") : -1;
  const lines = cut < 0 ? [name] : [name.slice(0, cut + 2), name.slice(cut + 3)];
  return el(
    "svg:text",
    { x, y, "text-anchor": anchor },
    ...lines.map((line, i) =>
      el("svg:tspan", { x, dy: `${i ? 1.1 : 0.35 - 0.55 * (lines.length - 1)}em` }, line),
    ),
  );
}

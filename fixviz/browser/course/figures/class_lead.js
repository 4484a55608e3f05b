/* Right answers of two models for each class; the reader leaves classes out and sees what remains of the lead. */

import { el, setText } from "../../player/dom.js";
import { dotRows, legend } from "./dot_rows.js";
import { lead, widest } from "./evidence_math.js";

const PAIR = ["linear", "fixation"];
const WANTED = 2;

/** @param {import("../types.d.ts").FigureContext} context
 *  @returns {Promise<import("../types.d.ts").CourseFigure>} */
export async function classLead(context) {
  const { label, colors, percent } = context;
  const { models } = await context.pack();
  const [linear, fixation] = PAIR.map(
    (wanted) => models.find(({ name }) => name === wanted).classes,
  );
  const names = Object.keys(linear);
  const out = new Set();
  const rows = dotRows({ label: label("title"), min: 0, max: 1, show: percent, image: false });
  const readout = el("p", { class: "readout", role: "status" });
  const boxes = new Map(
    names.map((name) => {
      const input = el("input", {
        type: "checkbox",
        "aria-label": label("leave-out", { name: label(name) }),
        onchange: () => {
          if (input.checked) out.add(name);
          else out.delete(name);
          draw();
          context.changed();
        },
      });
      const control = el("label", { class: "dot-name" }, input, el("span", {}, label(name)));
      return [name, { input, control }];
    }),
  );

  function said() {
    const points = (100 * lead(linear, fixation, out)).toFixed(1).replace("-", "−");
    return label(out.size ? "lead" : "all", { n: names.length - out.size, points });
  }

  function draw() {
    const focused = [...boxes.values()].find(({ input }) => input.matches(":focus"));
    rows.draw(
      names.map((name) => ({
        name: label(name),
        control: boxes.get(name).control,
        faded: out.has(name),
        range: [Math.min(linear[name], fixation[name]), Math.max(linear[name], fixation[name])],
        dots: [
          { at: linear[name], color: colors.models.linear },
          { at: fixation[name], color: colors.models.fixation },
        ],
      })),
    );
    // Drawing puts the rows in anew, and takes the focus from the box.
    focused?.input.focus({ preventScroll: true });
    setText(readout, out.size < names.length ? said() : "");
  }

  function show(answer) {
    out.clear();
    for (const name of answer) out.add(name);
    for (const [name, { input }] of boxes) input.checked = out.has(name);
    draw();
  }

  draw();
  return {
    element: el(
      "div",
      {},
      el("p", { class: "figure-title" }, label("title")),
      legend(PAIR.map((name) => ({ name: label(name), color: colors.models[name] }))),
      rows.element,
      readout,
    ),
    text() {
      const sentences = names.map((name) =>
        label("row", {
          name: label(name),
          linear: percent(linear[name]),
          fixation: percent(fixation[name]),
        }),
      );
      return `${label("linear")}, ${label("fixation")}. ${sentences.join(" ")} ${readout.textContent}`;
    },
    answer: () => (out.size ? [...out] : null),
    show,
    check(answer) {
      if (answer.length < WANTED) return "few";
      if (answer.length > WANTED) return "many";
      const wanted = widest(linear, fixation, WANTED);
      const found = answer.filter((name) => wanted.includes(name)).length;
      return found === WANTED ? "right" : found ? "one" : "other";
    },
    reveal() {
      show(widest(linear, fixation, WANTED));
    },
  };
}

/* A measure after each of several trainings of the same model; the longest training is shown once it is revealed. */

import { el, setText } from "../../player/dom.js";
import { choices } from "../parts/controls.js";
import { dotRows, legend } from "./dot_rows.js";

const MEASURES = ["pointing", "right", "concentration", "mass"];

/** @param {import("../types.d.ts").FigureContext} context
 *  @returns {Promise<import("../types.d.ts").CourseFigure>} */
export async function trainingDots(context) {
  const { label, colors, options, percent } = context;
  const { trainings } = await context.pack();
  const longest = Math.max(...trainings.map(({ steps }) => steps));
  const names = [...new Set(trainings.map(({ name }) => name))];
  let measure = options.measure;
  let revealed = context.answered;
  const rows = dotRows({ label: "", min: 0, max: 1, show: percent });
  const control = choices({
    label: label("measure"),
    options: MEASURES.map((value) => ({ value, text: label(value) })),
    value: measure,
    onChange(value) {
      measure = value;
      draw();
    },
  });
  // The other measures would tell part of the answer.
  control.element.hidden = !revealed;
  const key = el("div");
  const heading = el("p", { class: "figure-title" });

  const of = (name, isLong) =>
    trainings
      .filter((one) => one.name === name && (one.steps === longest) === isLong)
      .map((one) => one.measures[measure]);

  function draw() {
    rows.draw(
      names.map((name) => {
        const color = colors.models[name] ?? colors.ink;
        const short = of(name, false);
        return {
          name: label(name),
          range: [Math.min(...short), Math.max(...short)],
          dots: [
            // Trainings with the same number saw the same clips.
            ...short.map((at, i) => ({ at, color, kind: "hollow", text: String(i + 1) })),
            ...(revealed ? of(name, true) : []).map((at) => ({ at, color })),
          ],
          value: revealed ? percent(of(name, true)[0]) : "",
        };
      }),
    );
    setText(heading, label(measure));
    rows.label = text();
    key.replaceChildren(
      legend([
        { name: label("short"), color: colors.ink, kind: "hollow" },
        ...(revealed ? [{ name: label("long"), color: colors.ink }] : []),
      ]),
    );
  }

  function text() {
    const sentences = names.map((name) =>
      label(revealed ? "row" : "row-short", {
        name: label(name),
        short: of(name, false).map(percent).join(", "),
        long: of(name, true).map(percent).join(", "),
      }),
    );
    return `${label(measure)}. ${sentences.join(" ")}`;
  }

  draw();
  return {
    element: el("div", {}, control.element, heading, key, rows.element),
    text,
    reveal() {
      revealed = true;
      control.element.hidden = false;
      draw();
    },
  };
}

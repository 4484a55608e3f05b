/* The controls of the figures: the same look and the same keys in every lesson. */

import { el, setText } from "../../player/dom.js";

let count = 0;

/**
 * A slider with its label and value.
 *
 * @param {object} options
 * @param {string} options.label
 * @param {number} options.min
 * @param {number} options.max
 * @param {number} options.step
 * @param {number} options.value
 * @param {(value: number) => string} [options.show] the value as a text
 * @param {(value: number) => void} options.onInput called while it is dragged
 */
export function slider({ label, min, max, step, value, show = String, onInput }) {
  const id = `course-control-${count++}`;
  const output = el("output", { class: "control-value", for: id }, show(value));
  const input = el("input", { type: "range", id, min, max, step });
  input.value = String(value);
  const tell = () => {
    setText(output, show(Number(input.value)));
    input.setAttribute("aria-valuetext", show(Number(input.value)));
  };
  tell();
  input.oninput = () => {
    tell();
    onInput(Number(input.value));
  };
  const element = el(
    "div",
    { class: "control" },
    el("label", { class: "control-label", for: id }, label),
    input,
    output,
  );
  return {
    element,
    input,
    value: () => Number(input.value),
    set(next) {
      input.value = String(next);
      tell();
    },
  };
}

/**
 * One choice of a few, as buttons side by side.
 *
 * @param {object} options
 * @param {string} options.label
 * @param {{ value: any, text: string }[]} options.options
 * @param {any} options.value null for none yet
 * @param {(value: any) => void} options.onChange
 */
export function choices({ label, options, value, onChange }) {
  const name = `course-control-${count++}`;
  const inputs = options.map(({ value: one }, i) => {
    const input = el("input", { type: "radio", name, id: `${name}-${i}`, checked: one === value });
    input.onchange = () => onChange(one);
    return input;
  });
  const element = el(
    "fieldset",
    { class: "control choices" },
    el("legend", { class: "control-label" }, label),
    el(
      "div",
      { class: "segments" },
      ...options.map(({ text }, i) =>
        el("span", { class: "segment" }, inputs[i], el("label", { for: inputs[i].id }, text)),
      ),
    ),
  );
  return {
    element,
    value() {
      const at = inputs.findIndex((input) => input.checked);
      return at < 0 ? null : options[at].value;
    },
    set(next) {
      inputs.forEach((input, i) => (input.checked = options[i].value === next));
    },
  };
}

/** A button. */
export function button(text, onClick, { main = false } = {}) {
  return el("button", { type: "button", class: main ? "main" : "plain", onclick: onClick }, text);
}

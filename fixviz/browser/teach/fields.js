/* Labeled fields of the forms. */

import { el } from "../player/dom.js";

let count = 0;

/**
 * A list to choose one of.
 *
 * @param {string} label
 * @param {[string, string][]} options value and text
 * @param {string} value
 * @param {(value: string) => void} onChange
 */
export function select(label, options, value, onChange) {
  const id = `teach-field-${count++}`;
  const field = el(
    "select",
    { id },
    ...options.map(([one, text]) => el("option", { value: one, selected: one === value }, text)),
  );
  field.value = value;
  field.onchange = () => onChange(field.value);
  return el("div", { class: "field" }, el("label", { for: id }, label), field);
}

/**
 * A choice of few, as radio buttons.
 *
 * @param {string} label
 * @param {[string, string][]} options value and text
 * @param {string} value
 * @param {(value: string) => void} onChange
 */
export function radios(label, options, value, onChange) {
  const name = `teach-field-${count++}`;
  return el(
    "fieldset",
    { class: "field" },
    el("legend", {}, label),
    el(
      "div",
      { class: "radios" },
      ...options.map(([one, text], i) => {
        const id = `${name}-${i}`;
        const input = el("input", { type: "radio", name, id, checked: one === value });
        input.value = one;
        input.onchange = () => onChange(one);
        return el("span", { class: "radio" }, input, el("label", { for: id }, text));
      }),
    ),
  );
}

/**
 * A line of text or a number.
 *
 * @param {string} label
 * @param {string | number} value
 * @param {(value: string) => void} onInput
 * @param {Record<string, any>} attributes of the input
 */
export function line(label, value, onInput, attributes = {}) {
  const id = `teach-field-${count++}`;
  const input = el("input", { type: "text", autocomplete: "off", id, ...attributes });
  input.value = String(value);
  input.oninput = () => onInput(input.value);
  return el("div", { class: "field" }, el("label", { for: id }, label), input);
}

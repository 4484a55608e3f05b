/* The attributions that the manifest of a run lists. Results of several models with equal arguments
   (method, class, options) form a group, which the panels show together. */

/** @import { Attribution, Manifest, Model, View } from "./types.d.ts" */

const known = new WeakMap();
/**
 * Integrated gradients have converged where their relative convergence delta is below this
 * (fixviz.analysis.attribution.convergence).
 */
const CONVERGED = 0.05;

/**
 * Groups of attributions, those of the most models first; `entries` are the stored descriptions.
 *
 * @param {Manifest} manifest
 * @returns {{ id: string, title: string, signed: boolean, entries: Attribution[] }[]}
 */
export function attributionGroups(manifest) {
  if (!known.has(manifest)) known.set(manifest, group(manifest));
  return known.get(manifest);
}

function group(manifest) {
  const groups = new Map();
  const inOrder = manifest.models.flatMap(({ name }) =>
    (manifest.attributions ?? []).filter(({ model }) => model === name),
  );
  for (const entry of inOrder) {
    if (!groups.has(entry.group))
      groups.set(entry.group, { id: entry.group, signed: entry.signed, entries: [] });
    groups.get(entry.group).entries.push(entry);
  }
  const list = [...groups.values()].sort((a, b) => b.entries.length - a.entries.length);
  return list.map((one) => ({ ...one, title: titleOf(one, list) }));
}

/** A title that tells a group from the others: method and class, and the options where those are equal. */
function titleOf({ entries: [entry] }, all) {
  const short = shortTitle(entry);
  const alike = all.filter(({ entries: [other] }) => shortTitle(other) === short);
  if (alike.length < 2) return short;
  const options = Object.entries(entry.options ?? {}).map(
    ([name, value]) => `${name} ${value ?? "last"}`,
  );
  return [short, ...options, `windows ${entry.windows.join(" ")}`].join(", ");
}

function shortTitle({ title, uses_target: usesTarget, target }) {
  return usesTarget
    ? `${title}, ${target.predicted ? "each model's own answer" : target.name}`
    : title;
}

/**
 * The group in view, or undefined where the run has no attribution.
 *
 * @param {Manifest} manifest
 * @param {View} view
 */
export function attributionInView(manifest, view) {
  return attributionGroups(manifest).find(({ id }) => id === view.attribution);
}

/**
 * A model's stored attribution of the group in view, or undefined.
 *
 * @param {Manifest} manifest
 * @param {Model} model
 * @param {View} view
 */
export function attributionOf(manifest, model, view) {
  return attributionInView(manifest, view)?.entries.find((entry) => entry.model === model.name);
}

/**
 * Lines under a panel that shows an attribution: the class that it explains, and the error of the
 * method's sum.
 *
 * @param {Attribution} entry
 * @param {Model} model
 * @param {number} frame
 */
export function attributionFigures(entry, model, frame) {
  const lines = [];
  if (entry.uses_target)
    lines.push(
      `For the class “${entry.target.name}”${entry.target.predicted ? ", this model's own answer" : ""}`,
    );
  const window = entry.windows.indexOf(model.window_of_frame[frame]);
  const delta = entry.convergence_delta?.[window];
  if (delta === undefined || delta === null) return lines;
  const share = entry.relative_delta?.[window];
  const steps = entry.steps?.[window];
  const about = share === undefined ? "" : ` (${percent(share)} of it, ${steps} steps)`;
  lines.push(`Sum less the change of the logit: ${delta.toExponential(1)}${about}`);
  if (share >= CONVERGED)
    lines.push(`Not converged: the numbers miss the change of the logit by ${percent(share)}`);
  return lines;
}

const percent = (share) => `${Number((100 * share).toPrecision(share < 0.1 ? 3 : 2))} %`;

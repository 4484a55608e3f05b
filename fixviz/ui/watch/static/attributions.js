/* The attributions that a run has, as its manifest lists them. Equal arguments (method, class, options) make the
   results of several models one group, which the panels show together. */

const known = new WeakMap();
/** Integrated gradients have converged where their relative convergence delta is below this (fixviz.analysis.attribution.convergence). */
const CONVERGED = 0.05;

/** `[{ id, title, signed, entries }]`, groups of the most models first; `entries` are the stored descriptions. */
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

/** What tells a group from the others: the method and class, and the options where those are equal. */
function titleOf({ entries: [entry] }, all) {
  const words = shortTitle(entry);
  const alike = all.filter(({ entries: [other] }) => shortTitle(other) === words);
  if (alike.length < 2) return words;
  const options = Object.entries(entry.options ?? {}).map(
    ([name, value]) => `${name} ${value ?? "last"}`,
  );
  return [words, ...options, `windows ${entry.windows.join(" ")}`].join(", ");
}

function shortTitle({ title, uses_target: usesTarget, target }) {
  return usesTarget
    ? `${title}, ${target.predicted ? "each model's own answer" : target.name}`
    : title;
}

/** The group in view, or undefined when the run has no attribution. */
export function attributionInView(manifest, view) {
  return attributionGroups(manifest).find(({ id }) => id === view.attribution);
}

/** A model's stored attribution of the group in view, or undefined. */
export function attributionOf(manifest, model, view) {
  return attributionInView(manifest, view)?.entries.find((entry) => entry.model === model.name);
}

/** What belongs under a panel that shows one: the class it speaks for, and how far the method's sum is off. */
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

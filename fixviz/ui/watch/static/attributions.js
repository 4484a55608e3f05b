/* The attributions that a run has, as its manifest lists them. Equal arguments (method, class, options) make the
   results of several models one group, which the panels show together. */

const known = new WeakMap();

/** `[{ id, title, signed, entries }]`, groups of the most models first; `entries` are the stored descriptions. */
export function attributionGroups(manifest) {
  if (!known.has(manifest)) known.set(manifest, group(manifest));
  return known.get(manifest);
}

function group(manifest) {
  const groups = new Map();
  const inOrder = manifest.models.flatMap(({ name }) => (manifest.attributions ?? []).filter(({ model }) => model === name));
  for (const entry of inOrder) {
    if (!groups.has(entry.group)) groups.set(entry.group, { id: entry.group, signed: entry.signed, entries: [] });
    groups.get(entry.group).entries.push(entry);
  }
  const list = [...groups.values()].sort((a, b) => b.entries.length - a.entries.length);
  return list.map((group) => ({ ...group, title: titleOf(group, list) }));
}

/** What tells a group from the others: the method and class, and the options where those are equal. */
function titleOf({ entries: [entry] }, all) {
  const words = shortTitle(entry);
  const alike = all.filter(({ entries: [other] }) => shortTitle(other) === words);
  if (alike.length < 2) return words;
  const options = Object.entries(entry.options ?? {}).map(([name, value]) => `${name} ${value ?? "last"}`);
  return [words, ...options, `windows ${entry.windows.join(" ")}`].join(", ");
}

function shortTitle({ title, uses_target: usesTarget, target }) {
  return usesTarget ? `${title}, ${target.predicted ? "predicted class" : target.name}` : title;
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
  if (entry.uses_target) lines.push(`For the class “${entry.target.name}”${entry.target.predicted ? ", the predicted one" : ""}`);
  const window = entry.windows.indexOf(model.window_of_frame[frame]);
  const delta = entry.convergence_delta?.[window];
  if (delta !== undefined && delta !== null) lines.push(`Sum less the change of the logit: ${delta.toExponential(1)}`);
  return lines;
}

/* The caption of a view and the text alternatives of its pictures. */

/** @import { Manifest, View } from "./types.d.ts" */

import { attributionInView } from "./attributions.js";
import { number, seconds } from "./format.js";
import { QUANTITIES, isOfOneAttention, quantityInView } from "./quantities.js";
import { activeQuery } from "./query.js";
import { hasTarget } from "./targets.js";
import { isTurned, runDirections } from "./view.js";

const SCALES = {
  shared: "one color scale for all models and frames",
  clip: "one color scale per model over the clip",
  frame: "a separate color scale for every model and frame",
};

function windowText(manifest, frame) {
  const text = (model) => {
    const index = model.window_of_frame[frame];
    const start = model.windows.start[index];
    const end = Math.min(start + model.windows.frames, manifest.frames.index.length) - 1;
    return `window ${index} (frames ${start} to ${end})`;
  };
  const all = manifest.models.map(text);
  return all.every((one) => one === all[0])
    ? all[0]
    : manifest.models.map((model, i) => `${model.name}: ${all[i]}`).join("; ");
}

function headText(manifest, view) {
  if (typeof view.head === "number") return `head ${view.head}`;
  const counts = [...new Set(manifest.models.map((model) => model.heads))];
  const what = view.head === "max" ? "largest" : "mean";
  return counts.length === 1 ? `${what} of ${counts[0]} heads` : `${what} of heads`;
}

function queryText(view) {
  const query = activeQuery(view);
  const at = view.show === "rollout" || view.axis !== "spatial" ? ` in frame ${view.at}` : "";
  if (!query) return view.show === "rollout" ? `from the pooled output${at}` : "";
  return `from the patch in row ${query.row}, column ${query.column}${at}`;
}

function dialText(manifest, view) {
  if (!isTurned(view) || !(QUANTITIES[view.show].dial || view.show === "row")) return "";
  const directions = runDirections(manifest, view.axis);
  const off = view.off
    ? `without ${view.off
        .split(".")
        .map((n) => directions[Number(n)].label)
        .join(", ")}`
    : "";
  const alpha = view.alpha === 1 ? "" : `fixation ratios to the power ${view.alpha}`;
  return `${[alpha, off].filter(Boolean).join(", ")} (only this attention is changed, not its input)`;
}

function rebuildText(manifest, view) {
  const { footnote } = QUANTITIES[view.show];
  if (footnote) return ` ${footnote(manifest)}`;
  if (isTurned(view)) return "";
  const errors = manifest.models
    .map((model) => model.rebuild_error?.[view.axis]?.[view.layer])
    .filter((e) => e !== undefined && e !== null);
  if (!errors.length) return "";
  return ` Check: these attention weights times the values give the models' own outputs, to within ${Math.max(...errors).toExponential(0)} of the largest output.`;
}

function attributionText(manifest, view) {
  if (view.show !== "attribution") return "";
  const { entries } = attributionInView(manifest, view);
  const [{ target, baseline, uses_target: usesTarget }] = entries;
  const classes = entries.map((entry) => `${entry.model}: ${entry.target.name}`).join("; ");
  const whose = target.predicted
    ? `for each model's own answer (${classes})`
    : `for the class ${target.name}`;
  return [usesTarget && whose, baseline && `against ${baseline}`].filter(Boolean).join(", ");
}

/**
 * The caption of a view, in two or three sentences.
 *
 * @param {Manifest} manifest
 * @param {View} view
 */
export function caption(manifest, view) {
  const { index, timestamp_s: times } = manifest.frames;
  const quantity = quantityInView(manifest, view);
  const parts = [quantity.title, attributionText(manifest, view)];
  if (quantity.neighbors) {
    const directions = runDirections(manifest, view.axis);
    parts.push(
      view.neighbor === "all"
        ? "all directions added up"
        : `neighbor "${directions[view.neighbor]?.label}"`,
    );
  }
  if (quantity.from !== "stored") parts.push(queryText(view));
  if (isOfOneAttention(view.show))
    parts.push(`${view.axis} attention`, `layer ${view.layer}`, headText(manifest, view));
  parts.push(dialText(manifest, view));
  if (typeof view.versus === "number" && !quantity.ofClip)
    parts.push(`difference from ${manifest.models[view.versus].title}`);
  if (quantity.bySource) parts.push(view.by === "source" ? "by source" : "by slot");
  parts.push(SCALES[view.scale]);
  const outlined =
    view.outline !== "none" && hasTarget(manifest) ? " Dashed outline: patches on target." : "";
  const checkpoints = manifest.models
    .map((model) => `${model.name} ${model.checkpoint_sha256.slice(0, 8)}`)
    .join(", ");
  return (
    `Frame ${view.frame} at ${seconds(times[view.frame])} (frame ${index[view.frame]} of the video), ${windowText(manifest, view.frame)}. ` +
    `${parts.filter(Boolean).join(", ")}. Checkpoints: ${checkpoints}.${outlined}${rebuildText(manifest, view)}`
  );
}

/** The text alternative of a model's picture. */
export function pictureLabel(model, manifest, view, best, grid) {
  const where = `${quantityInView(manifest, view).title} of ${model.title}, frame ${view.frame} at ${seconds(manifest.frames.timestamp_s[view.frame])}`;
  if (!best) return where;
  const row = Math.floor(best.index / grid.columns);
  return `${where}. Largest value ${number(best.value)} at patch row ${row}, column ${best.index % grid.columns}.`;
}

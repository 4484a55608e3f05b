/* The control of feature fixation: the same ratios dealt to other patches, as a prediction or to try again. */

/** @import { CourseFigure, FigureContext } from "../types.d.ts" */

import { el, setText } from "../../player/dom.js";
import {
  createLayer,
  dealRatios,
  frameConcentration,
  received,
  setWindow,
} from "../../player/attention/index.js";
import { button } from "../parts/controls.js";
import { barPlot } from "../parts/plot.js";
import { attentionMap, rangeOf } from "./attention_map.js";
import { cycle, dealtOutcome, massOn, sharedTop } from "./fixation_math.js";
import { placing } from "./placing.js";

/** Share of the patches that count as the strongest, as in the measure of the strongest keys. */
const TOP = 0.1;
const FIRST_SEED = 1;

/**
 * @param {FigureContext} context options: `compare`, to show everything at once and deal again
 * @returns {Promise<CourseFigure>}
 */
export async function dealtRatios(context) {
  const { source, options } = context;
  const { layers } = source.model("fixation");
  const name = "fixation/target";
  const [layer, features, image, target] = await Promise.all([
    source.layer("fixation", "spatial", layers - 1),
    source.features("fixation", "spatial", layers - 1),
    source.image(source.frame),
    source.manifest.arrays[name] ? source.array(name) : null,
  ]);
  // A layer of its own, so that other figures keep theirs.
  const other = createLayer(features.description, features.weights);
  setWindow(other, source.window, features);
  const control = new Control(source.frame, layer, other, target);
  return options.compare ? compared(context, control, image) : predicted(context, control, image);
}

/** What the attention of a frame is as learned, with ratios 1, and with dealt ratios. */
class Control {
  constructor(frame, layer, other, target) {
    this.frame = frame;
    this.layer = layer;
    this.other = other;
    this.learned = received(layer, { frame }).map;
    this.concentration = frameConcentration(layer, { frame });
    this.off = frameConcentration(layer, { frame, alpha: 0 });
    this.count = Math.ceil(TOP * layer.places);
    const covered = target?.values.subarray(frame * layer.places, (frame + 1) * layer.places);
    this.target = covered && massOn(covered, covered) > 0 ? covered : null;
    this.deal(FIRST_SEED);
  }

  deal(seed) {
    this.seed = seed;
    dealRatios(this.other, this.frame, cycle(this.layer.places, seed));
    this.dealt = received(this.other, { frame: this.frame }).map;
    this.dealtConcentration = frameConcentration(this.other, { frame: this.frame });
    this.shared = sharedTop(this.learned, this.dealt, this.count);
  }

  /** The range of both maps: that of the learned one, so that it looks the same in every step. */
  range(map) {
    return { ...rangeOf(this.learned), max: Math.max(...map) };
  }
}

function predicted(context, control, image) {
  const { label, colors } = context;
  const left = attentionMap({ context, title: label("learned"), note: label("even") });
  const right = attentionMap({ context, title: label("dealt") });
  left.draw(image, control.learned, control.range(control.learned));
  right.wait(image, label("waiting"));
  const digits = (value) => value.toFixed(2);
  const plot = placing({
    x: {
      title: "",
      min: -0.5,
      max: 2.5,
      ticks: ["x-off", "x-learned", "x-dealt"].map((key, at) => ({ at, text: label(key) })),
    },
    y: label("y"),
    handles: [{ name: "dealt", x: 2, label: label("handle") }],
    show: (value) =>
      value === null ? label("unplaced") : label("placed", { value: digits(value) }),
    onInput: context.changed,
    height: 220,
  });
  const color = colors.models.fixation;
  const known = [
    { x: 0, y: control.off, color, name: digits(control.off) },
    { x: 1, y: control.concentration, color, name: digits(control.concentration) },
  ];
  plot.draw({ fixed: known });
  let told = false;
  return {
    element: el(
      "div",
      { class: "dealt" },
      el("div", { class: "two-maps" }, left.element, right.element),
      plot.element,
    ),
    text() {
      const before = label("text", {
        off: digits(control.off),
        learned: digits(control.concentration),
      });
      if (!told) return before;
      const { shared, count, dealtConcentration } = control;
      const after = label("text-truth", { dealt: digits(dealtConcentration), shared, count });
      return `${before} ${after}`;
    },
    answer: () => plot.answer()?.dealt ?? null,
    show: (answer) => plot.show({ dealt: answer }),
    overlay: (answers) => plot.overlay(answers.map((one) => ({ dealt: one }))),
    check: (answer) => dealtOutcome(answer, control.dealtConcentration),
    reveal() {
      told = true;
      left.draw(image, control.learned, control.range(control.learned));
      right.draw(image, control.dealt, control.range(control.dealt));
      const y = control.dealtConcentration;
      const dealt = { x: 2, y, color, name: digits(y), beside: true };
      plot.draw({
        fixed: [...known, dealt],
        legend: [
          { color: colors.ink, text: label("own") },
          { color, text: label("truth") },
        ],
      });
    },
    close() {
      left.close();
      right.close();
      plot.close();
    },
  };
}

function compared(context, control, image) {
  const { label, number, percent, colors } = context;
  const left = attentionMap({ context, title: label("learned"), note: label("even") });
  const right = attentionMap({ context, title: label("dealt") });
  const bars = barPlot({ label: label("y"), max: 1, show: (value) => value.toFixed(2) });
  const shared = el("p", { "aria-live": "polite" });
  const onTarget = control.target ? el("p") : null;
  const { places } = control.layer;
  const again = button(label("again"), () => {
    control.deal(control.seed + 1);
    draw();
    context.changed();
  });
  draw();

  function sentence() {
    const chance = number((control.count * control.count) / places, 2);
    return label("shared", { count: control.count, shared: control.shared, chance });
  }

  function draw() {
    left.draw(image, control.learned, control.range(control.learned));
    right.draw(image, control.dealt, control.range(control.dealt));
    bars.draw([
      { name: label("ones"), value: control.off, color: colors.muted },
      { name: label("learned"), value: control.concentration, color: colors.models.fixation },
      { name: label("dealt"), value: control.dealtConcentration, color: colors.models.fixation },
    ]);
    setText(shared, sentence());
    if (onTarget) {
      const covered = control.target;
      const even = covered.reduce((sum, share) => sum + share, 0) / places;
      setText(
        onTarget,
        label("target", {
          learned: percent(massOn(control.learned, covered)),
          dealt: percent(massOn(control.dealt, covered)),
          chance: percent(even),
        }),
      );
    }
  }

  return {
    element: el(
      "div",
      { class: "dealt" },
      el("div", { class: "two-maps" }, left.element, right.element),
      again,
      el("p", { class: "map-title" }, label("y")),
      bars.element,
      shared,
      onTarget,
    ),
    text() {
      const digits = (value) => value.toFixed(2);
      const values = {
        off: digits(control.off),
        learned: digits(control.concentration),
        dealt: digits(control.dealtConcentration),
      };
      return `${label("text", values)} ${sentence()}`;
    },
    close() {
      left.close();
      right.close();
    },
  };
}

/* Shapes of the data that the modules hand to each other. `tsc` checks them (tsconfig.json); no browser loads this
   file. The manifest is that of docs/reference/run-format.md, as far as the viewer reads it. */

/** "temporal": over the frames of a window at one place; "spatial": over the places of one frame; "joint": both. */
export type Axis = "temporal" | "spatial" | "joint";

/** One head, counted from 0, or the mean or the largest value of all heads. */
export type Head = number | "mean" | "max";

/** Patches of a model. The center of patch (row, column) lies at (row * stride, column * stride) model pixels. */
export interface Grid {
  rows: number;
  columns: number;
  /** Model pixels from one patch to the next. */
  stride: number;
  /** Pixels of the frame images per model pixel, [y, x]. */
  display_per_model: [number, number];
  patch?: number;
  model_width?: number;
  model_height?: number;
}

/** A stored file. */
export interface FileReference {
  /** SHA-256 of its content, under which the server has it. */
  sha: string;
  type?: string;
  bytes?: number;
}

/** A stored array: raw little-endian bytes in C order. */
export interface ArrayReference extends FileReference {
  dtype: string;
  shape: number[];
  /** In which other order its bytes lie on a plain file host. */
  filter?: "shuffle" | "delta";
}

/** A decoded array, values in C order. */
export interface StoredArray<Values = Float32Array> {
  shape: number[];
  values: Values;
}

/** The place that a neighbor has from a token: frames, rows and columns away. */
export interface Direction {
  label: string;
  dt: number;
  dy: number;
  dx: number;
}

/** A model of a run. */
export interface Model {
  name: string;
  title: string;
  note?: string;
  checkpoint_sha256: string;
  classes: string[];
  /** First frame of each window, and the number of frames of a window. */
  windows: { start: number[]; frames: number };
  /** Per frame the window from which it takes its maps. */
  window_of_frame: number[];
  /** Per window a probability for each class. */
  probabilities: number[][];
  /** The same when all fixation ratios of the network are 1. */
  probabilities_ratios_off?: number[][];
  /** Per window the class that it shows, or null where no motion is labeled. */
  window_truth?: (string | null)[];
  grid: Grid;
  layers: number;
  heads: number;
  axes: Axis[];
  fixation: "none" | "separate" | "cooperative";
  /** Per axis the directions that keys read, in the order of the neighbor arrays. */
  neighbors?: Partial<Record<Axis, (Direction & { heads: number[]; channels: number })[]>>;
  /** Per axis and head a text about what its keys read of other places. */
  reads_elsewhere?: Partial<Record<Axis, Record<string, string>>>;
  /** What a model was built from (fixviz/model/config.py). */
  config?: any;
  /** What the browser needs to run the model; only in a run whose `derived` is "browser". */
  network?: {
    weights: ArrayReference;
    /** Names and shapes of the tensors, which lie one after the other in the weights. */
    tensors: [string, number[]][];
    /** By "axis/layer". */
    layers: Record<string, LayerDescription & { T: number }>;
  };
  /** Why the model has no `network`: a sentence. */
  network_missing?: string;
  /** Per axis and layer the error of the output rebuilt from the weights, relative to the largest output. */
  rebuild_error?: Partial<Record<Axis, number[]>>;
}

/** A stored attribution of one model. */
export interface Attribution {
  model: string;
  /** The same for attributions of several models with equal arguments. */
  group: string;
  title: string;
  signed: boolean;
  unit: string;
  uses_target: boolean;
  target: { index: number; name: string; predicted: boolean };
  baseline?: string;
  options?: Record<string, unknown>;
  /** Windows for which it was computed; the lists below have an entry for each. */
  windows: number[];
  convergence_delta?: (number | null)[];
  relative_delta?: number[];
  steps?: number[];
  arrays: { map: ArrayReference };
}

/** What the server says of a run. */
export interface Manifest {
  clip: { name: string; width: number; height: number; fps: number };
  /** Size of the frame images in pixels. */
  display: { width: number; height: number };
  /** Per analyzed frame the frame of the video and when it began, in seconds. */
  frames: { index: number[]; timestamp_s: number[] };
  models: Model[];
  /** Names of the last axis of every `metrics` array. */
  metrics: string[];
  arrays: Record<string, ArrayReference>;
  files: Record<string, FileReference>;
  /**
   * What is known of the clip: the covered fraction from which a patch is on target, and its motions, with the
   * first and last frame of the video; of a clip with masks no motions.
   */
  truth?: {
    positive: number;
    segments: { class: string; first_frame: number; last_frame: number }[];
  } | null;
  /** The frame in which a run opens. */
  opening_frame?: number;
  attributions?: Attribution[];
  /** Who computes features and rollouts: the browser, with each model's `network`, or else the server. */
  derived?: "browser";
}

/**
 * What the viewer shows. Each key is also a query parameter of the page's URL, and its comment stands in
 * docs/reference/links.md.
 */
export interface View {
  /** Frame, counted from 0; left out: the frame in which a run opens. */
  frame: number;
  /** What the panels show: `attention`, `row`, `rollout`, `ratio-query`, `ratio-key`, `neighbor-query`, `neighbor-key`, `attribution` or `motion`. */
  show: string;
  /** Layer, counted from 0; left out: the last. */
  layer: number;
  /** Head, counted from 0, or `max`; left out: the mean of heads. */
  head: Head;
  /** Which attention: `spatial`, `temporal` or `joint`. */
  axis: Axis;
  /** Where a key counts: where its content comes from (`source`) or at its own place (`slot`). */
  by: "source" | "slot";
  /** One neighbor by its number, counted from 0; left out: all added up. */
  neighbor: number | "all";
  /** What shares a color scale: all models and frames (`shared`), the frames of a model (`clip`), or nothing (`frame`). */
  scale: "shared" | "clip" | "frame";
  /** Opacity of the map in percent. */
  overlay: number;
  /** How a map is drawn: `blocks` or `smooth`. */
  style: "blocks" | "smooth";
  /** Color map: `viridis`, `cividis` or `magma`. */
  colors: string;
  /** Query patches as `row-column.row-column`, counted from 0. */
  query: string;
  /** Which of the query patches is in use, counted from 0. */
  active: number;
  /** Frame of the query, counted from 0. */
  at: number;
  /** Position of the fixation dial, 0 to 3: the power of the fixation ratios; left out: 1, as learned. */
  alpha: number;
  /** Numbers of the neighbors that are switched off, such as `0.3`. */
  off: string;
  /** Number of the model from which the difference is taken, counted from 0; left out: no difference. */
  versus: number | "none";
  /** Which of the stored attributions is shown; copy it from the page. */
  attribution: string;
  /** Whether the patches on target are outlined, where it is known: `target` or `none`. */
  outline: "target" | "none";
  /** Names of the models to show as "softmax.fixation", or "" for all. */
  models: string;
  /** "1" in presenter mode, else "". */
  present: string;
}

/** Channels start..stop of a head come from the neighbor in this direction. */
export interface Fold extends Direction {
  head: number;
  start: number;
  stop: number;
  /** Beyond the border the channels keep the token's own content; otherwise they are 0. */
  keeps_own: boolean;
}

/** What the server says of an attention layer beside its arrays. */
export interface LayerDescription {
  axis: Axis;
  attention: "softmax" | "linear";
  fixation: "none" | "separate" | "cooperative";
  /** Frames of a segment, which folds do not leave; null where a window is one segment. */
  segment: number | null;
  folds: Fold[];
  /** First frame of each window. */
  windows: number[];
  window_of_frame: number[];
  /** Frames of a window. */
  frames: number;
  rows: number;
  columns: number;
  heads: number;
  head_dim: number;
}

/** Projections of the fixation: weights [d, 3d] (separate: [d, d]) and biases [d]; equal arrays where shared. */
export interface FixationWeights {
  query_weight: Float32Array;
  query_bias: Float32Array;
  key_weight: Float32Array;
  key_bias: Float32Array;
}

/** Unshifted features of a window, each [frames, rows, columns, heads, head_dim]. */
export interface Features {
  query: Float32Array;
  key: Float32Array;
  value: Float32Array;
}

/** What differs between the kinds of attention, see attention/kinds.js. */
export interface AttentionKind {
  mapFeatures(values: Float32Array, start: number, count: number): void;
  noScore: number;
  weigh(kernels: Kernels, lines: number, end: number, lineBytes: number, width: number): void;
  epsilon: number;
  bySums: boolean;
}

/** An attention layer in the browser, made by `createLayer`. */
export interface Layer {
  axis: Axis;
  kind: AttentionKind;
  fixation: {
    cooperative: boolean;
    query: { weight: Float32Array; bias: Float32Array };
    key: { weight: Float32Array; bias: Float32Array };
  } | null;
  /** Frames of a segment. */
  segment: number;
  /** Folds of each head. */
  folds: Fold[][];
  /** First frame of each window. */
  starts: number[];
  windowOfFrame: number[];
  frames: number;
  rows: number;
  columns: number;
  heads: number;
  /** Channels of a head. */
  width: number;
  /** Patches of a frame. */
  places: number;
  /** Tokens of a window: sequences * length. */
  tokens: number;
  sequences: number;
  /** Tokens that attend to each other. */
  length: number;
  /** Features of the windows that have come. */
  inputs: Map<number, Features>;
  /** Its workspaces have room for values, because the network mixes them. */
  mixes?: boolean;
  /** Bytes of prepared windows to keep. */
  memory: number;
  prepared: Map<number, Workspace>;
  scratch: Record<"slots" | "sorted" | "map" | "total", Float64Array>;
}

/** State of one head in a workspace. */
export interface HeadState {
  /** Number of its first token in the buffers. */
  first: number;
  /** Labels of the directions for which it is prepared; null where nothing is. */
  signature: string | null;
  /** Per token whether it is prepared. */
  ready: Uint8Array;
  /** Power of the ratios for which `received` holds. */
  alpha: number | null;
  received: Float32Array;
  framesReceived: Uint8Array;
  firstSum: number;
  summed: Uint8Array;
}

/** Kernels of kernels.js. All arguments but `alpha` and `scale` are byte offsets or byte counts. */
export interface Kernels {
  products(
    a: number,
    endA: number,
    b: number,
    endB: number,
    width: number,
    out: number,
    stride: number,
  ): void;
  weightedSum(a: number, endA: number, weights: number, width: number, out: number): void;
  fade(values: number, endValues: number, decays: number, alpha: number, out: number): void;
  decays(logits: number, endLogits: number, bias: number, out: number): void;
  exponentials(rows: number, endRows: number, width: number, scale: number): void;
  normalize(rows: number, endRows: number, width: number): void;
}

/** Memory of one window, with the kernels that work on it. */
export interface Workspace extends Kernels {
  bytes: number;
  buffers: Record<string, Float32Array>;
  /** Numbers from one row of features to the next. */
  stride: number;
  /** Numbers from one query's scores to the next. */
  lineStride: number;
  heads: HeadState[];
}

/** What of an attention to change or to look at. */
export interface MapRequest {
  frame?: number;
  /** "mean" unless given. */
  head?: Head;
  /** Power of the fixation ratios, 0 or more; 1 unless given. */
  alpha?: number;
  /** Label of a direction -> false to switch it off; null for none. */
  switches?: Record<string, boolean> | null;
  /** "slot" unless given. */
  by?: "slot" | "source";
}

/** The same for the attention of one query patch. */
export interface RowRequest extends MapRequest {
  row: number;
  column: number;
}

/** Measures of how concentrated a row of weights is. */
export interface RowFigures {
  entropy: number;
  normalizedEntropy: number;
  concentration: number;
  effectiveSupport: number;
  topMass: number;
  gini: number;
}

/** Attention weights of one query. */
export interface Row {
  weights: Float32Array;
  shape: number[];
  window: number;
  /** Place of the query's frame in its window. */
  position: number;
  /** Weight on zeros beyond the border. */
  outside: number;
  sum: number | null;
  figures: RowFigures | null;
}

/** Ends of a color scale; `max` is the largest value, which may lie above `high`. */
export interface Range {
  low: number;
  high: number;
  max: number;
  symmetric?: boolean;
}

/** Colors as #rrggbb; `lines` has one for each model. */
export interface Theme {
  background: string;
  ink: string;
  muted: string;
  lines: string[];
}

/** A query patch to outline. */
export interface Mark {
  row: number;
  column: number;
  color: string;
  active: boolean;
  /** The maps belong to another frame's query, so the outline is dashed. */
  faint: boolean;
}

/** Ends of a line: x, y, x, y. */
export type Line = [number, number, number, number];

/** One panel of a description; the clip itself has no `name`, `line`, `colors` and `range`. */
export interface PanelDescription {
  title: string;
  subtitle: string;
  name: string | null;
  line: string | null;
  grid: Grid;
  /** Name of a color map. */
  colors?: string;
  /** [rows * columns], or null, and then `absence` says why. */
  map: Float32Array | null;
  range?: Range | null;
  /** The values are differences from another model. */
  difference?: boolean;
  /** The panel has a color bar of its own. */
  bar?: boolean;
  marks: Mark[];
  /** Border of the patches on target, in display pixels. */
  border: Line[];
  absence: { title: string; text: string } | null;
}

/** What a view shows, as plain data: all that the exports know of the viewer. */
export interface Description {
  frame: number;
  /** Seconds. */
  timestamp: number;
  /** Number of frames. */
  frames: number;
  display: { width: number; height: number };
  /** The frame's image. */
  picture: FileReference;
  clip: string;
  caption: string;
  view: View;
  panels: PanelDescription[];
  scale: {
    title: string;
    heading: string;
    mark: { at: number; label: string } | null;
    colors: string;
    /** Range of all panels, or null when each has its own. */
    shared: Range | null;
  };
  theme: Theme;
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A text in one style. */
export interface Run {
  text: string;
  size: number;
  weight: number;
  fill: string;
}

/** One thing to draw, in CSS pixels. Every item may have an opacity. */
export type Item = { opacity?: number } & (
  | ({ kind: "rect"; fill: string } & Box)
  | { kind: "circle"; x: number; y: number; radius: number; fill: string }
  | {
      kind: "text";
      x: number;
      y: number;
      text: string;
      size: number;
      fill: string;
      weight?: number;
      anchor?: "start" | "middle" | "end";
    }
  | { kind: "runs"; x: number; y: number; runs: Run[]; space: number }
  | ({ kind: "gradient"; colors: string } & Box)
  | ({ kind: "picture"; gray: boolean } & Box)
  | { kind: "border"; clip: Box; lines: Line[] }
  | ({ kind: "outline"; clip: Box; color: string; weight: number; dashed: boolean } & Box)
  | ({
      kind: "map";
      clip: Box;
      rows: number;
      columns: number;
      values: Float32Array;
      range: Range;
      colors: string;
      smooth: boolean;
    } & Box)
);

/** A laid out figure, which canvas.js paints and svg.js writes. */
export interface Figure {
  width: number;
  height: number;
  background: string;
  title: string;
  caption: string;
  font: string;
  items: Item[];
}

/** Room in pixels that a text needs. */
export type Measure = (text: string, size: number, weight?: number) => number;

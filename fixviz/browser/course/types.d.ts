/* Shapes of the data that the modules of the course hand to each other. `tsc` checks them; no browser loads this file. */

import type { Progress } from "./progress.js";
import type { Terms } from "./terms.js";
import type {
  Features,
  FixationWeights,
  Grid,
  Layer,
  Manifest,
  Model,
  StoredArray,
} from "../player/types.d.ts";

/** Words of the course's interface in the reader's language, by their key in course.yaml. */
export type Words = Record<string, string>;

/** A glossary term that a lesson uses. `definition` is HTML. */
export interface Term {
  title: string;
  definition: string;
  /** Its id on the glossary's page. */
  anchor: string;
}

export interface FigureDescription {
  /** Name of the module in figures/, with hyphens. */
  name: string;
  options: Record<string, any>;
  /** Every word that the figure shows. */
  labels: Record<string, string>;
  /** What the figure is, for readers who cannot see it. */
  alt: string;
}

export interface Option {
  id: string;
  text: string;
  right: boolean;
  feedback: string;
}

/** A question of a step. Texts are HTML. */
export interface Ask {
  kind: "predict" | "exercise" | "free";
  by: "choice" | "number" | "figure" | "text" | null;
  question: string;
  unit?: string | null;
  options?: Option[];
  answer?: number | null;
  /** Relative tolerance of a number. */
  within?: number;
  mistakes?: { answer: number; feedback: string }[];
  /** Feedback by outcome: "right", "low", "high", or an outcome of the figure. */
  feedback?: Record<string, string>;
  rubric?: string[];
}

export interface Step {
  step: string;
  title: string;
  /** The step's text as HTML. */
  html: string;
  figure: FigureDescription | null;
  ask: Ask | null;
  /** Query parameters of the matching view in the player. */
  player: string | null;
}

export interface Lesson {
  lesson: string;
  number: number;
  language: string;
  title: string;
  minutes: number;
  /** HTML. */
  goal: string;
  steps: Step[];
  terms: Record<string, Term>;
  words: Words;
  numbers: Record<string, number>;
  /** Why the lesson does not use the run that was asked for, or null. */
  note?: string | null;
}

export interface CourseOverview {
  language: string;
  title: string;
  words: Words;
  lessons: {
    lesson: string;
    number: number;
    title: string;
    minutes: number;
    goal: string;
    steps: string[];
  }[];
}

/** What the reader answered in a step. */
export interface Answered {
  answer: any;
  /** Name of the outcome: "right", or that of a mistake. */
  outcome: string;
  /** How often the reader has asked. */
  tries: number;
  /** The first answer's outcome. */
  first: string;
  /** The first answer; null where an earlier version did not keep it. */
  firstAnswer: any;
}

export interface Colors {
  ink: string;
  muted: string;
  line: string;
  background: string;
  surface: string;
  accent: string;
  good: string;
  bad: string;
  models: Record<"softmax" | "linear" | "fixation", string>;
}

/** The features of one window of an attention layer, each array [frames, rows, columns, heads, head_dim]. */
export interface WindowFeatures extends Features {
  weights: FixationWeights | null;
  description: any;
}

/** The clip and the models that a lesson looks at. */
export interface Source {
  manifest: Manifest;
  /** The frame that the lessons look at, and its window. */
  frame: number;
  window: number;
  models: ("softmax" | "linear" | "fixation")[];
  model(name: string): Model;
  image(frame: number): Promise<ImageBitmap>;
  array(name: string): Promise<StoredArray>;
  features(model: string, axis: string, layer: number): Promise<WindowFeatures>;
  layer(model: string, axis: string, layer: number): Promise<Layer>;
}

export interface FigureContext {
  source: Source;
  numbers: Record<string, number>;
  /** Data of the lesson's figures. */
  pack(): Promise<any>;
  options: Record<string, any>;
  labels: Record<string, string>;
  /** A label with its {places} filled. */
  label(name: string, values?: Record<string, string | number>): string;
  number(value: number, digits?: number): string;
  percent(share: number): string;
  colors: Colors;
  /** Reduced motion is wanted. */
  reduced: boolean;
  /** The step's question was answered before. */
  answered: boolean;
  /** Light a symbol of the formula, or none. */
  light(symbol: string | null): void;
  /** The reader changed their answer. */
  changed(): void;
}

/** What the view of a step needs. */
export interface StepOptions {
  lesson: Lesson;
  /** Element of the course, which has the theme's colors. */
  root: HTMLElement;
  source: Promise<Source>;
  pack(): Promise<any>;
  progress: Progress;
  /** Under which the answers are kept. */
  place: string;
  terms: Terms;
  words(key: string, values?: object): string;
  /** Say a text to screen readers. */
  announce(text: string): void;
  /** URL of a view in the player. */
  player(parameters: string): string;
}

/** What the view of a lesson needs. */
export interface LessonOptions extends Omit<StepOptions, "lesson" | "terms"> {
  /** Id of the step to open. */
  step: string | null;
  /** Lessons of the course. */
  count: number;
  next: { lesson: string; title: string } | null;
  /** A step was opened. */
  onStep(step: string): void;
  /** Open another lesson, or the overview. */
  openLesson(lesson: string | null): void;
  /** URL of a term by its anchor. */
  glossary(anchor: string): string;
}

export interface Symbol {
  value: string;
  shape?: string;
  where?: string;
}

export interface CourseFigure {
  element: HTMLElement;
  /** The text alternative of what is shown now. */
  text(): string;
  answer?(): any;
  show?(answer: any): void;
  check?(answer: any): string;
  reveal?(): void;
  /** Lay the answers of a class over each other in place of the reader's own; those of another shape are left out. */
  overlay?(answers: any[]): void;
  symbols?(): Record<string, Symbol>;
  light?(symbol: string | null): void;
  close?(): void;
}

export type { Grid, Layer, Manifest, Model, StoredArray };

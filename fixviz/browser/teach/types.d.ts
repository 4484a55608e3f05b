/* Shapes of the data that the modules of the teacher's page hand to each other. `tsc` checks them; no browser loads this
   file. */

import type { Words } from "../course/types.d.ts";

/** All that the page gets from the home that it stands in. */
export interface TeachData {
  /** URL of the course's texts and pack, without a slash at its end. */
  base: string;
  language: string;
  /** The words of course.yaml in this language. */
  words: Words;
  /** Name of the sample that the course's own run shows, and that opens at once. */
  sample: string;
  /** Every sample clip that this home can show. */
  samples: { name: string; title: string }[];
  /** The models of the course's own run, in its order. */
  models: { name: string; title: string }[];
  /** Absolute paths or relative URLs of the pages of this home. */
  urls: { start: string; course: string; watch: string; glossary: string; teach: string };
}

/** One part of a class. */
export interface Entry {
  title: string;
  minutes: number;
  /** The page that its link opens; null for a part without a link. */
  page: "course" | "watch" | "teach" | null;
  parameters: Record<string, string>;
}

/** What the views of the page share. */
export interface TeachContext {
  data: TeachData;
  words(key: string, values?: object): string;
  /** What a file of the course holds, such as "en/course.json"; fetched once. */
  json(path: string): Promise<any>;
  announce(text: string): void;
  /** Open a view of the page; null leaves a query parameter out. */
  go(parameters: Record<string, string | null>): void;
  /** Element under which dialogs are put. */
  root: HTMLElement;
}

/** A learner's answer to a question of a lesson, as in a file. */
export interface FileAnswer {
  answer: any;
  outcome: string;
  tries: number;
  /** Outcome of the first answer. */
  first: string;
  firstAnswer: any;
}

/** What a file says of one learner. */
export interface Learner {
  /** Random id of the learner's browser; empty in files of an earlier version and of an anonymous class. */
  id: string;
  nickname: string;
  saved: string;
  /** Name of the file. */
  file: string;
  anonymous: boolean;
  /** Answers by lesson and step. */
  lessons: Record<string, Record<string, FileAnswer>>;
  /** Options by pair. */
  quiz: { before: Record<string, string>; after: Record<string, string>; finished: string[] };
}

export interface Skipped {
  /** Of the file. */
  name: string;
  reason: "broken" | "foreign" | "huge" | "newer" | "duplicate" | "older" | "empty";
}

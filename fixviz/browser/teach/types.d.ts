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

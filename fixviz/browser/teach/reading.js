/* Reads the files of answers that learners hand in. What cannot be used is named with the reason, and skipped. */

/** @import { Learner, Skipped } from "./types.d.ts" */

import { FILE_VERSION, KIND, MOST_NICKNAME } from "../course/answers.js";

/** Of a file of a whole class, with no names in it. */
export const CLASS_KIND = "fixviz class answers";
export const CLASS_VERSION = 1;
/** Bytes; a learner who has answered everything needs some 20 kB. */
export const MOST_BYTES = 500_000;
export const MOST_CLASS_BYTES = 20_000_000;
const MOST_LEARNERS = 2000;
const NAME = /^[a-z0-9-]{1,60}$/;

/**
 * Read files, in the order of their names.
 *
 * @param {Iterable<File>} files
 * @param {Learner[]} known learners who are here already
 * @returns {Promise<{ learners: Learner[], skipped: Skipped[] }>} all learners, and why files were skipped
 */
export async function readFiles(files, known) {
  const sorted = [...files].sort((a, b) => a.name.localeCompare(b.name));
  const texts = await Promise.all(
    sorted.map(async (file) => (file.size > MOST_CLASS_BYTES ? null : file.text().catch(() => ""))),
  );
  const skipped = [];
  const found = new Found(known);
  sorted.forEach(({ name, size }, i) => {
    const text = texts[i];
    const read = text === null ? { reason: /** @type {const} */ ("huge") } : readText(text, size);
    if ("reason" in read) {
      skipped.push({ name, reason: read.reason });
      return;
    }
    for (const learner of read.learners) skipped.push(...found.add({ ...learner, file: name }));
  });
  return { learners: found.learners, skipped };
}

/** Learners, each of them once. */
class Found {
  /** @param {Learner[]} known */
  constructor(known) {
    /** @type {Learner[]} */
    this.learners = [];
    this.contents = new Set();
    this.places = new Map();
    for (const learner of known) this.add(learner);
  }

  /**
   * Add a learner, unless they are here already with the same or newer answers.
   *
   * @param {Learner} learner
   * @returns {Skipped[]} the files that do not count
   */
  add(learner) {
    const { learners, contents, places } = this;
    const content = contentOf(learner);
    // Two learners of an anonymous class may well have answered alike.
    if (contents.has(content) && !learner.anonymous)
      return [{ name: learner.file, reason: "duplicate" }];
    contents.add(content);
    const at = learner.id ? places.get(learner.id) : undefined;
    if (at === undefined) {
      if (learner.id) places.set(learner.id, learners.length);
      learners.push(learner);
      return [];
    }
    if (learners[at].saved >= learner.saved) return [{ name: learner.file, reason: "older" }];
    const { file } = learners[at];
    learners[at] = learner;
    return [{ name: file, reason: "older" }];
  }
}

const contentOf = ({ id, lessons, quiz }) => JSON.stringify([id, lessons, quiz]);

/**
 * Read the text of a file.
 *
 * @param {string} text
 * @param {number} size in bytes
 * @returns {{ learners: Learner[] } | { reason: Skipped["reason"] }}
 */
export function readText(text, size = text.length) {
  let content;
  try {
    content = JSON.parse(text);
  } catch {
    return { reason: size > MOST_BYTES ? "huge" : "broken" };
  }
  if (content?.kind === CLASS_KIND) {
    if (content.version > CLASS_VERSION) return { reason: "newer" };
    if (!Array.isArray(content.learners)) return { reason: "broken" };
    const learners = content.learners
      .slice(0, MOST_LEARNERS)
      .map((one) => learnerOf({ ...one, learner: "", nickname: "", saved: "" }))
      .filter(Boolean);
    return learners.length
      ? { learners: learners.map((one) => ({ ...one, anonymous: true })) }
      : { reason: "empty" };
  }
  if (content?.kind !== KIND) return { reason: "foreign" };
  if (size > MOST_BYTES) return { reason: "huge" };
  if (!(content.version <= FILE_VERSION)) return { reason: "newer" };
  const learner = learnerOf(content);
  if (!learner) return { reason: "broken" };
  const empty =
    !Object.keys(learner.lessons).length &&
    !Object.keys(learner.quiz.before).length &&
    !Object.keys(learner.quiz.after).length;
  return empty ? { reason: "empty" } : { learners: [learner] };
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value, most) =>
  // eslint-disable-next-line no-control-regex
  typeof value === "string" ? value.replace(/[\u0000-\u001f\u007f]/g, " ").slice(0, most) : "";

/** What a file says of a learner, and nothing that has another shape; null where it makes no sense. */
function learnerOf(content) {
  if (!isObject(content) || !isObject(content.lessons) || !isObject(content.quiz)) return null;
  const form = (answers) =>
    Object.fromEntries(
      Object.entries(isObject(answers) ? answers : {}).filter(
        ([pair, answer]) => NAME.test(pair) && typeof answer === "string" && NAME.test(answer),
      ),
    );
  const lessons = Object.entries(content.lessons).flatMap(([lesson, entry]) => {
    // Answers on a clip of one's own stand under the lesson and the run: they are not those of the class.
    if (!NAME.test(lesson) || !isObject(entry?.answers)) return [];
    const answers = Object.entries(entry.answers).flatMap(([step, one]) =>
      NAME.test(step) && isObject(one) && typeof one.outcome === "string"
        ? [
            [
              step,
              {
                answer: one.answer ?? null,
                outcome: textOf(one.outcome, 60),
                tries: Number.isInteger(one.tries) && one.tries > 0 ? one.tries : 1,
                first: textOf(one.first, 60) || textOf(one.outcome, 60),
                firstAnswer: one.firstAnswer ?? null,
              },
            ],
          ]
        : [],
    );
    return answers.length ? [[lesson, Object.fromEntries(answers)]] : [];
  });
  const { finished } = content.quiz;
  return {
    id: textOf(content.learner, 40),
    nickname: textOf(content.nickname, MOST_NICKNAME).trim(),
    saved: textOf(content.saved, 30),
    file: "",
    anonymous: false,
    lessons: Object.fromEntries(lessons),
    quiz: {
      before: form(content.quiz.before),
      after: form(content.quiz.after),
      finished: Array.isArray(finished)
        ? ["before", "after"].filter((one) => finished.includes(one))
        : [],
    },
  };
}

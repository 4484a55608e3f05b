import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { countPlaces, isNumbers } from "../../fixviz/browser/course/parts/answers.js";
import {
  frequentMistakes,
  lessonSteps,
  quizGain,
  quizQuestions,
} from "../../fixviz/browser/teach/class_data.js";
import { anonymousClass, classTable } from "../../fixviz/browser/teach/class_files.js";
import { OVERLAID } from "../../fixviz/browser/teach/class_lessons.js";
import { MOST_BYTES, readFiles, readText } from "../../fixviz/browser/teach/reading.js";
import { pairedGain, tQuantile, tally } from "../../fixviz/browser/teach/statistics.js";

const item = (pair, form) => ({
  step: `${pair}-${form}`,
  title: pair,
  html: "",
  pair,
  form,
  transfer: false,
  ask: {
    question: `${pair}?`,
    options: [
      { id: "no", text: "No", right: false, feedback: "It is." },
      { id: "yes", text: "Yes", right: true, feedback: "" },
    ],
  },
});
const ITEMS = ["a", "b", "c"].flatMap((pair) => [item(pair, "before"), item(pair, "after")]);
const LESSON = /** @type {any} */ ({
  lesson: "tokens",
  title: "Tokens",
  steps: [
    {
      step: "count",
      title: "Count",
      ask: {
        by: "number",
        question: "How many?",
        answer: 99,
        mistakes: [{ answer: 80, feedback: "You forgot the border." }],
        feedback: { right: "Yes.", low: "More.", high: "Fewer." },
      },
    },
    {
      step: "pick",
      title: "Pick",
      ask: { by: "choice", question: "Which?", options: ITEMS[0].ask.options },
    },
    { step: "why", title: "Why", ask: { by: "text", question: "Why?" } },
    { step: "play", title: "Play", ask: null },
  ],
});

const answers = (extra = {}) => ({
  kind: "fixviz course answers",
  version: 2,
  language: "en",
  saved: "2026-11-27T10:00:00.000Z",
  learner: "00",
  nickname: "",
  lessons: {},
  quiz: { before: { a: "no" }, after: {}, finished: ["before"] },
  ...extra,
});
const file = (name, content, size) => {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return /** @type {any} */ ({ name, size: size ?? text.length, text: async () => text });
};
/** A learner with quiz answers such as "no yes yes", and first answers of the lesson. */
const learner = (before, after, lesson = {}, nickname = "") => {
  const form = (text) =>
    Object.fromEntries((text ?? "").split(" ").flatMap((id, i) => (id ? [["abc"[i], id]] : [])));
  const finished = [before && "before", after && "after"].filter(Boolean);
  const content = answers({
    learner: `${before} ${after} ${JSON.stringify(lesson)}`.slice(0, 40),
    nickname,
    lessons: { tokens: { step: null, seen: [], answers: lesson } },
    quiz: { before: form(before), after: form(after), finished },
  });
  const read = readText(JSON.stringify(content));
  assert.ok("learners" in read);
  return read.learners[0];
};
const answered = (first, firstAnswer, outcome = first, tries = 1) => ({
  answer: firstAnswer,
  outcome,
  tries,
  first,
  firstAnswer,
});

test("quantiles of Student's t are those of the tables", () => {
  // Two-sided 95 % points of any table of the distribution.
  for (const [degrees, known] of [
    [1, 12.7062],
    [2, 4.30265],
    [9, 2.26216],
    [30, 2.04227],
    [99, 1.98422],
  ])
    assert.ok(Math.abs(tQuantile(0.975, degrees) - known) < 1e-4, `${degrees}`);
});

test("the paired gain has the interval of a t test, known on paper", () => {
  // Differences 1, 2, 3: mean 2, standard deviation 1, half width 4.30265 / sqrt(3) = 2.48414.
  const found = pairedGain([1, 2, 3]);
  assert.equal(found.mean, 2);
  assert.ok(Math.abs(found.low + 0.48414) < 1e-4);
  assert.ok(Math.abs(found.high - 4.48414) < 1e-4);
  assert.equal(pairedGain([]), null);
  assert.ok(Number.isNaN(pairedGain([3]).low));
  const same = pairedGain([2, 2, 2, 2]);
  assert.deepEqual([same.low, same.high], [2, 2]);
});

test("a tally begins with the most frequent", () => {
  assert.deepEqual(tally(["b", "a", "b", "c", "a", "b"]), [
    ["b", 3],
    ["a", 2],
    ["c", 1],
  ]);
});

test("broken, foreign, huge, newer, empty and duplicate files are named and skipped", async () => {
  const { learners, skipped } = await readFiles(
    [
      file("a.json", answers()),
      file("b-copy.json", answers()),
      file("c-broken.json", '{"kind": "fixviz cou'),
      file("d-foreign.json", { kind: "something else" }),
      file("e-list.json", [1, 2]),
      file("f-huge.json", answers({ learner: "99" }), MOST_BYTES + 1),
      file("g-video.mp4", "", 4e9),
      file("h-newer.json", answers({ version: 3 })),
      file("i-empty.json", answers({ quiz: { before: {}, after: {} } })),
      file("j-odd.json", answers({ lessons: [] })),
      file("k-null.json", "null"),
    ],
    [],
  );
  assert.deepEqual(
    learners.map((one) => one.file),
    ["a.json"],
  );
  assert.deepEqual(
    skipped.map(({ name, reason }) => `${name} ${reason}`),
    [
      "b-copy.json duplicate",
      "c-broken.json broken",
      "d-foreign.json foreign",
      "e-list.json foreign",
      "f-huge.json huge",
      "g-video.mp4 huge",
      "h-newer.json newer",
      "i-empty.json empty",
      "j-odd.json broken",
      "k-null.json foreign",
    ],
  );
});

test("of a learner's files the newest counts, whichever comes first", async () => {
  const quiz = { before: { a: "yes" }, after: {}, finished: ["before"] };
  const older = file("1.json", answers());
  const newer = file("2.json", answers({ saved: "2026-11-28T10:00:00.000Z", quiz }));
  const first = await readFiles([older], []);
  for (const { learners, skipped } of [
    await readFiles([older, newer], []),
    await readFiles([newer], first.learners),
  ]) {
    assert.deepEqual(learners.length, 1);
    assert.equal(learners[0].quiz.before.a, "yes");
    assert.deepEqual(skipped, [{ name: "1.json", reason: "older" }]);
  }
  const late = await readFiles([older], (await readFiles([newer], [])).learners);
  assert.deepEqual(late.skipped, [{ name: "1.json", reason: "older" }]);
});

test("files of the first version still open, and have no id", () => {
  const { learner: id, nickname, ...content } = answers({ version: 1 });
  assert.deepEqual([id, nickname], ["00", ""]);
  const read = readText(JSON.stringify(content));
  assert.ok("learners" in read);
  assert.equal(read.learners[0].id, "");
  assert.equal(read.learners[0].quiz.before.a, "no");
});

test("of a file nothing is taken that has another shape", () => {
  const read = readText(
    JSON.stringify(
      answers({
        nickname: `<b>\u0007${"x".repeat(99)}`,
        lessons: {
          tokens: { answers: { count: answered("right", 99), bad: 3, "A B": answered("x", 1) } },
          "tokens@run": { answers: { count: answered("low", 1) } },
          odd: null,
        },
        quiz: { before: { a: "no", b: 4, "<i>": "no" }, after: "x", finished: "before" },
      }),
    ),
  );
  assert.ok("learners" in read);
  const [found] = read.learners;
  assert.equal(found.nickname.length, 40);
  assert.ok(!found.nickname.includes("\u0007"));
  assert.deepEqual(Object.keys(found.lessons), ["tokens"]);
  assert.deepEqual(Object.keys(found.lessons.tokens), ["count"]);
  assert.deepEqual(found.quiz, { before: { a: "no" }, after: {}, finished: [] });
});

test("answers too deep or odd to be any harm no other file", async () => {
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const lessons = (answer) => ({ tokens: { answers: { why: answered("text", answer) } } });
  const bad = JSON.stringify(answers({ learner: "01", lessons: lessons("DEEP") }));
  const { learners, skipped } = await readFiles(
    [
      file("deep.json", bad.replaceAll('"DEEP"', deep)),
      file("odd.json", answers({ learner: "02", lessons: lessons({ toString: 1 }) })),
      file("list.json", answers({ learner: "03", lessons: lessons(["no text"]) })),
      file("text.json", answers({ learner: "04", lessons: lessons("Because.") })),
    ],
    [],
  );
  assert.equal(learners.length, 4);
  assert.deepEqual(skipped, []);
  const why = lessonSteps(LESSON, learners).find(({ step }) => step.step === "why");
  assert.equal(why.answered, 4);
  assert.deepEqual(why.values, ["Because."]);
});

test("the questions of the quiz count options, and who gained or lost", () => {
  const learners = [
    learner("no yes yes", "yes yes no"),
    learner("no no unsure", "yes no yes"),
    learner("yes  no", ""),
  ];
  const [a, b, c] = quizQuestions(ITEMS, learners);
  assert.deepEqual([a.spread.before.asked, a.spread.after.asked], [3, 2]);
  assert.deepEqual(Object.fromEntries(a.spread.before.counts), { no: 2, yes: 1 });
  // The third learner left question b open.
  assert.equal(b.spread.before.counts.get(""), 1);
  assert.deepEqual([b.spread.before.right, b.spread.after.right], [1, 1]);
  assert.deepEqual(a.paired, { count: 2, gained: 2, lost: 0 });
  assert.deepEqual(c.paired, { count: 2, gained: 1, lost: 1 });
  const { scores, gain, count } = quizGain(ITEMS, learners);
  assert.deepEqual(scores, [
    [2, 2],
    [0, 2],
  ]);
  assert.deepEqual([count, gain.count, gain.mean], [3, 2, 1]);
});

test("a lesson's steps count what was answered first", () => {
  const learners = [
    learner("", "", {
      count: answered("mistake-0", 80, "right", 2),
      pick: answered("right", "yes"),
    }),
    learner("", "", { count: answered("low", 50), pick: answered("no", "no") }),
    learner("", "", { count: answered("right", 99), why: answered("written", "It moves.") }),
  ];
  const [count, pick, why, ...none] = lessonSteps(LESSON, learners);
  assert.deepEqual(none, []);
  assert.deepEqual(
    count.outcomes.map((one) => [one.id, one.count]),
    [
      ["right", 1],
      ["low", 1],
      ["high", 0],
      ["mistake-0", 1],
    ],
  );
  assert.deepEqual([count.answered, count.again, count.values], [3, 1, [80, 50, 99]]);
  assert.deepEqual(
    pick.outcomes.map((one) => [one.id, one.count, one.right]),
    [
      ["no", 1, false],
      ["yes", 1, true],
    ],
  );
  assert.deepEqual([why.answered, why.values], [1, ["It moves."]]);
});

test("mistakes are ordered by the share of those asked, and one learner alone makes none", () => {
  const learners = [
    learner("no no yes", "", { count: answered("mistake-0", 80) }),
    learner("no yes yes", "", { count: answered("mistake-0", 80, "right", 3) }),
    learner("yes no yes", "", { count: answered("low", 2) }),
    learner("no yes yes", "", {}),
  ];
  const found = frequentMistakes({ items: ITEMS, lessons: [LESSON], learners, most: 9 });
  assert.deepEqual(
    found.map(({ step, count, asked }) => [step, count, asked]),
    [
      ["a-before", 3, 4],
      ["count", 2, 3],
      ["b-before", 2, 4],
    ],
  );
  assert.match(found[1].text, /80.*You forgot the border/);
});

test("the table has a row for each learner, and no cell is a formula", () => {
  const learners = [
    learner("no yes yes", "yes yes yes", { count: answered("low", 50) }, '=1+"x"'),
    learner("", "", { pick: answered("right", "yes") }),
  ];
  const words = (key, { n } = { n: 0 }) => `${key} ${n}`;
  const rows = classTable({ learners, items: ITEMS, lessons: [LESSON], words })
    .trimEnd()
    .split("\r\n");
  assert.equal(
    rows[0],
    "\ufefflearner,quiz_before_correct,quiz_after_correct,quiz_before_a,quiz_after_a,quiz_before_b,quiz_after_b,quiz_before_c,quiz_after_c,tokens_count_first,tokens_pick_first",
  );
  assert.equal(rows[1], `"'=1+""x""",2,3,no,yes,yes,yes,yes,yes,low,`);
  assert.equal(rows[2], "teach_learner 2,,,,,,,,,,right");
});

test("the anonymous copy holds no name, id, time or text, and opens as the same class", () => {
  const learners = [
    learner("no yes yes", "yes yes yes", { why: answered("written", "I am Ada") }, "Ada"),
    learner("no yes yes", "yes yes yes", { count: answered("low", 50) }, "Bo"),
    learner("no yes yes", "yes yes yes", { count: answered("low", 50) }, "Cy"),
  ];
  const text = anonymousClass(learners, [LESSON]);
  for (const secret of ["Ada", "Bo", "Cy", "2026", 'learner"', "nickname", "I am"])
    assert.ok(!text.includes(secret), secret);
  const read = readText(text);
  assert.ok("learners" in read);
  assert.equal(read.learners.length, 3);
  assert.deepEqual(quizGain(ITEMS, read.learners).scores, quizGain(ITEMS, learners).scores);
  assert.equal(lessonSteps(LESSON, read.learners)[0].answered, 2);
});

test("two learners of an anonymous class who answered alike are two", async () => {
  const learners = [1, 2].map((n) => learner("no", "", { count: answered("low", 50) }, `${n}`));
  const copy = file("class.json", anonymousClass(learners, [LESSON]));
  assert.equal((await readFiles([copy], [])).learners.length, 2);
});

test("a hundred files are read within a second of the processor", async () => {
  const steps = Object.fromEntries(
    Array.from({ length: 60 }, (_, i) => [`step-${i}`, answered("right", Array(40).fill(i))]),
  );
  const files = Array.from({ length: 100 }, (_, i) =>
    file(`${i}.json`, answers({ learner: `${i}`, lessons: { tokens: { answers: steps } } })),
  );
  const started = process.cpuUsage();
  const { learners } = await readFiles(files, []);
  assert.equal(learners.length, 100);
  const { user, system } = process.cpuUsage(started);
  assert.ok(user + system < 1e6);
});

test("answers laid over a picture are counted once a learner, and odd ones left out", () => {
  const number = (place) => place;
  assert.deepEqual(
    [...countPlaces([[0, 2, 2], [2], "x", [9, -1, 1.5, null]], 3, number)],
    [1, 0, 2],
  );
  assert.equal(isNumbers([0, 0.5, 1], 3, 1), true);
  for (const odd of [[0, 1], [0, 1, 2], [0, "1", 1], [0, NaN, 1], null])
    assert.equal(isNumbers(odd, 3, 1), false);
});

test("every figure that is said to lay answers over each other can", () => {
  for (const figure of OVERLAID) {
    const url = `../../fixviz/browser/course/figures/${figure.replaceAll("-", "_")}.js`;
    assert.match(readFileSync(new URL(url, import.meta.url), "utf8"), /overlay/, figure);
  }
});

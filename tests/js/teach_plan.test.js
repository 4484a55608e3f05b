import assert from "node:assert/strict";
import { test } from "node:test";

import { columnsFor } from "../../fixviz/browser/player/present_layout.js";
import {
  cleanPlan,
  isLocal,
  linkOf,
  packPlan,
  readAddress,
  readyPlan,
  totalOf,
  unpackPlan,
} from "../../fixviz/browser/teach/links.js";
import { Notebook } from "../../fixviz/browser/teach/storage.js";

const APP = { start: "/lab/", course: "/lab/course", watch: "/lab/watch", teach: "/lab/teach" };
const SITE = {
  start: "index.html",
  course: "course.html",
  watch: "watch.html",
  teach: "teach.html",
};
const STEP = { page: "course", parameters: { lesson: "tokens", step: "grid", lang: "zh" } };
const QUERY = "?lesson=tokens&step=grid&lang=zh";

test("a link is a whole URL of the page's home, in the app and in plain files", () => {
  assert.equal(
    linkOf(APP, STEP, "http://localhost:8501/lab/teach?view=plan"),
    `http://localhost:8501/lab/course${QUERY}`,
  );
  assert.equal(
    linkOf(SITE, STEP, "https://host.example/a/en/teach.html"),
    `https://host.example/a/en/course.html${QUERY}`,
  );
});

test("the address that students reach takes the place of this one, with its folder", () => {
  const here = "http://localhost:8501/lab/teach";
  for (const [written, base] of [
    ["192.168.1.20:8501/lab", "http://192.168.1.20:8501/lab/"],
    ["https://school.example", "https://school.example/"],
    [" https://school.example/fixviz/index.html ", "https://school.example/fixviz/"],
    ["HTTP://School.example:80/x/", "http://school.example/x/"],
  ]) {
    assert.equal(readAddress(written), base);
    assert.equal(linkOf(APP, STEP, here, written), `${base}course${QUERY}`);
  }
  for (const wrong of ["", "  ", "javascript:alert(1)", "http://", "ftp://a.example"]) {
    assert.equal(readAddress(wrong), null, wrong);
    assert.equal(linkOf(APP, STEP, here, wrong), `http://localhost:8501/lab/course${QUERY}`);
  }
});

test("an address that only this computer can open is told", () => {
  for (const url of [
    "http://localhost:8501/",
    "http://127.0.0.1/",
    "http://[::1]:8501/",
    "http://0.0.0.0:8501/",
    "file:///home/a/en/teach.html",
  ])
    assert.equal(isLocal(url), true, url);
  for (const url of ["http://192.168.1.20:8501/", "https://localhost.example/"])
    assert.equal(isLocal(url), false, url);
});

test("a plan comes back from its link, whatever its letters", () => {
  const plan = [
    { title: "Größe & 注视 ?/+", minutes: 7, page: "course", parameters: { lesson: "price" } },
    { title: "Discussion", minutes: 3, page: null, parameters: {} },
    { title: "Maps", minutes: 0, page: "watch", parameters: { sample: "a-b", present: "1" } },
  ];
  const packed = packPlan(plan);
  assert.match(packed, /^[\w-]+$/);
  assert.deepEqual(unpackPlan(packed), plan);
  for (const broken of ["", "%%%", packed.slice(0, -5), btoa("[2,[]]"), btoa("{}")])
    assert.equal(unpackPlan(broken), null, broken);
});

test("what makes no sense in a stored plan is left out", () => {
  const good = { title: "a", minutes: "9.6", page: "course", parameters: { lesson: "x" } };
  const found = cleanPlan([
    good,
    null,
    { ...good, title: 3 },
    { ...good, page: "library" },
    { ...good, parameters: { a: 1 } },
    { ...good, minutes: -4, title: "t".repeat(999) },
  ]);
  assert.deepEqual(
    found.map(({ title, minutes }) => [title.length, minutes]),
    [
      [1, 10],
      [200, 0],
    ],
  );
  assert.deepEqual(cleanPlan("x"), []);
});

test("the ready-made plan lasts 45 minutes, and every part names its language", () => {
  const lessons = { tokens: "T", softmax: "S", price: "P" };
  const plan = readyPlan({ language: "zh", sample: "a", lessons, words: (key) => key });
  assert.equal(totalOf(plan), 45);
  const linked = plan.filter(({ page }) => page);
  assert.ok(linked.length >= 5);
  for (const { parameters } of linked) assert.equal(parameters.lang, "zh");
  assert.deepEqual(cleanPlan(plan), plan);
});

test("address and plan are kept, and a damaged store starts anew", () => {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (k, v) => kept.set(k, v) };
  const book = new Notebook(/** @type {any} */ (storage));
  book.address = "school.example";
  book.plan = [{ title: "a", minutes: 5, page: null, parameters: {} }];
  const again = new Notebook(/** @type {any} */ (storage));
  assert.equal(again.address, "school.example");
  assert.deepEqual(again.plan, book.plan);
  kept.set([...kept.keys()][0], "{");
  assert.deepEqual(new Notebook(/** @type {any} */ (storage)).plan, []);
});

test("four pictures stand two by two where that makes them larger", () => {
  const room = { text: 50, ratio: 4 / 3, gap: 10 };
  // Two rows: (600 - 10) / 2 - 50 = 245 high, so 326 wide; one row: (984 - 30) / 4 = 238 wide.
  assert.deepEqual(columnsFor(4, { ...room, width: 984, height: 600 }), {
    columns: 2,
    picture: 326,
  });
  // One row of two: 487 wide, 365 + 50 high.
  assert.deepEqual(columnsFor(2, { ...room, width: 984, height: 600 }), {
    columns: 2,
    picture: 487,
  });
  assert.deepEqual(columnsFor(4, { ...room, width: 2000, height: 300 }), {
    columns: 4,
    picture: 333,
  });
});

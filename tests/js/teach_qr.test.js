import assert from "node:assert/strict";
import { test } from "node:test";

import { TooLong, qrCode, qrPath } from "../../fixviz/browser/teach/qr.js";

// As the package qrcode 8 of PyPI draws "school.example": version 1, level M, byte mode, mask 2.
const KNOWN = [
  "#######.......#######",
  "#.....#...#...#.....#",
  "#.###.#.#.##..#.###.#",
  "#.###.#.#####.#.###.#",
  "#.###.#.###.#.#.###.#",
  "#.....#.##..#.#.....#",
  "#######.#.#.#.#######",
  "........#####........",
  "#.#####...###.#####..",
  "##..##..##...#.##.#.#",
  "#.##..####.###...#.#.",
  ".#..##......##.######",
  "#.#...##..##.##.#....",
  "........#.....###..##",
  "#######...###..#..##.",
  "#.....#.#.#.##.#.##.#",
  "#.###.#.##..#.#.#..##",
  "#.###.#.####...###...",
  "#.###.#.#..###...#...",
  "#.....#..#####..###..",
  "#######.#..#..#.#..#.",
];

const drawn = (text) => qrCode(text).map((row) => row.map((dark) => (dark ? "#" : ".")).join(""));

test("a code is that of another encoder, module by module", () => {
  assert.deepEqual(drawn("school.example"), KNOWN);
});

test("the version is the smallest that the bytes fit into", () => {
  // Capacities of byte mode at level M: ISO/IEC 18004, table 7.
  const last = { 1: 14, 2: 26, 6: 106, 7: 122, 9: 180, 10: 213, 31: 1452, 32: 1538, 40: 2331 };
  for (const [version, bytes] of Object.entries(last)) {
    assert.equal(qrCode("a".repeat(bytes)).length, 17 + 4 * Number(version), version);
    if (version !== "40")
      assert.equal(qrCode("a".repeat(bytes + 1)).length, 21 + 4 * Number(version), version);
  }
  // Letters of three bytes each.
  assert.equal(qrCode("注".repeat(4)).length, 21);
  assert.equal(qrCode("注".repeat(5)).length, 25);
  assert.throws(() => qrCode("a".repeat(2332)), TooLong);
});

test("the path covers exactly the dark modules, inside a quiet zone of four", () => {
  const code = qrCode("https://school.example/course?lesson=tokens");
  const { size, path } = qrPath(code);
  assert.equal(size, code.length + 8);
  const found = new Set();
  for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g))
    for (let i = 0; i < Number(width); i += 1) found.add(`${Number(x) + i} ${y}`);
  const dark = code.flatMap((row, y) => row.flatMap((on, x) => (on ? [`${x + 4} ${y + 4}`] : [])));
  assert.deepEqual([...found].sort(), dark.sort());
});

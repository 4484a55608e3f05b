/* Exported files, byte by byte where their formats say so, and the layout of figures. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { centiseconds, durations } from "../../fixviz/browser/player/export/animation.js";
import { fileStem, nameParts } from "../../fixviz/browser/player/export/describe.js";
import { ColorCount, GifWriter, lzw } from "../../fixviz/browser/player/export/gif.js";
import { layOut } from "../../fixviz/browser/player/export/layout.js";
import { arraysFor, csvOf, npy, npzOf, zip } from "../../fixviz/browser/player/export/numbers.js";
import { shorten, wrap } from "../../fixviz/browser/player/export/text.js";
import { assertClose, manifest } from "./known.js";

const byLength = (text) => text.length;
const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());
const ascii = (bytes) => String.fromCharCode(...bytes);

test("lines break between words; a word that is too long has a line of its own", () => {
  assert.deepEqual(wrap("a bb ccc dd e", 6, byLength), ["a bb", "ccc dd", "e"]);
  assert.deepEqual(wrap("a incomprehensible b", 6, byLength), ["a", "incomprehensible", "b"]);
});

test("a text is shortened to its room, ellipsis included", () => {
  assert.equal(shorten("attention", 9, byLength), "attention");
  assert.equal(shorten("attention", 6, byLength), "atten…");
  assert.equal(shorten("attention", 0, byLength), "…");
});

test("frames of an animation last until the next, the last as long as the one before", () => {
  assertClose(durations([1, 1.125, 1.375]), [0.125, 0.25, 0.25]);
  assert.deepEqual(durations([7]), [1]);
});

test("whole hundredths of a second add up to the true times", () => {
  // 1/8 s is 12.5 hundredths: after one frame 13, after two 25, after three 38.
  assert.deepEqual(centiseconds([0, 0.125, 0.25, 0.375]), [13, 12, 13, 12]);
  assert.deepEqual(centiseconds([0, 0.001, 0.002]), [2, 2, 2], "no program shows frames faster");
});

test("the name of a file tells what is in it", () => {
  assert.equal(
    fileStem("My Clip, №2.mp4", ["Attention received", "layer 3"]),
    "my-clip-2_attention-received_layer-3",
  );
  assert.equal(fileStem("%%.mov", []), "clip");
  assert.equal(fileStem(`${"a".repeat(80)}.mp4`, []).length, 60);
  const view = { show: "attention", axis: "spatial", layer: 3, head: "mean", versus: 1 };
  const panels = [{}, { name: "plain", difference: true }, { name: "fixed" }];
  const shown = { scale: { title: "Attention received" }, view, frame: 4, panels };
  assert.deepEqual(nameParts(shown), [
    "Attention received",
    "from fixed",
    "spatial",
    "layer 3",
    "head mean",
    "frame 4",
  ]);
  const whole = { ...shown, view: { ...view, show: "motion" }, panels: [{}] };
  assert.deepEqual(nameParts(whole, "frames 0-9"), ["Attention received", "frames 0-9"]);
});

test("a table of the maps", async () => {
  const panels = [
    { name: null, map: null },
    {
      name: 'a "b", c',
      grid: { columns: 2 },
      map: Float32Array.of(0.5, NaN, 2, -1),
      difference: true,
    },
    { name: "fixed", grid: { columns: 1 }, map: Float32Array.of(0.25) },
  ];
  const scale = { heading: "Attention (× uniform)" };
  const text = await csvOf({ caption: "One\nline.", clip: "clip.mp4", panels, scale }).text();
  assert.deepEqual(text.split("\n"), [
    "# Attention (× uniform) per patch",
    "# Clip: clip.mp4",
    "# One line.",
    "# The values of fixed are its own, not differences.",
    "# An undefined value is written nan. Rows and columns of patches count from 0 at the top left.",
    "model,row,column,value",
    '"a ""b"", c",0,0,0.5',
    '"a ""b"", c",0,1,nan',
    '"a ""b"", c",1,0,2',
    '"a ""b"", c",1,1,-1',
    "fixed,0,0,0.25",
    "",
  ]);
});

test("an array file of numpy", () => {
  const file = npy("uint16", [3], Uint8Array.of(1, 0, 2, 0, 3, 0));
  assert.deepEqual([...file.subarray(0, 10)], [0x93, ...Buffer.from("NUMPY"), 1, 0, 118, 0]);
  const header = ascii(file.subarray(10, 128));
  assert.equal(header.trimEnd(), "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }");
  assert.ok(header.endsWith(" \n"));
  assert.deepEqual([...file.subarray(128)], [1, 0, 2, 0, 3, 0]);
  const scalar = ascii(npy("float32", [], new Uint8Array(4)).subarray(10, 128)).trimEnd();
  assert.equal(scalar, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }");
});

test("a ZIP file of two entries", async () => {
  const file = await bytesOf(
    zip([
      ["a", Uint8Array.from(Buffer.from("123456789"))],
      ["ü", new Uint8Array(0)],
    ]),
  );
  const data = new DataView(file.buffer);
  const [first, second] = [30 + 1 + 9, 30 + 2];
  const directory = first + second;
  assert.equal(file.length, directory + 46 + 1 + 46 + 2 + 22);
  assert.equal(data.getUint32(0, true), 0x04034b50);
  assert.equal(data.getUint32(14, true), 0xcbf43926, "the CRC-32 of 123456789");
  assert.deepEqual([data.getUint32(18, true), data.getUint16(26, true)], [9, 1]);
  assert.equal(ascii(file.subarray(30, 40)), "a123456789");
  assert.equal(data.getUint32(directory, true), 0x02014b50);
  assert.equal(
    data.getUint32(directory + 46 + 1 + 42, true),
    first,
    "where the second entry begins",
  );
  const end = file.length - 22;
  assert.deepEqual([data.getUint32(end, true), data.getUint16(end + 10, true)], [0x06054b50, 2]);
  assert.deepEqual(
    [data.getUint32(end + 12, true), data.getUint32(end + 16, true)],
    [95, directory],
  );
});

test("the arrays of a layer are those of the models that have it", () => {
  const run = manifest();
  const names = [
    "plain/temporal/metrics",
    "fixed/spatial/metrics",
    "fixed/spatial/baseline/pointing",
    "plain/motion",
    "fixed/target",
    "pixels/64",
  ];
  run.arrays = Object.fromEntries(names.map((name) => [name, {}]));
  const whole = ["fixed/spatial/baseline/pointing", "plain/motion", "fixed/target"];
  assert.deepEqual(arraysFor(run, 1), { parts: [names[0], names[1]], whole });
  assert.deepEqual(arraysFor(run, 3), { parts: [names[1]], whole });
});

test("the numbers of a layer are its part of each array", async () => {
  const run = manifest();
  run.arrays = {
    "plain/temporal/metrics": { sha: "x", dtype: "uint8", shape: [2, 3] },
    "plain/motion": { sha: "y", dtype: "uint8", shape: [2] },
  };
  const stored = { x: [1, 2, 3, 4, 5, 6], y: [7, 8] };
  const told = [];
  const file = await npzOf(
    run,
    1,
    async (reference) => {
      // What a host has packed is told by the size of the array.
      assert.deepEqual(
        reference,
        Object.values(run.arrays).find(({ sha }) => sha === reference.sha),
      );
      return Uint8Array.from(stored[reference.sha]).buffer;
    },
    (share) => told.push(share),
  );
  const bytes = await bytesOf(file);
  const name = Buffer.from("plain/temporal/metrics.npy");
  const at = 30 + name.length;
  assert.deepEqual([...bytes.subarray(30, at)], [...name]);
  assert.match(ascii(bytes.subarray(at + 10, at + 128)), /'\|u1', .*'shape': \(3,\)/);
  assert.deepEqual([...bytes.subarray(at + 128, at + 131)], [4, 5, 6]);
  const text = Buffer.from(bytes).toString("latin1");
  for (const entry of ["plain/motion", "frames/index", "frames/timestamp_s", "manifest"]) {
    assert.equal(text.split(`${entry}.npy`).length, 3, `${entry}, with its place in the directory`);
  }
  assert.ok(Buffer.from(bytes).includes(Buffer.from(Int32Array.of(0, 3, 6, 9, 12).buffer)));
  assert.deepEqual(told, [0, 0.5]);
});

test("LZW codes are those of the specification", () => {
  // Clear 256, then 1, 258 (1 1), 258 (1 1), 2, end 257, each of 9 bits, least significant first.
  let bits = 0n;
  [256, 1, 258, 258, 2, 257].forEach((code, i) => (bits |= BigInt(code) << BigInt(9 * i)));
  const known = Array.from({ length: 7 }, (_, i) => Number((bits >> BigInt(8 * i)) & 255n));
  assert.deepEqual([...lzw(Uint8Array.of(1, 1, 1, 1, 1, 2))], [7, ...known, 0]);
});

/** The indices that LZW sub-blocks hold, by the decoder of the specification. */
function unpacked(bytes) {
  const data = [];
  for (let at = 0; bytes[at]; at += bytes[at] + 1)
    data.push(...bytes.subarray(at + 1, at + 1 + bytes[at]));
  const out = [];
  let [at, width, table, before] = [0, 9, [], null];
  for (;;) {
    let code = 0;
    for (let k = 0; k < width; k++, at++) code |= ((data[at >> 3] >> (at & 7)) & 1) << k;
    if (code === 257) return out;
    if (code === 256) {
      table = Array.from({ length: 258 }, (_, i) => [i]);
      [width, before] = [9, null];
      continue;
    }
    const found = table[code] ?? [...before, before[0]];
    out.push(...found);
    if (before && table.length < 4096) table.push([...before, found[0]]);
    if (table.length === 1 << width && width < 12) width += 1;
    before = found;
  }
}

test("LZW gives every picture back, also one that fills its table", () => {
  let state = 7;
  const random = () => (state = (48271 * state) % 2147483647);
  const noise = Uint8Array.from({ length: 20011 }, () => random() % 256);
  assert.deepEqual(unpacked(lzw(noise)), [...noise]);
  const flat = new Uint8Array(9001).fill(3);
  assert.deepEqual(unpacked(lzw(flat)), [...flat]);
});

const pixels = (...colors) => Uint8ClampedArray.from(colors.flatMap((color) => [...color, 255]));

test("a palette holds the colors that are there, and the means of boxes", () => {
  const count = new ColorCount();
  count.add(pixels([255, 0, 0], [0, 0, 255], [0, 0, 255]));
  assert.deepEqual(count.palette(8).sort(), [
    [0, 0, 255],
    [255, 0, 0],
  ]);
  count.add(pixels([0, 8, 255]));
  // Cut along red: the weights are 1.41, 1 and 1, so that the first box ends before half of 3.41.
  assert.deepEqual(count.palette(2), [
    [0, 0, 255],
    [128, 4, 128],
  ]);
});

test("a GIF of two frames: sizes, times, palette, and only what changes", () => {
  const writer = new GifWriter(2, 1, [
    [0, 0, 0],
    [255, 255, 255],
  ]);
  const [black, white] = [
    [0, 0, 0],
    [255, 255, 255],
  ];
  writer.add(pixels(black, white), 13);
  writer.add(pixels(black, black), 300);
  const file = writer.finish();
  assert.equal(ascii(file.subarray(0, 6)), "GIF89a");
  assert.deepEqual([...file.subarray(6, 13)], [2, 0, 1, 0, 0xf7, 0, 0]);
  assert.deepEqual([...file.subarray(13, 19)], [0, 0, 0, 255, 255, 255]);
  const frames = 13 + 768 + 19;
  assert.deepEqual([...file.subarray(frames, frames + 8)], [0x21, 0xf9, 4, 0x04, 13, 0, 255, 0]);
  assert.deepEqual(
    [...file.subarray(frames + 8, frames + 19)],
    [0x2c, 0, 0, 0, 0, 2, 0, 1, 0, 0, 8],
  );
  const first = frames + 19;
  const second = first + 1 + file[first] + 1;
  assert.deepEqual(unpacked(file.subarray(first)), [0, 1]);
  assert.deepEqual([...file.subarray(second, second + 6)], [0x21, 0xf9, 4, 0x05, 300 & 255, 1]);
  assert.deepEqual(unpacked(file.subarray(second + 19)), [255, 0], "the first pixel stays");
  assert.equal(file.at(-1), 0x3b);
});

test("a color between two of the palette is dithered to its share", () => {
  const writer = new GifWriter(4, 4, [
    [0, 0, 0],
    [252, 252, 252],
  ]);
  writer.add(pixels(...Array(16).fill([63, 63, 63])), 10);
  const file = writer.finish();
  const indices = unpacked(file.subarray(13 + 768 + 19 + 19));
  assert.equal(indices.filter((index) => index === 1).length, 4, "a quarter of white");
});

const THEME = {
  background: "#ffffff",
  ink: "#111111",
  muted: "#666666",
  lines: ["#aa0000", "#0000bb"],
};
const measure = (text, size) => (text.length * size) / 2;
const RANGE = { low: 0, high: 4, max: 4 };

/** A clip and two models, 300 x 150 display pixels; the second has no map. */
function description(changes = {}) {
  const grid = { rows: 2, columns: 3, stride: 10, display_per_model: [5, 10] };
  const mark = { row: 1, column: 2, color: "#ffffff", active: true, faint: true };
  return {
    display: { width: 300, height: 150 },
    view: { style: "smooth", overlay: 60 },
    caption: "A caption.",
    scale: { title: "T", heading: "Heading", mark: null, colors: "viridis", shared: RANGE },
    theme: THEME,
    panels: [
      {
        title: "Clip",
        subtitle: "a.mp4",
        name: null,
        line: null,
        grid,
        map: null,
        marks: [],
        border: [],
        absence: null,
      },
      {
        ...{ title: "Plain", subtitle: "", name: "plain", line: "#aa0000", grid, colors: "magma" },
        ...{
          map: new Float32Array(6),
          range: RANGE,
          bar: false,
          marks: [mark],
          border: [[0, 10, 150, 10]],
          absence: null,
        },
      },
      {
        ...{
          title: "Fixed",
          subtitle: "",
          name: "fixed",
          line: "#0000bb",
          grid,
          map: null,
          bar: false,
        },
        ...{ marks: [], border: [], absence: { title: "No map", text: "For a reason." } },
      },
    ],
    ...changes,
  };
}

test("a figure is as wide as its panels and as high as it needs, in even pixels", () => {
  const figure = layOut(description(), measure);
  assert.equal(figure.width, 2 * 20 + 3 * 300 + 2 * 16);
  // Heading to 40, its scale 32, title line 28, picture 10 + 150, caption 26, margin 20.
  assert.equal(figure.height, 40 + 32 + 28 + 10 + 150 + 26 + 20);
  assert.equal(layOut(description(), measure, 400).height, 400);
  const own = description({ scale: { ...description().scale, shared: null } });
  own.panels[1].bar = true;
  assert.equal(layOut(own, measure).height, 40 + 28 + 10 + 150 + 58 + 20);
  const { background, title, caption } = figure;
  assert.deepEqual([background, title, caption], ["#ffffff", "T", "A caption."]);
});

test("the items of a figure lie where its panels are", () => {
  const { items } = layOut(description(), measure);
  const of = (kind) => items.filter((item) => item.kind === kind);
  assert.deepEqual(
    of("picture").map(({ x, y, width, height, gray }) => [x, y, width, height, gray]),
    [
      [20, 110, 300, 150, false],
      [336, 110, 300, 150, true],
      [652, 110, 300, 150, true],
    ],
  );
  const [map] = of("map");
  // Cells are 100 x 50; the first lies half outside the picture.
  assert.deepEqual([map.x, map.y, map.width, map.height], [336 - 50, 110 - 25, 300, 100]);
  assert.deepEqual(
    [map.rows, map.columns, map.smooth, map.opacity, map.colors],
    [2, 3, true, 0.6, "magma"],
  );
  assert.deepEqual(map.clip, { x: 336, y: 110, width: 300, height: 150 });
  const [outline] = of("outline");
  assert.deepEqual([outline.x, outline.y], [336 + 150, 110 + 25]);
  assert.deepEqual(
    [outline.width, outline.height, outline.weight, outline.dashed],
    [100, 50, 2, true],
  );
  assert.deepEqual(
    of("circle").map(({ x, fill }) => [x, fill]),
    [
      [341, "#aa0000"],
      [657, "#0000bb"],
    ],
  );
  const texts = of("text").map(({ text }) => text);
  assert.deepEqual(texts, ["Heading", "0", "4", "No map", "For a reason.", "A caption."]);
  const [gradient] = of("gradient");
  assert.deepEqual(
    [gradient.x, gradient.y, gradient.width, gradient.colors],
    [20, 46, 360, "viridis"],
  );
  const [runs] = of("runs");
  assert.deepEqual(
    runs.runs.map(({ text }) => text),
    ["Clip", "a.mp4"],
  );
});

test("no text of a CSV file is a formula to a spreadsheet", async () => {
  const grid = { columns: 1 };
  const names = ["=1+1", "+x", "-x", "@x", "\t=1", "a;=1", "-0.5", "Softmax"];
  const panels = names.map((name) => ({ name, grid, map: Float32Array.of(-0.25) }));
  const scale = { heading: "Attention" };
  const text = await csvOf({ caption: "One,=1+1", clip: "x;@y.mp4", panels, scale }).text();
  const lines = text.trimEnd().split("\n");
  const rows = lines.filter((line) => !line.startsWith("#")).slice(1);
  assert.deepEqual(
    rows.map((row) => row.split(",")[0]),
    ["'=1+1", "'+x", "'-x", "'@x", "'\t'=1", "a;'=1", "-0.5", "Softmax"],
  );
  assert.ok(rows.every((row) => row.endsWith(",0,0,-0.25")));
  assert.ok(lines.every((line) => !/[,;\t][=+@]/.test(line)));
});

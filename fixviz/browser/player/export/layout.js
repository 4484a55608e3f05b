/* Lays out an exported figure: one list of items, which canvas.js paints and svg.js writes. Lengths are
   CSS pixels. The figure does not depend on the size of the window. */

/** @import { Description, Figure, Item, Measure, PanelDescription, Theme } from "../types.d.ts" */

import { ticks } from "../colorbar.js";
import { gridRect, patchRect } from "../geometry.js";
import { FONT, shorten, wrap } from "./text.js";

const PANEL = 300;
const GAP = 16;
const MARGIN = 20;
const BAR = 360;
const LINE = 17;
const HEADING = 20;
const SPACE = 7;

const even = (length) => 2 * Math.ceil(length / 2);

/** @returns {Item[]} a color bar with its ticks */
function bar(x, y, width, range, mark, colors, theme) {
  /** @type {Item[]} */
  const items = [{ kind: "gradient", x, y, width, height: 10, colors }];
  for (const { at, label } of ticks(range, mark)) {
    const anchor = at < 0.15 ? "start" : at > 0.7 ? "end" : "middle";
    if (at > 0 && at < 1) {
      items.push({
        kind: "rect",
        x: x + at * width - 2,
        y,
        width: 4,
        height: 10,
        fill: "#000000",
        opacity: 0.45,
      });
      items.push({ kind: "rect", x: x + at * width - 1, y, width: 2, height: 10, fill: "#ffffff" });
    }
    items.push({
      kind: "text",
      x: x + at * width,
      y: y + 23,
      text: label,
      size: 12,
      fill: theme.muted,
      anchor,
    });
  }
  return items;
}

/**
 * The heading and the shared scale under it, and where they end.
 *
 * @param {Description} description
 * @param {number} width
 * @param {Measure} measure
 */
function header({ scale, theme }, width, measure) {
  const { heading, mark, colors, shared } = scale;
  const lines = wrap(heading, width - 2 * MARGIN, (text) => measure(text, 16, 600));
  /** @type {Item[]} */
  const items = lines.map((text, row) => ({
    kind: "text",
    x: MARGIN,
    y: MARGIN + 14 + HEADING * row,
    text,
    size: 16,
    weight: 600,
    fill: theme.ink,
  }));
  const under = MARGIN + HEADING * lines.length;
  if (!shared) return { items, bottom: under };
  items.push(...bar(MARGIN, under + 6, BAR, shared, mark, colors, theme));
  return { items, bottom: under + 32 };
}

/**
 * The name of a panel and its subtitle, for which up to half of the line is kept free.
 *
 * @param {PanelDescription} panel
 * @param {number} x
 * @param {number} y
 * @param {Theme} theme
 * @param {Measure} measure
 */
function titleLine(panel, x, y, theme, measure) {
  const start = panel.line ? x + 17 : x;
  const room = x + PANEL - start;
  const [asName, asSubtitle] = [(text) => measure(text, 14, 600), (text) => measure(text, 12.5)];
  const beside = panel.subtitle ? Math.min(room / 2, asSubtitle(panel.subtitle)) + SPACE : 0;
  const name = shorten(panel.title, room - beside, asName);
  const runs = [{ text: name, size: 14, weight: 600, fill: theme.ink }];
  if (panel.subtitle) {
    const text = shorten(panel.subtitle, room - asName(name) - SPACE, asSubtitle);
    runs.push({ text, size: 12.5, weight: 400, fill: theme.muted });
  }
  /** @type {Item[]} */
  const items = [{ kind: "runs", x: start, y, runs, space: SPACE }];
  if (panel.line) items.push({ kind: "circle", x: x + 5, y: y - 5, radius: 5, fill: panel.line });
  return items;
}

/** @returns {Item[]} the text that stands in place of a map */
function absenceNote({ title, text }, x, y, height, measure) {
  const lines = wrap(text, PANEL - 32, (line) => measure(line, 13));
  const middle = x + PANEL / 2;
  const top = y + height / 2 - (LINE * lines.length) / 2;
  const note = (line, row, weight = 400) => ({
    kind: /** @type {const} */ ("text"),
    x: middle,
    y: top + LINE * row,
    text: line,
    size: 13,
    weight,
    fill: "#ffffff",
    anchor: /** @type {const} */ ("middle"),
  });
  return [
    { kind: "rect", x, y, width: PANEL, height, fill: "#0c1114", opacity: 0.72 },
    note(title, 0, 600),
    ...lines.map((line, row) => note(line, row + 1)),
  ];
}

/**
 * The border of the target.
 *
 * @returns {Item[]}
 */
function border({ border: lines }, clip, scale) {
  if (!lines.length) return [];
  const place = ([x1, y1, x2, y2]) => [
    clip.x + x1 * scale,
    clip.y + y1 * scale,
    clip.x + x2 * scale,
    clip.y + y2 * scale,
  ];
  return [{ kind: "border", clip, lines: lines.map(place) }];
}

/**
 * Outlines of the query patches: the active one thick, dashed where the maps belong to another frame's query.
 *
 * @returns {Item[]}
 */
function outlines({ grid, marks }, clip, scale) {
  return marks.map(({ row, column, color, active, faint }) => {
    const { x, y, width, height } = patchRect(grid, row, column, scale);
    return {
      kind: "outline",
      clip,
      x: clip.x + x,
      y: clip.y + y,
      width,
      height,
      color,
      weight: active ? 2 : 1,
      dashed: faint,
    };
  });
}

function panelItems(panel, x, y, height, description, measure) {
  const { theme, view, display } = description;
  const scale = PANEL / display.width;
  const box = { x, y: y + 10, width: PANEL, height };
  const items = titleLine(panel, x, y, theme, measure);
  items.push({ kind: "picture", ...box, gray: panel.name !== null });
  if (panel.map) {
    const place = gridRect(panel.grid, scale);
    items.push({
      kind: "map",
      clip: box,
      x: box.x + place.x,
      y: box.y + place.y,
      width: place.width,
      height: place.height,
      rows: panel.grid.rows,
      columns: panel.grid.columns,
      values: panel.map,
      range: panel.range,
      colors: panel.colors,
      smooth: view.style === "smooth",
      opacity: view.overlay / 100,
    });
    if (panel.bar)
      items.push(...bar(x, box.y + height + 8, PANEL, panel.range, null, panel.colors, theme));
  }
  items.push(...border(panel, box, scale), ...outlines(panel, box, scale));
  if (panel.absence) items.push(...absenceNote(panel.absence, box.x, box.y, height, measure));
  return items;
}

/**
 * Lay out the figure that shows a description.
 *
 * @param {Description} description
 * @param {Measure} measure
 * @param {number} height least height, which keeps the frames of an animation equally high
 * @returns {Figure}
 */
export function layOut(description, measure, height = 0) {
  const { panels, display, theme } = description;
  const width = 2 * MARGIN + panels.length * PANEL + (panels.length - 1) * GAP;
  const pictureHeight = Math.round((PANEL * display.height) / display.width);
  const { items, bottom } = header(description, width, measure);
  const top = bottom + 28;
  panels.forEach((panel, i) => {
    items.push(
      ...panelItems(panel, MARGIN + i * (PANEL + GAP), top, pictureHeight, description, measure),
    );
  });
  const captionTop = top + 10 + pictureHeight + (panels.some((panel) => panel.bar) ? 58 : 26);
  const lines = wrap(description.caption, width - 2 * MARGIN, (text) => measure(text, 12.5));
  lines.forEach((text, row) =>
    items.push({
      kind: "text",
      x: MARGIN,
      y: captionTop + LINE * row,
      text,
      size: 12.5,
      fill: theme.muted,
    }),
  );
  const needed = captionTop + LINE * (lines.length - 1) + MARGIN;
  return {
    width: even(width),
    height: Math.max(even(needed), height),
    background: theme.background,
    title: description.scale.title,
    caption: description.caption,
    font: FONT,
    items,
  };
}

/* Two buttons that save a chart of the page, with its caption, as PNG or as SVG. Plotly's own export
   draws it in the browser. Scripts cannot reach the app's copy of Plotly, so the first click loads another
   one from the server. */

import { download } from "./download.js";
import { FONT, ROOM, textMeasure, wrap } from "./text.js";
import { el, setText } from "../dom.js";

const PNG_SCALE = 3;
const LONGEST_SIDE = 16000;
const NARROWEST = 600;
const MARGIN = 14;
const SIZE = 12;
const LINE = 16;
const PLOTLY_SIZE = 12;

let loading = null;

/** Load Plotly, once. */
function library(url) {
  loading ??= new Promise((resolve, reject) => {
    const script = el("script", {
      src: url,
      onload: () => resolve(/** @type {any} */ (window).Plotly),
      onerror: () => {
        loading = null;
        script.remove();
        reject(
          new Error("The drawing code could not be fetched. Check that fixviz is still running."),
        );
      },
    });
    document.head.append(script);
  });
  return loading;
}

/** Replace every font in a part of a figure, in place; the letters are larger by the room that they must have. */
function withRoom(part) {
  for (const [name, value] of Object.entries(part)) {
    if (!value || typeof value !== "object" || ArrayBuffer.isView(value)) continue;
    if (/font$/i.test(name)) {
      if ("family" in value) value.family = FONT;
      if (typeof value.size === "number") value.size *= ROOM;
    }
    withRoom(value);
  }
  return part;
}

/** Make the letters of the drawing as small again as they were; their places stay large enough for wider fonts. */
function withoutRoom(drawing) {
  for (const node of drawing.querySelectorAll("text, text *")) {
    const { fontSize } = node.style;
    if (fontSize.endsWith("px"))
      node.style.fontSize = `${Number((parseFloat(fontSize) / ROOM).toFixed(2))}px`;
  }
  return drawing;
}

/** Draw the chart as SVG, as wide as on the page; on a phone somewhat wider. */
async function draw(graph, url) {
  const plotly = await library(url);
  const [width, height] = [Math.max(NARROWEST, graph.clientWidth), graph.clientHeight];
  const layout = structuredClone(graph.layout);
  layout.font = { size: PLOTLY_SIZE, family: FONT, ...layout.font };
  const figure = withRoom({ data: structuredClone(graph.data), layout });
  const text = await plotly.toImage(figure, { format: "svg", width, height, imageDataOnly: true });
  return { text, width, height };
}

/** Put the caption under the drawing: `{ file, width, height }`. */
function withCaption({ text, width, height }, { name, caption }, { background, ink }) {
  const measure = textMeasure();
  const lines = wrap(caption, width - 2 * MARGIN, (line) => measure(line, SIZE));
  const whole = height + LINE * lines.length + MARGIN;
  const chart = withoutRoom(
    document.importNode(
      new DOMParser().parseFromString(text, "image/svg+xml").documentElement,
      true,
    ),
  );
  const root = el(
    "svg:svg",
    { width, height: whole, viewBox: `0 0 ${width} ${whole}`, "font-family": FONT, role: "img" },
    el("svg:title", {}, name),
    el("svg:desc", {}, caption),
    el("svg:rect", { x: 0, y: 0, width, height: whole, fill: background }),
    chart,
    ...lines.map((line, i) =>
      el(
        "svg:text",
        { x: MARGIN, y: height + LINE * i + SIZE, "font-size": SIZE, fill: ink },
        line,
      ),
    ),
  );
  const content = `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
  return { file: new Blob([content], { type: "image/svg+xml" }), width, height: whole };
}

async function toPng({ file, width, height }) {
  const scale = Math.min(PNG_SCALE, LONGEST_SIDE / Math.max(width, height));
  const canvas = Object.assign(document.createElement("canvas"), {
    width: Math.round(scale * width),
    height: Math.round(scale * height),
  });
  const url = URL.createObjectURL(file);
  try {
    const image = Object.assign(new Image(), { src: url });
    await image.decode();
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  } finally {
    URL.revokeObjectURL(url);
  }
  const png = await new Promise((resolve) => {
    canvas.toBlob(resolve, "image/png");
  });
  if (!png) throw new Error("The picture is too large for this browser. Save the drawing instead.");
  return png;
}

async function save(ending, data, theme) {
  const graph = /** @type {any} */ (document.querySelector(`.${data.chart} .js-plotly-plot`));
  if (!graph?.layout) throw new Error("The chart is not drawn yet. Try again in a moment.");
  const drawing = withCaption(await draw(graph, data.plotly), data, theme);
  download(ending === "svg" ? drawing.file : await toPng(drawing), `${data.name}.${ending}`);
}

/**
 * Show the buttons for a chart under `parentElement`.
 *
 * @param {object} component
 * @param {{ chart: string, name: string, caption: string, plotly: string }} component.data CSS class of the
 *   chart, name of the file, caption, and URL of Plotly
 * @param {HTMLElement} component.parentElement
 */
export function mount({ data, parentElement }) {
  const place = parentElement.querySelector(".save-chart");
  const message = el("div", { role: "status", class: "message" });
  const button = (ending, label) =>
    el("button", { type: "button", onclick: () => start(ending) }, label);
  const start = async (ending) => {
    const style = getComputedStyle(place);
    const theme = {
      background: style.getPropertyValue("--st-background-color").trim(),
      ink: style.getPropertyValue("--st-text-color").trim(),
    };
    setText(message, "Drawing…");
    try {
      await save(ending, data, theme);
      setText(message, "");
    } catch (error) {
      setText(message, `Not saved. ${error.message}`);
    }
  };
  place.replaceChildren(button("png", "Picture as PNG"), button("svg", "Drawing as SVG"), message);
}

/* Small charts of the lessons as SVG: lines with axes, and bars with intervals. */

import { el } from "../../player/dom.js";

const WIDTH = 480;
const MARGIN = { left: 54, right: 16, top: 12, bottom: 42 };

/**
 * Ticks of an axis: about four round numbers, or powers of ten on a logarithmic one.
 *
 * @param {number} min
 * @param {number} max
 * @param {boolean} log
 */
export function ticks(min, max, log) {
  if (log) {
    const [from, to] = [Math.ceil(Math.log10(min) - 1e-9), Math.floor(Math.log10(max) + 1e-9)];
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => 10 ** (from + i));
  }
  const rough = (max - min) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 2.5, 5, 10].map((k) => k * power).find((one) => one >= rough * 0.999) ?? rough;
  const first = Math.ceil(min / step - 1e-9);
  const count = Math.floor(max / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

const shortNumber = (value) =>
  Math.abs(value) >= 1e4 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toExponential(0).replace("e+", "e")
    : String(Number(value.toPrecision(4)));

/**
 * A chart of lines.
 *
 * @param {object} options
 * @param {string} options.label text alternative
 * @param {{ title: string, min: number, max: number, log?: boolean, at?: number[], show?: (value: number) => string }}
 *   options.x at: its ticks, where other ones than `ticks` returns are wanted
 * @param {{ title: string, min: number, max: number, log?: boolean, show?: (value: number) => string }} options.y
 * @param {number} [options.height]
 * @param {(point: { x: number, y: number }, settled: boolean) => void} [options.onPoint] the reader pressed or
 *   dragged at a place of the chart, in its units
 */
export function linePlot({ label, x, y, height = 260, onPoint }) {
  const svg = el("svg:svg", {
    class: onPoint ? "plot active" : "plot",
    viewBox: `0 0 ${WIDTH} ${height}`,
    role: "img",
    "aria-label": label,
  });
  const frame = {
    left: MARGIN.left,
    right: WIDTH - MARGIN.right,
    top: MARGIN.top,
    bottom: height - MARGIN.bottom,
  };
  const along = (axis, from, to) => {
    const scale = axis.log ? Math.log10 : (value) => value;
    const [low, high] = [scale(axis.min), scale(axis.max)];
    return {
      to: (value) => from + ((scale(value) - low) / (high - low)) * (to - from),
      back(at) {
        const value = low + ((at - from) / (to - from)) * (high - low);
        const clipped = Math.min(high, Math.max(low, value));
        return axis.log ? 10 ** clipped : clipped;
      },
    };
  };
  let shownX = x;
  let shownY = y;
  let px = along(x, frame.left, frame.right);
  let py = along(y, frame.bottom, frame.top);
  const axes = el("svg:g", { class: "axes" });
  const content = el("svg:g");
  svg.append(axes, content);
  drawAxes();

  function drawAxes() {
    const showX = shownX.show ?? shortNumber;
    const showY = shownY.show ?? shortNumber;
    axes.replaceChildren(
      ...ticks(shownY.min, shownY.max, Boolean(shownY.log)).flatMap((value) => [
        el("svg:line", {
          class: "rule",
          x1: frame.left,
          x2: frame.right,
          y1: py.to(value),
          y2: py.to(value),
        }),
        el(
          "svg:text",
          { x: frame.left - 8, y: py.to(value) + 4, "text-anchor": "end" },
          showY(value),
        ),
      ]),
      ...(shownX.at ?? ticks(shownX.min, shownX.max, Boolean(shownX.log))).flatMap((value) => [
        el("svg:line", {
          class: "tick",
          x1: px.to(value),
          x2: px.to(value),
          y1: frame.bottom,
          y2: frame.bottom + 4,
        }),
        el(
          "svg:text",
          { x: px.to(value), y: frame.bottom + 18, "text-anchor": "middle" },
          showX(value),
        ),
      ]),
      el("svg:line", {
        class: "base",
        x1: frame.left,
        x2: frame.right,
        y1: frame.bottom,
        y2: frame.bottom,
      }),
      el(
        "svg:text",
        {
          class: "title",
          x: (frame.left + frame.right) / 2,
          y: height - 6,
          "text-anchor": "middle",
        },
        shownX.title,
      ),
      el(
        "svg:text",
        {
          class: "title",
          x: -(frame.top + frame.bottom) / 2,
          y: 14,
          transform: "rotate(-90)",
          "text-anchor": "middle",
        },
        shownY.title,
      ),
    );
  }

  const pathOf = (points) =>
    points
      .map(([a, b], i) => `${i ? "L" : "M"}${px.to(a).toFixed(1)} ${py.to(b).toFixed(1)}`)
      .join("");

  if (onPoint) {
    const tell = (event, settled) => {
      const box = svg.getBoundingClientRect();
      onPoint(
        {
          x: px.back(((event.clientX - box.left) / box.width) * WIDTH),
          y: py.back(((event.clientY - box.top) / box.height) * height),
        },
        settled,
      );
    };
    svg.onpointerdown = (event) => {
      svg.setPointerCapture(event.pointerId);
      tell(event, false);
    };
    svg.onpointermove = (event) => event.buttons && tell(event, false);
    svg.onpointerup = (event) => tell(event, true);
  }

  return {
    element: svg,
    /** Change the text alternative. */
    set label(text) {
      svg.setAttribute("aria-label", text);
    },
    /** Change the ends of the axes. */
    rescale({ x: nextX = {}, y: nextY = {} }) {
      shownX = { ...shownX, ...nextX };
      shownY = { ...shownY, ...nextY };
      px = along(shownX, frame.left, frame.right);
      py = along(shownY, frame.bottom, frame.top);
      drawAxes();
    },
    /**
     * Draw lines, marks, and an area between two lines.
     *
     * @param {object} what
     * @param {{ points: [number, number][], color?: string, dash?: string, name?: string, width?: number, faint?: boolean }[]}
     *   [what.lines] faint: one of many, which may lie over each other
     * @param {{ x: number, y: number, color?: string, name?: string, hollow?: boolean }[]} [what.marks]
     * @param {{ low: [number, number][], high: [number, number][], color?: string } | null} [what.area]
     */
    draw({ lines = [], marks = [], area = null }) {
      const parts = [];
      if (area)
        parts.push(
          el("svg:path", {
            class: "area",
            d: `${pathOf(area.low)}${pathOf([...area.high].reverse()).replace("M", "L")}Z`,
            style: area.color ? `fill: ${area.color}` : null,
          }),
        );
      for (const { points, color, dash, width, name, faint } of lines) {
        if (!points.length) continue;
        parts.push(
          el("svg:path", {
            class: faint ? "curve faint" : "curve",
            d: pathOf(points),
            "stroke-dasharray": dash ?? null,
            style: `stroke: ${color ?? "var(--ink)"}; stroke-width: ${width ?? 2.5}`,
          }),
        );
        if (!name) continue;
        const [endX, endY] = points[points.length - 1];
        parts.push(
          el(
            "svg:text",
            {
              class: "direct",
              x: px.to(endX) - 4,
              y: py.to(endY) - 8,
              "text-anchor": "end",
              style: `fill: ${color ?? "var(--ink)"}`,
            },
            name,
          ),
        );
      }
      for (const mark of marks) {
        const [cx, cy] = [px.to(mark.x), py.to(mark.y)];
        const color = mark.color ?? "var(--ink)";
        parts.push(
          el("svg:circle", {
            cx,
            cy,
            r: 6,
            class: "mark",
            style: mark.hollow
              ? `fill: var(--background); stroke: ${color}; stroke-width: 2.5`
              : `fill: ${color}`,
          }),
        );
        if (mark.name) {
          const end = cx > WIDTH * 0.75;
          parts.push(
            el(
              "svg:text",
              {
                class: "direct",
                x: cx + (end ? -10 : 10),
                y: cy - 9,
                "text-anchor": end ? "end" : "start",
                style: `fill: ${color}`,
              },
              mark.name,
            ),
          );
        }
      }
      content.replaceChildren(...parts);
    },
  };
}

/**
 * Horizontal bars with their values, and intervals where there are some.
 *
 * @param {object} options
 * @param {string} options.label text alternative
 * @param {number} options.max value of a full bar
 * @param {(value: number) => string} options.show
 */
export function barPlot({ label, max, show }) {
  const element = el("div", { class: "bars", role: "img", "aria-label": label });
  const share = (value) => `${(100 * Math.min(1, Math.max(0, value / max))).toFixed(2)}%`;
  return {
    element,
    /** Change the text alternative. */
    set label(text) {
      element.setAttribute("aria-label", text);
    },
    /** @param {{ name: string, value: number, low?: number, high?: number, color?: string, note?: string }[]} bars */
    draw(bars) {
      element.replaceChildren(
        ...bars.map(({ name, value, low, high, color, note }) =>
          el(
            "div",
            { class: "bar" },
            el("span", { class: "bar-name" }, name),
            el(
              "span",
              { class: "bar-track" },
              el("span", {
                class: "bar-fill",
                style: `width: ${share(value)}; background: ${color ?? "var(--accent)"}`,
              }),
              low === undefined || high === undefined
                ? null
                : el("span", {
                    class: "bar-interval",
                    style: `left: ${share(low)}; right: calc(100% - ${share(high)})`,
                  }),
            ),
            el("span", { class: "bar-value" }, note ? `${show(value)} ${note}` : show(value)),
          ),
        ),
      );
    },
  };
}

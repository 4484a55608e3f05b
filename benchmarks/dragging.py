"""What the benchmarks do in the page to drag a slider."""

from __future__ import annotations

DRAG = """async (viewer, [name, values]) => {
  const input = viewer.querySelector(name);
  const frame = () => new Promise(requestAnimationFrame);
  for (let i = 0; i < 20; i++) await frame();
  const started = performance.now();
  const gaps = [];
  let last = started;
  for (const value of values) {
    input.value = String(value);
    input.dispatchEvent(new Event("input"));
    const now = await frame();
    gaps.push(now - last);
    last = now;
  }
  const seconds = (performance.now() - started) / 1000;
  input.dispatchEvent(new Event("change"));
  return [values.length / seconds, gaps.sort((a, b) => a - b)[Math.floor(0.95 * gaps.length)]];
}"""
"""Function of the viewer and [selector, values]: drags the slider through the values, one a frame of the
screen. Returns the frames per second, and the 95th percentile of the milliseconds between two."""

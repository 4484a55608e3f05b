/* Lets the user draw a crop on the picture: drag a corner, an edge, the rectangle or a new one, or use
   the keyboard or the number fields. Sends the crop to Python as [left, top, width, height] in pixels of the
   original picture; null is the whole picture. */

const EDGES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const FIELDS = ["left", "top", "width", "height"];
/** The longer side of a crop over the shorter one, at most. */
const LARGEST_RATIO = 8;
const SETTLE_MS = 350;
const views = new WeakMap();

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  let view = views.get(parentElement);
  if (!view) {
    view = build(parentElement, (crop) => setStateValue("crop", crop));
    views.set(parentElement, view);
  }
  view.update(data);
}

function build(root, emit) {
  const element = (name, attributes = {}, parent = root) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    parent.append(made);
    return made;
  };
  const picker = element("div", { class: "picker" });
  const stage = element("div", { class: "stage" }, picker);
  const frame = element("div", { class: "frame" }, stage);
  const picture = element("img", { alt: "", draggable: "false" }, frame);
  const shade = element("div", { class: "shade" }, frame);
  const box = element("div", { class: "box", tabindex: "0", role: "group" }, stage);
  box.setAttribute("aria-roledescription", "crop rectangle");
  for (const edge of EDGES) element("span", { class: `handle ${edge}`, "data-edge": edge }, box);
  const strip = element("div", { class: "strip", role: "group" }, picker);
  strip.setAttribute("aria-label", "Frames of these seconds");
  const row = element("div", { class: "row" }, picker);
  const inputs = FIELDS.map((name) => {
    const label = element("label", {}, row);
    label.append(`${name[0].toUpperCase()}${name.slice(1)} (px)`);
    return element("input", { type: "number", step: "1", inputmode: "numeric" }, label);
  });
  const whole = element("button", { type: "button", class: "whole" }, row);
  whole.textContent = "Whole picture";
  const said = element("p", { class: "said", "aria-live": "polite" }, picker);

  let data = null;
  let crop = [0, 0, 1, 1];
  let shown = 0;
  let drag = null;
  let timer = 0;

  const full = () => [0, 0, data.width, data.height];
  const isWhole = () => crop[2] === data.width && crop[3] === data.height;

  /** The crop in whole pixels, inside the picture, and neither too small nor too narrow. */
  function fit([left, top, width, height]) {
    const within = (value, low, high) => Math.min(Math.max(Math.round(value), low), high);
    const leastWide = Math.min(data.least, data.width);
    const leastHigh = Math.min(data.least, data.height);
    const tall = Math.ceil(Math.min(height, data.height) / LARGEST_RATIO);
    const wide = within(width, Math.max(leastWide, tall), data.width);
    const high = within(height, Math.max(leastHigh, Math.ceil(wide / LARGEST_RATIO)), data.height);
    return [within(left, 0, data.width - wide), within(top, 0, data.height - high), wide, high];
  }

  function draw() {
    const percent = (value, of) => `${(100 * value) / of}%`;
    for (const { style } of [box, shade]) {
      style.left = percent(crop[0], data.width);
      style.top = percent(crop[1], data.height);
      style.width = percent(crop[2], data.width);
      style.height = percent(crop[3], data.height);
    }
    box.classList.toggle("all", isWhole());
    const [left, top, width, height] = crop;
    box.setAttribute(
      "aria-label",
      `${width} by ${height} pixels, ${left} from the left, ${top} from the top. ` +
        "The arrow keys move the rectangle, with Shift they resize it; Escape chooses the whole picture.",
    );
    inputs.forEach((input, i) => {
      if (input.getRootNode().activeElement !== input) input.value = crop[i];
    });
    whole.disabled = isWhole();
    said.textContent = isWhole()
      ? `The whole picture, ${data.width} × ${data.height} px`
      : `${width} × ${height} px of ${data.width} × ${data.height}, from (${left}, ${top})`;
  }

  function change(wanted) {
    crop = fit(wanted);
    draw();
  }

  /** Send the crop to Python once it has not changed for a moment. */
  function settle(wait = SETTLE_MS) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = 0;
      emit(isWhole() ? null : crop);
    }, wait);
  }

  function show(index) {
    shown = Math.min(index, data.pictures.length - 1);
    picture.src = data.pictures[shown];
    picture.alt = `The clip at ${data.times[shown].toFixed(2)} seconds`;
    [...strip.children].forEach((button, i) =>
      button.setAttribute("aria-pressed", String(i === shown)),
    );
  }

  function fillStrip() {
    strip.replaceChildren();
    data.pictures.forEach((url, i) => {
      const last = data.pictures.length - 1;
      const button = element("button", { type: "button" }, strip);
      const image = element("img", { src: url, alt: "" }, button);
      image.draggable = false;
      const time = element("span", {}, button);
      const what = i === 0 ? "first " : i === last ? "last " : "";
      time.textContent = `${what}${data.times[i].toFixed(2)} s`;
      button.setAttribute("aria-label", `Show the frame at ${data.times[i].toFixed(2)} seconds`);
      button.onclick = () => show(i);
    });
  }

  /** The point of an event in pixels of the picture. */
  function place(event) {
    const area = stage.getBoundingClientRect();
    return [
      ((event.clientX - area.left) / area.width) * data.width,
      ((event.clientY - area.top) / area.height) * data.height,
    ];
  }

  stage.onpointerdown = (event) => {
    if (event.button !== 0) return;
    const edge = event.target.dataset?.edge;
    const inside = event.target === box && !isWhole();
    drag = { from: place(event), crop: [...crop], edge: edge ?? (inside ? "move" : "new") };
    stage.setPointerCapture(event.pointerId);
    if (event.pointerType !== "touch" || drag.edge !== "new") event.preventDefault();
    box.focus({ preventScroll: true });
  };

  stage.onpointermove = (event) => {
    if (!drag) return;
    const [x, y] = place(event);
    const [dx, dy] = [x - drag.from[0], y - drag.from[1]];
    const [left, top, width, height] = drag.crop;
    if (drag.edge === "move") {
      change([left + dx, top + dy, width, height]);
    } else if (drag.edge === "new") {
      if (Math.hypot(dx, dy) < data.width / 100) return;
      const corner = [Math.min(x, drag.from[0]), Math.min(y, drag.from[1])].map((v) =>
        Math.max(v, 0),
      );
      change([...corner, Math.abs(dx), Math.abs(dy)]);
    } else {
      change(resized(drag.crop, drag.edge, dx, dy));
    }
  };

  /** A crop of which one side or corner was dragged; the other sides stay in place, also at the smallest size. */
  function resized([left, top, width, height], edge, dx, dy) {
    const least = [Math.min(data.least, data.width), Math.min(data.least, data.height)];
    const [right, bottom] = [left + width, top + height];
    const at = [left, top, right, bottom];
    if (edge.includes("w")) at[0] = Math.max(0, Math.min(left + dx, right - least[0]));
    if (edge.includes("n")) at[1] = Math.max(0, Math.min(top + dy, bottom - least[1]));
    if (edge.includes("e")) at[2] = Math.min(data.width, Math.max(right + dx, left + least[0]));
    if (edge.includes("s")) at[3] = Math.min(data.height, Math.max(bottom + dy, top + least[1]));
    return [at[0], at[1], at[2] - at[0], at[3] - at[1]];
  }

  const release = () => {
    if (!drag) return;
    const changed = drag.crop.some((value, i) => value !== crop[i]);
    drag = null;
    if (changed) settle(0);
  };
  stage.onpointerup = release;
  stage.onpointercancel = release;

  box.onkeydown = (event) => {
    if (event.key === "Escape") {
      change(full());
      settle();
      return;
    }
    const step = Math.max(1, Math.round(Math.min(data.width, data.height) / 50));
    const moves = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    const [left, top, width, height] = crop;
    const [dx, dy] = move;
    change(
      event.shiftKey ? [left, top, width + dx, height + dy] : [left + dx, top + dy, width, height],
    );
    settle();
  };

  inputs.forEach((input, i) => {
    input.onchange = () => {
      const wanted = [...crop];
      const value = Number(input.value);
      if (Number.isFinite(value)) wanted[i] = value;
      change(wanted);
      input.value = crop[i];
      settle(0);
    };
  });

  whole.onclick = () => {
    change(full());
    settle(0);
  };

  return {
    update(next) {
      const other = !data || next.pictures.join() !== data.pictures.join();
      data = next;
      stage.style.aspectRatio = `${data.width} / ${data.height}`;
      stage.style.maxWidth = `calc(${data.width / data.height} * min(60vh, 480px))`;
      inputs.forEach((input, i) => {
        input.min = i < 2 ? 0 : Math.min(data.least, i === 2 ? data.width : data.height);
        input.max = i % 2 ? data.height : data.width;
      });
      if (other) {
        fillStrip();
        show(0);
      }
      if (!drag && !timer) crop = data.crop ?? full();
      draw();
      picker.dataset.ready = "true";
    },
  };
}

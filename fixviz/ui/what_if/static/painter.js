/* Lets the user hide patches of a frame with the pointer or the keyboard. A stroke hides its cells where
   its first cell was shown, and shows them where it was hidden. The hidden cells are sent to Python when a
   stroke ends. */

const painters = new WeakMap();

export default function (component) {
  const { data, parentElement, setStateValue } = component;
  let painter = painters.get(parentElement);
  if (!painter) {
    painter = new Painter(parentElement.querySelector(".painter"));
    painters.set(parentElement, painter);
  }
  painter.send = (cells) => setStateValue("cells", cells);
  painter.show(data);
  return () => painters.delete(parentElement);
}

class Painter {
  constructor(root) {
    /** Sends the hidden cells to Python. */
    this.send = null;
    this.canvas = root.querySelector("canvas");
    this.says = root.querySelector(".says");
    this.picture = new Image();
    this.picture.onload = () => this.draw();
    this.hidden = new Set();
    this.at = null;
    this.hides = null;
    this.token = null;
    const canvas = this.canvas;
    canvas.onpointerdown = (event) => this.begin(event);
    canvas.onpointermove = (event) => this.goOn(event);
    canvas.onpointerup = () => this.end();
    canvas.onpointercancel = () => this.end();
    canvas.onkeydown = (event) => this.press(event);
    canvas.onblur = () => this.draw();
    canvas.onfocus = () => this.draw();
  }

  show(data) {
    const strokeIsOn = this.hides !== null;
    this.data = data;
    this.canvas.width = data.width;
    this.canvas.height = data.height;
    this.canvas.setAttribute("aria-label", data.label);
    // Take over the cells from Python where they are not those that this canvas sent.
    if (!strokeIsOn && this.token !== data.token) {
      this.hidden = new Set(data.cells);
      this.token = data.token;
    }
    const url = new URL(data.picture, window.location.href).href;
    if (this.picture.src !== url) this.picture.src = url;
    if (this.at === null)
      this.at = Math.floor(data.rows / 2) * data.columns + Math.floor(data.columns / 2);
    this.at = Math.min(this.at, data.rows * data.columns - 1);
    this.draw();
  }

  /**
   * The cell under the pointer, or null. Cell k reaches from k - 1/2 to k + 1/2 cell sizes: the first row
   * lies half outside the frame.
   */
  cell(event) {
    const box = this.canvas.getBoundingClientRect();
    const { width, height, rows, columns, cell_width, cell_height } = this.data;
    const x = ((event.clientX - box.left) / box.width) * width;
    const y = ((event.clientY - box.top) / box.height) * height;
    const column = Math.floor(x / cell_width + 0.5);
    const row = Math.floor(y / cell_height + 0.5);
    if (row < 0 || column < 0 || row >= rows || column >= columns) return null;
    return row * columns + column;
  }

  begin(event) {
    if (event.button !== 0) return;
    const cell = this.cell(event);
    if (cell === null) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.hides = !this.hidden.has(cell);
    this.paint(cell);
  }

  goOn(event) {
    if (this.hides === null) return;
    const cell = this.cell(event);
    if (cell !== null) this.paint(cell);
  }

  end() {
    if (this.hides === null) return;
    this.hides = null;
    this.tell();
  }

  paint(cell) {
    this.at = cell;
    if (this.hides) this.hidden.add(cell);
    else this.hidden.delete(cell);
    this.draw();
  }

  press(event) {
    const { rows, columns } = this.data;
    const row = Math.floor(this.at / columns);
    const column = this.at % columns;
    const places = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [row, 0],
      End: [row, columns - 1],
    };
    if (places[event.key]) {
      const [y, x] = places[event.key];
      if (y >= 0 && x >= 0 && y < rows && x < columns) this.at = y * columns + x;
    } else if (event.key === " " || event.key === "Enter") {
      if (this.hidden.has(this.at)) this.hidden.delete(this.at);
      else this.hidden.add(this.at);
      this.tell();
    } else {
      return;
    }
    event.preventDefault();
    this.draw();
    this.speak();
  }

  speak() {
    const { columns } = this.data;
    const state = this.hidden.has(this.at) ? "hidden" : "shown";
    this.says.textContent = `Row ${Math.floor(this.at / columns)}, column ${this.at % columns}: ${state}`;
  }

  tell() {
    this.speak();
    this.send([...this.hidden].sort((a, b) => a - b));
  }

  draw() {
    if (!this.data) return;
    const { width, height, rows, columns, cell_width, cell_height, fill } = this.data;
    const ink = this.canvas.getContext("2d");
    ink.clearRect(0, 0, width, height);
    if (this.picture.complete && this.picture.naturalWidth) {
      ink.drawImage(this.picture, 0, 0, width, height);
    }
    const box = (cell) => [
      ((cell % columns) - 0.5) * cell_width,
      (Math.floor(cell / columns) - 0.5) * cell_height,
      cell_width,
      cell_height,
    ];
    for (const cell of this.hidden) {
      ink.fillStyle = fill === "gray" ? "rgb(128 128 128)" : "rgb(128 128 128 / 0.82)";
      ink.fillRect(...box(cell));
      ink.strokeStyle = "rgb(255 255 255 / 0.9)";
      ink.lineWidth = Math.max(1, width / 260);
      const [x, y, w, h] = box(cell);
      ink.beginPath();
      ink.moveTo(x, y);
      ink.lineTo(x + w, y + h);
      ink.stroke();
    }
    ink.strokeStyle = "rgb(255 255 255 / 0.28)";
    ink.lineWidth = 1;
    ink.beginPath();
    for (let row = 0; row < rows; row++) {
      ink.moveTo(0, (row + 0.5) * cell_height);
      ink.lineTo(width, (row + 0.5) * cell_height);
    }
    for (let column = 0; column < columns; column++) {
      ink.moveTo((column + 0.5) * cell_width, 0);
      ink.lineTo((column + 0.5) * cell_width, height);
    }
    ink.stroke();
    if (this.canvas.matches(":focus-visible")) {
      const around = Math.max(2, width / 130);
      ink.lineWidth = around * 2;
      ink.strokeStyle = "black";
      ink.strokeRect(...box(this.at));
      ink.lineWidth = around;
      ink.strokeStyle = "white";
      ink.strokeRect(...box(this.at));
    }
  }
}

/* Records clips of the camera and sends each to the page. Nothing is recorded before somebody asks for it. */

import { el, loadStyles, setText } from "../../player/dom.js";
import { mountOf } from "../../player/mounting.js";
import { asBase64, obstacle, openCamera, reason, record } from "./camera.js";

const BURST = 5;
const COUNTDOWN = 3;
const PAUSE_S = 1;

class Recorder {
  constructor(parent) {
    const own = loadStyles(new URL("styles.css", import.meta.url).href);
    this.stream = null;
    this.work = null;
    this.chosen = null;
    this.sent = 0;
    this.video = el("video", { muted: true, playsinline: true, autoplay: true });
    this.video.muted = true;
    this.screen = el("div", { class: "screen" }, this.video);
    this.bar = el("div", { class: "bar" });
    this.says = el("p", { class: "says", role: "status" });
    this.failure = el("p", { class: "failure", role: "alert" });
    this.choice = el("fieldset", { class: "choice" });
    this.buttons = el("div", { class: "buttons" });
    this.note = el("p", { class: "note" });
    this.panel = el(
      "div",
      { class: "panel" },
      this.choice,
      this.buttons,
      this.says,
      this.failure,
      this.note,
    );
    this.root = el(
      "section",
      { class: "recorder", style: "visibility: hidden" },
      own.link,
      this.screen,
      this.panel,
    );
    parent.append(this.root);
    own.ready.then(() => this.root.style.removeProperty("visibility"));
  }

  update({ data, setTriggerValue }) {
    this.send = (clip) => setTriggerValue("clip", clip);
    const key = JSON.stringify(data);
    if (key === this.key) return;
    this.key = key;
    this.data = data;
    this.root.setAttribute("aria-label", data.words.title);
    this.video.setAttribute("aria-label", data.words.preview);
    if (!data.classes.some(({ id }) => id === this.chosen)) {
      this.chosen = data.classes[0]?.id ?? null;
    }
    this.drawChoice();
    this.draw();
  }

  word(key, values = {}) {
    const text = this.data.words[key];
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  }

  drawChoice() {
    const focused = this.root.getRootNode().activeElement?.value;
    const options = this.data.classes.map(({ id, name }) => {
      const radio = el("input", { type: "radio", name: "class", value: id });
      radio.checked = id === this.chosen;
      radio.disabled = this.work !== null;
      radio.onchange = () => {
        this.chosen = id;
      };
      return el("label", {}, radio, el("span", {}, name));
    });
    this.choice.replaceChildren(el("legend", {}, this.word("record_for")), ...options);
    this.choice.hidden = this.stream === null;
    if (focused) this.choice.querySelector(`input[value="${CSS.escape(focused)}"]`)?.focus();
  }

  draw() {
    const on = this.stream !== null;
    this.screen.hidden = !on;
    setText(this.note, on ? this.word("mirrored") : "");
    for (const radio of this.choice.querySelectorAll("input")) radio.disabled = this.work !== null;
    this.choice.hidden = !on;
    const { seconds } = this.data;
    const wanted = !on
      ? [["turn_on", () => this.turnOn(), true]]
      : this.work !== null
        ? [["stop", () => this.work.abort(), true]]
        : [
            ["record_one", () => this.burst(1), true],
            ["record_five", () => this.burst(BURST), false],
            ["turn_off", () => this.turnOff(), false],
          ];
    const key = `${wanted.map(([name]) => name)}|${this.data.words.stop}`;
    if (key === this.shown) return;
    this.shown = key;
    const had = this.buttons.contains(this.root.getRootNode().activeElement);
    this.buttons.replaceChildren(
      ...wanted.map(([name, onclick, primary]) =>
        el(
          "button",
          { type: "button", onclick, class: primary ? "primary" : null, "data-do": name },
          this.word(name, { seconds }),
        ),
      ),
    );
    if (had) this.buttons.querySelector("button").focus();
  }

  fail(key) {
    setText(this.failure, key === null ? "" : this.word(key));
  }

  async turnOn() {
    const why = obstacle();
    this.fail(why);
    if (why !== null) return;
    try {
      const stream = await openCamera();
      if (!this.root.isConnected) {
        stopAll(stream);
        return;
      }
      this.stream = stream;
    } catch (error) {
      this.fail(reason(error));
      return;
    }
    this.video.srcObject = this.stream;
    this.stream.getVideoTracks()[0].onended = () => {
      this.turnOff();
      this.fail("lost");
    };
    this.draw();
  }

  turnOff() {
    this.work?.abort();
    if (this.stream !== null) stopAll(this.stream);
    this.stream = null;
    this.video.srcObject = null;
    setText(this.says, "");
    this.draw();
  }

  /** Record some clips for the chosen class, one after the other. */
  async burst(count) {
    const work = new AbortController();
    this.work = work;
    this.fail(null);
    this.draw();
    const { id, name } = this.data.classes.find((one) => one.id === this.chosen);
    // A clip that is tried is answered at once, so that one is enough.
    const wanted = id === this.data.tryId ? 1 : count;
    try {
      for (let number = 1; number <= wanted; number++) {
        await this.countDown(number === 1 ? COUNTDOWN : PAUSE_S, work.signal);
        setText(this.says, this.word("recording", { number, count: wanted }));
        this.showProgress(this.data.seconds);
        const blob = await record(this.stream, this.data.seconds, work.signal);
        const data = await asBase64(blob);
        this.sent += 1;
        this.send({ class: id, type: blob.type, data, number: this.sent });
        setText(this.says, this.word("sent", { number, count: wanted, name }));
      }
    } catch (error) {
      setText(this.says, "");
      if (error.message === "lost") this.fail("lost");
      else if (error.message !== "stopped") this.fail("busy");
    } finally {
      this.bar.remove();
      this.work = null;
      this.draw();
    }
  }

  async countDown(seconds, signal) {
    for (let left = seconds; left > 0; left--) {
      setText(this.says, this.word("get_ready", { count: left }));
      await pause(1, signal);
    }
  }

  showProgress(seconds) {
    this.bar.remove();
    this.bar.style.animationDuration = `${seconds}s`;
    this.screen.append(this.bar);
  }

  close() {
    this.turnOff();
    this.root.remove();
  }
}

function stopAll(stream) {
  for (const track of stream.getTracks()) {
    track.onended = null;
    track.stop();
  }
}

function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Error("stopped"));
    });
  });
}

export const mount = mountOf(Recorder);

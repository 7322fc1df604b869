// The view in which one draws: a pad, what is read while the pen still moves, how sure, and why.

import { Bars, formCanvas, make, percent, showForm, tell } from "./elements.js";
import { Correcting } from "./correcting.js";
import { Newest } from "./newest.js";
import { Pad } from "./pad.js";
import { showWhy } from "./why.js";

/** The network that a course begins with, and beside it the best one. */
const TEXTBOOK = "dense-128-64", BEST = "cnn-best";

export class DrawView {
  constructor(element, reader) {
    this.element = element;
    this.reader = reader;
    this.answer = null;
    this.chosen = 0;
    this.compares = false;
    const failed = (error) => this.#failed(error);
    this.asking = new Newest((picture) => this.#read(picture), (answer) => this.#show(answer), failed, "answer");
    this.looking = new Newest((answer) => this.#look(answer), (_, answer) => { if (answer === this.answer) this.#choose(this.chosen); }, failed);
    this.#build();
  }

  #build() {
    const canvas = make("canvas", {
      class: "paper", tabindex: "0", role: "img",
      "aria-label": "Drawing pad. Draw with mouse, finger or pen; or move with the arrow keys, Space lowers and lifts the pen.",
    });
    this.hint = make("p", { class: "hint", "aria-hidden": "true" }, this.reader.readsPages ? "Draw a digit, or a number" : "Draw a digit");
    this.undo = tool("Undo", "Ctrl+Z", "M9 7 4 12l5 5M4 12h10a6 6 0 0 1 0 12", () => this.pad.undo());
    this.redo = tool("Redo", "Ctrl+Shift+Z", "m19 7 5 5-5 5M24 12H14a6 6 0 0 0 0 12", () => this.pad.redo());
    this.clear = tool("Clear", "Esc", "M7 7l14 14M21 7 7 21", () => this.pad.clear());
    const width = make("input", {
      type: "range", min: "8", max: "70", value: "36", "aria-label": "Pen width", class: "width",
      oninput: () => { this.pad.width = width.value / 1000; },
    });
    this.ground = make("button", { class: "tool", "aria-pressed": "false", title: "Chalk on a dark ground", onclick: () => this.#turnGround() }, "Chalk");
    this.text = make("output", { class: "answer", "aria-live": "polite", "aria-label": "What is read" });
    this.doubt = make("p", { class: "doubt" });
    this.marks = make("div", { class: "marks", role: "group", "aria-label": "The marks that were read" });
    this.bars = new Bars();
    this.form = formCanvas(null, "What the network sees: the digit in 28 by 28 pixels");
    this.why = make("button", { class: "quiet", onclick: () => this.#explain() }, "Why?");
    this.correcting = new Correcting(this.reader, "It is");
    this.both = [TEXTBOOK, BEST].map((name) => new Asked(name));
    this.panel = make("div", { class: "panel" },
      make("div", { class: "said" }, this.text, make("div", { class: "beside" }, this.doubt, this.marks)),
      this.alone = make("div", { class: "evidence" },
        this.bars.element,
        make("figure", { class: "seen" }, this.form, make("figcaption", {}, "What the network sees"), this.why)),
      this.pair = make("div", { class: "pair", hidden: true }, this.both.map((one) => one.element)),
      this.correcting.element,
    );
    this.compare = make("input", { type: "checkbox", id: "compare", role: "switch", onchange: () => this.#turnCompare() });
    this.element.append(
      make("h1", { id: "draw-title" }, "Draw"),
      make("p", { class: "lead" }, this.reader.readsPages ? "A digit, or a number. The answer follows the pen." : "A digit. The answer follows the pen."),
      make("div", { class: "drawing" },
        make("div", { class: "pad" },
          make("div", { class: "sheet" }, canvas, this.hint),
          make("div", { class: "tools", role: "toolbar", "aria-label": "Drawing" },
            this.undo, this.redo, this.clear, make("label", { class: "pen" }, make("span", {}, "Pen"), width), this.ground),
          make("label", { class: "switch", for: "compare" }, this.compare, make("span", {}, "Side by side: the textbook network and the best one"))),
        this.panel),
    );
    this.pad = new Pad(canvas);
    this.pad.addEventListener("change", () => this.#changed());
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#show(null);
  }

  shown() { this.pad.redraw(); }

  #key(event) {
    if (this.element.hidden || document.querySelector("dialog[open]")) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "z") (event.shiftKey ? this.pad.redo() : this.pad.undo()), event.preventDefault();
    else if (command && event.key.toLowerCase() === "y") this.pad.redo(), event.preventDefault();
    else if (event.key === "Escape") this.pad.clear();
    else if (!command && !event.altKey && /^[0-9]$/.test(event.key)) this.correcting.give(Number(event.key));
  }

  #turnGround() {
    const isDark = this.ground.getAttribute("aria-pressed") !== "true";
    this.ground.setAttribute("aria-pressed", String(isDark));
    this.pad.canvas.classList.toggle("dark", isDark);
    this.pad.redraw();
  }

  #turnCompare() {
    this.compares = this.compare.checked;
    this.alone.hidden = this.compares;
    this.pair.hidden = !this.compares;
    this.#changed();
  }

  #changed() {
    this.undo.disabled = !this.pad.canUndo;
    this.redo.disabled = !this.pad.canRedo;
    this.clear.disabled = !this.pad.hasInk;
    this.hint.hidden = this.pad.hasInk;
    this.asking.put(this.pad.picture());
  }

  /** What a picture says. */
  async #read(picture) {
    if (!picture) return null;
    const [reading] = await this.reader.readDrawing(picture);
    if (reading.error) throw new Error(reading.error);
    return { reading, picture, marks: reading.numbers.flatMap((number) => number.marks) };
  }

  /** What the networks say to its digits, noted at each. */
  async #look({ marks }) {
    const digits = marks.filter((mark) => mark.form);
    if (!digits.length) return;
    const forms = new Uint8Array(digits.length * 784);
    digits.forEach((mark, place) => forms.set(mark.form, place * 784));
    if (this.compares) {
      const both = await Promise.all(this.both.map((one) => this.reader.classify(forms, one.name)));
      digits.forEach((mark, place) => { mark.both = both.map(({ answers }) => answers[place]); });
      return;
    }
    const { answers, model } = await this.reader.classify(forms);
    digits.forEach((mark, place) => Object.assign(mark, { probabilities: answers[place].probabilities, model }));
  }

  #show(answer) {
    this.answer = answer;
    const { numbers = [], unread = [] } = answer?.reading ?? {};
    const text = numbers.map((number) => number.text).join("  ");
    const guess = (answer?.marks ?? []).map((mark) => mark.text).join("");
    const unsure = numbers.map((number) => number.unsure).find(Boolean);
    this.text.value = text || (answer ? "–" : "");
    this.text.classList.toggle("unsure", Boolean(unsure) || (answer !== null && !numbers.length));
    this.text.classList.toggle("long", text.length > 3);
    this.doubt.textContent = !answer ? "" : !numbers.length ? (unread[0] ? `No number: ${unread[0].why}.` : "This looks like no digit.")
      : numbers[0].asCorrected ? "As you named a digit like it" : unsure ? `Not sure. If it has to be one: ${guess}. ${sentence(unsure)}` : `${percent(numbers[0].confidence)} sure`;
    this.marks.replaceChildren(...(answer && answer.marks.length > 1 ? answer.marks.map((mark, place) => this.#chip(mark, place)) : []));
    this.chosen = Math.max(0, (answer?.marks ?? []).findIndex((mark) => mark.form && mark.unsure));
    if (answer?.marks.length && !answer.marks[this.chosen]?.form) this.chosen = Math.max(0, answer.marks.findIndex((mark) => mark.form));
    this.#choose(this.chosen);
    this.why.disabled = !answer;
    if (answer) this.looking.put(answer);
  }

  #chip(mark, place) {
    return make("button", {
      class: `chip${mark.unsure ? " unsure" : ""}`, disabled: !mark.form, onclick: () => this.#choose(place),
      "aria-label": `${mark.text}, ${percent(mark.confidence)}${mark.unsure ? ", unsure" : ""}`,
    }, mark.text);
  }

  /** Shows the evidence of one mark. */
  #choose(place) {
    this.chosen = place;
    const mark = this.answer?.marks[place] ?? null;
    [...this.marks.children].forEach((chip, at) => chip.setAttribute("aria-pressed", String(at === place)));
    showForm(this.form, mark?.form ?? null);
    if (mark?.probabilities || !mark?.form) this.bars.show(mark?.probabilities ?? null); // until they come, the last ones stay
    if (mark?.both || !mark?.form) this.both.forEach((one, at) => one.show(mark?.both?.[at] ?? null));
    this.correcting.of(mark?.form ? { pixels: mark.form, said: Number(mark.text), confidence: mark.confidence, model: mark.model ?? null } : null);
  }

  #failed(error) {
    this.doubt.textContent = error.message;
  }

  async #explain() {
    if (!this.answer) return;
    try {
      await showWhy(this.reader, await blobOf(this.answer.picture), this.answer.marks[this.chosen] ?? null);
    } catch (error) {
      tell(error.message);
    }
  }
}

/** One network's column beside another's. */
class Asked {
  constructor(name) {
    this.name = name;
    this.text = make("output", { class: "answer small", "aria-label": `What ${name} says` });
    this.sure = make("p", { class: "doubt" });
    this.bars = new Bars(`How likely each digit is to ${name}`);
    this.element = make("article", { class: "asked" },
      make("h2", {}, name === TEXTBOOK ? "Textbook network" : "Best network", make("small", {}, name)),
      make("div", { class: "said" }, this.text, this.sure), this.bars.element);
  }

  show(answer) {
    this.text.value = answer ? String(answer.digit) : "–";
    this.sure.textContent = answer ? `${percent(answer.confidence)} sure` : "";
    this.bars.show(answer?.probabilities ?? null);
  }
}

export const blobOf = (canvas) => new Promise((resolve) => canvas.toBlob(resolve, "image/png"));

const sentence = (reason) => `${reason[0].toUpperCase()}${reason.slice(1)}.`;

function tool(label, keys, path, act) {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("viewBox", "0 0 28 28");
  icon.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  icon.append(line);
  return make("button", { class: "tool", title: `${label} (${keys})`, "aria-label": label, disabled: true, onclick: act }, icon);
}

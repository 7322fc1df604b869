// The view of the networks: how accurate, with what interval, how large, how fast, how sturdy.

import { draw, make, tell } from "./elements.js";

/** Errors in percent that the scale shows: from none to those of the textbook network. */
const SCALE = 2.6;

export class ModelsView {
  constructor(element, reader) {
    this.element = element;
    this.reader = reader;
    this.cards = make("div", { class: "cards" });
    this.element.append(
      make("h1", { id: "models-title" }, "Models"),
      make("p", { class: "lead" }, "Measured on MNIST's 10,000 test digits; the bar is the 95 % interval of the errors."),
      this.cards);
  }

  async shown() {
    if (this.cards.children.length) return;
    this.cards.append(make("p", { class: "waiting" }, "Asking …"));
    try {
      const { models, active } = await this.reader.models();
      this.cards.replaceChildren(...models.map((model) => card(model, active)));
    } catch (error) {
      this.cards.replaceChildren();
      tell(error.message);
    }
  }
}

function card(model, active) {
  const rows = [
    ["Parameters", model.parameters?.toLocaleString("en")],
    ["Size", model.bytes && `${(model.bytes / 1e6).toFixed(2)} MB`],
    ["One digit", model.microseconds?.single && `${model.microseconds.single.toFixed(0)} µs`],
    ["In a batch", model.microseconds?.batch && `${model.microseconds.batch.toFixed(1)} µs`],
    ["Corrupted digits", model.robustness && `${(100 * model.robustness.mean).toFixed(1)} %`],
  ].filter(([, value]) => value);
  return make("article", { class: `card${model.name === active ? " active" : ""}`, "aria-label": model.name },
    make("h2", {}, model.name, model.name === active ? make("small", { class: "badge" }, "reads here") : ""),
    make("p", { class: "figure" }, model.accuracy === null || model.accuracy === undefined ? "–" : `${(100 * model.accuracy).toFixed(2)} %`),
    model.interval ? interval(model) : null,
    model.interval ? make("p", { class: "small" }, `${(100 * model.interval[0]).toFixed(2)} to ${(100 * model.interval[1]).toFixed(2)} %, n = ${model.n?.toLocaleString("en") ?? "10,000"}`) : null,
    make("dl", {}, rows.map(([name, value]) => [make("dt", {}, name), make("dd", {}, value)])));
}

/** Errors on a line from 0 to SCALE percent: the interval as a bar, the measured value as a dot. */
function interval({ accuracy, interval: [low, high] }) {
  const at = (share) => Math.min(100, (100 * 100 * (1 - share)) / SCALE);
  return draw("svg", { viewBox: "0 0 100 8", class: "interval", role: "img", "aria-label": `${(100 * (1 - accuracy)).toFixed(2)} % errors` },
    draw("line", { x1: 0, x2: 100, y1: 4, y2: 4, class: "axis" }),
    draw("line", { x1: at(high), x2: at(low), y1: 4, y2: 4, class: "span" }),
    draw("circle", { cx: at(accuracy), cy: 4, r: 2.2 }));
}

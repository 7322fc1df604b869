// Why was it read so? What each network saw, in pictures and in plain sentences.

import { Bars, formCanvas, make, percent } from "./elements.js";

/**
 * Opens the explanation of a picture, or of one of its numbers.
 *
 * @param reader who explains.
 * @param file the picture.
 * @param mark a digit that was read in it, shown until the explanation comes; null for none.
 * @param where which number of which page, as `reader.explain` takes it.
 */
export async function showWhy(reader, file, mark, where = {}) {
  const body = make("div", { class: "why" }, make("p", { class: "waiting" }, "Looking again …"));
  const dialog = make("dialog", { class: "sheet-dialog", "aria-labelledby": "why-title", onclose: () => dialog.remove() },
    make("form", { method: "dialog", class: "dialog-top" },
      make("h2", { id: "why-title" }, "Why?"), make("button", { class: "quiet", "aria-label": "Close" }, "Close")),
    body);
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  document.body.append(dialog);
  dialog.showModal();
  try {
    const found = await reader.explain(file, where);
    const ofOne = where.number === undefined ? null : found.numbers[0]?.words; // who asks about one number hears of that
    body.replaceChildren(...explained({ ...found, words: ofOne ?? found.words }, mark));
  } catch (error) {
    body.replaceChildren(make("p", { class: "error" }, error.message));
  }
}

function explained(found, mark) {
  const [digit] = found.digits ?? [];
  return [
    make("ul", { class: "sentences" }, (found.words ?? []).map((sentence) => make("li", {}, sentence))),
    digit && ofDigit(digit, mark),
    ...(found.numbers ?? []).map(ofNumber),
    found.finder_map && figure(picture(found.finder_map, "The finder's map"), "Where the finder saw numbers"),
    make("p", { class: "small" }, `Explained with the network ${found.model}.`),
  ].filter(Boolean);
}

/** One digit: the form, where the network looked, ten bars, the nearest digits it has learnt from. */
function ofDigit(digit, mark) {
  const form = mark?.form ?? null, bars = new Bars();
  bars.show(digit.probabilities);
  return make("div", { class: "digit-why" },
    make("div", { class: "forms" },
      form ? figure(formCanvas(form, "The digit in 28 by 28 pixels"), "What the network saw")
        : digit.form && figure(picture(digit.form, "The digit in 28 by 28 pixels"), "What the network saw"),
      form && digit.occlusion && figure(formCanvas(form, "Where the network looked", digit.occlusion.falls), "Where it looked: without the orange, it would be less sure")),
    bars.element,
    digit.nearest?.pictures && make("div", { class: "nearest" }, make("h3", {}, "The nearest digits it knows"),
      make("div", { class: "row" }, digit.nearest.pictures.map((one, at) => figure(picture(one, `A ${digit.nearest.labels[at]}`), `${digit.nearest.labels[at]}`)))),
    digit.others?.length ? make("p", { class: "small" }, `Looked at in another way: ${digit.others.map((one) => `${one.text} (${percent(one.confidence)})`).join(", ")}.`) : null,
  );
}

/** One number: its strip, and what else it may say. */
function ofNumber(number) {
  return make("article", { class: "number-why" },
    make("h3", {}, number.marks.map((mark) => make("span", { class: mark.unsure ? "unsure" : "" }, mark.text))),
    number.strip?.picture && figure(picture(number.strip.picture, "The number's strip"), "The strip that the line reader saw"),
    number.alternatives?.length ? make("p", { class: "small" }, "It might also say ",
      number.alternatives.slice(0, 3).map(({ text, confidence }, at) => [at ? ", " : "", make("b", {}, text || "nothing"), ` (${percent(confidence)})`]), ".") : null,
    make("table", { class: "voices" },
      make("thead", {}, make("tr", {}, ["Mark", "Sure", "Line reader", "Digit network", "Or"].map((name) => make("th", { scope: "col" }, name)))),
      make("tbody", {}, number.marks.map((one) => make("tr", { class: one.unsure ? "unsure" : "" },
        make("th", { scope: "row" }, one.text), make("td", {}, percent(one.confidence)), make("td", {}, percent(one.line_reader)), make("td", {}, percent(one.digit_network)),
        make("td", {}, one.alternatives.filter(({ confidence }) => confidence >= 0.005).slice(0, 2).map((other) => `${other.text} ${percent(other.confidence)}`).join(", ")))))),
  );
}

const picture = (address, label) => make("img", { src: address, alt: label, class: "pixels" });
const figure = (shown, caption) => make("figure", {}, shown, make("figcaption", {}, caption));

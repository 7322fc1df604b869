// A picture of one digit → its reading, as `digits read --layout digit --json` prints it, with the digit's form.

import { findLooks } from "./looks.js";
import { boundingBox } from "./opencv.js";

const SCHEMA = 2, ALTERNATIVES = 3;

/**
 * What a picture says; beside it the looks that the answer was chosen from, the best first.
 *
 * @param network a `Network`.
 * @param picture {width, height, channels}: bytes, grey or red, green and blue.
 * @param name what it is called.
 */
export async function readDigit(network, picture, name) {
  const looks = await findLooks(network, picture);
  const numbers = looks.length ? [numberOf(network, looks[0])] : [];
  return { reading: { schema: SCHEMA, picture: name, page: 0, numbers, unread: [], error: null }, looks };
}

function numberOf(network, look) {
  const unsure = network.unsure(look.confidence, look.digitness), text = String(look.answer);
  const [left, top, width, height] = boundingBox(look.strokes), { scale } = look.ink;
  const [x, y] = [Math.floor(left / scale), Math.floor(top / scale)];
  const box = [x, y, Math.max(1, Math.round((left + width) / scale) - x), Math.max(1, Math.round((top + height) / scale) - y)];
  const order = look.probabilities.map((_, digit) => digit).sort((one, other) => look.probabilities[other] - look.probabilities[one]);
  const alternatives = order.filter((digit) => digit !== look.answer).slice(0, ALTERNATIVES);
  const mark = {
    text, confidence: look.confidence, box, unsure, kind: "digit", digitness: look.digitness, form: look.form.image,
    alternatives: alternatives.map((digit) => ({ text: String(digit), confidence: look.probabilities[digit] })),
  };
  const shared = { confidence: look.confidence, line: 0, box, corners: null, field: null, name: null, unsure, value: null, note: null };
  return { text: unsure ? "?" : text, ...shared, marks: [mark], digits: [mark] };
}

// One digit in a picture, looked for in several ways, as in `digits/reading/digit/looks.py`: the same steps and constants.

import { findInk, greyOf, NARROW, polarities, WIDE } from "./ink.js";
import { INK, inForm, SIDE, strokeWidth, toForm } from "./mnist-form.js";
import { boundingBox, dilated, image } from "./opencv.js";
import { oneDigit, withoutRuledLines } from "./segment.js";

const CLEAR = 0.95, A_DIGIT = 0.9, SECOND_LOOK = 0.5, SECOND_ONE = 0.1, SUREST = 0.999;
const GREY = 0.3, GREY_COUNTS = 10, SCRATCH = 50, MUCH_INK = 0.5, FULL = 0.3;

/**
 * The ways in which one digit was looked for, the best first; empty if there is no ink.
 *
 * @param network a `Network`.
 * @param picture {width, height, channels}.
 */
export async function findLooks(network, picture) {
  const found = [];
  for await (const ways of waysOf(network, picture)) {
    found.push(...ways);
    if (Math.max(...found.map(({ look }) => certainty(look))) >= CLEAR) break;
  }
  found.sort((one, other) => other.weight - one.weight);
  if (found.length) {
    const [best, ...others] = found;
    const rival = Math.max(0, ...others.filter(({ look }) => look.answer !== best.look.answer).map(({ weight }) => weight));
    best.look.share = best.weight / (best.weight + rival);
  }
  return found.map(({ look }) => ({ ...look, confidence: confidence(look) }));
}

const confidence = (look) => look.share * Math.max(...look.probabilities);
const certainty = (look) => confidence(look) * (look.digitness ?? 1);

async function* waysOf(network, picture) {
  const grey = greyOf(picture), whole = await asItIs(network, grey);
  if (whole) yield [{ weight: weightOf(whole), look: whole }];
  const [likelier, ...other] = polarities(picture);
  const wide = (await looksOf(network, picture, likelier, WIDE)).map((look) => ({ weight: weightOf(look), look }));
  const isDigit = wide.some(({ look }) => (look.digitness ?? 0) >= A_DIGIT);
  for (const light of other) wide.push(...(await looksOf(network, picture, light, WIDE)).map((look) => second(look, true)));
  if (wide.length) yield wide;
  if (isDigit) return;
  const narrow = [];
  for (const light of [likelier, ...other]) {
    narrow.push(...(await looksOf(network, picture, light, NARROW)).map((look) => second(look, light !== likelier)));
  }
  if (narrow.length) yield narrow;
}

/** What is seen with light or dark ink and a reach of the paper: with ruled lines, and without them. */
async function looksOf(network, picture, light, reach) {
  const ink = findInk(picture, light, reach);
  if (!ink) return [];
  const ruled = withoutRuledLines(ink), looks = [];
  for (const mask of ruled ? [ink.mask, ruled] : [ink.mask]) {
    const strokes = oneDigit(ink, mask);
    if (!strokes) continue;
    const words = [light ? "light ink on a dark ground" : "dark ink on a light ground"];
    if (reach === NARROW) words.push("a shadow taken away");
    if (mask !== ink.mask) words.push("ruled lines taken away");
    looks.push(againstGrey(await answered(network, ink, strokes, toForm(strokes), words)));
  }
  return looks;
}

/** A picture that is in MNIST's form already, or the negative of such a one; null for any other. */
async function asItIs(network, grey) {
  for (const light of [true, false]) {
    const pixels = light ? grey.data : grey.data.map((value) => 255 - value);
    if (!inForm({ ...grey, data: pixels })) continue;
    const mask = image(SIDE, SIDE, pixels.map((value) => (value >= INK ? 1 : 0)));
    const ink = { mask, contrast: image(SIDE, SIDE, pixels), light, scale: 1, strokeWidth: strokeWidth(mask) };
    return answered(network, ink, mask, { image: pixels, strokeWidth: ink.strokeWidth / 20, corrected: 1 }, [light ? "light ink on a dark ground" : "dark ink on a light ground"]);
  }
  return null;
}

async function answered(network, ink, strokes, form, words) {
  const { probabilities, digitness: given, features } = await network.answer(form.image);
  const digitness = given !== null && form.corrected > SCRATCH ? 0.5 * given : given;
  const corrected = form.corrected === 1 ? words : [...words, `strokes ${form.corrected > 1 ? "widened" : "narrowed"} to ${form.corrected.toFixed(1)} times their width`];
  return { ink, strokes, form, corrected, probabilities, digitness, features, share: 1, answer: probabilities.indexOf(Math.max(...probabilities)) };
}

/** The look, its digitness less where much in its box is neither ink nor paper. */
function againstGrey(look) {
  const { contrast, strokeWidth: stroke } = look.ink, [left, top, width, height] = boundingBox(look.strokes);
  const inBox = ({ data, width: all }) => { const part = new Uint8Array(width * height); for (let row = 0; row < height; row++) part.set(data.subarray((top + row) * all + left, (top + row) * all + left + width), row * width); return image(width, height, part); };
  const levels = inBox(contrast).data, strokes = inBox(look.strokes), around = dilated(strokes, Math.max(3, Math.floor(stroke / 2) | 1)).data;
  let ink = 0, count = 0;
  strokes.data.forEach((one, at) => { if (one) ink += levels[at], count++; });
  const bound = (GREY * ink) / count;
  let beside = 0, grey = 0;
  around.forEach((one, at) => { if (!one) beside++, grey += levels[at] > bound; });
  const share = beside ? grey / beside : 0;
  if (look.digitness === null) return { ...look, grey: share };
  const against = (1 - look.digitness) * Math.exp(GREY_COUNTS * share);
  return { ...look, grey: share, digitness: look.digitness / (look.digitness + against) };
}

function weightOf(look) {
  let odds = 1;
  if (look.digitness !== null) {
    const digitness = Math.min(Math.max(look.digitness, 1 - SUREST), SUREST);
    odds = digitness / (1 - digitness);
  }
  const filled = look.strokes.data.reduce((sum, one) => sum + one, 0) / look.strokes.data.length;
  return odds * confidence(look) * (filled < MUCH_INK ? 1 : FULL);
}

/** An unlikelier look: less weight, and less of a digit if it found a 1 or has ink and paper exchanged. */
function second(look, insideOut) {
  const weight = (look.answer === 1 ? SECOND_ONE : SECOND_LOOK) * weightOf(look);
  const halved = look.digitness !== null && (insideOut || look.answer === 1);
  return { weight, look: halved ? { ...look, digitness: 0.5 * look.digitness } : look };
}

// Who reads: this browser, with the same networks, by ONNX Runtime. Answers to the same calls as `server.js`.
//
// Notable choices:
// - one digit a picture, as `digits read --layout digit`: the finder and the line reader stay with the server;
// - a digit that resembles one that was corrected is what it was corrected to: the nearest neighbour in the network's
//   features. The bound lets few neighbours count, and hardly ever a wrong one;
// - ONNX Runtime takes threads where the host isolates the page (COOP and COEP), and one where it does not.

import * as kept from "./kept.js";
import { findLooks } from "./reading/looks.js";
import { Network } from "./reading/network.js";
import { readDigit } from "./reading/read.js";

/**
 * The cosine of two digits' features from which on one is named as the other was corrected. Of the sample's 5,000
 * digits with 50 of them as corrections, 40 times: 20 % have so near a neighbour, 2 of 38,950 with another label, and
 * no right answer became wrong (at 0.8: 6 did).
 */
const ALIKE = 0.85;
/** Pixels of a picture's longer side at the most: a digit needs no more, and a phone's photo is twenty times as many. */
const LONGEST = 640;
/** Of an occlusion, as in digits/explaining/occlusion.py. */
const PATCH = 6, STEP = 2, SIDE = 28;

export class Browser {
  readsPages = false;
  where = "Read in this browser; no picture leaves it";
  limits = "This version reads pictures of one digit. Pages, numbers of several digits and PDFs take the server: digits serve.";
  keeps = "They are kept in this browser alone: a digit like one of them is named as you said.";
  exports = [{ label: "as JSON", name: "corrections.json", content: async () => JSON.stringify(await kept.all((bytes) => Array.from(bytes))) }];
  #runtime = null;
  #networks = new Map();

  /** Starts to fetch what the first answer takes. */
  constructor() {
    this.#network().catch(() => {}); // who asks is told
  }

  async #ort() {
    this.#runtime ??= (async () => {
      const ort = await import("./onnxruntime-web/ort.wasm.min.mjs");
      ort.env.wasm.wasmPaths = new URL("./onnxruntime-web/", import.meta.url).href;
      ort.env.wasm.numThreads = self.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency || 1) : 1;
      ort.env.logLevel = "error";
      return ort;
    })();
    return this.#runtime;
  }

  /** The network of a name, or the one that reads; fetched once. */
  async #network(name = null) {
    const { networks, active } = await this.#described();
    const wanted = name ?? active;
    if (!this.#networks.has(wanted)) {
      const description = networks.find((one) => one.name === wanted);
      this.#networks.set(wanted, (async () => {
        const [ort, model] = await Promise.all([this.#ort(), bytesOf(`networks/${wanted}.onnx`)]);
        return Network.of(ort, model, description);
      })());
    }
    return this.#networks.get(wanted);
  }

  async #described() {
    this.described ??= fetch(here("networks/networks.json")).then((answer) => answer.json());
    return this.described;
  }

  /** The reading of a file: one digit. */
  async read(file, options = {}, onProgress = null) {
    onProgress?.(0.3);
    const picture = await pictureOf(file);
    onProgress?.(1);
    return [await this.#read(picture.pixels, file.name, picture.scale)];
  }

  async readDrawing(canvas) {
    return [await this.#read(pixelsOf(canvas), "drawing", 1)];
  }

  async #read(picture, name, scale) {
    const network = await this.#network(), { reading, looks } = await readDigit(network, picture, name);
    if (scale !== 1) scaled(reading, scale);
    if (looks.length) await asCorrected(reading.numbers[0], looks[0].features);
    return reading;
  }

  async classify(forms, model = null) {
    const network = await this.#network(model), answers = [];
    for (let at = 0; at < forms.length; at += SIDE * SIDE) {
      const { probabilities, digitness } = await network.answer(forms.slice(at, at + SIDE * SIDE));
      const confidence = Math.max(...probabilities);
      answers.push({ digit: probabilities.indexOf(confidence), confidence, probabilities, digitness, unsure: network.unsure(confidence, digitness) });
    }
    return { model: network.name, answers };
  }

  /** What the network saw, where it looked, and why it is not sure. */
  async explain(file) {
    const network = await this.#network(), looks = await findLooks(network, (await pictureOf(file)).pixels);
    if (!looks.length) return { model: network.name, digits: [], numbers: [], words: ["Nothing was found: there is no ink."] };
    const [look, ...others] = looks, unsure = network.unsure(look.confidence, look.digitness);
    return {
      model: network.name, numbers: [],
      words: wordsOf(look, unsure),
      digits: [{
        text: String(look.answer), probabilities: look.probabilities, unsure, corrected: look.corrected, form: null,
        occlusion: { falls: await occlude(network, look) }, nearest: null,
        others: others.map((other) => ({ text: String(other.answer), confidence: other.confidence })),
      }],
    };
  }

  async models() {
    const { networks, active } = await this.#described();
    return { models: networks, active };
  }

  async correct({ pixels, label, said, confidence, model }) {
    const { features } = await (await this.#network()).answer(pixels);
    return kept.add({ pixels, label, said, confidence, model, features, created: new Date().toISOString() });
  }

  async corrections(after = 0, limit = 100) {
    const all = (await kept.all()).filter(({ id }) => id > after);
    return { corrections: all.slice(0, limit), count: await kept.count() };
  }

  async forget(id) { return kept.forget(id); }
  async forgetAll() { return kept.forgetAll(); }
}

const here = (path) => new URL(path, import.meta.url);

async function bytesOf(path) {
  const answer = await fetch(here(path));
  if (!answer.ok) throw new Error(`The network ${path} could not be fetched: status ${answer.status}.`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** A file's pixels, upright, and how many of its own pixels one of them is. */
async function pictureOf(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    const kind = file.type === "application/pdf" ? "A PDF takes the server: digits serve." : "Expected a PNG, JPEG, WebP, GIF or BMP.";
    throw new Error(`This browser cannot open ${file.name ?? "the picture"}. ${kind}`);
  }
  const scale = Math.max(1, Math.max(bitmap.width, bitmap.height) / LONGEST);
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width / scale)), Math.max(1, Math.round(bitmap.height / scale)));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = "destination-over"; // the ground below what is transparent, on which its ink shows
  context.fillStyle = isLight(context.getImageData(0, 0, canvas.width, canvas.height).data) ? "#000" : "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  return { pixels: pixelsOf(canvas), scale };
}

/** Whether what is not transparent is light. */
function isLight(data) {
  let light = 0, opaque = 0;
  for (let at = 0; at < data.length; at += 4) {
    light += data[at + 3] * (data[at] + data[at + 1] + data[at + 2]);
    opaque += data[at + 3];
  }
  return light > 384 * opaque;
}

/** A canvas as {width, height, channels}: grey where it has no colours. */
function pixelsOf(canvas) {
  const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const channels = [0, 1, 2].map(() => new Uint8Array(width * height));
  let hasColours = false;
  for (let at = 0, from = 0; at < width * height; at++, from += 4) {
    const [red, green, blue] = [data[from], data[from + 1], data[from + 2]];
    channels[0][at] = red, channels[1][at] = green, channels[2][at] = blue;
    hasColours ||= red !== green || green !== blue;
  }
  return { width, height, channels: hasColours ? channels : channels.slice(0, 1) };
}

function scaled(reading, scale) {
  for (const number of reading.numbers) {
    number.box = number.box.map((side) => Math.round(side * scale));
    number.marks[0].box = number.box;
  }
}

/** Names a digit as the nearest corrected one was named, if one is near enough. */
async function asCorrected(number, features) {
  if (!features) return;
  const [near] = (await kept.all()).filter((one) => one.features)
    .map((one) => ({ ...one, cosine: cosine(one.features, features) })).sort((one, other) => other.cosine - one.cosine);
  if (!near || near.cosine < ALIKE) return;
  const [mark] = number.marks;
  if (String(near.label) === mark.text && !mark.unsure) return;
  Object.assign(mark, { text: String(near.label), unsure: null, confidence: near.cosine, asCorrected: true });
  Object.assign(number, { text: mark.text, unsure: null, confidence: near.cosine, asCorrected: true });
}

function cosine(one, other) {
  let product = 0, ones = 0, others = 0;
  for (let at = 0; at < one.length; at++) {
    product += one[at] * other[at];
    ones += one[at] * one[at];
    others += other[at] * other[at];
  }
  return product / Math.sqrt(ones * others || 1);
}

/** How much the answer's probability falls where ink is hidden: 28 rows of 28. */
async function occlude(network, look) {
  const image = look.form.image, before = look.probabilities[look.answer];
  const total = new Float64Array(SIDE * SIDE), count = new Float64Array(SIDE * SIDE);
  for (let y = 1; y < SIDE; y += STEP) {
    for (let x = 1; x < SIDE; x += STEP) {
      const places = [];
      for (let row = Math.max(0, y - PATCH / 2); row < Math.min(SIDE, y + PATCH / 2); row++) {
        for (let column = Math.max(0, x - PATCH / 2); column < Math.min(SIDE, x + PATCH / 2); column++) places.push(row * SIDE + column);
      }
      const hidden = Uint8Array.from(image);
      let hides = false;
      for (const place of places) hides ||= hidden[place] > 0, hidden[place] = 0;
      const fall = hides ? before - (await network.answer(hidden)).probabilities[look.answer] : 0;
      for (const place of places) total[place] += fall, count[place]++;
    }
  }
  return Array.from({ length: SIDE }, (_, row) => Array.from({ length: SIDE }, (_, column) => total[row * SIDE + column] / (count[row * SIDE + column] || 1)));
}

function wordsOf(look, unsure) {
  const sure = `${(100 * look.confidence).toFixed(1)} %`;
  const order = look.probabilities.map((share, digit) => ({ share, digit })).sort((one, other) => other.share - one.share);
  return [
    unsure ? `Unsure; if it has to be a digit, a ${look.answer} (${sure}).` : `Read as ${look.answer}, ${sure} sure.`,
    unsure && `It ${unsure}.`,
    order[1].share >= 0.01 && `The next likeliest is ${order[1].digit}, with ${(100 * order[1].share).toFixed(1)} %.`,
    `What was done to the picture: ${look.corrected.join("; ")}.`,
  ].filter(Boolean);
}

// The form of MNIST's digits, as `digits/reading/digit/mnist_form.py` makes it: the same steps and constants.

import { boundingBox, cut, distances5, gaussian, image, padded, resizedArea, resizedCubic, rounded } from "./opencv.js";

export const SIDE = 28, INK = 128;
const CENTRE = 14, BOX = 20, WORKING_SIDE = 96;
const STROKES = [0.1, 0.2];

/** A mask → {image: 28×28 bytes, strokeWidth: a share of the longer side, corrected: what it was multiplied by}. */
export function toForm(mask) {
  mask = cropped(mask);
  let width = relativeWidth(mask), corrected = 1;
  if (width > 1.5 / WORKING_SIDE) {
    mask = smooth(mask, width);
    width = relativeWidth(mask);
  }
  const wanted = Math.min(Math.max(width, STROKES[0]), STROKES[1]);
  if (wanted !== width) {
    mask = withWidth(mask, width, wanted);
    corrected = wanted / width;
  }
  const factor = BOX / Math.max(mask.height, mask.width);
  const grey = image(mask.width, mask.height, Float32Array.from(mask.data, (value) => 255 * value));
  const small = resizedArea(grey, Math.max(1, rounded(mask.width * factor)), Math.max(1, rounded(mask.height * factor)));
  return { image: centred(small), strokeWidth: width, corrected };
}

/** A digit, floats 0 to 255, in an image, its mass where MNIST has it. */
function centred({ data, width, height }) {
  let total = 0, down = 0, right = 0;
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      total += data[at];
      down += row * data[at];
      right += column * data[at];
    }
  }
  const start = (mass, side) => Math.min(Math.max(rounded(CENTRE - mass / total), 0), SIDE - side);
  const top = start(down, height), left = start(right, width), form = new Uint8Array(SIDE * SIDE);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) form[(top + row) * SIDE + left + column] = rounded(data[row * width + column]);
  }
  return form;
}

/** Whether a picture has the size, the place and the black ground of MNIST's digits. */
export function inForm({ data, width, height }) {
  if (width !== SIDE || height !== SIDE || Math.max(...data) < INK) return false;
  const [, , across, down] = boundingBox({ data, width, height });
  let total = 0, rows = 0, columns = 0;
  data.forEach((value, at) => { total += value; rows += value * Math.floor(at / SIDE); columns += value * (at % SIDE); });
  return Math.abs(Math.max(across, down) - BOX) <= 1 && Math.hypot(rows / total - CENTRE, columns / total - CENTRE) <= 1.5;
}

/** The width of a mask's strokes in its pixels: twice the distance from their middle lines to their edges. */
export function strokeWidth(mask) {
  const { data, width } = padded(distances5(mask), 1);
  let squares = 0, total = 0;
  for (let at = width + 1; at < data.length - width - 1; at++) {
    const distance = data[at];
    if (!distance || distance < data[at - 1] || distance < data[at + 1]) continue;
    if (distance < data[at - width - 1] || distance < data[at - width] || distance < data[at - width + 1]) continue;
    if (distance < data[at + width - 1] || distance < data[at + width] || distance < data[at + width + 1]) continue;
    squares += distance * distance;
    total += distance;
  }
  return total ? Math.max(1, (2 * squares) / total - 0.5) : 1;
}

export const cropped = (mask) => cut(mask, ...boundingBox(mask));

const relativeWidth = (mask) => strokeWidth(padded(mask, 1)) / Math.max(mask.width, mask.height);

function where({ data, width, height }, holds) {
  const mask = image(width, height);
  for (let at = 0; at < data.length; at++) if (holds(data[at])) mask.data[at] = 1;
  return mask;
}

function smooth(mask, width) {
  const factor = WORKING_SIDE / Math.max(mask.width, mask.height), resized = factor > 1 ? resizedCubic : resizedArea;
  const size = [mask.width, mask.height].map((side) => Math.max(1, rounded(side * factor)));
  const grey = padded(resized(image(mask.width, mask.height, Float32Array.from(mask.data)), ...size), 6);
  const even = where(gaussian(grey, Math.max(0.3, Math.min(1.5, 0.15 * width * WORKING_SIDE))), (value) => value >= 0.5);
  if (even.data.includes(1)) return cropped(even);
  const most = grey.data.reduce((one, other) => Math.max(one, other), 0);
  return cropped(where(grey, (value) => value >= 0.3 * most));
}

function withWidth(mask, width, wanted) {
  const longer = Math.max(mask.width, mask.height), margin = (longer * (wanted - width)) / (2 * (1 - wanted));
  if (margin > 0) {
    const ground = where(padded(mask, Math.floor(margin) + 2), (value) => !value);
    return cropped(where(distances5(ground), (away) => away <= margin + 0.25));
  }
  const thinner = where(distances5(padded(mask, 1)), (inside) => inside > Math.min(-margin, 0.3 * width * longer));
  return thinner.data.includes(1) ? cropped(thinner) : mask;
}

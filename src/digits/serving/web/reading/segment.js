// Ink becomes one digit, as in `digits/reading/digit/segment.py`: the same steps and constants, which are explained there.

import { boundingBox, closed, components, dilated, distances3, image, opened, rounded } from "./opencv.js";

const EDGE = 0.07, BARELY_INSIDE = 0.2, AT_FRAME = [0.25, 0.03], LARGE = 0.2, SPECK = 0.01, WEAK = 0.25, LINE_LENGTH = 0.7;

/** The strokes of the one digit that a mask holds, without dirt, edges and stains; null if nothing is left. */
export function oneDigit(ink, mask) {
  const { labels, table } = components(mask), marks = table.slice(1);
  if (!marks.length) return null;
  const strongest = new Uint8Array(table.length);
  const levels = ink.contrast.data;
  for (let at = 0; at < labels.length; at++) if (levels[at] > strongest[labels[at]]) strongest[labels[at]] = levels[at];
  marks.forEach((mark, at) => { mark.strongest = strongest[at + 1] / 255; });
  atTheEdge(marks, labels, mask);
  let usable = marks.map((mark) => mark.strongest >= WEAK);
  const inner = usable.map((one, at) => one && !marks[at].isEdge);
  if (inner.some(Boolean)) usable = inner;
  if (!usable.some(Boolean)) return null;
  const least = LARGE * Math.max(mask.width, mask.height);
  const beside = marks.some((mark, at) => usable[at] && !mark.touches && extent(mark) >= least);
  const weight = marks.map((mark, at) => (usable[at] ? mark.area * mark.strongest : 0) * (mark.touches ? AT_FRAME[Number(beside)] : 1));
  const chosen = joined(marks, weight);
  const strokes = image(mask.width, mask.height), kept = Uint8Array.of(0, ...chosen);
  for (let at = 0; at < labels.length; at++) strokes.data[at] = kept[labels[at]];
  return strokes;
}

const extent = (mark) => Math.max(mark.right - mark.left, mark.bottom - mark.top);

/** Notes which marks touch the frame, and which are nothing but edges of a page or a cell. */
function atTheEdge(marks, labels, { width, height }) {
  const band = Math.max(2, rounded(EDGE * Math.max(width, height))), inside = new Float64Array(marks.length + 1);
  for (let row = band; row < height - band; row++) for (let column = band; column < width - band; column++) inside[labels[row * width + column]]++;
  marks.forEach((mark, at) => {
    mark.touches = mark.left <= 0 || mark.top <= 0 || mark.right >= width || mark.bottom >= height;
    mark.isEdge = mark.touches && inside[at + 1] < BARELY_INSIDE * mark.area;
  });
}

/** The heaviest mark, and step by step all that lie near what is chosen already. */
function joined(marks, weight) {
  const main = weight.indexOf(Math.max(...weight)), chosen = marks.map((_, at) => at === main);
  let { left, top, right, bottom } = marks[main];
  let waiting = marks.map((_, at) => at).filter((at) => at !== main && weight[at] >= SPECK * weight[main]);
  while (waiting.length) {
    const all = Math.max(right - left, bottom - top);
    const near = waiting.filter((at) => {
      const mark = marks[at], gap = Math.max(mark.left - right, left - mark.right, mark.top - bottom, top - mark.bottom);
      const isFar = !marks[main].touches && mark.touches;
      return gap <= (isFar ? 0.04 * all : 0.12 * all + 0.3 * Math.min(extent(mark), 0.5 * all));
    });
    if (!near.length) break;
    for (const at of near) {
      chosen[at] = true;
      left = Math.min(left, marks[at].left), top = Math.min(top, marks[at].top);
      right = Math.max(right, marks[at].right), bottom = Math.max(bottom, marks[at].bottom);
    }
    waiting = waiting.filter((at) => !near.includes(at));
  }
  return chosen;
}

/** The mask of one digit's picture without long straight thin lines, across or down; null if there are none. */
export function withoutRuledLines(ink) {
  let { mask } = ink, found = false;
  const [, , across, tall] = boundingBox(mask);
  if (tall < LINE_LENGTH * mask.height && across < LINE_LENGTH * mask.width) return null;
  for (const isDown of [false, true]) {
    const turned = isDown ? transposed(mask) : mask, lines = ruledLines(turned, ink.strokeWidth);
    if (!lines) continue;
    found = true;
    const rest = both(turned, lines, (one, line) => one & ~line & 1);
    const thickness = rounded(2 * distances3(lines).data.reduce((one, other) => Math.max(one, other), 0)) + 2;
    const mended = both(closed(rest, 1, 2 * thickness + 1), lines, (one, line) => one & line);
    const whole = both(rest, mended, (one, other) => one | other);
    mask = isDown ? transposed(whole) : whole;
  }
  return found ? mask : null;
}

/** What belongs to long, thin, nearly level lines in a mask; null if there are none. */
function ruledLines(mask, stroke) {
  const { width, height } = mask, thickest = Math.max(3, rounded(0.05 * Math.max(height, width)));
  const piece = Math.max(8, rounded(0.12 * width), rounded(4 * stroke));
  if (piece >= width) return null;
  let runs = both(opened(dilated(mask, 1, 3), piece, 1), mask, (one, other) => one & other);
  const across = boundingBox(runs)[2];
  if (!across || across + piece < LINE_LENGTH * width) return null;
  runs = both(runs, opened(mask, 1, thickest + 1), (one, solid) => one & ~solid & 1);
  if (!runs.data.includes(1)) return null;
  const { labels, table } = components(closed(runs, piece, 3));
  const wanted = table.map((mark) => mark !== null && mark.right - mark.left >= LINE_LENGTH * width && mark.bottom - mark.top <= thickest + 0.1 * (mark.right - mark.left));
  if (!wanted.some(Boolean)) return null;
  return image(width, height, runs.data.map((one, at) => (one && wanted[labels[at]] ? 1 : 0)));
}

const both = (one, other, how) => image(one.width, one.height, one.data.map((value, at) => how(value, other.data[at])));

function transposed({ data, width, height }) {
  const other = new Uint8Array(data.length);
  for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) other[column * height + row] = data[row * width + column];
  return image(height, width, other);
}

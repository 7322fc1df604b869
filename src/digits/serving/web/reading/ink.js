// A picture becomes ink, as in `digits/reading/digit/ink.py`: the same steps and constants, which are explained there.
//
// A picture is {width, height, channels}: `channels` are one array of grey levels, or three of red, green, blue.

import { strokeWidth } from "./mnist-form.js";
import { blurred, closedMirrored, dilated, image, median3, resizedArea, resizedCubic, resizedLinear, rounded, scaledAbs } from "./opencv.js";

export const WIDE = 0.6, NARROW = 0.15;
const SMALLEST = 96, LARGEST = 3000, ENVELOPE_SIDE = 64, EVEN = 0.05, SURFACE_SIDE = 32, TINY = 32, CERTAIN = 5;
const LOCAL_SHARE = 0.45, FADED = 0.2, SHADOWED = 0.45, NOISE = 3;

/** The ink: {mask, contrast, light, scale, strokeWidth}; null if there is none. */
export function findInk(picture, light, reach = WIDE) {
  const [scaled, scale] = workingSize(picture);
  const grey = oneChannel(light ? negative(scaled) : scaled, reach);
  const contrast = contrastOf(grey, reach);
  const levels = contrast && levelsOf(contrast);
  if (!levels) return null;
  const { paper, floor, strong } = levels, base = Math.trunc(paper);
  const above = image(contrast.width, contrast.height, contrast.data.map((value) => Math.max(value, base) - base));
  const [mask, width] = threshold(above, floor, strong, reach === WIDE ? FADED : SHADOWED);
  return { mask, contrast, light, scale, strokeWidth: width };
}

/** A picture's grey levels, by ITU-R BT.601's weights. */
export function greyOf({ width, height, channels }) {
  if (channels.length === 1) return image(width, height, channels[0]);
  const [red, green, blue] = channels;
  return image(width, height, red.map((value, at) => (9798 * value + 19235 * green[at] + 3735 * blue[at] + 16384) >> 15));
}

const negative = (picture) => ({ ...picture, channels: picture.channels.map((channel) => channel.map((value) => 255 - value)) });

/** Whether the ink is lighter than its ground: the likelier answer first, a second one where that is not certain. */
export function polarities(picture) {
  const small = reduced(greyOf(picture), 96);
  let { light, agree, certain } = polarity(small);
  if (!certain && Math.max(small.width, small.height) > TINY) {
    const again = polarity(flattened(small));
    [light, certain] = agree ? [light, again.certain && again.light === light] : [again.light, again.certain];
  }
  return certain ? [light] : [light, !light];
}

function polarity({ data, width, height }) {
  const edge = Math.max(1, rounded(0.04 * Math.max(height, width)));
  const down = Math.max(1, Math.floor(height / 10)), across = Math.max(1, Math.floor(width / 10));
  const size = 1 + data.reduce((one, other) => Math.max(one, other), 0);
  const frame = new Float64Array(size), corners = new Float64Array(size), everything = new Float64Array(size);
  for (let row = 0, at = 0; row < height; row++) {
    const isOuter = row < down, isLower = row >= height - down;
    for (let column = 0; column < width; column++, at++) {
      const value = data[at];
      everything[value]++;
      // rows and columns of the frame overlap in its corners, which count twice
      frame[value] += (row < edge) + (row >= height - edge) + (column < edge) + (column >= width - edge);
      corners[value] += (isOuter + isLower) * ((column < across) + (column >= width - across));
    }
  }
  const contrast = spread(everything), least = Math.max(1, 0.1 * contrast);
  const verdicts = [frame, corners, everything].map((ground) => {
    const middle = median(ground);
    let darker = 0, lighter = 0;
    everything.forEach((count, level) => {
      const difference = level - middle;
      if (difference < -least) darker -= difference * count;
      if (difference > least) lighter += difference * count;
    });
    return { light: lighter > darker, clear: (Math.max(darker, lighter) + 1) / (Math.min(darker, lighter) + 1) };
  });
  const agree = new Set(verdicts.map((one) => one.light)).size === 1;
  const certain = agree && Math.min(...verdicts.map((one) => one.clear)) > CERTAIN && spread(frame) < 0.5 * contrast;
  const clearest = verdicts.reduce((best, one) => (one.clear > best.clear ? one : best));
  return { light: clearest.light, agree, certain };
}

/** A picture without light that falls off, in whole levels from 0. */
function flattened(grey) {
  const surface = fitted(grey, 0.1, 0.1), flat = Int32Array.from(grey.data, (value, at) => rounded(value - surface[at]));
  const least = flat.reduce((one, other) => Math.min(one, other));
  return image(grey.width, grey.height, flat.map((value) => value - least));
}

function workingSize(picture) {
  const longer = Math.max(picture.width, picture.height);
  const resized = (how, width, height) => ({ width, height, channels: picture.channels.map((channel) => how(image(picture.width, picture.height, channel), width, height).data) });
  if (longer > LARGEST) return [resized(resizedArea, ...sizeWithin(picture, LARGEST)), LARGEST / longer];
  if (longer >= SMALLEST) return [picture, 1];
  const factor = Math.ceil(SMALLEST / longer);
  return [resized(resizedCubic, picture.width * factor, picture.height * factor), factor];
}

function sizeWithin({ width, height }, longest) {
  const factor = longest / Math.max(width, height);
  return [width, height].map((side) => Math.max(1, rounded(side * factor)));
}

const reduced = (grey, longest) => (longest >= Math.max(grey.width, grey.height) ? grey : resizedArea(grey, ...sizeWithin(grey, longest)));

/** Grey in which dark ink stands out most. */
function oneChannel(picture, reach) {
  const { width, height, channels } = picture;
  if (channels.length === 1) return image(width, height, channels[0]);
  const weights = channels.map((channel) => {
    const values = reduced(image(width, height, channel), 128), paper = paperOf(values, reach);
    const total = values.data.reduce((sum, value, at) => sum + ((paper.data[at] - value) / Math.max(paper.data[at], 8)) ** 2, 0);
    return (total / values.data.length) ** 2;
  });
  const total = weights[0] + weights[1] + weights[2];
  if (total <= 0) return greyOf(picture);
  const [red, green, blue] = weights.map((weight) => weight / total);
  return image(width, height, channels[0].map((value, at) => Math.min(255, rounded(red * value + green * channels[1][at] + blue * channels[2][at]))));
}

/** The paper's brightness below dark ink: floats. */
function paperOf(grey, reach) {
  let small = reduced(grey, ENVELOPE_SIDE);
  if (Math.min(small.width, small.height) >= 3) small = median3(small);
  const size = Math.max(3, rounded(reach * Math.max(small.width, small.height)) | 1), softened = Math.floor(size / 2) | 1;
  const envelope = closedMirrored(small, size);
  const [least, most] = envelope.data.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [255, 0]);
  let smooth;
  if (most - least > EVEN * most) {
    const surface = surfaceOf(small);
    const flat = closedMirrored(scaledAbs(image(small.width, small.height, Float32Array.from(small.data, (value, at) => value / surface[at])), 200), size);
    smooth = Float32Array.from(blurred(flat, softened).data, (value, at) => (surface[at] / 200) * value);
  } else smooth = Float32Array.from(blurred(envelope, softened).data);
  return resizedLinear(image(small.width, small.height, smooth), grey.width, grey.height);
}

/** A quadratic surface through the brightest of a picture, at least 8. */
function surfaceOf(grey) {
  const surface = fitted(grey, 0.02, 1), least = Math.max(8, 0.25 * surface.reduce((one, other) => Math.max(one, other)));
  return surface.map((value) => Math.max(value, least));
}

/** A quadratic surface through a picture, with these weights for what lies further from it than its scatter. */
function fitted(grey, below, above) {
  const terms = quadratic(SURFACE_SIDE, SURFACE_SIDE), values = resizedArea(grey, SURFACE_SIDE, SURFACE_SIDE).data;
  const middle = middleOf(values);
  let weights = Float64Array.from(values, (value) => (value >= middle ? above : Math.max(below, 0.1))), coefficients;
  for (let round = 0; round < 5; round++) {
    const left = Array.from({ length: 6 }, (_, row) => { const line = new Float64Array(7); line[row] = 1e-3; return line; });
    terms.forEach((term, at) => {
      for (let row = 0; row < 6; row++) {
        for (let column = 0; column < 6; column++) left[row][column] += weights[at] * term[row] * term[column];
        left[row][6] += weights[at] * term[row] * values[at];
      }
    });
    coefficients = solved(left);
    const missing = Float64Array.from(terms, (term, at) => dot(term, coefficients) - values[at]);
    const scatter = Math.max(2, 1.5 * middleOf(missing.map(Math.abs)));
    weights = missing.map((value) => (value > scatter ? below : value < -scatter ? above : 1));
  }
  return Float32Array.from(quadratic(grey.height, grey.width), (term) => dot(term, coefficients));
}

const dot = (one, other) => one.reduce((sum, value, at) => sum + value * other[at], 0);

/** Of an even number of values, the mean of the two in the middle. */
function middleOf(values) {
  const ordered = Float64Array.from(values).sort(), half = ordered.length / 2;
  return (ordered[half - 1] + ordered[half]) / 2;
}

/** The six terms of a quadratic surface at every pixel. */
function quadratic(height, width) {
  const place = (at, side) => (side === 1 ? -1 : -1 + (2 * at) / (side - 1));
  return Array.from({ length: height * width }, (_, at) => {
    const y = place(Math.floor(at / width), height), x = place(at % width, width);
    return [1, x, y, x * x, x * y, y * y];
  });
}

/** Six equations, each a line of six factors and its right side, by Gauss's elimination. */
function solved(lines) {
  for (let at = 0; at < 6; at++) {
    const best = lines.slice(at).reduce((place, line, step) => (Math.abs(line[at]) > Math.abs(lines[place][at]) ? at + step : place), at);
    [lines[at], lines[best]] = [lines[best], lines[at]];
    for (let row = at + 1; row < 6; row++) {
      const factor = lines[row][at] / lines[at][at];
      for (let column = at; column < 7; column++) lines[row][column] -= factor * lines[at][column];
    }
  }
  const result = new Float64Array(6);
  for (let at = 5; at >= 0; at--) {
    let rest = lines[at][6];
    for (let column = at + 1; column < 6; column++) rest -= lines[at][column] * result[column];
    result[at] = rest / lines[at][at];
  }
  return result;
}

/** What part of the paper's light is missing, 255 the largest; null if none is. */
function contrastOf(grey, reach) {
  const paper = paperOf(grey, reach);
  const missing = new Float32Array(grey.data.length);
  let largest = 0;
  for (let at = 0; at < missing.length; at++) {
    missing[at] = Math.max(0, Math.fround(paper.data[at] - grey.data[at]) / Math.max(paper.data[at], 8));
    if (missing[at] > largest) largest = missing[at];
  }
  return largest < 2 / 255 ? null : scaledAbs(image(grey.width, grey.height, missing), 255 / largest);
}

function levelsOf({ data, width, height }) {
  const counts = counted(data), beside = new Float64Array(256);
  for (let row = 0; row < height; row++) {
    for (let at = row * width + 1; at < (row + 1) * width; at++) beside[Math.abs(data[at] - data[at - 1])]++;
  }
  const below = quantile(counts, 0.16), middle = quantile(counts, 0.5), neighbours = width > 1 ? quantile(beside, 0.5) : 0;
  const deviation = Math.max(1, Math.min(middle - below, 2 * neighbours));
  const paper = Math.min(middle, 3 * deviation), floor = NOISE * deviation, first = Math.floor(paper + floor) + 1;
  const ink = counts.map((count, level) => (level < first ? 0 : count));
  if (first > 255 || !ink.some(Boolean)) return null;
  const last = otsu(ink);
  return { paper, floor, strong: quantile(ink.map((count, level) => (level <= last ? 0 : count)), 0.75) - paper };
}

function threshold(contrast, floor, strong, faded) {
  const { data, width, height } = contrast, level = Math.floor(Math.max(floor, 0.5 * strong));
  const rough = image(width, height, data.map((value) => (value > level ? 1 : 0)));
  const stroke = strokeWidth(rough), near = Math.max(1, rounded(0.75 * stroke));
  const local = blurred(dilated(contrast, 2 * near + 1), near | 1);
  const faintest = Math.min(Math.max(faded * strong, 2 * floor), 0.5 * strong);
  const needed = Uint8Array.from({ length: 256 }, (_, value) => Math.max(Math.ceil(LOCAL_SHARE * Math.min(Math.max(value, faintest), strong)), Math.floor(floor) + 1));
  return [image(width, height, data.map((value, at) => (value >= needed[local.data[at]] ? 1 : 0))), stroke];
}

// What is asked of a histogram

function counted(data) {
  const counts = new Float64Array(256);
  for (const value of data) counts[value]++;
  return counts;
}

function summed(counts) {
  let total = 0;
  return counts.map((count) => (total += count));
}

function quantile(counts, share) {
  const total = summed(counts), wanted = share * total.at(-1), found = total.findIndex((value) => value >= wanted);
  return found < 0 ? counts.length : found;
}

function median(counts) {
  const total = summed(counts), all = total.at(-1);
  const after = (place) => total.findIndex((value) => value > place);
  return (after(Math.floor((all - 1) / 2)) + after(Math.floor(all / 2))) / 2;
}

const spread = (counts) => counts.findLastIndex((count) => count > 0) - counts.findIndex((count) => count > 0);

/** The level at which 256 counts part best into two classes (Otsu 1979): the last of the lower one. */
function otsu(counts) {
  const below = summed(counts), moment = summed(counts.map((count, level) => count * level)), all = below.at(-1), whole = moment.at(-1);
  let best = 0, most = -1;
  for (let level = 0; level < 256; level++) {
    const both = below[level] * (all - below[level]);
    const between = both > 0 ? (whole * below[level] - moment[level] * all) ** 2 / both : 0;
    if (between > most) [best, most] = [level, between];
  }
  return best;
}



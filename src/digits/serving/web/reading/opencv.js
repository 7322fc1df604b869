// The functions of OpenCV that reading one digit takes, on typed arrays: the same steps, rounding and borders.
//
// An image is {data, width, height}: Uint8Array (grey levels, or a mask of 0 and 1) or Float32Array, row by row.
// Where OpenCV works with floats of 32 bits, numbers of 64 are taken: a last digit may differ, which
// tests/serving/test_page_reading.py bounds by what comes out.

/** An image, empty or with this content. */
export const image = (width, height, data = new Uint8Array(width * height)) => ({ data, width, height });

/** As Python and OpenCV round: halves to the even neighbour. */
export function rounded(value) {
  const down = Math.floor(value), rest = value - down;
  return rest < 0.5 ? down : rest > 0.5 ? down + 1 : down % 2 ? down + 1 : down;
}

const byte = (value) => (value < 0 ? 0 : value > 255 ? 255 : rounded(value));

/** As `cv2.convertScaleAbs`. */
export function scaledAbs({ data, width, height }, alpha) {
  const result = image(width, height);
  for (let at = 0; at < data.length; at++) result.data[at] = byte(Math.abs(Math.fround(data[at] * alpha)));
  return result;
}

/** Where a place beyond the edge is mirrored to, the edge itself not repeated (BORDER_REFLECT_101). */
function mirrored(place, length) {
  if (length === 1) return 0;
  while (place < 0 || place >= length) place = place < 0 ? -place : 2 * length - 2 - place;
  return place;
}

/** An image turned by its diagonal. */
function turned({ data, width, height }) {
  const other = new data.constructor(data.length);
  for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) other[column * height + row] = data[row * width + column];
  return image(height, width, other);
}

// Sizes

/** As `cv2.resize` with INTER_AREA, for making smaller; what is made larger is OpenCV's linear way of it. */
export function resizedArea(source, width, height) {
  const across = source.width / width, down = source.height / height;
  if (across === 2 && down === 2 && source.data instanceof Uint8Array) return halved(source);
  return across >= 1 && down >= 1 ? weighted(source, areas(source.width, width), areas(source.height, height))
    : weighted(source, blends(source.width, width), blends(source.height, height));
}

/** Half as large: OpenCV rounds halves up here, and nowhere else. */
function halved({ data, width, height }) {
  const half = image(width / 2, height / 2);
  for (let row = 0, to = 0; row < height; row += 2) {
    for (let at = row * width; at < (row + 1) * width; at += 2) half.data[to++] = (data[at] + data[at + 1] + data[at + width] + data[at + width + 1] + 2) >> 2;
  }
  return half;
}

/** As `cv2.resize` with INTER_LINEAR. */
export const resizedLinear = (source, width, height) => weighted(source, linear(source.width, width), linear(source.height, height));

/** As `cv2.resize` with INTER_CUBIC. */
export const resizedCubic = (source, width, height) => weighted(source, cubic(source.width, width), cubic(source.height, height));

/** For each place of a side of `wanted` pixels: which of `given` pixels it is made of, and what each weighs. */
function areas(given, wanted) {
  const scale = given / wanted;
  return Array.from({ length: wanted }, (_, place) => {
    const first = place * scale, last = first + scale, cell = Math.min(scale, given - first), pairs = [];
    let from = Math.ceil(first), to = Math.min(Math.floor(last), given - 1);
    from = Math.min(from, to);
    if (from - first > 1e-3) pairs.push([from - 1, (from - first) / cell]);
    for (let at = from; at < to; at++) pairs.push([at, 1 / cell]);
    if (last - to > 1e-3) pairs.push([to, Math.min(last - to, 1, cell) / cell]);
    return pairs;
  });
}

function blends(given, wanted) {
  const scale = given / wanted;
  return Array.from({ length: wanted }, (_, place) => {
    const at = Math.floor(place * scale);
    let share = place + 1 - (at + 1) * (wanted / given);
    share = share <= 0 ? 0 : share - Math.floor(share);
    return at >= given - 1 ? [[given - 1, 1]] : [[at, 1 - share], [at + 1, share]];
  });
}

function linear(given, wanted) {
  const scale = given / wanted;
  return Array.from({ length: wanted }, (_, place) => {
    const exact = (place + 0.5) * scale - 0.5, at = Math.floor(exact), share = Math.fround(exact - at);
    if (at < 0) return [[0, 1]];
    return at >= given - 1 ? [[given - 1, 1]] : [[at, 1 - share], [at + 1, share]];
  });
}

function cubic(given, wanted) {
  const scale = given / wanted, steep = -0.75;
  return Array.from({ length: wanted }, (_, place) => {
    const exact = (place + 0.5) * scale - 0.5, at = Math.floor(exact), x = Math.fround(exact - at);
    const far = ((steep * (x + 1) - 5 * steep) * (x + 1) + 8 * steep) * (x + 1) - 4 * steep;
    const near = ((steep + 2) * x - (steep + 3)) * x * x + 1;
    const next = ((steep + 2) * (1 - x) - (steep + 3)) * (1 - x) * (1 - x) + 1;
    return [far, near, next, 1 - far - near - next].map((weight, step) => [Math.min(Math.max(at - 1 + step, 0), given - 1), weight]);
  });
}

function weighted(source, columns, rows) {
  const width = columns.length, height = rows.length;
  const isBytes = source.data instanceof Uint8Array, result = new source.data.constructor(width * height);
  const needed = new Map(); // rows of the source, made as wide as the result
  const wide = (row) => {
    let line = needed.get(row);
    if (!line) {
      line = new Float64Array(width);
      const start = row * source.width;
      for (let column = 0; column < width; column++) {
        const pairs = columns[column];
        for (let pair = 0; pair < pairs.length; pair++) line[column] += pairs[pair][1] * source.data[start + pairs[pair][0]];
      }
      needed.set(row, line);
    }
    return line;
  };
  rows.forEach((pairs, row) => {
    const total = new Float64Array(width);
    for (const [at, weight] of pairs) {
      const line = wide(at);
      for (let column = 0; column < width; column++) total[column] += weight * line[column];
    }
    for (const known of needed.keys()) if (known < pairs[0][0]) needed.delete(known);
    for (let column = 0; column < width; column++) result[row * width + column] = isBytes ? byte(total[column]) : total[column];
  });
  return image(width, height, result);
}

/** With a frame of zeros, `margin` pixels wide. */
export function padded({ data, width, height }, margin) {
  const result = image(width + 2 * margin, height + 2 * margin, new data.constructor((width + 2 * margin) * (height + 2 * margin)));
  for (let row = 0; row < height; row++) result.data.set(data.subarray(row * width, (row + 1) * width), (row + margin) * result.width + margin);
  return result;
}

/** A part of an image. */
export function cut({ data, width }, left, top, across, down) {
  const part = new data.constructor(across * down);
  for (let row = 0; row < down; row++) part.set(data.subarray((top + row) * width + left, (top + row) * width + left + across), row * across);
  return image(across, down, part);
}

/** As `cv2.boundingRect` of a mask: left, top, width, height. */
export function boundingBox({ data, width, height }) {
  let left = width, top = height, right = -1, bottom = -1;
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      if (!data[at]) continue;
      if (column < left) left = column;
      if (column > right) right = column;
      if (row < top) top = row;
      bottom = row;
    }
  }
  return right < 0 ? [0, 0, 0, 0] : [left, top, right - left + 1, bottom - top + 1];
}

// Neighbourhoods

/** The largest (or smallest) byte in a row of `size` around each; beyond the edge mirrored, or nothing. */
function extremes({ data, width, height }, size, smallest, isMirrored) {
  const reach = size >> 1, result = new Uint8Array(data.length), line = new Uint8Array(width + 2 * reach);
  const none = smallest ? 255 : 0, all = line.length, forwards = new Uint8Array(all), backwards = new Uint8Array(all);
  for (let row = 0; row < height; row++) {
    const start = row * width;
    for (let at = 0; at < reach; at++) {
      line[at] = isMirrored ? data[start + mirrored(at - reach, width)] : none;
      line[reach + width + at] = isMirrored ? data[start + mirrored(width + at, width)] : none;
    }
    for (let column = 0; column < width; column++) line[reach + column] = data[start + column];
    // van Herk: extremes of blocks from either side, whatever the size; the comparison that is false keeps what is there
    for (let at = 0, place = 0; at < all; at++, place = place === size - 1 ? 0 : place + 1) {
      const value = line[at];
      if (place === 0) forwards[at] = value;
      else { const last = forwards[at - 1]; forwards[at] = (smallest ? last < value : last > value) ? last : value; }
    }
    for (let at = all - 1, place = at % size; at >= 0; at--, place = place ? place - 1 : size - 1) {
      const value = line[at];
      if (place === size - 1 || at === all - 1) backwards[at] = value;
      else { const last = backwards[at + 1]; backwards[at] = (smallest ? last < value : last > value) ? last : value; }
    }
    for (let column = 0; column < width; column++) {
      const one = backwards[column], other = forwards[column + size - 1];
      result[start + column] = (smallest ? one < other : one > other) ? one : other;
    }
  }
  return image(width, height, result);
}

function morphed(source, across, down, smallest, isMirrored) {
  const rows = across > 1 ? extremes(source, across, smallest, isMirrored) : source;
  return down > 1 ? turned(extremes(turned(rows), down, smallest, isMirrored)) : rows;
}

/** As `cv2.dilate` with a rectangle of ones. */
export const dilated = (source, across, down = across) => morphed(source, across, down, false, false);
const eroded = (source, across, down) => morphed(source, across, down, true, false);
/** As `cv2.morphologyEx` with MORPH_OPEN or MORPH_CLOSE and a rectangle of ones. */
export const opened = (source, across, down) => dilated(eroded(source, across, down), across, down);
export const closed = (source, across, down) => eroded(dilated(source, across, down), across, down);
/** As MORPH_CLOSE with BORDER_REFLECT_101. */
export const closedMirrored = (source, size) => morphed(morphed(source, size, size, false, true), size, size, true, true);

/** As `cv2.blur` of bytes: the mean of `size` × `size` pixels. */
export function blurred(source, size) {
  const sums = (of) => {
    const { data, width, height } = of, reach = size >> 1, result = new Float64Array(data.length);
    for (let row = 0; row < height; row++) {
      let sum = 0;
      for (let at = -reach; at < size - reach; at++) sum += data[row * width + mirrored(at, width)];
      for (let column = 0; column < width; column++) {
        result[row * width + column] = sum;
        sum += data[row * width + mirrored(column + size - reach, width)] - data[row * width + mirrored(column - reach, width)];
      }
    }
    return image(width, height, result);
  };
  const total = turned(sums(turned(sums(source)))), result = image(source.width, source.height);
  for (let at = 0; at < result.data.length; at++) result.data[at] = byte(total.data[at] / (size * size));
  return result;
}

/** As `cv2.GaussianBlur` of floats, its size chosen by sigma. */
export function gaussian(source, sigma) {
  const size = rounded(sigma * 8 + 1) | 1, reach = size >> 1;
  const kernel = Array.from({ length: size }, (_, at) => Math.exp(-((at - reach) ** 2) / (2 * sigma * sigma)));
  const total = kernel.reduce((sum, one) => sum + one, 0), weights = kernel.map((one) => one / total);
  const along = ({ data, width, height }) => {
    const result = new Float32Array(data.length);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        let sum = 0;
        for (let at = 0; at < size; at++) sum += weights[at] * data[row * width + mirrored(column + at - reach, width)];
        result[row * width + column] = sum;
      }
    }
    return image(width, height, result);
  };
  return turned(along(turned(along(source))));
}

/** As `cv2.medianBlur` of 3 × 3 pixels. */
export function median3({ data, width, height }) {
  const result = new Uint8Array(data.length), around = new Uint8Array(9);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let count = 0;
      for (let down = -1; down <= 1; down++) {
        const line = Math.min(Math.max(row + down, 0), height - 1) * width;
        for (let right = -1; right <= 1; right++) around[count++] = data[line + Math.min(Math.max(column + right, 0), width - 1)];
      }
      result[row * width + column] = around.sort()[4];
    }
  }
  return image(width, height, result);
}

/** As `cv2.distanceTransform` with DIST_L2 and DIST_MASK_5: how far each pixel of a mask is from the next zero. */
export function distances5(mask) {
  const [straight, slanted, long] = [1, 1.4, 2.1969].map(Math.fround);
  return chamfer(mask, 2, (near, at, step) => Math.min(
    near[at - 2 * step - 1] + long, near[at - 2 * step + 1] + long, near[at - step - 2] + long, near[at - step - 1] + slanted,
    near[at - step] + straight, near[at - step + 1] + slanted, near[at - step + 2] + long, near[at - 1] + straight));
}

/** The same with DIST_MASK_3. */
export function distances3(mask) {
  const [straight, slanted] = [0.955, 1.3693].map(Math.fround);
  return chamfer(mask, 1, (near, at, step) => Math.min(
    near[at - step - 1] + slanted, near[at - step] + straight, near[at - step + 1] + slanted, near[at - 1] + straight));
}

/** Two passes, from the upper left and from the lower right; `nearest` looks at what was passed. */
function chamfer({ data, width, height }, border, nearest) {
  const step = width + 2 * border, far = 1e9, near = new Float32Array(step * (height + 2 * border)).fill(far);
  for (let row = 0; row < height; row++) {
    for (let column = 0, at = (row + border) * step + border; column < width; column++, at++) {
      near[at] = data[row * width + column] ? nearest(near, at, step) : 0;
    }
  }
  near.reverse(); // the way back is the way there, upside down
  const result = new Float32Array(data.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0, at = (row + border) * step + border; column < width; column++, at++) {
      near[at] = Math.min(near[at], nearest(near, at, step));
      result[data.length - 1 - (row * width + column)] = near[at];
    }
  }
  return image(width, height, result);
}

/** Connected components of a mask, pixels that meet at corners connected: labels from 1, and of each its box and area. */
export function components({ data, width, height }) {
  const labels = new Int32Array(data.length), table = [null], waiting = [];
  for (let start = 0; start < data.length; start++) {
    if (!data[start] || labels[start]) continue;
    const label = table.length, box = { left: width, top: height, right: 0, bottom: 0, area: 0 };
    labels[start] = label;
    waiting.push(start);
    while (waiting.length) {
      const at = waiting.pop(), row = Math.floor(at / width), column = at - row * width;
      box.area++;
      box.left = Math.min(box.left, column), box.right = Math.max(box.right, column + 1);
      box.top = Math.min(box.top, row), box.bottom = Math.max(box.bottom, row + 1);
      for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
          const next = y * width + x;
          if (data[next] && !labels[next]) { labels[next] = label; waiting.push(next); }
        }
      }
    }
    table.push(box);
  }
  return { labels, table };
}
